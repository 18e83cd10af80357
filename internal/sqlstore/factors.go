package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/user"
)

// Factor implements otp.Factors.
func (s *Store) Factor(ctx context.Context, userID string) (otp.Factor, error) {
	if !storable(userID) {
		return otp.Factor{}, fmt.Errorf("read second factor: %w", fault.ErrNotFound)
	}
	f, err := one(ctx, s.reads, scanFactor, `SELECT user_id, secret, last_step, added_at,
		(SELECT count(*) FROM recovery_codes WHERE recovery_codes.user_id = second_factors.user_id) FROM second_factors WHERE user_id = $1`, userID)
	return f, s.mean("read second factor", err)
}

func scanFactor(row scanner) (f otp.Factor, err error) {
	var added int64
	err = row.Scan(&f.UserID, &f.Secret, &f.LastStep, &added, &f.RecoveryLeft)
	f.AddedAt = instant(added)
	return f, err
}

// AddFactor implements otp.Factors.
func (s *Store) AddFactor(ctx context.Context, a otp.Addition) error {
	return s.act(ctx, "add second factor", func(ctx context.Context, q querier) error {
		f := a.Factor
		if _, err := one(ctx, q, scanValue[string], `SELECT id FROM users WHERE id = $1`+s.dialect.update, text(f.UserID)); err != nil {
			return err
		}
		added, err := q.exec(ctx, `INSERT INTO second_factors (user_id, secret, last_step, added_at) VALUES ($1, $2, $3, $4) ON CONFLICT (user_id) DO NOTHING`,
			text(f.UserID), blob(f.Secret), f.LastStep, micros(f.AddedAt))
		if err != nil {
			return err
		}
		if added == 0 {
			return fmt.Errorf("the account has a second factor: %w", fault.ErrConflict)
		}
		if err := insertRecovery(ctx, q, f.UserID, a.Hashes); err != nil {
			return err
		}
		return appendEvent(ctx, q, a.Event)
	})
}

func insertRecovery(ctx context.Context, q querier, userID string, hashes []string) error {
	for _, h := range hashes {
		if _, err := q.exec(ctx, `INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)`, text(userID), text(h)); err != nil {
			return err
		}
	}
	return nil
}

// RemoveFactor implements otp.Factors.
func (s *Store) RemoveFactor(ctx context.Context, r otp.Removal) error {
	return s.act(ctx, "remove second factor", func(ctx context.Context, q querier) error {
		removed, err := q.exec(ctx, `DELETE FROM second_factors WHERE user_id = $1`, text(r.UserID))
		if err != nil {
			return err
		}
		if removed == 0 {
			return fmt.Errorf("the account has no second factor: %w", fault.ErrNotFound)
		}
		if err := appendEvent(ctx, q, r.Event); err != nil || r.EndReason == "" {
			return err
		}
		return s.endWithUser(ctx, q, &user.Ending{Reason: r.EndReason, RevokeUntil: r.RevokeUntil}, r.UserID, r.Event.At, &r.Event)
	})
}

// SpendStep implements otp.Spender.
func (s *Store) SpendStep(ctx context.Context, userID string, addedAt time.Time, step int64) error {
	return s.act(ctx, "spend step", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, `UPDATE second_factors SET last_step = $3 WHERE user_id = $1 AND added_at = $2 AND last_step < $3`,
			text(userID), micros(addedAt), step)
		if err == nil && n == 0 {
			return fmt.Errorf("the step was used before: %w", fault.ErrConflict)
		}
		return err
	})
}

// SpendRecovery implements otp.Spender. Of two who spend one, the database lets one delete it.
func (s *Store) SpendRecovery(ctx context.Context, userID, hash string, e audit.Event) error {
	return s.act(ctx, "spend recovery code", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2`, text(userID), text(hash))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("there is no such recovery code: %w", fault.ErrConflict)
		}
		return appendEvent(ctx, q, e)
	})
}

// RenewRecovery implements otp.Spender. The factor is locked, so that of two who renew, the codes of one are left.
func (s *Store) RenewRecovery(ctx context.Context, userID string, hashes []string, e audit.Event) error {
	return s.act(ctx, "renew recovery codes", func(ctx context.Context, q querier) error {
		_, err := one(ctx, q, scanValue[string], `SELECT user_id FROM second_factors WHERE user_id = $1`+s.dialect.update, text(userID))
		if err != nil {
			return err
		}
		if _, err := q.exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, text(userID)); err != nil {
			return err
		}
		if err := insertRecovery(ctx, q, userID, hashes); err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}
