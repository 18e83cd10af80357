package session

import "github.com/lingpai/lingpai/internal/token"

// ACR is the class of every sign-in that there is, as tokens and requests name it (RFC 9068, section 2.2.1).
const ACR = "urn:lingpai:password"

// Access is what the access tokens of a session are issued for, before an adapter narrows it to what a client was allowed.
func (s *Session) Access() token.Grant {
	return token.Grant{
		Subject: s.UserID, ClientID: s.ClientID, SessionID: s.ID.String(), Counter: s.Counter, AuthTime: s.AuthTime, ACR: ACR, AMR: s.AMR,
		Roles: s.Holder.Roles, KeyThumb: s.KeyThumb, StatusPlace: int64(s.StatusPlace), NotAfter: s.ExpiresAt,
	}
}
