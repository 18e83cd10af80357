package grant

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
)

const (
	// PushedLifetime is how long after it was pushed a request must reach the browser (RFC 9126, section 2.2).
	PushedLifetime = 90 * time.Second
	// patience is how long a person may take for a request that reached the browser in time.
	patience = time.Hour
)

// pushedPrefix begins the addresses of pushed requests (RFC 9126, section 2.2).
const pushedPrefix = "urn:ietf:params:oauth:request_uri:"

// Pushed is a request that a client has left with us, to be named by the browser.
type Pushed struct {
	ClientID string
	Params   string // encoded; those of the request object, if it was one
	// ExpiresAt is when it must have reached the browser.
	ExpiresAt time.Time
}

// Requests keeps pushed requests. Every method that writes is one atomic, durable act.
type Requests interface {
	// PushRequest stores a request. It may be forgotten an hour after it has expired.
	PushRequest(ctx context.Context, h Hash, p Pushed) error
	// PushedRequest finds a request that was neither answered nor forgotten, expired or not; fault.ErrNotFound when there is none.
	PushedRequest(ctx context.Context, h Hash) (Pushed, error)
	// DropRequest forgets a request; one that is not there is no error.
	DropRequest(ctx context.Context, h Hash) error
}

// Push judges the request of a client as [Service.Read] does, stores it, and returns the address that names it. Where anybody can be that client,
// the address that it came from is charged. The error is an [oauth.Error] or a refusal.
func (s *Service) Push(ctx context.Context, c client.Client, p oauth.Params, src audit.Source) (requestURI string, err error) {
	if p.Has("request_uri") {
		return "", oauth.Refuse(oauth.InvalidRequest, "request_uri has no place in a request that is pushed")
	}
	asked, err := s.asked(ctx, &c, p, s.Now())
	if err != nil {
		return "", err
	}
	if _, err := s.read(c, p, asked); err != nil {
		return "", err
	}
	if c.Auth == oauth.None || c.Self != nil {
		if err := s.Guesses.Push(ctx, src.Address); err != nil {
			return "", err
		}
	}
	b := make([]byte, 32)
	rand.Read(b) // never fails since Go 1.24
	requestURI = pushedPrefix + base64.RawURLEncoding.EncodeToString(b)
	pushed := Pushed{ClientID: c.ID, Params: asked.Encode(), ExpiresAt: s.Now().Add(PushedLifetime)}
	if err := s.Requests.PushRequest(ctx, sha256.Sum256([]byte(requestURI)), pushed); err != nil {
		return "", fmt.Errorf("push request: %w", err)
	}
	return requestURI, nil
}

// pushedHash names the pushed request of a request, if it is one.
func pushedHash(p oauth.Params) (Hash, bool) {
	uri := p.Get("request_uri")
	return sha256.Sum256([]byte(uri)), strings.HasPrefix(uri, pushedPrefix)
}

// pushed finds what a request refers to. began is when the browser brought it first: whoever is asked to sign in may take longer than the
// address is good for.
func (s *Service) pushed(ctx context.Context, c *client.Client, h Hash, began time.Time) (oauth.Params, error) {
	over := fault.Refuse(fault.RequestMalformed, "it was answered before, or took too long, or is not of this app; begin again at the app")
	found, err := s.Requests.PushedRequest(ctx, h)
	switch {
	case errors.Is(err, fault.ErrNotFound):
		return oauth.Params{}, over.Because(err)
	case err != nil:
		return oauth.Params{}, fmt.Errorf("find pushed request: %w", err)
	case found.ClientID != c.ID:
		return oauth.Params{}, over.Because(errors.New("it was pushed by another client"))
	case !began.Before(found.ExpiresAt):
		return oauth.Params{}, over.Because(errors.New("it has expired"))
	}
	return oauth.ParseParams(found.Params)
}

// Answered forgets a pushed request that was answered without a code. With one, it is forgotten in the same act.
func (s *Service) Answered(ctx context.Context, req *Request) error {
	if h, ok := pushedHash(req.Params); ok {
		return s.Requests.DropRequest(ctx, h)
	}
	return nil
}
