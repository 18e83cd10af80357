package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
)

const selectClients = `SELECT id, document, created_at FROM clients `

func scanClient(row scanner) (c client.Client, err error) {
	var document string
	var created int64
	if err := row.Scan(&c.ID, &document, &created); err != nil {
		return client.Client{}, err
	}
	return parseClient(c.ID, document, created)
}

func parseClient(id, document string, created int64) (client.Client, error) {
	c := client.Client{ID: id, CreatedAt: instant(created)}
	if err := json.Unmarshal([]byte(document), &c.Settings); err != nil {
		return client.Client{}, fmt.Errorf("read client %s: %w", id, err)
	}
	return c, nil
}

// ownedSecret is a secret and whose it is.
type ownedSecret struct {
	client.Secret
	clientID string
}

func scanSecret(row scanner) (s ownedSecret, err error) {
	var added int64
	err = row.Scan(&s.clientID, &s.ID, &s.Hash, &added)
	s.AddedAt = instant(added)
	return s, err
}

const selectSecrets = `SELECT client_id, id, hash, added_at FROM client_secrets `

// Client implements client.Reader.
func (s *Store) Client(ctx context.Context, id string) (client.Client, error) {
	if !storable(id) {
		return client.Client{}, fmt.Errorf("read client: %w", fault.ErrNotFound)
	}
	rows, err := all(ctx, s.reads, scanClientSecret, selectClientSecrets, id)
	if err == nil && len(rows) == 0 {
		err = fault.ErrNotFound
	}
	if err != nil {
		return client.Client{}, s.mean("read client", err)
	}
	c, err := rows[0].client()
	for _, row := range rows {
		if row.secret.ID != "" {
			c.Secrets = append(c.Secrets, row.secret)
		}
	}
	return c, err
}

// selectClientSecrets reads a client by one statement, because every request of a client begins with it.
const selectClientSecrets = `SELECT clients.id, document, created_at, COALESCE(client_secrets.id, ''), hash, COALESCE(added_at, 0)
	FROM clients LEFT JOIN client_secrets ON client_id = clients.id WHERE clients.id = $1 ORDER BY added_at DESC, client_secrets.id`

// clientSecret is a client beside one of its secrets, or beside none.
type clientSecret struct {
	id, document string
	created      int64
	secret       client.Secret
}

func scanClientSecret(row scanner) (c clientSecret, err error) {
	var added int64
	err = row.Scan(&c.id, &c.document, &c.created, &c.secret.ID, &c.secret.Hash, &added)
	c.secret.AddedAt = instant(added)
	return c, err
}

func (r clientSecret) client() (client.Client, error) {
	return parseClient(r.id, r.document, r.created)
}

// Clients implements client.Reader.
func (s *Store) Clients(ctx context.Context) ([]client.Client, error) {
	list, err := all(ctx, s.reads, scanClient, selectClients+`ORDER BY id`)
	if err != nil {
		return nil, s.mean("list clients", err)
	}
	secrets, err := all(ctx, s.reads, scanSecret, selectSecrets+`ORDER BY added_at DESC, id`)
	owned := make(map[string][]client.Secret)
	for _, secret := range secrets {
		owned[secret.clientID] = append(owned[secret.clientID], secret.Secret)
	}
	for i := range list {
		list[i].Secrets = owned[list[i].ID]
	}
	return list, s.mean("list clients", err)
}

