package session

import (
	"slices"

	"github.com/lingpai/lingpai/internal/token"
)

// MethodFederated is the method (`amr`) of a session that began at another provider, and stands before those that were used there.
const MethodFederated = "fed"

// ACR is the class of the sign-in that a session began with.
func (s *Session) ACR() string {
	switch {
	case len(s.AMR) > 0 && s.AMR[0] == MethodFederated:
		return token.ACRProvider
	case slices.Contains(s.AMR, "pop"):
		return token.ACRPasskey
	case slices.Contains(s.AMR, "mfa"):
		return token.ACRMFA
	}
	return token.ACRPassword
}

// Meets reports whether the sign-in that a session began with was of one of these classes, as [token.MeetsACR] says.
func (s *Session) Meets(classes []string) bool { return token.MeetsACR(s.ACR(), classes) }

// Access is what the access tokens of a session are issued for, before an adapter narrows it to what a client was allowed.
func (s *Session) Access() token.Grant {
	g := token.Grant{
		Subject: s.UserID, ClientID: s.ClientID, SessionID: s.ID.String(), Counter: s.Counter, AuthTime: s.AuthTime, ACR: s.ACR(), AMR: s.AMR,
		Roles: s.Holder.Roles, StatusPlace: int64(s.StatusPlace), NotAfter: s.ExpiresAt,
	}
	s.bind(&g)
	return g
}
