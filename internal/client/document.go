package client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

const (
	maxDocument = 5 << 10 // bytes (draft-ietf-oauth-client-id-metadata-document-01, section 6.6)
	// A document is kept for as long as it says, within these.
	minFresh, maxFresh = time.Minute, 24 * time.Hour
	maxKept            = 1000
)

// Documents finds clients that are known by the address of a document about them, which they have put on the web themselves
// (draft-ietf-oauth-client-id-metadata-document). It is safe for concurrent use.
type Documents struct {
	// Get reads a document, from the public internet only, without following redirects; it says for how long it may be kept.
	Get func(ctx context.Context, address string, maxBytes int64) (body []byte, freshFor time.Duration, err error)
	// Try has a document read for whoever asked for it, and charges them when it is none: anybody may name any address. It may refuse. nil charges
	// nobody.
	Try func(ctx context.Context, read func(context.Context) error) error
	// Own is the algorithm of the server's ID tokens, beside RS256.
	Own func() jose.Algorithm
	Now func() time.Time

	mu   sync.Mutex // guards kept
	kept map[string]keptDocument
}

type keptDocument struct {
	client Client
	until  time.Time
}

// IsDocumentID reports whether a client id is the address of a document, in the one spelling that it may have (section 3): https, with a path,
// without dots to step over, fragment, user and query.
func IsDocumentID(id string) bool {
	if !strings.HasPrefix(id, "https://") || oauth.CheckRedirectURI(id, false) != nil {
		return false
	}
	u, err := url.Parse(id)
	return err == nil && len(u.Path) > 1 && u.RawQuery == "" && !strings.HasSuffix(id, "?") && u.EscapedPath() == u.Path
}

// Find returns the client of a document; fault.ErrNotFound when there is no document, or it does not describe a client, or whoever asks has asked for
// too many that are none, which is a refusal besides. Errors are not kept.
func (d *Documents) Find(ctx context.Context, id string) (Client, error) {
	if !IsDocumentID(id) {
		return Client{}, fmt.Errorf("find client: %w", fault.ErrNotFound)
	}
	if c, ok := d.fresh(id); ok {
		return c, nil
	}
	var c Client
	read := func(ctx context.Context) (err error) {
		c, err = d.fetch(ctx, id)
		return err
	}
	try := d.Try
	if try == nil {
		try = func(ctx context.Context, read func(context.Context) error) error { return read(ctx) }
	}
	if err := try(ctx, read); err != nil {
		return Client{}, fmt.Errorf("%w: %w", fault.ErrNotFound, err)
	}
	return c, nil
}

// fetch reads a document, and keeps it.
func (d *Documents) fetch(ctx context.Context, id string) (Client, error) {
	body, freshFor, err := d.Get(ctx, id, maxDocument)
	if err != nil {
		return Client{}, err
	}
	c, err := d.read(id, body)
	if err != nil {
		return Client{}, fmt.Errorf("document of client %s: %w", id, err)
	}
	d.keep(c, min(max(freshFor, minFresh), maxFresh))
	return c, nil
}

func (d *Documents) fresh(id string) (Client, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept, ok := d.kept[id]
	return kept.client, ok && d.Now().Before(kept.until)
}

// known is the client of a document as it was read last, however long ago.
func (d *Documents) known(id string) (Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept, ok := d.kept[id]
	if !ok {
		return Client{}, fmt.Errorf("find client: %w", fault.ErrNotFound)
	}
	return kept.client, nil
}

func (d *Documents) keep(c Client, freshFor time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil || len(d.kept) >= maxKept { // a crowd of strangers costs us nothing but reading again
		d.kept = map[string]keptDocument{}
	}
	d.kept[c.ID] = keptDocument{c, d.Now().Add(freshFor)}
}

// read makes a client of a document. It keeps no secret that we know, for anybody can read the document (section 4.1).
func (d *Documents) read(id string, body []byte) (Client, error) {
	m, err := ParseMetadata(body)
	if err != nil {
		return Client{}, err
	}
	if m.Auth == "" {
		m.Auth = oauth.None
	}
	switch {
	case m.ClientID != id:
		return Client{}, errors.New("its client_id is not its address")
	case m.Secret != "", m.Auth == oauth.SecretBasic, m.Auth == oauth.SecretPost:
		return Client{}, errors.New("it has a shared secret")
	case m.Sector != "":
		return Client{}, errors.New("it has a sector identifier")
	}
	m.Grants = slices.DeleteFunc(m.Grants, func(g oauth.GrantType) bool { return !slices.Contains(selfGrants, g) })
	s, err := m.Settings(d.Own())
	if err != nil {
		return Client{}, err
	}
	s.Document = true
	return Client{ID: id, Settings: s}, nil
}
