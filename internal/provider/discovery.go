package provider

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/strictjson"
)

const (
	// freshFor is how long a description is taken as it is, staleFor how long it serves when no newer one can be had.
	freshFor = 10 * time.Minute
	staleFor = 24 * time.Hour
	// pause is how long a provider that failed is left alone.
	pause = 3 * time.Second
)

// metadata is what a provider says of itself (OpenID Connect Discovery, section 3).
type metadata struct {
	issuer, authorization, token, userinfo, jwks, endSession, revocation string
	tokenAuth                                                            []string
	assertionAlgs                                                        []jose.Algorithm
	namesItself                                                          bool // in every answer (RFC 9207)
}

// discovery is the description that was read last, or what kept it from being had.
type discovery struct {
	mu    sync.Mutex // held while it is read: of any number who ask at a time, one does
	meta  *metadata
	at    time.Time // when meta was read
	err   error
	tried time.Time
}

// metadata returns the description of the provider, reading it if need be.
func (p *Provider) metadata(ctx context.Context) (*metadata, error) {
	if p.GitHub {
		return p.gitHub(), nil
	}
	d := &p.found
	d.mu.Lock()
	defer d.mu.Unlock()
	now := p.now()
	if d.meta != nil && now.Sub(d.at) < freshFor || d.err != nil && now.Sub(d.tried) < pause {
		return d.usable(now)
	}
	meta, err := p.discover(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err() // the person left; that says nothing of the provider
	}
	now = p.now() // who waited meanwhile does not try at once what took its time to fail
	d.tried, d.err = now, err
	if err == nil {
		d.meta, d.at = meta, now
	}
	return d.usable(now)
}

func (d *discovery) usable(now time.Time) (*metadata, error) {
	if d.meta != nil && now.Sub(d.at) < staleFor {
		return d.meta, nil
	}
	return nil, d.err
}

func (p *Provider) discover(ctx context.Context) (*metadata, error) {
	doc, err := p.fetch.Get(ctx, p.wellKnown(), "application/json", 0)
	if err != nil {
		return nil, err
	}
	m := new(metadata)
	if err := strictjson.ParseObject(doc.Body, m.set); err != nil {
		return nil, fmt.Errorf("read %s: %w", p.wellKnown(), err)
	}
	if err := p.check(m); err != nil {
		return nil, fmt.Errorf("%s: %w", p.wellKnown(), err)
	}
	return m, nil
}

func (m *metadata) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "issuer":
		m.issuer, err = v.String()
	case "authorization_endpoint":
		m.authorization, err = v.String()
	case "token_endpoint":
		m.token, err = v.String()
	case "userinfo_endpoint":
		m.userinfo, err = v.String()
	case "jwks_uri":
		m.jwks, err = v.String()
	case "end_session_endpoint":
		m.endSession, err = v.String()
	case "revocation_endpoint":
		m.revocation, err = v.String()
	case "token_endpoint_auth_methods_supported":
		m.tokenAuth, err = v.Strings()
	case "token_endpoint_auth_signing_alg_values_supported":
		m.assertionAlgs, err = algorithmsOf(v)
	case "authorization_response_iss_parameter_supported":
		m.namesItself, err = v.Bool()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// algorithmsOf reads a list of algorithms, some of which we need not know.
func algorithmsOf(v strictjson.Value) (algs []jose.Algorithm, err error) {
	names, err := v.Strings()
	for _, name := range names {
		if alg, err := jose.ParseAlgorithm(name); err == nil {
			algs = append(algs, alg)
		}
	}
	return algs, err
}

// check holds that the description is that of the issuer, byte for byte (OpenID Connect Discovery, section 4.3), and leads nowhere that a
// provider cannot be.
func (p *Provider) check(m *metadata) error {
	if m.issuer != p.Issuer {
		return fmt.Errorf("it is the description of %q, not of %q", m.issuer, p.Issuer)
	}
	for name, address := range map[string]string{"authorization_endpoint": m.authorization, "token_endpoint": m.token, "jwks_uri": m.jwks} {
		if err := p.fetch.Check(address); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, address := range map[string]string{"userinfo_endpoint": m.userinfo, "end_session_endpoint": m.endSession} {
		if address == "" {
			continue
		}
		if err := p.fetch.Check(address); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if p.fetch.Check(m.revocation) != nil { // nobody's sign-in hangs on it
		m.revocation = ""
	}
	_, err := p.clientAuth(m)
	return err
}
