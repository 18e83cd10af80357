package sqlstore

import (
	"context"
	"fmt"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/user"
)

// AddMailCode implements mailbox.Store.
func (s *Store) AddMailCode(ctx context.Context, c mailbox.Code, e audit.Event) error {
	return s.act(ctx, "add mail code", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO mail_codes (user_id, purpose, hash, email, expires_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (user_id, purpose) DO UPDATE SET hash = $3, email = $4, expires_at = $5`,
			text(c.UserID), text(string(c.Purpose)), text(c.Hash), text(c.Email), micros(c.ExpiresAt))
		if err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}

// MailCode implements mailbox.Store.
func (s *Store) MailCode(ctx context.Context, hash string) (mailbox.Code, error) {
	c, err := one(ctx, s.reads, scanMailCode, `SELECT user_id, purpose, hash, email, expires_at FROM mail_codes WHERE hash = $1`, text(hash))
	return c, s.mean("read mail code", err)
}

func scanMailCode(row scanner) (c mailbox.Code, err error) {
	var expires int64
	err = row.Scan(&c.UserID, &c.Purpose, &c.Hash, &c.Email, &expires)
	c.ExpiresAt = instant(expires)
	return c, err
}

// spendMailCode spends the code that a change of an account is made by, if it is made by one.
func spendMailCode(ctx context.Context, q querier, c user.Change) error {
	if c.IfCode == "" {
		return nil
	}
	return spend(ctx, q, `DELETE FROM mail_codes WHERE user_id = $1 AND hash = $2 AND expires_at > $3`, text(c.ID), text(c.IfCode), micros(c.At))
}

// spend deletes the row of what was mailed, or returns fault.ErrConflict. Of two who spend one, the database lets one delete it.
func spend(ctx context.Context, q querier, deletion string, args ...any) error {
	n, err := q.exec(ctx, deletion, args...)
	if err == nil && n == 0 {
		return fmt.Errorf("the mailed code is not good any more: %w", fault.ErrConflict)
	}
	return err
}

// voidMailCodes removes the codes that a change of the account makes void: all of them with another password or with disabling, and those that
// prove an address with another address.
func voidMailCodes(ctx context.Context, q querier, c user.Change) error {
	fresh, closed := c.Password != nil && !c.KeepPasswordTime, c.Disabled != nil && *c.Disabled
	if !fresh && !closed && c.Email == nil {
		return nil
	}
	_, err := q.exec(ctx, `DELETE FROM mail_codes WHERE user_id = $1
		AND ($2 = 1 OR email <> '' AND email <> (SELECT email FROM users WHERE id = $1))`, text(c.ID), flag(fresh || closed))
	return err
}

// voidAllMailCodes lets no link that was ever mailed open anything.
func (s *Store) voidAllMailCodes(ctx context.Context) error {
	return s.act(ctx, "void all mailed codes", func(ctx context.Context, q querier) error {
		if _, err := q.exec(ctx, `DELETE FROM mail_codes`); err != nil {
			return err
		}
		_, err := q.exec(ctx, `DELETE FROM sign_ups`)
		return err
	})
}
