package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/pgtest"
)

// object is JSON that tests take apart.
type object = map[string]any

// prover is a client that holds a key and makes proofs by a clock of its own.
type prover struct {
	*client
	key   *ecdsa.PrivateKey
	jwk   object
	thumb string
	ahead time.Duration // of its clock
	nonce string        // the last that it was told
}

// proves gives a client a key.
func (c *client) proves() *prover {
	c.s.Helper()
	p := &prover{client: c}
	var err error
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		c.s.Fatal(err)
	}
	k, err := jose.NewKey(jose.ES256, p.key)
	if err != nil {
		c.s.Fatal(err)
	}
	var all object
	if err := json.Unmarshal(k.JWK(), &all); err != nil {
		c.s.Fatal(err)
	}
	p.jwk, p.thumb = object{"kty": all["kty"], "crv": all["crv"], "x": all["x"], "y": all["y"]}, k.Thumbprint()
	return p
}

// proof makes one for a request, changed by edit if that is not nil. An access token of "" is none.
func (p *prover) proof(method, path, access string, edit func(header, claims object)) string {
	p.s.Helper()
	header := object{"typ": "dpop+jwt", "alg": "ES256", "jwk": maps.Clone(p.jwk)}
	claims := object{"jti": rand.Text(), "htm": method, "htu": p.s.origin + path, "iat": p.s.clock.Now().Add(p.ahead).Unix()}
	if p.nonce != "" {
		claims["nonce"] = p.nonce
	}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if edit != nil {
		edit(header, claims)
	}
	return p.sign(header, claims)
}

func (p *prover) sign(header, claims object) string {
	p.s.Helper()
	var input string
	for _, part := range []object{header, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			p.s.Fatal(err)
		}
		input += "." + base64.RawURLEncoding.EncodeToString(text)
	}
	input = input[1:]
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		p.s.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// ask sends a request with a new proof, and once more when it is told a nonce.
func (p *prover) ask(method, path, access, body string, headers ...string) (r reply) {
	p.s.Helper()
	if body != "" {
		headers = append(headers, "Content-Type: application/json")
	}
	if access != "" {
		headers = append(headers, "Authorization: DPoP "+access)
	}
	for range 2 {
		r = p.do(method, path, body, append(headers, "Dpop: "+p.proof(method, path, access, nil))...)
		p.nonce = r.header.Get("DPoP-Nonce")
		if r.code() != "dpop_nonce_required" {
			break
		}
	}
	return r
}

// signIn signs alice in, bound to the key.
func (p *prover) signIn(keep string) granted {
	p.s.Helper()
	r := p.ask("POST", "/auth/api/login", "", `{"username":"alice","password":"`+battery+`","keep":"`+keep+`","confirms":true}`)
	r.wants(p.s.TB, 200, "")
	return r.granted(p.s.TB)
}

func (p *prover) refresh(token string) reply {
	p.s.Helper()
	if token == "" {
		return p.ask("POST", "/auth/api/refresh", "", "")
	}
	return p.ask("POST", "/auth/api/refresh", "", `{"refresh_token":"`+token+`"}`)
}

