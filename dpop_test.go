package lingpai_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/token"
)

// object is JSON that tests take apart.
type object = map[string]any

// prover is a client with a key of its own.
type prover struct {
	alg  string
	key  crypto.Signer
	jwk  object
	jose *jose.Key
}

func newProver(t testing.TB, alg string) *prover {
	t.Helper()
	p := &prover{alg: alg}
	var err error
	switch alg {
	case "ES256":
		p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA", "Ed25519":
		_, p.key, err = ed25519.GenerateKey(rand.Reader)
	default:
		p.key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.jose, err = jose.NewKey(jose.Algorithm(alg), p.key)
	if err != nil {
		t.Fatal(err)
	}
	var all object
	if err := json.Unmarshal(p.jose.JWK(), &all); err != nil {
		t.Fatal(err)
	}
	p.jwk = object{}
	for _, name := range []string{"kty", "crv", "x", "y", "n", "e"} {
		if v, ok := all[name]; ok {
			p.jwk[name] = v
		}
	}
	return p
}

// proof makes a proof for GET /notes, changed by edit.
func (p *prover) proof(t testing.TB, tok string, edit func(header, claims object)) string {
	t.Helper()
	sum := sha256.Sum256([]byte(tok))
	header := object{"typ": "dpop+jwt", "alg": p.alg, "jwk": maps.Clone(p.jwk)}
	claims := object{
		"jti": rand.Text(), "htm": "GET", "htu": api + "/notes", "iat": time.Now().Unix(), "ath": base64.RawURLEncoding.EncodeToString(sum[:]),
	}
	if edit != nil {
		edit(header, claims)
	}
	return p.sign(t, header, claims)
}

func (p *prover) sign(t testing.TB, header, claims object) string {
	t.Helper()
	input := segment(t, header) + "." + segment(t, claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(p.signature(t, []byte(input)))
}

func segment(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func (p *prover) signature(t testing.TB, input []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(input)
	switch key := p.key.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case ed25519.PrivateKey:
		return ed25519.Sign(key, input)
	case *rsa.PrivateKey:
		var sig []byte
		var err error
		if p.alg == "PS256" {
			sig, err = rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			sig, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		}
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	t.Fatal("unknown key")
	return nil
}

// bind issues a token that is bound to the prover's key.
func (p *prover) bind(t testing.TB, i *issuer) string {
	return i.token(t, func(_ *token.Issuer, g *token.Grant) { g.KeyThumb = p.jose.Thumbprint() })
}

// show sends a token with proofs.
func show(h http.Handler, authorization string, proofs ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/notes?q=1", nil)
	r.Header.Set("Authorization", authorization)
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func refusalCode(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code == http.StatusOK {
		return ""
	}
	var body struct{ Code string }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return body.Code
}

func withDPoP() lingpai.Option { return lingpai.DPoP(lingpai.DPoPOptions{Addresses: []string{api}}) }

// ASVS 10.3.5
func TestBoundTokenPassesWithAProof(t *testing.T) {
	for _, alg := range []string{"ES256", "EdDSA", "Ed25519", "PS256"} {
		i := newIssuer(t)
		p := newProver(t, alg)
		tok := p.bind(t, i)
		h := i.verifier(t, withDPoP()).Middleware(greet)
		for _, scheme := range []string{"DPoP ", "dpop ", "DPOP "} {
			if w := show(h, scheme+tok, p.proof(t, tok, nil)); w.Code != http.StatusOK || w.Body.String() != "u_alice" {
				t.Errorf("%s by %s: %d %s", alg, scheme, w.Code, w.Body)
			}
		}
	}
}

// Attack 60: the negative tests of the FAPI 2.0 conformance suite. After each, a good proof still passes.
//
// ASVS 10.3.5
func TestAttack60BadProofs(t *testing.T) {
	i := newIssuer(t)
	p, other := newProver(t, "ES256"), newProver(t, "ES256")
	tok, otherTok := p.bind(t, i), other.bind(t, i)
	h := i.verifier(t, withDPoP()).Middleware(greet)
	private := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	edits := map[string]func(header, claims object){
		"no typ":                 func(h, _ object) { delete(h, "typ") },
		"typ JWT":                func(h, _ object) { h["typ"] = "JWT" },
		"typ at+jwt":             func(h, _ object) { h["typ"] = "at+jwt" },
		"no alg":                 func(h, _ object) { delete(h, "alg") },
		"alg none":               func(h, _ object) { h["alg"] = "none" },
		"alg of another key":     func(h, _ object) { h["alg"] = "PS256" },
		"alg HS256":              func(h, _ object) { h["alg"] = "HS256" },
		"no jwk":                 func(h, _ object) { delete(h, "jwk") },
		"jwk text":               func(h, _ object) { h["jwk"] = "x" },
		"jwk null":               func(h, _ object) { h["jwk"] = nil },
		"jwk of another":         func(h, _ object) { h["jwk"] = other.jwk },
		"private jwk":            func(h, _ object) { h["jwk"].(object)["d"] = private },
		"secret jwk":             func(h, _ object) { h["alg"], h["jwk"] = "HS256", object{"kty": "oct", "k": private} },
		"jwk for encryption":     func(h, _ object) { h["jwk"].(object)["use"] = "enc" },
		"jwk of other algorithm": func(h, _ object) { h["jwk"].(object)["alg"] = "ES384" },
		"jwk off the curve":      func(h, _ object) { h["jwk"].(object)["y"] = private },
		"crit":                   func(h, _ object) { h["crit"] = []string{"exp"} },
		"no jti":                 func(_, c object) { delete(c, "jti") },
		"jti number":             func(_, c object) { c["jti"] = 1 },
		"no htm":                 func(_, c object) { delete(c, "htm") },
		"htm POST":               func(_, c object) { c["htm"] = "POST" },
		"htm lower case":         func(_, c object) { c["htm"] = "get" },
		"no htu":                 func(_, c object) { delete(c, "htu") },
		"htu of another path":    func(_, c object) { c["htu"] = api + "/other" },
		"htu of another host":    func(_, c object) { c["htu"] = "https://evil.example/notes" },
		"htu of the Host header": func(_, c object) { c["htu"] = "http://example.com/notes" },
		"htu by http":            func(_, c object) { c["htu"] = "http://api.example.com/notes" },
		"htu path only":          func(_, c object) { c["htu"] = "/notes" },
		"htu with a user":        func(_, c object) { c["htu"] = "https://a@api.example.com/notes" },
		"htu with a slash more":  func(_, c object) { c["htu"] = api + "/notes/" },
		"no iat":                 func(_, c object) { delete(c, "iat") },
		"iat text":               func(_, c object) { c["iat"] = "1" },
		"iat an hour ago":        func(_, c object) { c["iat"] = time.Now().Add(-time.Hour).Unix() },
		"iat in an hour":         func(_, c object) { c["iat"] = time.Now().Add(time.Hour).Unix() },
		"iat in milliseconds":    func(_, c object) { c["iat"] = time.Now().UnixMilli() },
		"no ath":                 func(_, c object) { delete(c, "ath") },
		"ath of another token":   func(_, c object) { c["ath"] = base64.RawURLEncoding.EncodeToString(make([]byte, 32)) },
		"nonce empty":            func(_, c object) { c["nonce"] = "" },
	}
	bad := map[string][]string{
		"no proof":                 nil,
		"two proofs":               {p.proof(t, tok, nil), p.proof(t, tok, nil)},
		"empty":                    {""},
		"no JWS":                   {"x"},
		"too long":                 {strings.Repeat("a", 9000)},
		"proof for another token":  {p.proof(t, otherTok, nil)},
		"proof by another key":     {other.proof(t, tok, nil)},
		"the access token":         {tok},
		"signature of other bytes": {p.proof(t, tok, nil) + "A"},
		"by RS256":                 {newProver(t, "RS256").proof(t, tok, nil)},
	}
	for name, edit := range edits {
		bad[name] = []string{p.proof(t, tok, edit)}
	}
	for name, proofs := range bad {
		w := show(h, "DPoP "+tok, proofs...)
		if got := refusalCode(t, w); got != lingpai.CodeDPoPProof || w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %q", name, w.Code, got)
		}
		if got := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(got, `DPoP realm="lingpai", error="invalid_dpop_proof", `) ||
			!strings.HasSuffix(got, `, algs="ES256 EdDSA Ed25519 PS256"`) {
			t.Errorf("%s: challenge %s", name, got)
		}
		if w := show(h, "DPoP "+tok, p.proof(t, tok, nil)); w.Code != http.StatusOK {
			t.Fatalf("after %s, a good proof is refused: %s", name, w.Body)
		}
	}
}

func TestProofsMayDifferInForm(t *testing.T) {
	i := newIssuer(t)
	p := newProver(t, "ES256")
	tok := p.bind(t, i)
	h := i.verifier(t, withDPoP()).Middleware(greet)
	for name, edit := range map[string]func(header, claims object){
		"more claims":       func(_, c object) { c["x"], c["exp"], c["nbf"] = 1, 1, 1 },
		"iat 10 s ago":      func(_, c object) { c["iat"] = time.Now().Add(-10 * time.Second).Unix() },
		"iat in 10 s":       func(_, c object) { c["iat"] = time.Now().Add(10 * time.Second).Unix() },
		"htu in capitals":   func(_, c object) { c["htu"] = "HTTPS://API.EXAMPLE.COM/notes" },
		"htu with port":     func(_, c object) { c["htu"] = "https://api.example.com:443/notes" },
		"htu escaped":       func(_, c object) { c["htu"] = api + "/%6eotes" },
		"htu with dots":     func(_, c object) { c["htu"] = api + "/a/../notes" },
		"htu with a query":  func(_, c object) { c["htu"] = api + "/notes?x=y#z" },
		"nonce unasked for": func(_, c object) { c["nonce"] = "x" },
		"typ in capitals":   func(h, _ object) { h["typ"] = "DPOP+JWT" },
		"jwk with alg":      func(h, _ object) { h["jwk"].(object)["alg"] = "ES256" },
	} {
		if w := show(h, "DPoP "+tok, p.proof(t, tok, edit)); w.Code != http.StatusOK {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
}

// Attack 60: the scheme never falls back.
func TestAttack60SchemeAndTokenMustFit(t *testing.T) {
	i := newIssuer(t)
	p := newProver(t, "ES256")
	bound, free := p.bind(t, i), i.token(t, nil)
	without, with := i.verifier(t), i.verifier(t, withDPoP())
	required := i.verifier(t, lingpai.DPoP(lingpai.DPoPOptions{Addresses: []string{api}, Required: true}))
	for _, tt := range []struct {
		name       string
		v          *lingpai.Verifier
		scheme     string
		tok        string
		code       string
		challenges []string
	}{
		{"bound as Bearer", without, "Bearer ", bound, lingpai.CodeTokenType, []string{`Bearer realm="lingpai", error="invalid_token"`}},
		{"bound as DPoP, but no option", without, "DPoP ", bound, lingpai.CodeTokenMissing, []string{`Bearer realm="lingpai"`}},
		{"bound as Bearer, with a proof", with, "Bearer ", bound, lingpai.CodeTokenType, []string{`Bearer realm="lingpai", error="invalid_token"`, "DPoP algs="}},
		{"free as DPoP", with, "DPoP ", free, lingpai.CodeTokenType, []string{`DPoP realm="lingpai", error="invalid_token"`}},
		{"free as Bearer", with, "Bearer ", free, "", nil},
		{"nothing", with, "", "", lingpai.CodeTokenMissing, []string{`Bearer realm="lingpai"`, "DPoP algs="}},
		{"free where binding is required", required, "Bearer ", free, lingpai.CodeTokenUnbound, []string{`DPoP realm="lingpai", error="invalid_token"`}},
		{"bound where binding is required", required, "DPoP ", bound, "", nil},
	} {
		w := show(tt.v.Middleware(greet), tt.scheme+tt.tok, p.proof(t, tt.tok, nil))
		if got := refusalCode(t, w); got != tt.code {
			t.Errorf("%s: code %q, want %q", tt.name, got, tt.code)
		}
		challenges := w.Header().Values("WWW-Authenticate")
		if len(challenges) != len(tt.challenges) {
			t.Fatalf("%s: challenges %q", tt.name, challenges)
		}
		for n, want := range tt.challenges {
			if !strings.HasPrefix(challenges[n], want) {
				t.Errorf("%s: challenge %s, want %s...", tt.name, challenges[n], want)
			}
		}
	}
}

func TestForbiddenBoundRequestIsChallengedByDPoP(t *testing.T) {
	i := newIssuer(t)
	p := newProver(t, "ES256")
	tok := p.bind(t, i)
	h := i.verifier(t, withDPoP()).Middleware(lingpai.RequireScope("admin")(greet))
	w := show(h, "DPoP "+tok, p.proof(t, tok, nil))
	if got := w.Header().Get("WWW-Authenticate"); w.Code != 403 || !strings.HasPrefix(got, `DPoP realm="lingpai", error="insufficient_scope"`) {
		t.Errorf("%d %s", w.Code, got)
	}
}

func TestAttack60ProofIsUsedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		p := newProver(t, "ES256")
		tok := p.bind(t, i)
		h := i.verifier(t, withDPoP()).Middleware(greet)
		begin := time.Now()
		proof := p.proof(t, tok, func(_, c object) { c["jti"], c["iat"] = "one", begin.Add(30*time.Second).Unix() })
		if w := show(h, "DPoP "+tok, proof); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
		for _, at := range []time.Duration{0, 45 * time.Second, 89 * time.Second, 90 * time.Second, 91 * time.Second, 4 * time.Minute} {
			time.Sleep(at - time.Since(begin))
			if got := refusalCode(t, show(h, "DPoP "+tok, proof)); got != lingpai.CodeDPoPProof {
				t.Errorf("after %v, the proof passes again: %q", at, got)
			}
		}
		other := newProver(t, "ES256")
		theirs := other.bind(t, i)
		same := other.proof(t, theirs, func(_, c object) { c["jti"] = "one" })
		if w := show(h, "DPoP "+theirs, same); w.Code != http.StatusOK {
			t.Errorf("another key may use the same jti: %s", w.Body)
		}
	})
}

func TestNonceIsAskedForAndChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		i.cacheControl = "max-age=3600"
		p := newProver(t, "ES256")
		secret := []byte("0123456789abcdef0123456789abcdef")
		node := func() http.Handler {
			o := lingpai.DPoPOptions{Addresses: []string{api}, Nonces: true, NonceSecret: secret}
			return i.verifier(t, lingpai.DPoP(o)).Middleware(greet)
		}
		a, b := node(), node()
		tok := i.token(t, func(is *token.Issuer, g *token.Grant) { is.Lifetime, g.KeyThumb = time.Hour, p.jose.Thumbprint() })
		with := func(nonce string) string {
			return p.proof(t, tok, func(_, c object) { c["nonce"] = nonce })
		}
		w := show(a, "DPoP "+tok, p.proof(t, tok, nil))
		nonce := w.Header().Get("DPoP-Nonce")
		if got := refusalCode(t, w); got != lingpai.CodeDPoPNonce || nonce == "" || !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="use_dpop_nonce"`) {
			t.Fatalf("%q, nonce %q, %v", got, nonce, w.Header())
		}
		for _, h := range []http.Handler{a, b} {
			if w := show(h, "DPoP "+tok, with(nonce)); w.Code != http.StatusOK || w.Header().Get("DPoP-Nonce") != nonce {
				t.Errorf("%d, nonce %q", w.Code, w.Header().Get("DPoP-Nonce"))
			}
		}
		for _, forged := range []string{"x", nonce + "A", nonce[:len(nonce)-1]} {
			if got := refusalCode(t, show(a, "DPoP "+tok, with(forged))); got != lingpai.CodeDPoPNonce {
				t.Errorf("forged nonce: %q", got)
			}
		}
		time.Sleep(2 * time.Minute)
		w = show(a, "DPoP "+tok, with(nonce))
		if newer := w.Header().Get("DPoP-Nonce"); w.Code != http.StatusOK || newer == nonce {
			t.Errorf("one turn later: %d, nonce %q", w.Code, newer)
		}
		time.Sleep(2 * time.Minute)
		if got := refusalCode(t, show(a, "DPoP "+tok, with(nonce))); got != lingpai.CodeDPoPNonce {
			t.Errorf("two turns later: %q", got)
		}
	})
}

// brokenStore cannot be asked.
type brokenStore struct{}

func (brokenStore) Use(context.Context, [32]byte, time.Time) (bool, error) {
	return true, errors.New("connection refused")
}

func TestProofsThatCannotBeRememberedAreNotAccepted(t *testing.T) {
	i := newIssuer(t)
	p := newProver(t, "ES256")
	tok := p.bind(t, i)
	h := i.verifier(t, lingpai.DPoP(lingpai.DPoPOptions{Addresses: []string{api}, Replays: brokenStore{}})).Middleware(greet)
	w := show(h, "DPoP "+tok, p.proof(t, tok, nil))
	if got := refusalCode(t, w); got != lingpai.CodeUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%q %v", got, w.Header())
	}
}

func TestWrongDPoPSettingsAreRefused(t *testing.T) {
	for name, o := range map[string]lingpai.DPoPOptions{
		"no address":   {},
		"no scheme":    {Addresses: []string{"api.example.com"}},
		"query":        {Addresses: []string{api + "?x"}},
		"user":         {Addresses: []string{"https://a@api.example.com"}},
		"bad escape":   {Addresses: []string{api + "/%zz"}},
		"short secret": {Addresses: []string{api}, Nonces: true, NonceSecret: make([]byte, 31)},
	} {
		if _, err := lingpai.NewVerifier(t.Context(), issuerURL, lingpai.Lazy(), lingpai.DPoP(o)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAddressOfAnAPIBehindAPath(t *testing.T) {
	i := newIssuer(t)
	p := newProver(t, "ES256")
	tok := p.bind(t, i)
	o := lingpai.DPoPOptions{Addresses: []string{"https://other.example", "https://WWW.example.com:443/api/"}}
	h := i.verifier(t, lingpai.DPoP(o)).Middleware(greet)
	for htu, status := range map[string]int{"https://www.example.com/api/notes": 200, "https://other.example/notes": 200, "https://www.example.com/notes": 401} {
		if w := show(h, "DPoP "+tok, p.proof(t, tok, func(_, c object) { c["htu"] = htu })); w.Code != status {
			t.Errorf("%s: %d", htu, w.Code)
		}
	}
}
