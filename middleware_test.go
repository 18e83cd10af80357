package lingpai_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/token"
)

// greet is a protected handler: it answers with who asks.
var greet = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	claims, ok := lingpai.FromContext(r.Context())
	if !ok {
		panic("a protected handler was reached without claims")
	}
	fmt.Fprint(w, claims.Subject)
})

// ask sends a request with these Authorization headers.
func ask(h http.Handler, authorization ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/notes", nil)
	r.Header["Authorization"] = authorization
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// The contract of a refusal, byte by byte.
func TestRefusalContract(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		h := i.verifier(t).Middleware(greet)
		good := i.token(t, nil)
		expired := i.token(t, func(is *token.Issuer, _ *token.Grant) {
			is.Now = func() time.Time { return time.Now().Add(-5*time.Minute - 42*time.Second) }
		})
		early := i.token(t, func(is *token.Issuer, _ *token.Grant) {
			is.Now = func() time.Time { return time.Now().Add(time.Hour) }
		})
		foreign := i.token(t, func(_ *token.Issuer, g *token.Grant) { g.Audience = []string{`https://"other".example/令牌`} })
		for _, tt := range []struct {
			name          string
			authorization []string
			status        int
			challenge     string
			body          string
		}{
			{"no token", nil, 401, `Bearer realm="lingpai"`,
				`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_missing","detail":"No token came with this request."}`},
			{"another scheme", []string{"Basic YTpi"}, 401, `Bearer realm="lingpai"`,
				`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_missing","detail":"The Authorization header says Basic; the access token comes after the word Bearer."}`},
			{"no token after Bearer", []string{"Bearer"}, 401, bearer("This is not a token: it is empty."),
				`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_malformed","detail":"This is not a token: it is empty."}`},
			{"a script's undefined", []string{"Bearer undefined"}, 401, bearer("This is not a token: it is the word undefined, so the client held no token when it sent this."),
				`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_malformed","detail":"This is not a token: it is the word undefined, so the client held no token when it sent this."}`},
			{"overlong", []string{"Bearer " + strings.Repeat("a", 16<<10+1)}, 401, bearer("This is not a token: it is longer than 16 KiB."),
				`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_malformed","detail":"This is not a token: it is longer than 16 KiB."}`},
			{"altered", []string{"Bearer " + alter(good, strings.Index(good, ".")+5)}, 401, bearer("The signature does not fit what it signs."),
				`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_signature","detail":"The signature does not fit what it signs."}`},
			{"expired", []string{"Bearer " + expired}, 401, bearer("The token expired 42 seconds ago."),
				`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_expired","detail":"The token expired 42 seconds ago."}`},
			{"not yet valid", []string{"Bearer " + early}, 401, bearer("The token is good only in 60 minutes; a clock is wrong."),
				`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_not_yet_valid","detail":"The token is good only in 60 minutes; a clock is wrong."}`},
			{"for another API", []string{"Bearer " + foreign}, 401,
				bearer("The token is meant for https://?other?.example/??, not for this API."),
				`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_audience","detail":"The token is meant for https://?other?.example/??, not for this API."}`},
			{"two headers (attack 96)", []string{"Bearer " + good, "Bearer " + good}, 400, "",
				`{"type":"about:blank","title":"Bad Request","status":400,"code":"request_malformed","detail":"The request cannot be read: it has two Authorization headers."}`},
		} {
			w := ask(h, tt.authorization...)
			want := http.Header{
				"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}, "Vary": {"Authorization"},
			}
			if tt.challenge != "" {
				want.Set("WWW-Authenticate", tt.challenge)
			}
			if diff := cmp.Diff(want, w.Header()); diff != "" {
				t.Errorf("%s: header (-want +got):\n%s", tt.name, diff)
			}
			if diff := cmp.Diff(tt.body+"\n", w.Body.String()); diff != "" || w.Code != tt.status {
				t.Errorf("%s: status %d, want %d; body (-want +got):\n%s", tt.name, w.Code, tt.status, diff)
			}
		}
	})
}

