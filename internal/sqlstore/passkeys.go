package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/user"
)

const selectPasskeys = `SELECT id, user_id, public_key, sign_count, transports, aaguid, backup_eligible, backed_up, name, added_at, used_at FROM passkeys `

func scanPasskey(row scanner) (c passkey.Credential, err error) {
	var eligible, backedUp, added, used int64
	var transports string
	err = row.Scan(&c.ID, &c.UserID, &c.PublicKey, &c.SignCount, &transports, &c.AAGUID, &eligible, &backedUp, &c.Name, &added, &used)
	if transports != "" {
		c.Transports = strings.Split(transports, " ")
	}
	c.BackupEligible, c.BackedUp, c.AddedAt, c.UsedAt = eligible != 0, backedUp != 0, instant(added), instant(used)
	return c, err
}

// Passkeys implements passkey.Reader.
func (s *Store) Passkeys(ctx context.Context, userID string) ([]passkey.Credential, error) {
	list, err := all(ctx, s.reads, scanPasskey, selectPasskeys+`WHERE user_id = $1 ORDER BY added_at, id`, text(userID))
	return list, s.mean("list passkeys", err)
}

// Passkey implements passkey.Reader.
func (s *Store) Passkey(ctx context.Context, id string) (passkey.Credential, error) {
	c, err := one(ctx, s.reads, scanPasskey, selectPasskeys+`WHERE id = $1`, text(id))
	return c, s.mean("find passkey", err)
}

// AddPasskey implements passkey.Writer. The account is locked, so that of two passkeys, added at a time, one is the last that it may have.
func (s *Store) AddPasskey(ctx context.Context, a passkey.Addition) error {
	return s.act(ctx, "add passkey", func(ctx context.Context, q querier) error {
		c := a.Credential
		if _, err := one(ctx, q, scanValue[string], `SELECT id FROM users WHERE id = $1`+s.dialect.update, text(c.UserID)); err != nil {
			return err
		}
		if err := spendID(ctx, q, a.Challenge, a.ChallengeEnds); err != nil {
			return err
		}
		if has, err := countPasskeys(ctx, q, c.UserID); err != nil || has >= passkey.Most {
			return cmp.Or(err, passkey.ErrFull)
		}
		added, err := q.exec(ctx, `INSERT INTO passkeys (id, user_id, public_key, sign_count, transports, aaguid, backup_eligible, backed_up, name, added_at, used_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING`,
			text(c.ID), text(c.UserID), blob(c.PublicKey), int64(c.SignCount), text(strings.Join(c.Transports, " ")), text(c.AAGUID),
			flag(c.BackupEligible), flag(c.BackedUp), text(c.Name), micros(c.AddedAt), micros(c.UsedAt))
		if err != nil {
			return err
		}
		if added == 0 {
			return fmt.Errorf("the passkey is known: %w", fault.ErrConflict)
		}
		return appendEvent(ctx, q, a.Event)
	})
}

func countPasskeys(ctx context.Context, q querier, userID string) (int64, error) {
	return one(ctx, q, scanValue[int64], `SELECT count(*) FROM passkeys WHERE user_id = $1`, text(userID))
}

// UsePasskey implements passkey.Writer. Counters of devices that do not count stay at zero.
func (s *Store) UsePasskey(ctx context.Context, u passkey.Use) error {
	return s.act(ctx, "use passkey", func(ctx context.Context, q querier) error {
		if err := spendID(ctx, q, u.Challenge, u.ChallengeEnds); err != nil {
			return err
		}
		n, err := q.exec(ctx, `UPDATE passkeys SET sign_count = $3, backed_up = $4, used_at = $5
			WHERE id = $1 AND user_id = $2 AND (sign_count < $3 OR sign_count = 0 AND $6 = 1)`,
			text(u.ID), text(u.UserID), int64(u.SignCount), flag(u.BackedUp), micros(u.At), flag(u.SignCount == 0))
		if err == nil && n == 0 {
			return fmt.Errorf("the passkey is gone, or was used meanwhile: %w", fault.ErrConflict)
		}
		return err
	})
}

// RenamePasskey implements passkey.Writer.
func (s *Store) RenamePasskey(ctx context.Context, userID, id, name string) error {
	return s.act(ctx, "rename passkey", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, `UPDATE passkeys SET name = $3 WHERE id = $1 AND user_id = $2`, text(id), text(userID), text(name))
		if err == nil && n == 0 {
			return errNoPasskey
		}
		return err
	})
}

var errNoPasskey = fmt.Errorf("the account has no such passkey: %w", fault.ErrNotFound)

// RemovePasskey implements passkey.Writer. The account is locked, so that of two passkeys, removed at a time, one stays.
func (s *Store) RemovePasskey(ctx context.Context, r passkey.Removal) error {
	return s.act(ctx, "remove passkey", func(ctx context.Context, q querier) error {
		account, err := one(ctx, q, scanUser, selectUsers+`WHERE id = $1`+s.dialect.update, text(r.UserID))
		if err != nil {
			return err
		}
		removed, err := q.exec(ctx, `DELETE FROM passkeys WHERE id = $1 AND user_id = $2`, text(r.ID), text(r.UserID))
		if err != nil {
			return err
		}
		if removed == 0 {
			return errNoPasskey
		}
		if account.Password.Empty() {
			if err := mustOpenYet(ctx, q, r); err != nil {
				return err
			}
		}
		return s.removed(ctx, q, r)
	})
}

// mustOpenYet fails when neither a passkey nor a provider opens an account without a password.
func mustOpenYet(ctx context.Context, q querier, r passkey.Removal) error {
	left, err := countPasskeys(ctx, q, r.UserID)
	if err != nil || left > 0 {
		return err
	}
	links, err := all(ctx, q, scanValue[string], `SELECT issuer FROM provider_links WHERE user_id = $1`, text(r.UserID))
	if err != nil || slices.ContainsFunc(links, func(issuer string) bool { return slices.Contains(r.Others, issuer) }) {
		return err
	}
	return fmt.Errorf("the account could not be opened any more: %w", fault.ErrConflict)
}

// RemovePasskeys implements passkey.Writer.
func (s *Store) RemovePasskeys(ctx context.Context, r passkey.Removal) error {
	return s.act(ctx, "remove passkeys", func(ctx context.Context, q querier) error {
		removed, err := q.exec(ctx, `DELETE FROM passkeys WHERE user_id = $1`, text(r.UserID))
		if err != nil {
			return err
		}
		if removed == 0 {
			return errNoPasskey
		}
		return s.removed(ctx, q, r)
	})
}

// removed notes a removal, and ends the sessions if it says so.
func (s *Store) removed(ctx context.Context, q querier, r passkey.Removal) error {
	if err := appendEvent(ctx, q, r.Event); err != nil || r.EndReason == "" {
		return err
	}
	return s.endWithUser(ctx, q, &user.Ending{Reason: r.EndReason, RevokeUntil: r.RevokeUntil}, r.UserID, r.Event.At, &r.Event)
}