// AddClient implements client.Writer.
func (s *Store) AddClient(ctx context.Context, c client.Client, e audit.Event) error {
	document, err := json.Marshal(c.Settings)
	if err != nil {
		return fmt.Errorf("add client: %w", err)
	}
	return s.act(ctx, "add client", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO clients (id, document, created_at) VALUES ($1, $2, $3)`, text(c.ID), string(document), micros(c.CreatedAt))
		if err != nil {
			return err
		}
		if err := addSecrets(ctx, q, c.ID, c.Secrets); err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}

func addSecrets(ctx context.Context, q querier, id string, secrets []client.Secret) error {
	for _, secret := range secrets {
		_, err := q.exec(ctx, `INSERT INTO client_secrets (client_id, id, hash, added_at) VALUES ($1, $2, $3, $4)`,
			text(id), text(secret.ID), blob(secret.Hash), micros(secret.AddedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// ReplaceSecrets implements client.Writer.
func (s *Store) ReplaceSecrets(ctx context.Context, id, newest string, secrets []client.Secret, e audit.Event) error {
	return s.act(ctx, "replace secrets", func(ctx context.Context, q querier) error {
		if _, err := one(ctx, q, scanValue[string], `SELECT id FROM clients WHERE id = $1`+s.dialect.update, text(id)); err != nil {
			return err
		}
		before, err := all(ctx, q, scanSecret, selectSecrets+`WHERE client_id = $1 ORDER BY added_at DESC, id`, text(id))
		if err != nil {
			return err
		}
		if len(before) == 0 && newest != "" || len(before) > 0 && before[0].ID != newest {
			return fmt.Errorf("its newest secret is another by now: %w", fault.ErrConflict)
		}
		if _, err := q.exec(ctx, `DELETE FROM client_secrets WHERE client_id = $1`, text(id)); err != nil {
			return err
		}
		if err := addSecrets(ctx, q, id, secrets); err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}

// ReplaceSettings implements client.Writer.
func (s *Store) ReplaceSettings(ctx context.Context, id string, was, settings client.Settings, e audit.Event) error {
	document, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("change client: %w", err)
	}
	return s.act(ctx, "change client", func(ctx context.Context, q querier) error {
		before, err := one(ctx, q, scanClient, selectClients+`WHERE id = $1`+s.dialect.update, text(id))
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(before.Settings, was) {
			return fmt.Errorf("its settings are others by now: %w", fault.ErrConflict)
		}
		if _, err := q.exec(ctx, `UPDATE clients SET document = $2 WHERE id = $1`, text(id), string(document)); err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}

// RemoveClient implements client.Writer.
func (s *Store) RemoveClient(ctx context.Context, id string, at, revokeUntil time.Time, e audit.Event) error {
	return s.act(ctx, "remove client", func(ctx context.Context, q querier) error {
		removed, err := q.exec(ctx, `DELETE FROM clients WHERE id = $1`, text(id))
		if err != nil {
			return err
		}
		if removed == 0 {
			return fault.ErrNotFound
		}
		for _, forget := range []string{`DELETE FROM consents WHERE client_id = $1`, `DELETE FROM codes WHERE client_id = $1`,
			`DELETE FROM devices WHERE client_id = $1`} {
			if _, err := q.exec(ctx, forget, text(id)); err != nil {
				return err
			}
		}
		ended := audit.Event{At: at, Action: audit.SessionEnded, Source: e.Source, ClientID: id, Detail: session.ReasonClientRemoved}
		_, err = s.endSessions(ctx, q, session.Ending{Client: id, At: at, Reason: session.ReasonClientRemoved, RevokeUntil: revokeUntil, Event: ended})
		if err != nil {
			return err
		}
		if err := s.dialect.alone(ctx, q, revoking); err != nil {
			return err
		}
		gone := revocation.Record{Kind: revocation.Client, Key: id, At: at.Add(client.KnownFor), Until: revokeUntil.Add(client.KnownFor)}
		if err := appendRevocation(ctx, q, gone); err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}

// SpendID implements client.Writer.
func (s *Store) SpendID(ctx context.Context, id string, until time.Time) error {
	return s.act(ctx, "spend id", func(ctx context.Context, q querier) error { return spendID(ctx, q, id, until) })
}

// spendID spends an id as part of an act.
func spendID(ctx context.Context, q querier, id string, until time.Time) error {
	added, err := q.exec(ctx, `INSERT INTO spent_ids (id, until) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, text(id), micros(until))
	if err == nil && added == 0 {
		err = fmt.Errorf("the id was spent before: %w", fault.ErrConflict)
	}
	return err
}
