package grant

import (
	"context"
	"fmt"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// Denied is what a client is told of a person whose roles do not let them use it (RFC 6749, section 4.1.2.1), or nil.
func Denied(c *client.Client, who session.Session) error {
	return inOAuth(oauth.AccessDenied, c.CheckRoles(who.Holder.Roles))
}

// Keep judges once more whether a client may have what it was given of a person. The roles that the account has now count: where none is among those that
// the client asks for, the error is forbidden_role, and the session ends, if it is the client's own and not one that it was sent a token of.
func (s *Service) Keep(ctx context.Context, c *client.Client, given session.Session, src audit.Source) error {
	refused := c.CheckRoles(given.Holder.Roles)
	if refused == nil || given.ClientID != c.ID {
		return refused
	}
	if err := s.Sessions.EndFor(ctx, given.ID, session.ReasonRoleMissing, audit.SessionEnded, src); err != nil {
		return fmt.Errorf("end session for want of a role: %w", err)
	}
	return refused
}

// inOAuth words a refusal as one of OAuth; nil stays nil.
func inOAuth(code oauth.Code, err error) error {
	if err == nil {
		return nil
	}
	return oauth.Refuse(code, "%s", fault.From(err).Detail()).Because(err)
}
