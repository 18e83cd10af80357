package session

import (
	"slices"

	"github.com/lingpai/lingpai/internal/token"
)

// The methods (`amr`) by which the class of a sign-in is known. The others only say more.
const (
	// MethodFederated is that of a session that began at another provider, and stands before those that were used there.
	MethodFederated = "fed"
	// MethodKey is a signature by a key that a device of the person keeps, a passkey's (RFC 8176, section 2).
	MethodKey = "pop"
	// MethodSeveral says that it was more than one factor (RFC 8176, section 2).
	MethodSeveral = "mfa"
)

// ACR is the class of the sign-in that a session began with.
func (s *Session) ACR() string {
	switch {
	case len(s.AMR) > 0 && s.AMR[0] == MethodFederated:
		return token.ACRProvider
	case slices.Contains(s.AMR, MethodKey):
		return token.ACRPasskey
	case slices.Contains(s.AMR, MethodSeveral):
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
