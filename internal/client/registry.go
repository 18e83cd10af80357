package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/secret"
)

// Revocations learns at once what this process has called back.
type Revocations interface {
	// CatchUp reads what the log has gained.
	CatchUp(ctx context.Context) error
}

// Registry finds clients, in the configuration first, and changes those of the store. It is safe for concurrent use.
type Registry struct {
	Store       Store
	Revocations Revocations
	// Configured are the clients of the configuration, by id.
	Configured map[string]Client
	// Documents finds clients by the address of a document about them; nil when such are not taken.
	Documents *Documents
	// Key is that of the hashes of secrets, 32 bytes, which all nodes share.
	Key []byte
	// Certificates says whose certificates are believed; nil where clients are asked for none.
	Certificates *Certificates
	// KeySets are those that clients give the address of; StrangersKeySets those of clients that describe themselves, so that what does not answer
	// there takes no place from the calls to others.
	KeySets, StrangersKeySets *KeySets
	// Issuer is the one audience of an assertion.
	Issuer string
	// CommandFlags are what a command needs to work on these data, where a developer may copy it, with a space before; "" for nothing.
	CommandFlags string
	// RevokeFor is how long a token of a client can be believed.
	RevokeFor time.Duration
	Now       func() time.Time

	known known
}

// Find returns the client of an id, or fault.ErrNotFound.
func (r *Registry) Find(ctx context.Context, id string) (Client, error) {
	if c, ok := r.Configured[id]; ok {
		return c, nil
	}
	if r.Documents != nil && strings.HasPrefix(id, "https://") {
		return r.Documents.Find(ctx, id)
	}
	if CheckID(id) != nil {
		return Client{}, fmt.Errorf("find client: %w", fault.ErrNotFound)
	}
	return r.known.find(ctx, id, r.Now(), r.Store.Client)
}

// Known is Find without asking anybody else: a client that describes itself is as it was when its document was read last, and fault.ErrNotFound where it
// was not. It is for pages that have to do with many clients, of which none is to hold them up.
func (r *Registry) Known(ctx context.Context, id string) (Client, error) {
	if _, configured := r.Configured[id]; !configured && r.Documents != nil && strings.HasPrefix(id, "https://") {
		return r.Documents.known(id)
	}
	return r.Find(ctx, id)
}

