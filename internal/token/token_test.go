package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

const (
	issuerName = "https://login.example.com"
	api        = "https://api.example.com"
)

func newKey(t testing.TB) *jose.Key {
	t.Helper()
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newIssuer(key *jose.Key) *Issuer {
	return &Issuer{
		Name: issuerName, Audience: []string{api}, Lifetime: 5 * time.Minute, Now: time.Now,
		Signing: func() *jose.Key { return key },
	}
}

func issue(t testing.TB, i *Issuer, g Grant) Access {
	t.Helper()
	access, err := i.Issue(g)
	if err != nil {
		t.Fatal(err)
	}
	return access
}

// payload decodes the middle part of a token.
func payload(t testing.TB, tok string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(tok, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// RFC 9068, section 2: type and claims of an access token, and nothing else.
func TestIssueWritesTheProfile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := newKey(t)
		now := time.Now()
		access := issue(t, newIssuer(key), Grant{
			Subject: "u_1", ClientID: "web", SessionID: "s_1", AuthTime: now.Add(-time.Minute), ACR: "1", AMR: []string{"pwd"},
			Scope: "openid notes:read", Roles: []string{"admin"}, KeyThumb: "thumb",
		})
		want := map[string]any{
			"iss": issuerName, "sub": "u_1", "aud": api, "iat": 946684800.0, "exp": 946685100.0, "jti": access.ID, "client_id": "web",
			"sid": "s_1", "auth_time": 946684740.0, "acr": "1", "amr": []any{"pwd"}, "scope": "openid notes:read",
			"roles": []any{"admin"}, "cnf": map[string]any{"jkt": "thumb"},
		}
		if diff := cmp.Diff(want, payload(t, access.Token)); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
		if len(access.ID) < 22 || !access.ExpiresAt.Equal(now.Add(5*time.Minute)) {
			t.Errorf("id %q, expires %v", access.ID, access.ExpiresAt)
		}
		m, err := jose.Parse(access.Token)
		if err != nil {
			t.Fatal(err)
		}
		if h := m.Header(); h.Type != Type || h.KeyID != key.ID() || h.Algorithm != key.Algorithm() {
			t.Errorf("header %+v", h)
		}
	})
}

func TestIssueLeavesOutWhatIsNotThere(t *testing.T) {
	access := issue(t, newIssuer(newKey(t)), Grant{Subject: "c_1", ClientID: "c_1", Audience: []string{api, "https://b.example"}})
	claims := payload(t, access.Token)
	for _, name := range []string{"sid", "auth_time", "acr", "amr", "scope", "roles", "cnf", "nbf"} {
		if v, ok := claims[name]; ok {
			t.Errorf("%s is there: %v", name, v)
		}
	}
	if diff := cmp.Diff([]any{api, "https://b.example"}, claims["aud"]); diff != "" {
		t.Errorf("aud (-want +got):\n%s", diff)
	}
}

// RFC 6749, section 7.1; RFC 8705, section 3; RFC 9449, section 5.
func TestATokenIsShownAsItIsBound(t *testing.T) {
	i := newIssuer(newKey(t))
	for want, g := range map[string]Grant{
		"Bearer": {Subject: "u", ClientID: "c", CertThumb: "certificate"},
		"DPoP":   {Subject: "u", ClientID: "c", KeyThumb: "key"},
	} {
		claims := Claims{KeyThumb: g.KeyThumb, CertThumb: g.CertThumb}
		if got := issue(t, i, g).Type; got != want || claims.Type() != want {
			t.Errorf("%+v is given as %s and told as %s, want %s", g, got, claims.Type(), want)
		}
	}
}

func TestTokenNeverOutlivesItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(newKey(t))
		now := time.Now()
		for _, tt := range []struct{ end, want time.Duration }{
			{90*time.Second + 700*time.Millisecond, 90 * time.Second},
			{5 * time.Minute, 5 * time.Minute},
			{time.Hour, 5 * time.Minute},
		} {
			access := issue(t, i, Grant{Subject: "u", ClientID: "c", NotAfter: now.Add(tt.end)})
			if got := access.ExpiresAt.Sub(now); got != tt.want || access.ExpiresIn != int64(tt.want.Seconds()) {
				t.Errorf("session ends in %v: token lives for %v, said to be %d s, want %v", tt.end, got, access.ExpiresIn, tt.want)
			}
		}
	})
}

func TestIssueFailsWithoutAPrivateKey(t *testing.T) {
	public, err := newKey(t).Public()
	if err != nil {
		t.Fatal(err)
	}
	if access, err := newIssuer(public).Issue(Grant{Subject: "u", ClientID: "c"}); err == nil {
		t.Errorf("issued %+v", access)
	} else if _, ok := errors.AsType[*fault.Refusal](err); ok {
		t.Errorf("our own failure reads as the client's: %v", err)
	}
}

// ASVS 7.2.2
func TestIDsAreNeverRepeated(t *testing.T) {
	i := newIssuer(newKey(t))
	seen := map[string]bool{}
	for range 100 {
		seen[issue(t, i, Grant{Subject: "u", ClientID: "c"}).ID] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d ids for 100 tokens", len(seen))
	}
}

func TestIDTellsWhichRefreshTokenCameAlong(t *testing.T) {
	i := newIssuer(newKey(t))
	for _, counter := range []uint32{0, 1, 7, 1<<32 - 1} {
		access := issue(t, i, Grant{Subject: "u", ClientID: "c", Counter: counter})
		if got := CounterOf(access.ID); got != counter {
			t.Errorf("id %s: counter %d, want %d", access.ID, got, counter)
		}
	}
	for _, id := range []string{"", ".", "7", ".7", "-7.x", "+7.x", " 7.x", "4294967296.x", "x.7"} {
		if got := CounterOf(id); got != 0 {
			t.Errorf("id %q: counter %d, want 0", id, got)
		}
	}
}
