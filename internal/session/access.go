package session

import "github.com/lingpai/lingpai/internal/token"

// MethodFederated is the method (`amr`) of a session that began at another provider, and stands before those that were used there.
const MethodFederated = "fed"

// The classes of a sign-in, as tokens and requests name them (`acr`; RFC 9068, section 2.2.1).
const (
	ACRPassword = "urn:lingpai:password"
	ACRProvider = "urn:lingpai:provider" // another OpenID provider vouches for the person
)

// ACR is the class of the sign-in that a session began with.
func (s *Session) ACR() string {
	if len(s.AMR) > 0 && s.AMR[0] == MethodFederated {
		return ACRProvider
	}
	return ACRPassword
}

// Access is what the access tokens of a session are issued for, before an adapter narrows it to what a client was allowed.
func (s *Session) Access() token.Grant {
	g := token.Grant{
		Subject: s.UserID, ClientID: s.ClientID, SessionID: s.ID.String(), Counter: s.Counter, AuthTime: s.AuthTime, ACR: s.ACR(), AMR: s.AMR,
		Roles: s.Holder.Roles, StatusPlace: int64(s.StatusPlace), NotAfter: s.ExpiresAt,
	}
	s.bind(&g)
	return g
}