// List returns all clients in the order of their ids.
func (r *Registry) List(ctx context.Context) ([]Client, error) {
	all, err := r.Store.Clients(ctx)
	if err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	all = slices.DeleteFunc(all, func(c Client) bool { _, hidden := r.Configured[c.ID]; return hidden })
	for _, c := range r.Configured {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Client) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// New is a client to be added.
type New struct {
	ID string // "": made from the name
	Settings
	Source audit.Source
}

// Add stores a client, and returns its secret if it has one. It is the only time that anybody sees it.
func (r *Registry) Add(ctx context.Context, n New) (Client, secret.String, error) {
	c := Client{ID: n.ID, Settings: n.Settings, CreatedAt: r.Now()}
	if c.ID == "" {
		c.ID = idFrom(c.Name)
	}
	if err := errors.Join(CheckID(c.ID), c.Check(), r.checkFetched(&c), r.CheckServed(&c.Settings)); err != nil {
		return Client{}, secret.String{}, err
	}
	if _, taken := r.Configured[c.ID]; taken {
		return Client{}, secret.String{}, fmt.Errorf("the configuration has a client %q: %w", c.ID, fault.ErrConflict)
	}
	var plain secret.String
	if c.Auth == oauth.SecretBasic || c.Auth == oauth.SecretPost {
		var stored Secret
		plain, stored = r.newSecret(c.CreatedAt)
		c.Secrets = []Secret{stored}
	}
	err := r.Store.AddClient(ctx, c, r.event(audit.ClientAdded, c.ID, n.Source))
	return c, plain, err
}

// checkFetched says what is wrong with addresses that are to be called.
func (r *Registry) checkFetched(c *Client) error {
	if c.JWKSURI == "" {
		return nil
	}
	if err := r.KeySets.Fetch.Check(c.JWKSURI); err != nil {
		return flawed("jwks_uri", "", fmt.Errorf("the address %q of the key set cannot be used: %w", c.JWKSURI, err))
	}
	return nil
}

// idFrom makes an id of a name: what is readable of it, and letters by chance, so that it can be guessed by nobody and is never taken.
func idFrom(name string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	readable := strings.Trim(b.String(), "-")
	if len(readable) > 40 {
		readable = strings.Trim(readable[:40], "-")
	}
	if readable == "" {
		readable = "client"
	}
	return readable + "-" + strings.ToLower(rand.Text()[:8])
}

// AddSecret gives a client one more secret. The one before stays good until it is replaced in turn, or dropped by [Registry.DropSecrets].
func (r *Registry) AddSecret(ctx context.Context, id string, src audit.Source) (secret.String, error) {
	c, err := r.changeable(ctx, id)
	if err != nil {
		return secret.String{}, err
	}
	if c.Auth != oauth.SecretBasic && c.Auth != oauth.SecretPost {
		return secret.String{}, fmt.Errorf("the client %q authenticates by %s: %w", id, c.Auth, ErrNoSecret)
	}
	plain, stored := r.newSecret(r.Now())
	secrets := append([]Secret{stored}, c.Secrets...)
	secrets = secrets[:min(len(secrets), MaxSecrets)]
	defer r.known.forget(id)
	return plain, r.Store.ReplaceSecrets(ctx, id, c.newest(), secrets, r.changed(id, "secret added", src))
}

// DropSecrets removes all secrets of a client but the newest.
func (r *Registry) DropSecrets(ctx context.Context, id string, src audit.Source) error {
	c, err := r.changeable(ctx, id)
	if err != nil {
		return err
	}
	defer r.known.forget(id)
	return r.Store.ReplaceSecrets(ctx, id, c.newest(), c.Secrets[:min(1, len(c.Secrets))], r.changed(id, "old secrets dropped", src))
}

func (c *Client) newest() string {
	if len(c.Secrets) == 0 {
		return ""
	}
	return c.Secrets[0].ID
}

// Remove removes a client. Its sessions end, and its tokens are refused from then on.
func (r *Registry) Remove(ctx context.Context, id string, src audit.Source) error {
	if _, err := r.stored(ctx, id); err != nil {
		return err
	}
	now := r.Now()
	defer r.known.forget(id)
	if err := r.Store.RemoveClient(ctx, id, now, now.Add(r.RevokeFor), r.event(audit.ClientRemoved, id, src)); err != nil {
		return err
	}
	return r.Revocations.CatchUp(ctx)
}

// ErrConfigured says that a client stands in the configuration, and is changed there.
var ErrConfigured = fmt.Errorf("the client stands in the configuration; change it there: %w", fault.ErrConflict)

// ErrDescribesItself says that a client registered itself, or is known by a document of its own, and that only its own word changes it.
var ErrDescribesItself = fmt.Errorf("the client describes itself, and only its own word changes it: %w", fault.ErrConflict)

// ErrNoSecret says that a client has no use for a secret.
var ErrNoSecret = fmt.Errorf("the client has no use for a secret: %w", fault.ErrConflict)

// changeable finds a client that others than itself change.
func (r *Registry) changeable(ctx context.Context, id string) (Client, error) {
	c, err := r.stored(ctx, id)
	if err == nil && (c.Self != nil || c.Document) {
		return Client{}, fmt.Errorf("change client %q: %w", id, ErrDescribesItself)
	}
	return c, err
}

// stored finds a client that does not stand in the configuration.
func (r *Registry) stored(ctx context.Context, id string) (Client, error) {
	if _, ok := r.Configured[id]; ok {
		return Client{}, ErrConfigured
	}
	r.known.forget(id) // another process may have changed it
	return r.Find(ctx, id)
}

// changed is the event of a change; what names it.
func (r *Registry) changed(id, what string, src audit.Source) audit.Event {
	e := r.event(audit.ClientChanged, id, src)
	e.Detail = what
	return e
}

func (r *Registry) event(action audit.Action, id string, src audit.Source) audit.Event {
	return audit.Event{At: r.Now(), Action: action, Source: src, ClientID: id}
}
