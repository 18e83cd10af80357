package lingpai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/loopback"
	"github.com/lingpai/lingpai/internal/strictjson"
)

const (
	// maxDocument is the largest discovery document or key set that is read, in bytes.
	maxDocument = 256 << 10
	// maxRedirects within one origin.
	maxRedirects = 3
)

// checkIssuer accepts what OpenID Connect Discovery 1.0, section 3 calls an issuer: an https address without query and fragment. Plain
// http is fine on this machine only, unless allowed.
func checkIssuer(issuer string, plainHTTP bool) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("issuer %q is not an address such as https://login.example.com", issuer)
	case u.User != nil || strings.ContainsAny(issuer, "?#"):
		return errors.New("an issuer has no user, query or fragment")
	case u.Scheme == "http" && !plainHTTP && !loopback.Is(u.Hostname()):
		return fmt.Errorf("issuer %s needs https: keys that come over plain http can be swapped on the way", issuer)
	}
	return nil
}

// source is where an issuer publishes its keys, and where its feed of revocations is.
type source struct {
	issuer string
	client http.Client
}

func newSource(issuer string, client *http.Client) *source {
	s := &source{issuer: issuer, client: *client}
	s.client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects || !sameOrigin(r.URL, via[0].URL) {
			return errors.New("redirect not followed: it leads to another origin, or in a circle")
		}
		return nil
	}
	return s
}

// fetch is the fetchFunc: it asks where the keys are, each time, so that they may move, and gets them.
func (s *source) fetch(ctx context.Context) (published, error) {
	about, err := s.discover(ctx)
	if err != nil {
		return published{}, fmt.Errorf("discover: %w", err)
	}
	body, header, err := s.get(ctx, about.keys)
	if err != nil {
		return published{}, err
	}
	keys, err := jose.ParseKeySet(body)
	if err != nil {
		return published{}, fmt.Errorf("read keys at %s: %w", about.keys, err)
	}
	return published{keys: keys, age: cacheAge(header), feed: about.feed}, nil
}

// metadata is what is read of the issuer's.
type metadata struct {
	issuer string
	keys   string // jwks_uri
	feed   string // revocations_uri, or "": our own member
}

// discover reads the metadata of the issuer.
func (s *source) discover(ctx context.Context) (metadata, error) {
	at := strings.TrimSuffix(s.issuer, "/") + "/.well-known/openid-configuration"
	body, _, err := s.get(ctx, at)
	if err != nil {
		return metadata{}, err
	}
	m, err := parseDiscovery(body)
	if err != nil {
		return metadata{}, fmt.Errorf("read %s: %w", at, err)
	}
	if m.issuer != s.issuer {
		return metadata{}, fmt.Errorf("%s belongs to another issuer, %.120q", at, m.issuer)
	}
	if m.feed != "" {
		if err := s.checkURI("revocations_uri", m.feed); err != nil {
			return metadata{}, err
		}
	}
	return m, s.checkURI("jwks_uri", m.keys)
}

func parseDiscovery(document []byte) (m metadata, err error) {
	err = strictjson.ParseObject(document, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "issuer":
			m.issuer, err = v.String()
		case "jwks_uri":
			m.keys, err = v.String()
		case "revocations_uri":
			m.feed, err = v.String()
		}
		return err
	})
	return m, err
}

// checkURI lets what the metadata names lie where the issuer is, or anywhere behind https.
func (s *source) checkURI(member, uri string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil {
		return fmt.Errorf("%s %.120q is not an address", member, uri)
	}
	issuer, err := url.Parse(s.issuer)
	if err != nil {
		return fmt.Errorf("parse issuer: %w", err)
	}
	if u.Scheme != "https" && !sameOrigin(u, issuer) {
		return fmt.Errorf("%s %.120q is neither https nor of the issuer's origin", member, uri)
	}
	return nil
}

// get reads a whole document. Errors say the address, which is no secret, and nothing of the content.
func (s *source) get(ctx context.Context, uri string) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Accept", "application/json, application/jwk-set+json")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, nil, err // It names the method and the address already.
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("get %s: status %d", uri, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("get %s: %w", uri, err)
	case len(body) > maxDocument:
		return nil, nil, fmt.Errorf("get %s: more than %d bytes", uri, maxDocument)
	}
	return body, resp.Header, nil
}

// sameOrigin compares as RFC 6454, section 4 does, except that a default port that is written out counts as another port.
func sameOrigin(a, b *url.URL) bool { return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) }

// cacheAge is the max-age of Cache-Control (RFC 9111, section 5.2.2.1), or 0 where there is none or the answer should not be stored.
func cacheAge(h http.Header) time.Duration {
	var age time.Duration
	for directive := range strings.SplitSeq(h.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if n, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				age = time.Duration(n) * time.Second
			}
		}
	}
	return age
}