// claims are those of a token.
func claims(t testing.TB, access string) (c object) {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(access+"..", ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantsProof checks for a refusal of a proof, with the challenge of RFC 9449, section 7.1, and a nonce.
func (r reply) wantsProof(t testing.TB, code, rfc string) {
	t.Helper()
	r.wants(t, http.StatusUnauthorized, code)
	challenge := strings.Join(r.header.Values("WWW-Authenticate"), " | ")
	if !strings.HasPrefix(challenge, `DPoP realm="lingpai", error="`+rfc+`", `) || !strings.HasSuffix(challenge, `, algs="ES256 EdDSA Ed25519 PS256"`) {
		t.Errorf("challenge is %s", challenge)
	}
	if r.header.Get("DPoP-Nonce") == "" {
		t.Error("no nonce is offered")
	}
}

func TestSignInWithAProofBindsTheSession(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	for _, keep := range []string{"storage", "memory"} {
		p := s.browser().proves()
		g := p.signIn(keep)
		if cnf, _ := claims(t, g.Access)["cnf"].(object); cnf["jkt"] != p.thumb {
			t.Errorf("%s: the access token is bound to %v", keep, claims(t, g.Access)["cnf"])
		}
		r := p.refresh(g.Refresh)
		r.wants(t, 200, "")
		if next := r.granted(t); !strings.Contains(r.body, `"token_type":"DPoP"`) || claims(t, next.Access)["cnf"].(object)["jkt"] != p.thumb {
			t.Errorf("%s: a refresh gives %s", keep, r.body)
		}
		for _, path := range []string{"/auth/api/me", "/auth/api/sessions", "/auth/api/me?x=1"} {
			p.ask("GET", path, g.Access, "").wants(t, 200, "")
		}
		p.ask("HEAD", "/auth/api/me", g.Access, "").wants(t, 200, "")
		p.ask("DELETE", "/auth/api/sessions/"+g.Session.ID, g.Access, "").wants(t, 204, "")
		p.ask("GET", "/auth/api/me", g.Access, "").wants(t, 401, "session_ended")
	}
}

func TestSignInWithoutAProofBindsNothing(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	g := s.program().login("alice", battery, "storage")
	p := s.program().proves()
	p.ask("GET", "/auth/api/me", g.Access, "").wants(t, 401, "token_type")
	r := p.refresh(g.Refresh) // A proof that comes late binds nothing: it may be a thief's.
	r.wants(t, 200, "")
	if next := r.granted(t); !strings.Contains(r.body, `"token_type":"Bearer"`) || claims(t, next.Access)["cnf"] != nil {
		t.Errorf("a refresh gives %s", r.body)
	}
	s.program().refresh(r.granted(t).Refresh).wants(t, 200, "")
	p.ask("POST", "/auth/api/login", "", `{"username":"alice","password":"`+battery+`","keep":"cookie"}`).wants(t, 422, "field_invalid")
}

func TestBoundAccessTokenIsRefusedAsBearer(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	p := s.program().proves()
	g := p.signIn("storage")
	s.program().me(g.Access).wantsProof(t, "token_type", "invalid_token")
	p.do("GET", "/auth/api/me", "", bearer(g.Access), "Dpop: "+p.proof("GET", "/auth/api/me", g.Access, nil)).wantsProof(t, "token_type", "invalid_token")
	s.program().get("/auth/api/me", "Authorization: DPoP "+g.Access).wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
	for _, scheme := range []string{"DPoP", "dpop", "DPOP"} {
		p.do("GET", "/auth/api/me", "", "Authorization: "+scheme+" "+g.Access, "Dpop: "+p.proof("GET", "/auth/api/me", g.Access, nil)).wants(t, 200, "")
	}
}

// Whoever stole a bound refresh token can neither use it nor end the session with it, however old it is.
func TestStolenBoundRefreshTokenIsOfNoUse(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	p := s.program().proves()
	first := p.signIn("storage")
	second := p.refresh(first.Refresh).granted(t)
	third := p.refresh(second.Refresh).granted(t)
	thief := s.program().proves()
	for _, stolen := range []string{first.Refresh, second.Refresh, third.Refresh} {
		body := `{"refresh_token":"` + stolen + `"}`
		s.program().refresh(stolen).wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
		thief.refresh(stolen).wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
		for _, scope := range []string{"this", "others", "all"} {
			out := `{"scope":"` + scope + `","refresh_token":"` + stolen + `"}`
			if r := s.program().postJSON("/auth/api/logout", out); r.status != 401 {
				t.Errorf("a stolen token signs out %s: %d", scope, r.status)
			}
			if r := thief.ask("POST", "/auth/api/logout", "", out); r.status != 401 {
				t.Errorf("a stolen token and another key sign out %s: %d", scope, r.status)
			}
		}
		s.program().postJSON("/auth/api/refresh/confirm", body).wants(t, 204, "") // It means nothing here.
	}
	r := p.refresh(third.Refresh)
	r.wants(t, 200, "")
	p.ask("POST", "/auth/api/refresh/confirm", "", `{"refresh_token":"`+r.granted(t).Refresh+`"}`).wants(t, 204, "")
	p.ask("POST", "/auth/api/logout", "", `{"refresh_token":"`+r.granted(t).Refresh+`"}`).wants(t, 204, "")
	p.refresh(r.granted(t).Refresh).wants(t, 401, "session_ended")
}

// A refused proof leaves the cookie where it is: with another proof, it is good.
func TestRefusedProofDoesNotSignABrowserOut(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	p := s.browser().proves()
	p.signIn("memory")
	p.client.refresh("").wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
	s.clock.advance(time.Hour) // the nonce is old
	r := p.do("POST", "/auth/api/refresh", "", "Dpop: "+p.proof("POST", "/auth/api/refresh", "", nil))
	r.wantsProof(t, "dpop_nonce_required", "use_dpop_nonce")
	other := p.client.proves()
	other.refresh("").wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
	p.client.postJSON("/auth/api/logout", "").wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
	if p.cookies["lingpai_refresh"] == "" {
		t.Fatal("the cookie is gone")
	}
	p.refresh("").wants(t, 200, "")

	// Who lost the key signs in anew, which ends the session that nobody can use any more.
	g := p.client.login("alice", battery, "memory")
	r = p.client.get("/auth/api/sessions", bearer(g.Access))
	if n := strings.Count(r.body, `"id":`); n != 1 {
		t.Errorf("%d sessions: %s", n, r.body)
	}
}

func TestLostAnswerInABoundSessionIsMadeGoodWithoutLimit(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	p := s.program().proves()
	first := p.signIn("storage")
	second := p.refresh(first.Refresh).granted(t)
	p.ask("GET", "/auth/api/me", second.Access, "").wants(t, 200, "") // confirms, for a client that is bound to nothing
	for _, later := range []time.Duration{0, time.Minute, time.Hour, 20 * 24 * time.Hour} {
		s.clock.advance(later)
		r := p.refresh(first.Refresh)
		r.wants(t, 200, "")
		if r.granted(t).Refresh != second.Refresh {
			t.Fatalf("after %v, there is a second branch", later)
		}
	}
	p.refresh(second.Refresh).wants(t, 200, "")
}

func TestProofPassesOnce(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	p := s.program().proves()
	g := p.signIn("storage")
	body, used := `{"refresh_token":"`+g.Refresh+`"}`, p.proof("POST", "/auth/api/refresh", "", nil)
	refresh := func() reply { return p.postJSON("/auth/api/refresh", body, "Dpop: "+used) }
	// A token that is not ours uses no proof up.
	p.postJSON("/auth/api/refresh", `{"refresh_token":"lpr_x"}`, "Dpop: "+used).wants(t, 401, "refresh_invalid")
	refresh().wants(t, 200, "")
	refresh().wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")

	used = p.proof("GET", "/auth/api/me", g.Access, nil)
	me := func() reply { return p.get("/auth/api/me", "Authorization: DPoP "+g.Access, "Dpop: "+used) }
	me().wants(t, 200, "")
	for range 5 {
		me().wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
		s.clock.advance(45 * time.Second)
	}
	s.clock.advance(time.Minute)
	me().wantsProof(t, "dpop_nonce_required", "use_dpop_nonce")

	used = p.proof("POST", "/auth/api/login", "", func(_, c object) { c["nonce"] = me().header.Get("DPoP-Nonce") })
	login := func() reply { return p.tryLogin("alice", battery, "storage", "Dpop: "+used) }
	login().wants(t, 200, "")
	login().wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
}

// The nonce tells when a proof was made, so that a wrong clock keeps nobody out.
func TestClientWithAWrongClockSignsInWithAProof(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	for _, ahead := range []time.Duration{-365 * 24 * time.Hour, -10 * time.Minute, 10 * time.Minute, 365 * 24 * time.Hour} {
		p := s.program().proves()
		p.ahead = ahead
		g := p.signIn("storage")
		p.refresh(g.Refresh).wants(t, 200, "")
		p.ask("GET", "/auth/api/me", g.Access, "").wants(t, 200, "")
	}
}

func TestNonceTurnsAndIsAcceptedForTwoPeriods(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	p := s.program().proves()
	before := s.dump()
	r := p.tryLogin("alice", battery, "storage", "Dpop: "+p.proof("POST", "/auth/api/login", "", nil))
	r.wantsProof(t, "dpop_nonce_required", "use_dpop_nonce")
	if s.dump() != before {
		t.Error("asking for a nonce was written into the store")
	}
	g := p.signIn("storage")
	old := p.nonce
	if old != r.header.Get("DPoP-Nonce") {
		t.Error("the nonce changed in between")
	}
	me := func(nonce string) reply {
		proof := p.proof("GET", "/auth/api/me", g.Access, func(_, c object) { c["nonce"] = nonce })
		return p.get("/auth/api/me", "Authorization: DPoP "+g.Access, "Dpop: "+proof)
	}
	s.clock.advance(2 * time.Minute)
	r = me(old)
	r.wants(t, 200, "")
	if newer := r.header.Get("DPoP-Nonce"); newer == old || newer == "" {
		t.Errorf("after a period, the nonce is %q", newer)
	}
	s.clock.advance(2 * time.Minute)
	r = me(old)
	r.wantsProof(t, "dpop_nonce_required", "use_dpop_nonce")
	me(r.header.Get("DPoP-Nonce")).wants(t, 200, "")
	for _, forged := range []string{"x", old + "A", strings.ToLower(old)} {
		me(forged).wantsProof(t, "dpop_nonce_required", "use_dpop_nonce")
	}
}

func TestProofIsMadeForTheIssuerBehindAProxy(t *testing.T) {
	s := start(t, "issuer=https://login.example.com", "trusted_proxies=127.0.0.1/32")
	s.addUser("alice", battery)
	p := s.program().proves()
	g := p.signIn("storage")
	me := func(htu string) reply {
		proof := p.proof("GET", "", g.Access, func(_, c object) { c["htu"] = htu })
		return p.get("/auth/api/me", "Authorization: DPoP "+g.Access, "Dpop: "+proof, "X-Forwarded-Host: evil.example")
	}
	for _, htu := range []string{"https://login.example.com/auth/api/me", "HTTPS://LOGIN.example.com:443/auth/api/./me?x=y#z"} {
		me(htu).wants(t, 200, "")
	}
	inner := "http://" + s.app.Addr().String()
	for _, htu := range []string{inner + "/auth/api/me", "http://login.example.com/auth/api/me", "https://evil.example/auth/api/me", "/auth/api/me"} {
		me(htu).wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
	}
}

func TestPagesOfConfiguredOriginsMaySendProofsAndReadNonces(t *testing.T) {
	s := start(t, "cors.origins="+appOrigin)
	s.addUser("alice", battery)
	r := s.program().do("OPTIONS", "/auth/api/refresh", "", "Origin: "+appOrigin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: dpop,content-type")
	if allowed := r.header.Get("Access-Control-Allow-Headers"); r.status != 204 || !strings.Contains(allowed, "DPoP") {
		t.Errorf("preflight: %d, %s", r.status, allowed)
	}
	r = s.program().get("/auth/api/me", "Origin: "+appOrigin, "Authorization: DPoP x")
	for _, name := range []string{"DPoP-Nonce", "WWW-Authenticate", "Retry-After", "Date"} {
		if exposed := r.header.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, name) {
			t.Errorf("%s is not exposed: %s", name, exposed)
		}
	}
}

// FuzzProof changes proofs at will: only one for this request, by the right key, passes, and nothing is our fault.
func FuzzProof(f *testing.F) {
	for _, seed := range [][4]string{
		{"jti", `"x"`, "", ""}, {"htm", `"POST"`, "typ", `"JWT"`}, {"htu", `"http://localhost/auth/api/me"`, "alg", `"none"`}, {"iat", "-1", "jwk", "{}"},
		{"iat", "1e400", "crit", `["b64"]`}, {"ath", `""`, "kid", `"x"`}, {"nonce", "null", "x5c", "[]"}, {"exp", "1", "b64", "false"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], -1)
	}
	f.Add("", "", "", "", 40)
	s := start(f)
	s.addUser("alice", battery)
	p := s.program().proves()
	g := p.signIn("storage")
	f.Fuzz(func(t *testing.T, claim, value, parameter, setting string, flip int) {
		s.TB = t
		changed := false
		put := func(in object, name, text string) {
			var v any
			if name != "" && json.Unmarshal([]byte(text), &v) == nil {
				in[name], changed = v, true
			}
		}
		proof := p.proof("GET", "/auth/api/me", g.Access, func(header, claims object) {
			put(claims, claim, value)
			put(header, parameter, setting)
		})
		if flip >= 0 {
			at := flip % len(proof)
			proof, changed = proof[:at]+string(proof[at]^1)+proof[at+1:], true
		}
		if strings.ContainsFunc(proof, func(c rune) bool { return c < 0x20 || c > 0x7e }) {
			return // No header.
		}
		s.log.reset()
		r := p.get("/auth/api/me", "Authorization: DPoP "+g.Access, "Dpop: "+proof)
		if r.status >= 500 || strings.Contains(s.log.String(), "panic") {
			t.Errorf("%d\n%s", r.status, s.log)
		}
		harmless := claim != "htm" && claim != "htu" && claim != "ath" && claim != "nonce" && parameter == "" && flip < 0
		if r.status == http.StatusOK && changed && !harmless && !p.stillFits(proof, g.Access) {
			t.Errorf("passes: %s", proof)
		}
		p.ask("GET", "/auth/api/me", g.Access, "").wants(t, 200, "")
	})
}

// stillFits reads a proof loosely and compares what counts.
func (p *prover) stillFits(proof, access string) bool {
	want := claims(p.s.TB, p.proof("GET", "/auth/api/me", access, nil))
	got := claims(p.s.TB, proof)
	return got["htm"] == want["htm"] && got["ath"] == want["ath"] && got["nonce"] == want["nonce"] && strings.Contains(got["htu"].(string), "/auth/api/me")
}

func TestASignInEndsNoBoundSessionWithoutItsKey(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	s.addUser("bob", battery)
	owner := s.browser().proves()
	owner.signIn("memory")
	for _, keep := range []string{"memory", "cookie"} {
		thief := s.browser() // It has the cookie, and not the key.
		maps.Copy(thief.cookies, owner.cookies)
		thief.login("bob", battery, keep)
		if _, held := thief.cookies["lingpai_refresh"]; held && keep == "cookie" {
			t.Error("two people share one browser")
		}
		owner.refresh("").wants(t, 200, "")
	}
	held := maps.Clone(owner.cookies)
	owner.signIn("memory")
	again := &prover{client: s.browser(), key: owner.key, thumb: owner.thumb, jwk: owner.jwk}
	maps.Copy(again.cookies, held)
	again.refresh("").wants(t, 401, "session_ended")
}

func TestAProofIsUsedOnceWhateverNodeItIsShownTo(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) string{
		"SQLite": func(*testing.T) string { return "" }, "PostgreSQL": func(t *testing.T) string { return pgtest.Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := nodes(t, database(t))
			a.addUser("alice", battery)
			p := a.program().proves()
			g := p.signIn("storage")
			proof := p.proof("GET", "/auth/api/me", g.Access, nil)
			headers := []string{"Authorization: DPoP " + g.Access, "DPoP: " + proof}
			a.program().get("/auth/api/me", headers...).wants(t, 200, "")
			for where, s := range map[string]*server{"the same node": a, "another node": b} {
				if r := s.program().get("/auth/api/me", headers...); r.status != 401 {
					t.Errorf("%s takes it again: %d", where, r.status)
				}
			}
			q := &prover{client: b.program(), key: p.key, thumb: p.thumb, jwk: p.jwk}
			q.ask("GET", "/auth/api/me", g.Access, "").wants(t, 200, "")
		})
	}
}
