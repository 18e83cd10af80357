package lingpai_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/token"
)

// The attacks here are those on a verifier as a whole. Those on the form of a token are in internal/jose, those on its claims in
// internal/token.

// Attack 9: a token names where its key is to be had, and nobody goes there.
//
// ASVS 9.1.3
func TestAttack09AddressesInATokenAreNotAsked(t *testing.T) {
	var asked atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer trap.Close()
	i := newIssuer(t)
	v := i.verifier(t)
	before := i.asked()
	_, rest, _ := strings.Cut(i.token(t, nil), ".")
	for _, member := range []string{"jku", "x5u", "kid", "iss"} {
		for _, address := range []string{trap.URL, issuerURL + "@" + strings.TrimPrefix(trap.URL, "http://"), issuerURL + ".evil.example", "file:///etc/passwd"} {
			header := fmt.Sprintf(`{"alg":"ES256",%q:%q,"typ":"at+jwt"}`, member, address)
			expect(t, v, base64.RawURLEncoding.EncodeToString([]byte(header))+"."+rest, lingpai.CodeTokenSignature)
		}
	}
	if asked.Load() != 0 || i.asked() > before+1 {
		t.Errorf("the trap was asked %d times, the issuer %d times", asked.Load(), i.asked()-before)
	}
}

// Attack 19: no kind of token passes for another.
func TestAttack19ProofsAndTokensAreNotMixedUp(t *testing.T) {
	i := newIssuer(t)
	p := newProver(t, "ES256")
	tok := p.bind(t, i)
	h := i.verifier(t, withDPoP()).Middleware(greet)
	proof := p.proof(t, tok, nil)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"proof as Bearer":          show(h, "Bearer "+proof, proof),
		"proof as DPoP":            show(h, "DPoP "+proof, p.proof(t, proof, nil)),
		"token as proof":           show(h, "DPoP "+tok, tok),
		"token bound, as its own":  show(h, "DPoP "+tok, tok+","+proof),
		"proof in place of scheme": show(h, proof, proof),
	} {
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// Attacks 86 and 87: who a proxy in front says that somebody is, in whatever spelling, is nothing to the verifier.
func TestAttack86HeadersOfIdentityAreNotBelieved(t *testing.T) {
	i := newIssuer(t)
	h := i.verifier(t).Middleware(greet)
	good := "Bearer " + i.token(t, nil)
	for _, name := range []string{
		"X-Forwarded-User", "x-forwarded-user", "X_Forwarded_User", "X.Forwarded.User", "Remote-User", "X-Auth-User", "X-Forwarded-Access-Token",
		"X-Forwarded-Authorization", "X-Original-Authorization", "Proxy-Authorization", "X-Authorization", "Authorization_", "Lingpai-User",
	} {
		r := httptest.NewRequest(http.MethodGet, "/notes", nil)
		r.Header[name] = []string{good}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s instead of a token: %d %s", name, w.Code, w.Body)
		}
		r.Header.Set("Authorization", good)
		r.Header[name] = []string{"u_root"}
		w = httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Body.String() != "u_alice" {
			t.Errorf("%s beside a token: %d %s", name, w.Code, w.Body)
		}
	}
}

// Attacks 89, 90 and 93: which address a proof must be made for follows from the settings and the bytes of the path, not from what a request
// says of its host, nor from another spelling of another path.
func TestAttack93HostOfARequestIsNotThatOfAProof(t *testing.T) {
	i := newIssuer(t)
	p := newProver(t, "ES256")
	tok := p.bind(t, i)
	h := i.verifier(t, withDPoP()).Middleware(greet)
	try := func(target, made string, header ...string) int {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Header.Set("Authorization", "DPoP "+tok)
		r.Header.Set("DPoP", p.proof(t, tok, func(_, claims object) { claims["htu"] = made }))
		for n := 0; n+1 < len(header); n += 2 {
			r.Header.Set(header[n], header[n+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	const evil = "https://evil.example/notes"
	for name, code := range map[string]int{
		"Host":              try(evil, evil),
		"X-Forwarded-Host":  try("/notes", evil, "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https"),
		"Forwarded":         try("/notes", evil, "Forwarded", "host=evil.example;proto=https"),
		"X-Forwarded-Uri":   try("/admin", api+"/notes", "X-Forwarded-Uri", "/notes", "X-Original-URL", "/notes"),
		"X-Forwarded-Proto": try("/notes", strings.Replace(api, "https", "http", 1)+"/notes", "X-Forwarded-Proto", "http"),
		"another path":      try("/notes/../admin", api+"/notes"),
		"escaped dots":      try("/notes/%2e%2e/admin", api+"/notes"),
		"escaped slash":     try("/notes%2fadmin", api+"/notes/admin"),
		"escaped twice":     try("/%256eotes", api+"/notes"),
		"two slashes":       try("//notes", api+"/notes"),
		"a slash more":      try("/notes/", api+"/notes"),
		"another case":      try("/NOTES", api+"/notes"),
		"a parameter":       try("/notes;a", api+"/notes"),
	} {
		if code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, code)
		}
	}
	if code := try(evil, api+"/notes", "X-Forwarded-Host", "evil.example"); code != http.StatusOK {
		t.Errorf("a proof for this API, by whatever name it was reached: %d", code)
	}
}

// Attack 97: a refusal gives no page of another origin leave to read it. What CORS there is, is the app's.
func TestAttack97RefusalsOpenNothingToOtherOrigins(t *testing.T) {
	i := newIssuer(t)
	h := i.verifier(t).Middleware(greet)
	for _, origin := range []string{"null", "https://evil.example", api, api + ".evil.example"} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			r := httptest.NewRequest(method, "/notes", nil)
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", http.MethodGet)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s from %s: %s", method, origin, name)
				}
			}
			if w.Code != http.StatusUnauthorized {
				t.Errorf("%s from %s: %d", method, origin, w.Code)
			}
		}
	}
}

