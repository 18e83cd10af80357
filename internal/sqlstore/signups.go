package sqlstore

import (
	"context"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/user"
)

// AddSignUp implements mailbox.Store.
func (s *Store) AddSignUp(ctx context.Context, up mailbox.SignUp, e audit.Event) error {
	return s.act(ctx, "add sign-up", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO sign_ups (email_key, email, hash, return_to, expires_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (email_key) DO UPDATE SET email = $2, hash = $3, return_to = $4, expires_at = $5`,
			text(up.CanonicalEmail), text(up.Email), text(up.Hash), text(up.ReturnTo), micros(up.ExpiresAt))
		if err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}

// SignUp implements mailbox.Store.
func (s *Store) SignUp(ctx context.Context, hash string) (mailbox.SignUp, error) {
	up, err := one(ctx, s.reads, scanSignUp, `SELECT email_key, email, hash, return_to, expires_at FROM sign_ups WHERE hash = $1`, text(hash))
	return up, s.mean("read sign-up", err)
}

func scanSignUp(row scanner) (up mailbox.SignUp, err error) {
	var expires int64
	err = row.Scan(&up.CanonicalEmail, &up.Email, &up.Hash, &up.ReturnTo, &expires)
	up.ExpiresAt = instant(expires)
	return up, err
}

// FinishSignUp implements mailbox.Store.
func (s *Store) FinishSignUp(ctx context.Context, hash string, a user.Addition) error {
	err := s.act(ctx, "finish sign-up", func(ctx context.Context, q querier) error {
		if err := spend(ctx, q, `DELETE FROM sign_ups WHERE hash = $1 AND email_key = $2 AND expires_at > $3`,
			text(hash), text(a.CanonicalEmail), micros(a.User.CreatedAt)); err != nil {
			return err
		}
		return s.addUser(ctx, q, a)
	})
	return s.whichTaken(ctx, err, a.User.ID, &a.CanonicalUsername, &a.CanonicalEmail)
}
