package provider

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
)

// Beginning is what somebody wants who goes to a provider.
type Beginning struct {
	Binding  string // of the browser's cookie
	Origin   string // the one of ours that the browser is at
	ReturnTo string // where to go afterwards, checked
	Again    bool   // to prove anew who they are
	Link     string // the account that is to be tied to what the provider says, or ""
	Hint     string // who is meant, for the provider's form
}

// Begin returns the address at the provider where the sign-in goes on.
func (s *Service) Begin(ctx context.Context, p *Provider, b Beginning) (string, error) {
	meta, err := p.metadata(ctx)
	if err != nil {
		return "", p.failed(err)
	}
	if b.Again && b.Link == "" && !p.ProvesAnew() {
		return "", p.failed(errors.New("it cannot have people prove anew who they are"))
	}
	f := flow{
		Provider: p.Name, Origin: b.Origin, ReturnTo: b.ReturnTo, Nonce: rand.Text(), Verifier: newVerifier(), Again: b.Again, Link: b.Link,
		Began: s.Now().UnixMilli(),
	}
	state, err := s.seal(f, b.Binding)
	if err != nil {
		return "", err
	}
	q := url.Values{
		"response_type": {"code"}, "client_id": {p.ClientID}, "redirect_uri": {p.callback(b.Origin)}, "scope": {p.Scopes.String()}, "state": {state},
		"nonce": {f.Nonce}, "code_challenge": {oauth.Challenge(f.Verifier)}, "code_challenge_method": {"S256"},
	}
	for name, value := range p.Parameters {
		q.Set(name, value)
	}
	if b.Again {
		q.Set("prompt", "login")
		q.Set("max_age", "0")
	}
	if b.Hint != "" {
		q.Set("login_hint", b.Hint)
	}
	if p.GitHub {
		askGitHub(q, b.Again)
	}
	return with(meta.authorization, q), nil
}

// ProvesAnew reports whether a provider has people prove anew who they are when it is asked to, and says when they did.
func (p *Provider) ProvesAnew() bool { return !p.GitHub }

// newVerifier makes a code verifier of 256 bits (RFC 7636, section 4.1).
func newVerifier() string {
	var b [32]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// with adds parameters to an address that may have some.
func with(address string, q url.Values) string {
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + q.Encode()
}

// failed is what a person reads when a provider answers not at all, or wrong. What was wrong is for the log.
func (p *Provider) failed(err error) error {
	return fault.Refuse(fault.ProviderFailed, p.Title).Because(err)
}
