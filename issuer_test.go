package lingpai_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/token"
)

const (
	issuerURL = "https://login.example.com"
	api       = "https://api.example.com"
)

// issuer is a login server reduced to what a verifier sees of it. It serves from memory, as an http.RoundTripper, or from a socket, as
// an http.Handler. Its fields may be changed between requests, under change.
type issuer struct {
	url string

	mu           sync.Mutex
	signing      *jose.Key
	published    []*jose.Key
	cacheControl string
	latency      time.Duration
	down         bool
	attempts     int        // discoveries asked for
	feed         *announcer // nil for an issuer without a feed of revocations
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	key := newKey(t)
	return &issuer{url: issuerURL, signing: key, published: []*jose.Key{key}, cacheControl: "max-age=600"}
}

func newKey(t testing.TB) *jose.Key {
	t.Helper()
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (i *issuer) change(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
}

func (i *issuer) asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.attempts
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	latency, down := i.latency, i.down
	i.mu.Unlock()
	select {
	case <-time.After(latency):
	case <-r.Context().Done():
	}
	if err := r.Context().Err(); err != nil {
		i.count(r)
		return nil, err
	}
	if down {
		i.count(r)
		return nil, fmt.Errorf("dial tcp: connection refused")
	}
	if i.feed != nil && strings.HasPrefix(r.URL.Path, "/revocations") {
		return i.feed.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	i.ServeHTTP(w, r)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

func (i *issuer) count(r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
		i.attempts++
	}
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.count(r)
	i.mu.Lock()
	defer i.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		about := map[string]any{"issuer": i.url, "jwks_uri": i.url + "/jwks.json", "scopes_supported": []string{"openid"}}
		if i.feed != nil {
			about["revocations_uri"] = i.url + "/revocations"
		}
		_ = json.NewEncoder(w).Encode(about)
	case "/jwks.json":
		set, err := jose.NewKeySet(i.published...)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Cache-Control", i.cacheControl)
		_ = json.NewEncoder(w).Encode(set)
	default:
		http.NotFound(w, r)
	}
}

// verifier returns a verifier for the API that reaches the issuer in memory.
func (i *issuer) verifier(t testing.TB, opts ...lingpai.Option) *lingpai.Verifier {
	t.Helper()
	opts = append([]lingpai.Option{lingpai.Audience(api), lingpai.HTTPClient(&http.Client{Transport: i})}, opts...)
	v, err := lingpai.NewVerifier(t.Context(), i.url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// token issues an access token, five minutes long, changed by edit.
func (i *issuer) token(t testing.TB, edit func(*token.Issuer, *token.Grant)) string {
	t.Helper()
	is := token.Issuer{Name: i.url, Audience: []string{api}, Lifetime: 5 * time.Minute, Now: time.Now}
	is.Signing = func() *jose.Key { return i.signing }
	g := token.Grant{Subject: "u_alice", ClientID: "web", SessionID: "s_1", Scope: "notes:read notes:write", Roles: []string{"editor"}}
	if edit != nil {
		edit(&is, &g)
	}
	access, err := is.Issue(g)
	if err != nil {
		t.Fatal(err)
	}
	return access.Token
}

// withKeyID names another key in the header of a token.
func withKeyID(tok, kid string) string {
	_, rest, _ := strings.Cut(tok, ".")
	header := fmt.Sprintf(`{"alg":"ES256","kid":%q,"typ":"at+jwt"}`, kid)
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + rest
}

// codeOf is the code of a refusal, or "" where there is none.
func codeOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	refusal, ok := err.(*lingpai.Error)
	if !ok {
		t.Fatalf("%v is a %T, not an Error", err, err)
	}
	return refusal.Code()
}

// expect verifies a token and compares the code.
func expect(t testing.TB, v *lingpai.Verifier, tok, code string) {
	t.Helper()
	_, err := v.Verify(context.Background(), tok)
	if got := codeOf(t, err); got != code {
		t.Errorf("code %q, want %q (%v)", got, code, err)
	}
}