func bearer(description string) string {
	return `Bearer realm="lingpai", error="invalid_token", error_description="` + description + `"`
}

// alter changes one character of a token.
func alter(tok string, at int) string {
	c := byte('A')
	if tok[at] == c {
		c = 'B'
	}
	return tok[:at] + string(c) + tok[at+1:]
}

// Must hold for the last characters as well, where a change may touch unused bits only.
//
// ASVS 7.2.1, 9.1.1
func TestAnyAlteredCharacterOfPayloadOrSignatureIsToldAsSignature(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	tok := i.token(t, nil)
	for at := strings.Index(tok, ".") + 1; at < len(tok); at++ {
		if tok[at] == '.' {
			continue
		}
		expect(t, v, alter(tok, at), lingpai.CodeTokenSignature)
		if at+1 < len(tok) && tok[at+1] != '.' {
			continue
		}
		for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			if bad := tok[:at] + string(c) + tok[at+1:]; bad != tok {
				expect(t, v, bad, lingpai.CodeTokenSignature)
			}
		}
	}
}

func TestGoodTokenPasses(t *testing.T) {
	i := newIssuer(t)
	h := i.verifier(t).Middleware(greet)
	for _, scheme := range []string{"Bearer", "bearer", "BEARER"} {
		w := ask(h, scheme+" "+i.token(t, nil))
		if w.Code != 200 || w.Body.String() != "u_alice" {
			t.Errorf("%s: %d %s", scheme, w.Code, w.Body)
		}
	}
}

// Attack 98: a token in the address, the body or a cookie is none.
func TestAttack98TokenElsewhereIsNotLookedAt(t *testing.T) {
	i := newIssuer(t)
	h := i.verifier(t).Middleware(greet)
	tok := i.token(t, nil)
	query := httptest.NewRequest(http.MethodGet, "/notes?access_token="+tok, nil)
	form := httptest.NewRequest(http.MethodPost, "/notes", strings.NewReader("access_token="+tok))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cookie := httptest.NewRequest(http.MethodGet, "/notes", nil)
	cookie.AddCookie(&http.Cookie{Name: "access_token", Value: tok})
	for _, r := range []*http.Request{query, form, cookie} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 401 || !strings.Contains(w.Body.String(), lingpai.CodeTokenMissing) {
			t.Errorf("%s %s: %d %s", r.Method, r.URL.Path, w.Code, w.Body)
		}
	}
}

func TestASlipInTheHeaderIsNamed(t *testing.T) {
	i := newIssuer(t)
	h := i.verifier(t).Middleware(greet)
	tok := i.token(t, nil)
	for sent, want := range map[string]string{
		tok:                      "a token without the word Bearer before it",
		"Bearer: " + tok:         "a colon after the word Bearer",
		"Token " + tok:           "the access token comes after the word Bearer",
		"Bearer Bearer " + tok:   "the word Bearer stands before it twice",
		"Bearer \"" + tok + "\"": "it is in quotes",
		"Bearer undefined":       "it is the word undefined",
	} {
		w := ask(h, sent)
		if w.Code != 401 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%.20q: %d %s, want %q", sent, w.Code, w.Body, want)
		}
		if answer := w.Body.String() + w.Header().Get("WWW-Authenticate"); strings.Contains(answer, tok[:40]) {
			t.Errorf("%.20q: the answer repeats the token", sent)
		}
	}
}

// Attack 91: no method gets around the decision.
func TestPreflightNeedsATokenToo(t *testing.T) {
	i := newIssuer(t)
	r := httptest.NewRequest(http.MethodOptions, "/notes", nil)
	r.Header.Set("Origin", "https://app.example.com")
	r.Header.Set("Access-Control-Request-Method", "GET")
	w := httptest.NewRecorder()
	i.verifier(t).Middleware(greet).ServeHTTP(w, r)
	if w.Code != 401 {
		t.Errorf("status %d, want 401", w.Code)
	}
}

