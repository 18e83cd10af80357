package app

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
)

// ASVS 10.4.16
func TestAProviderKnowsUsByOurPublishedKeys(t *testing.T) {
	f := federate(t, "client_secret:", "private_key_jwt: true", "refresh: 5m")
	f.theirs.changeClient(f.client.id, func(set *registry.Settings) { set.JWKSURI = f.ours.origin + "/.well-known/jwks.json" })
	v := f.visitor()
	v.signInThere("carol")
	if h := v.open("/auth/connect/company?return_to=%2Fnotes").heard(t); h.Header.Get("X-Forwarded-User") != "carol" {
		t.Errorf("the app heard %+v", h)
	}
}

func TestHowWeProveWhoWeAreIsWhatTheProviderTakes(t *testing.T) {
	t.Parallel()
	const methods, algs = "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported"
	const secret, none, key = `, client_secret: "s&cret"`, `, client_secret: ""`, ", private_key_jwt: true"
	for name, c := range map[string]struct {
		extra string
		says  map[string]any
		want  string
	}{
		"nothing is said":              {secret, nil, "basic"},
		"both":                         {secret, map[string]any{methods: []string{"client_secret_post", "client_secret_basic"}}, "basic"},
		"in the body alone":            {secret, map[string]any{methods: []string{"client_secret_post", "private_key_jwt"}}, "post"},
		"without a secret":             {none, map[string]any{methods: []string{"none", "private_key_jwt"}}, "none"},
		"without a secret, and silent": {none, nil, "none"},
		"nobody without a key":         {none, map[string]any{methods: []string{"client_secret_basic", "private_key_jwt"}}, "ES256"},
		"by a key":                     {key, nil, "ES256"},
		"by a key of another kind":     {key, map[string]any{algs: []string{"HS256", "RS256", "PS256"}}, "RS256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newImpostor(t, "evil")
			p.metadata = c.says
			s := trusting(t, c.extra, p)
			if r := p.signIn(s.browser()); r.status != http.StatusSeeOther {
				t.Fatalf("%d %s\n%s", r.status, r.body, s.log)
			}
			if got := p.wasProved(s); got != c.want {
				t.Errorf("we go by %s, want %s", got, c.want)
			}
		})
	}
}

// wasProved is how we proved to an impostor who we are; of a signature, its algorithm.
func (p *impostor) wasProved(s *server) string {
	p.t.Helper()
	form, basic := p.asked[0], p.basic[0]
	switch {
	case basic != "":
		if basic != "us:s%26cret" || form.Has("client_id") || form.Has("client_secret") {
			p.t.Errorf("basic: %s %v", basic, form)
		}
		return "basic"
	case form.Get("client_id") != "us":
		p.t.Errorf("client_id is %q", form.Get("client_id"))
	case form.Has("client_secret"):
		if form.Get("client_secret") != "s&cret" {
			p.t.Errorf("the secret is %q", form.Get("client_secret"))
		}
		return "post"
	case !form.Has("client_assertion"):
		return "none"
	}
	return p.assertion(s, form.Get("client_assertion"))
}

func (p *impostor) assertion(s *server, raw string) string {
	p.t.Helper()
	set, err := jose.ParseKeySet([]byte(s.browser().get("/.well-known/jwks.json").body))
	if err != nil {
		p.t.Fatal(err)
	}
	m, err := jose.Parse(raw)
	if err != nil {
		p.t.Fatal(err)
	}
	payload, err := m.Verify(set.Key(m.Header().KeyID))
	if err != nil {
		p.t.Fatalf("no key of ours has signed it: %v", err)
	}
	var c struct {
		Issuer    string `json:"iss"`
		Subject   string `json:"sub"`
		Audience  string `json:"aud"`
		ID        string `json:"jti"`
		ExpiresAt int64  `json:"exp"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		p.t.Fatal(err)
	}
	if c.Issuer != "us" || c.Subject != "us" || c.Audience != p.URL || c.ID == "" || c.ExpiresAt != s.clock.Now().Unix()+60 {
		p.t.Errorf("it says %s", payload)
	}
	if strings.Contains(s.log.String(), raw) {
		p.t.Error("it is in the log")
	}
	return string(m.Header().Algorithm)
}
