package lingpai_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/token"
)

// identity is what the gateway would say of Alice to an app.
func (i *issuer) identity(t testing.TB, audience string) string {
	t.Helper()
	is := token.Issuer{Name: i.url, Lifetime: 5 * time.Minute, Now: time.Now, Signing: func() *jose.Key { return i.signing }}
	access, err := is.IssueIdentity(token.Grant{
		Subject: "u_alice", Audience: []string{audience}, ClientID: "lingpai", SessionID: "s_1", Roles: []string{"editor"}, Lifetime: time.Minute,
	}, token.Profile{Username: "alice", Email: "alice@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return access.Token
}

func TestIdentityOfTheGatewayIsVerified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		ask := func(values ...string) (*lingpai.Identity, error) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header[lingpai.IdentityHeader] = values
			return v.Identity(r)
		}
		good := i.identity(t, api)
		id, err := ask(good)
		if err != nil {
			t.Fatal(err)
		}
		if id.Username != "alice" || id.Email != "alice@example.com" || id.Subject != "u_alice" || !id.HasRole("editor") {
			t.Errorf("%+v", id)
		}
		for want, values := range map[string][]string{
			lingpai.CodeTokenMissing:     nil,
			lingpai.CodeTokenAudience:    {i.identity(t, "https://other.example")},
			lingpai.CodeTokenType:        {i.token(t, nil)},
			lingpai.CodeTokenMalformed:   {"alice"},
			lingpai.CodeRequestMalformed: {good, good},
		} {
			if _, err := ask(values...); codeOf(t, err) != want {
				t.Errorf("%v: %v, want %s", values, err, want)
			}
		}
		if _, err := v.Verify(t.Context(), good); codeOf(t, err) != lingpai.CodeTokenType {
			t.Errorf("an identity as an access token: %v", err)
		}
		time.Sleep(61 * time.Second)
		if _, err := ask(good); codeOf(t, err) != lingpai.CodeTokenExpired {
			t.Errorf("a minute later: %v", err)
		}
	})
}

func TestIdentityMiddlewareNamesTheAsker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		h := i.verifier(t).IdentityMiddleware(greet)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
			t.Errorf("without identity: %d", w.Code)
		}
		r.Header.Set(lingpai.IdentityHeader, i.identity(t, api))
		w = httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK || w.Body.String() != "u_alice" {
			t.Errorf("with it: %d %s", w.Code, w.Body)
		}
	})
}