// Attack 91: no method, and no header that names one, gets by without a token.
func TestAttack91EveryMethodNeedsAToken(t *testing.T) {
	i := newIssuer(t)
	h := i.verifier(t).Middleware(greet)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "X"} {
		for _, header := range [][2]string{{"", ""}, {"X-HTTP-Method-Override", "OPTIONS"}, {"Upgrade", "websocket"}, {"Connection", "Authorization"}} {
			r := httptest.NewRequest(http.MethodGet, "/notes", nil)
			r.Method = method
			if header[0] != "" {
				r.Header.Set(header[0], header[1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized {
				t.Errorf("%s %v: %d", method, header, w.Code)
			}
		}
	}
}

// Attack 94: an issuer that is down, slow, or talks nonsense lets nobody in.
func TestAttack94IssuerThatFailsLetsNobodyIn(t *testing.T) {
	i := newIssuer(t)
	tok := i.token(t, nil)
	for name, answer := range map[string]http.HandlerFunc{
		"500":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"empty":       func(http.ResponseWriter, *http.Request) {},
		"not JSON":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"empty JSON":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") },
		"hangs up":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"204":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"needs login": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	} {
		s := httptest.NewServer(answer)
		v, err := lingpai.NewVerifier(t.Context(), s.URL, lingpai.Lazy(), lingpai.Audience(api))
		if err != nil {
			t.Fatal(err)
		}
		w := ask(v.Middleware(greet), "Bearer "+tok)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		s.Close()
	}
}

// Attack 95: a cache on the way must not hand one person's refusal, or its end, to another.
func TestAttack95RefusalsAreNotStored(t *testing.T) {
	i := newIssuer(t)
	w := ask(i.verifier(t).Middleware(greet), "Bearer x")
	if h := w.Header(); h.Get("Cache-Control") != "no-store" || h.Get("Vary") != "Authorization" {
		t.Errorf("%v", h)
	}
}

// Attack 96: of two tokens in one request, nobody chooses.
func TestAttack96TwoAuthorizationHeaders(t *testing.T) {
	i := newIssuer(t)
	h := i.verifier(t).Middleware(greet)
	good := "Bearer " + i.token(t, nil)
	for _, two := range [][]string{{good, good}, {good, "Basic YTpi"}, {"Bearer x", good}, {"", good}} {
		if w := ask(h, two...); w.Code != http.StatusBadRequest {
			t.Errorf("%d headers: %d", len(two), w.Code)
		}
	}
	if w := ask(h, good+", "+good); w.Code != http.StatusUnauthorized {
		t.Errorf("two in one header: %d", w.Code)
	}
}

// FuzzDPoP: of proofs that the right key signed, only one for this method, this address, this token and now is accepted, and only once.
func FuzzDPoP(f *testing.F) {
	i := newIssuer(f)
	p := newProver(f, "ES256")
	tok := i.token(f, func(is *token.Issuer, g *token.Grant) { is.Lifetime, g.KeyThumb = time.Hour, p.jose.Thumbprint() })
	h := i.verifier(f, withDPoP()).Middleware(greet)
	f.Add("GET", api+"/notes", "1", int64(0), "dpop+jwt")
	f.Add("POST", "https://API.example.com:443/%6eotes?x#y", "2", int64(-61), "DPoP+jwt")
	f.Add("get", "https://api.example.com/a/../notes", "", int64(31), "JWT")
	f.Add("GET", "//api.example.com/notes", "3", int64(1<<40), "")
	f.Fuzz(func(t *testing.T, method, address, id string, off int64, typ string) {
		edit := func(header, claims object) {
			header["typ"] = typ
			claims["htm"], claims["htu"], claims["jti"], claims["iat"] = method, address, id+claims["jti"].(string), time.Now().Unix()+off
		}
		proof := p.proof(t, tok, edit)
		w := show(h, "DPoP "+tok, proof)
		if w.Code == http.StatusUnauthorized && refusalCode(t, w) == lingpai.CodeDPoPProof {
			return
		}
		if w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		u, err := url.Parse(address)
		if err != nil || !strings.EqualFold(u.Scheme, "https") || !strings.EqualFold(u.Hostname(), "api.example.com") || u.Path == "" ||
			!strings.HasSuffix(u.JoinPath().Path, "/notes") {
			t.Fatalf("accepted the address %q", address)
		}
		if method != "GET" || off < -61 || off > 31 || !strings.EqualFold(typ, "dpop+jwt") {
			t.Fatalf("accepted %q %d %q", method, off, typ)
		}
		if w := show(h, "DPoP "+tok, proof); w.Code != http.StatusUnauthorized {
			t.Fatal("accepted twice")
		}
	})
}
