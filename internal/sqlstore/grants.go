package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// AddCode implements grant.Store.
func (s *Store) AddCode(ctx context.Context, h grant.Hash, c grant.Code) error {
	document, err := json.Marshal(c.Approval)
	if err != nil {
		return fmt.Errorf("add code: %w", err)
	}
	return s.act(ctx, "add code", func(ctx context.Context, q querier) error {
		if !c.Answers.IsZero() {
			n, err := q.exec(ctx, `DELETE FROM pushed_requests WHERE hash = $1`, c.Answers.String())
			if err != nil {
				return err
			}
			if n == 0 {
				return grant.ErrAnswered
			}
		}
		_, err := q.exec(ctx, `INSERT INTO codes (hash, client_id, user_id, parent, document, expires_at, spent, session_id)
			VALUES ($1, $2, $3, $4, $5, $6, 0, '')`,
			h.String(), text(c.ClientID), text(c.UserID), c.Parent.String(), string(document), micros(c.ExpiresAt))
		return err
	})
}

const codeColumns = `parent, document, expires_at, spent, session_id`

func scanCode(row scanner) (c grant.Code, err error) {
	var parent, document, sessionID string
	var expires, spent int64
	if err := row.Scan(&parent, &document, &expires, &spent, &sessionID); err != nil {
		return grant.Code{}, err
	}
	c.ExpiresAt, c.Spent = instant(expires), spent != 0
	c.Session, _ = session.ParseID(sessionID) // zero when nothing came of it
	c.Approval, err = parseApproval(parent, document)
	return c, err
}

func parseApproval(parent, document string) (a grant.Approval, err error) {
	if err := json.Unmarshal([]byte(document), &a); err != nil {
		return grant.Approval{}, fmt.Errorf("read approval: %w", err)
	}
	var ok bool
	if a.Parent, ok = session.ParseID(parent); !ok {
		return grant.Approval{}, fmt.Errorf("read approval: %q is no id", parent)
	}
	return a, nil
}

// Code implements grant.Store.
func (s *Store) Code(ctx context.Context, h grant.Hash) (grant.Code, error) {
	c, err := one(ctx, s.reads, scanCode, `SELECT `+codeColumns+` FROM codes WHERE hash = $1`, h.String())
	return c, s.mean("read code", err)
}

// RedeemCode implements grant.Store.
func (s *Store) RedeemCode(ctx context.Context, r grant.Redemption) error {
	return s.act(ctx, "redeem code", func(ctx context.Context, q querier) error {
		c, err := one(ctx, q, scanCode, `UPDATE codes SET spent = 1, session_id = $2 WHERE hash = $1 AND spent = 0 RETURNING `+codeColumns,
			r.Hash.String(), r.Opening.Session.ID.String())
		switch {
		case errors.Is(err, fault.ErrNotFound):
			return grant.ErrSpent
		case err != nil:
			return err
		case !r.At.Before(c.ExpiresAt):
			return fmt.Errorf("the code has expired: %w", fault.ErrConflict)
		}
		if err := s.stillLives(ctx, q, c.Parent, r.At); err != nil {
			return err
		}
		if err := s.startSession(ctx, q, r.Opening); err != nil {
			return err
		}
		return addGrant(ctx, q, r.Opening.Session.ID, c.Approval)
	})
}

// stillLives holds a session alive until the act is over, or returns fault.ErrConflict when it is over.
func (s *Store) stillLives(ctx context.Context, q querier, id session.ID, at time.Time) error {
	_, err := one(ctx, q, scanValue[string], `SELECT id FROM sessions WHERE id = $1 AND ended_at = 0 AND expires_at > $2`+s.dialect.share,
		id.String(), micros(at))
	if errors.Is(err, fault.ErrNotFound) {
		return fmt.Errorf("the browser's session is over: %w", fault.ErrConflict)
	}
	return err
}

func addGrant(ctx context.Context, q querier, id session.ID, a grant.Approval) error {
	document, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, `INSERT INTO grants (session_id, client_id, parent, offline, document, notify, subject) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id.String(), text(a.ClientID), a.Parent.String(), flag(a.Offline()), string(document), flag(a.Notify), text(a.Subject))
	return err
}

// BurnCode implements grant.Store.
func (s *Store) BurnCode(ctx context.Context, h grant.Hash) error {
	return s.act(ctx, "burn code", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE codes SET spent = 1 WHERE hash = $1 AND spent = 0`, h.String())
		return err
	})
}

// Approval implements grant.Store.
func (s *Store) Approval(ctx context.Context, id session.ID) (grant.Approval, error) {
	a, err := one(ctx, s.reads, scanApproval, `SELECT parent, document FROM grants WHERE session_id = $1`, id.String())
	return a, s.mean("read approval", err)
}

func scanApproval(row scanner) (grant.Approval, error) {
	var parent, document string
	if err := row.Scan(&parent, &document); err != nil {
		return grant.Approval{}, err
	}
	return parseApproval(parent, document)
}

// GiveConsent implements grant.Consents.
func (s *Store) GiveConsent(ctx context.Context, c grant.Consent, e audit.Event) error {
	return s.act(ctx, "give consent", func(ctx context.Context, q querier) error {
		_, err := one(ctx, q, scanValue[string], `SELECT id FROM users WHERE id = $1`+s.dialect.share, text(c.UserID))
		if errors.Is(err, fault.ErrNotFound) {
			return fmt.Errorf("the account is gone: %w", fault.ErrConflict)
		}
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, `INSERT INTO consents (user_id, client_id, scope, given_at, addresses) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (user_id, client_id) DO UPDATE SET scope = excluded.scope, given_at = excluded.given_at, addresses = excluded.addresses`,
			text(c.UserID), text(c.ClientID), list(c.Scope), micros(c.At), text(c.Addresses))
		if err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}

const selectConsents = `SELECT user_id, client_id, scope, given_at, addresses FROM consents `

func scanConsent(row scanner) (c grant.Consent, err error) {
	var scope string
	var given int64
	if err := row.Scan(&c.UserID, &c.ClientID, &scope, &given, &c.Addresses); err != nil {
		return grant.Consent{}, err
	}
	c.At = instant(given)
	words, err := parseList(scope)
	c.Scope = oauth.Scope(words)
	return c, err
}

// Consent implements grant.Consents.
func (s *Store) Consent(ctx context.Context, userID, clientID string) (grant.Consent, error) {
	c, err := one(ctx, s.reads, scanConsent, selectConsents+`WHERE user_id = $1 AND client_id = $2`, text(userID), text(clientID))
	return c, s.mean("read consent", err)
}

// ConsentsOf implements grant.Consents.
func (s *Store) ConsentsOf(ctx context.Context, userID string) ([]grant.Consent, error) {
	rows, err := all(ctx, s.reads, scanConsent, selectConsents+`WHERE user_id = $1 ORDER BY client_id`, text(userID))
	return rows, s.mean("list consents", err)
}

// RevokeConsent implements grant.Consents.
func (s *Store) RevokeConsent(ctx context.Context, end session.Ending, e audit.Event) error {
	return s.act(ctx, "revoke consent", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `DELETE FROM consents WHERE user_id = $1 AND client_id = $2`, text(end.User), text(end.Client))
		if err != nil {
			return err
		}
		if _, err := s.endSessions(ctx, q, end); err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}
