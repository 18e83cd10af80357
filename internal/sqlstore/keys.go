package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/revocation"
)

// SigningKeys implements keys.Store.
func (s *Store) SigningKeys(ctx context.Context) ([]keys.Record, error) {
	rows, err := all(ctx, s.reads, scanKey,
		`SELECT id, purpose, algorithm, sealed, created_at, activates_at, expires_at FROM signing_keys ORDER BY activates_at, id`)
	return rows, s.mean("list signing keys", err)
}

// NewestSealedKey is the signing key whose turn comes last, sealed; nil if there is none. It reads whatever schema the database has, also while
// another process migrates it.
func (s *Store) NewestSealedKey(ctx context.Context) ([]byte, error) {
	version, err := s.version(ctx)
	if err != nil || version == 0 {
		return nil, s.mean("read schema", err)
	}
	sealed, err := all(ctx, s.reads, scanValue[[]byte], `SELECT sealed FROM signing_keys ORDER BY activates_at DESC, id DESC LIMIT 1`)
	if err != nil || len(sealed) == 0 {
		return nil, s.mean("read newest signing key", err)
	}
	return sealed[0], nil
}

func scanKey(row scanner) (r keys.Record, err error) {
	var created, activates, expires int64
	err = row.Scan(&r.ID, &r.Purpose, &r.Algorithm, &r.Sealed, &created, &activates, &expires)
	r.CreatedAt, r.ActivatesAt, r.ExpiresAt = instant(created), instant(activates), instant(expires)
	return r, err
}

// AddSigningKey implements keys.Store.
func (s *Store) AddSigningKey(ctx context.Context, r keys.Record, newest string, predecessorsExpire time.Time, e audit.Event) error {
	return s.act(ctx, "add signing key", func(ctx context.Context, q querier) error {
		if err := s.dialect.alone(ctx, q, newKey); err != nil {
			return err
		}
		if err := stillNewest(ctx, q, r.Purpose, newest); err != nil {
			return err
		}
		_, err := q.exec(ctx, `UPDATE signing_keys SET expires_at = $1 WHERE expires_at = 0 AND purpose = $2`,
			micros(predecessorsExpire), text(r.Purpose))
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, `INSERT INTO signing_keys (id, purpose, algorithm, sealed, created_at, activates_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			text(r.ID), text(r.Purpose), text(r.Algorithm), blob(r.Sealed), micros(r.CreatedAt), micros(r.ActivatesAt), micros(r.ExpiresAt))
		if err != nil {
			return err
		}
		if err := appendEvent(ctx, q, e); err != nil {
			return err
		}
		return s.tellOfKeys(ctx, q, r.CreatedAt)
	})
}

// noteFor is how long a note to the nodes stays in the log. They read it within a second.
const noteFor = time.Minute

// tellOfKeys lets every node read the keys.
func (s *Store) tellOfKeys(ctx context.Context, q querier, now time.Time) error {
	if err := s.dialect.alone(ctx, q, revoking); err != nil {
		return err
	}
	return appendRevocation(ctx, q, revocation.Record{Kind: revocation.Rekeyed, At: now, Until: now.Add(noteFor)})
}

// WithdrawSigningKey implements keys.Store.
func (s *Store) WithdrawSigningKey(ctx context.Context, id string, now, until time.Time, e audit.Event) error {
	return s.act(ctx, "withdraw signing key", func(ctx context.Context, q querier) error {
		if err := s.dialect.alone(ctx, q, newKey); err != nil {
			return err
		}
		created, err := one(ctx, q, scanValue[int64], `SELECT created_at FROM signing_keys WHERE id = $1`, text(id))
		if err != nil {
			return err
		}
		later, err := one(ctx, q, scanValue[int64], `SELECT COUNT(*) FROM signing_keys WHERE created_at > $1 AND activates_at <= $2
			AND purpose = (SELECT purpose FROM signing_keys WHERE id = $3)`, created, micros(now), text(id))
		if err != nil {
			return err
		}
		if later == 0 {
			return fmt.Errorf("no later key signs: %w", fault.ErrConflict)
		}
		if _, err := q.exec(ctx, `DELETE FROM signing_keys WHERE id = $1`, text(id)); err != nil {
			return err
		}
		if err := s.dialect.alone(ctx, q, revoking); err != nil {
			return err
		}
		if err := appendRevocation(ctx, q, revocation.Record{Kind: revocation.Signer, Key: id, At: now, Until: until}); err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}

// stillNewest returns fault.ErrConflict unless the key of that purpose with the latest activation has this id.
func stillNewest(ctx context.Context, q querier, purpose, id string) error {
	found, err := one(ctx, q, scanValue[string], `SELECT id FROM signing_keys WHERE purpose = $1 ORDER BY activates_at DESC, id DESC LIMIT 1`, text(purpose))
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	if found != id {
		return fmt.Errorf("the newest key is %q: %w", found, fault.ErrConflict)
	}
	return nil
}

// RemoveSigningKeys implements keys.Store.
func (s *Store) RemoveSigningKeys(ctx context.Context, now time.Time) error {
	return s.act(ctx, "remove signing keys", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `DELETE FROM signing_keys WHERE expires_at <> 0 AND expires_at < $1`, micros(now))
		return err
	})
}

// SealedSecret implements keys.Store. All starts but the first only read.
func (s *Store) SealedSecret(ctx context.Context, name string, offered []byte) ([]byte, error) {
	sealed, err := readSecret(ctx, s.reads, name)
	if !errors.Is(err, fault.ErrNotFound) {
		return sealed, s.mean("read secret", err)
	}
	err = s.act(ctx, "add secret", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO sealed_secrets (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, text(name), blob(offered))
		return err
	})
	if err != nil {
		return nil, err
	}
	sealed, err = readSecret(ctx, s.reads, name)
	return sealed, s.mean("read secret", err)
}

func readSecret(ctx context.Context, q querier, name string) ([]byte, error) {
	return one(ctx, q, scanValue[[]byte], `SELECT sealed FROM sealed_secrets WHERE name = $1`, text(name))
}

// blob keeps nil from becoming NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
