package lingpai_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/lingpai/lingpai/internal/token"
)

// handshake asks for a WebSocket with these subprotocols, one header line each, as edit changes it.
func handshake(h http.Handler, edit func(*http.Request), lines ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, api+"/notes", nil)
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Connection", "Upgrade")
	for _, line := range lines {
		r.Header.Add("Sec-WebSocket-Protocol", line)
	}
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWebSocketCarriesTheTokenAsASubprotocol(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		h := i.verifier(t).Middleware(greet)
		good := i.token(t, func(_ *token.Issuer, g *token.Grant) { g.Subject = "alice" })
		carried := "lingpai.token." + good
		for _, tt := range []struct {
			name  string
			edit  func(*http.Request)
			lines []string
			code  string // "" lets pass
		}{
			{"beside others", nil, []string{"lingpai, " + carried + ", chat"}, ""},
			{"in lines of their own", nil, []string{"lingpai", carried}, ""},
			{"any case of websocket", func(r *http.Request) { r.Header.Set("Upgrade", "WebSocket") }, []string{carried}, ""},
			{"none", nil, []string{"lingpai, chat"}, "token_missing"},
			{"altered", nil, []string{"lingpai.token." + alter(good, strings.Index(good, ".")+5)}, "token_signature"},
			{"empty", nil, []string{"lingpai.token."}, "token_malformed"},
			{"two", nil, []string{carried + ", " + carried}, "request_malformed"},
			{"no handshake", func(r *http.Request) { r.Header.Del("Upgrade") }, []string{carried}, "token_missing"},
			{"another upgrade", func(r *http.Request) { r.Header.Set("Upgrade", "h2c") }, []string{carried}, "token_missing"},
			{"another method", func(r *http.Request) { r.Method = http.MethodPost }, []string{carried}, "token_missing"},
			{"a header that says otherwise", func(r *http.Request) { r.Header.Set("Authorization", "Bearer a.b.c") }, []string{carried}, "token_malformed"},
			{"a header of another scheme", func(r *http.Request) { r.Header.Set("Authorization", "Basic YTpi") }, []string{carried}, "token_missing"},
		} {
			w := handshake(h, tt.edit, tt.lines...)
			if tt.code == "" {
				if w.Code != http.StatusOK || w.Body.String() != "alice" {
					t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
				}
			} else if code := refusalCode(t, w); code != tt.code {
				t.Errorf("%s: refused as %s, want %s", tt.name, code, tt.code)
			}
		}
	})
}

func TestWebSocketCarriesTheProofAsASubprotocol(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		h := i.verifier(t, withDPoP()).Middleware(greet)
		p := newProver(t, "ES256")
		bound := p.bind(t, i)
		proof := "lingpai.proof." + p.proof(t, bound, nil)
		carried := "lingpai, lingpai.token." + bound
		if w := handshake(h, nil, carried+", "+proof); w.Code != http.StatusOK {
			t.Errorf("a bound token with its proof: %d %s", w.Code, w.Body)
		}
		if code := refusalCode(t, handshake(h, nil, carried+", "+proof)); code != "dpop_proof_invalid" {
			t.Errorf("the proof again: %s", code)
		}
		if code := refusalCode(t, handshake(h, nil, carried)); code != "token_type" {
			t.Errorf("no proof: %s", code)
		}
	})
}