// ASVS 10.3.5
func TestBoundTokenIsRefusedAsBearer(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	tok := i.token(t, func(_ *token.Issuer, g *token.Grant) { g.KeyThumb = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" })
	expect(t, v, tok, "") // Verify leaves the proof to its caller.
	if w := ask(v.Middleware(greet), "Bearer "+tok); w.Code != 401 || !strings.Contains(w.Body.String(), lingpai.CodeTokenType) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Attack 94: fail closed, but blame nobody.
func TestUnreachableIssuerIs503(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		i.down = true
		w := ask(i.verifier(t, lingpai.Lazy()).Middleware(greet), "Bearer "+i.token(t, nil))
		want := http.Header{
			"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}, "Vary": {"Authorization"}, "Retry-After": {"10"},
		}
		if diff := cmp.Diff(want, w.Header()); diff != "" || w.Code != 503 {
			t.Errorf("status %d; header (-want +got):\n%s", w.Code, diff)
		}
		if strings.Contains(w.Body.String(), "refused") {
			t.Errorf("inner text reached the client: %s", w.Body)
		}
	})
}

// ASVS 10.3.2
func TestRequire(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	alice := "Bearer " + i.token(t, nil) // An editor with notes:read and notes:write.
	for _, tt := range []struct {
		name      string
		require   func(http.Handler) http.Handler
		status    int
		challenge string
	}{
		{"role", lingpai.RequireRole("editor"), 200, ""},
		{"one of the roles", lingpai.RequireRole("admin", "editor"), 200, ""},
		{"no such role", lingpai.RequireRole("admin", "owner"), 403,
			`Bearer realm="lingpai", error="insufficient_scope", error_description="This needs the role admin or owner."`},
		{"no role named", lingpai.RequireRole(), 403,
			`Bearer realm="lingpai", error="insufficient_scope", error_description="This needs the role ."`},
		{"scope", lingpai.RequireScope("notes:read"), 200, ""},
		{"all scopes", lingpai.RequireScope("notes:read", "notes:write"), 200, ""},
		{"one scope missing", lingpai.RequireScope("notes:read", "notes:purge"), 403,
			`Bearer realm="lingpai", error="insufficient_scope", error_description="This needs the scope notes:read notes:purge.", scope="notes:read notes:purge"`},
		{"no scope named", lingpai.RequireScope(), 403,
			`Bearer realm="lingpai", error="insufficient_scope", error_description="This needs the scope .", scope=""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(v.Middleware(tt.require(greet)), alice)
			if got := w.Header().Get("WWW-Authenticate"); w.Code != tt.status || got != tt.challenge {
				t.Errorf("status %d, challenge %s\nwant %d, %s", w.Code, got, tt.status, tt.challenge)
			}
		})
	}
}

func TestRequireWithoutMiddlewareFailsClosed(t *testing.T) {
	i := newIssuer(t)
	w := ask(lingpai.RequireRole("editor")(greet), "Bearer "+i.token(t, nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), "internal_error") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestWriteErrorRepeatsTheRequestIDOfTheAppOnly(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("X-Request-Id", "from the client")
	w := httptest.NewRecorder()
	w.Header().Set("X-Request-Id", "app-1")
	lingpai.WriteError(w, r, errors.New("dial tcp 10.0.0.1: refused"))
	want := `{"type":"about:blank","title":"Internal Server Error","status":500,"code":"internal_error",` +
		`"detail":"The server could not finish this. Nothing was changed.","request_id":"app-1"}` + "\n"
	if diff := cmp.Diff(want, w.Body.String()); diff != "" || w.Code != 500 {
		t.Errorf("status %d; body (-want +got):\n%s", w.Code, diff)
	}

	w = httptest.NewRecorder()
	lingpai.WriteError(w, r, errors.New("any"))
	if strings.Contains(w.Body.String(), "request_id") {
		t.Errorf("the client's request id was repeated: %s", w.Body)
	}
}

func TestNewContextServesTestsOfHandlers(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	w := httptest.NewRecorder()
	greet.ServeHTTP(w, r.WithContext(lingpai.NewContext(r.Context(), &lingpai.Claims{Subject: "u_bob"})))
	if w.Body.String() != "u_bob" {
		t.Errorf("got %s", w.Body)
	}
}
