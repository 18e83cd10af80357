package main

// The blocks of fapi2-security-profile-final-dpop-negative-tests: proofs of possession (RFC 9449) that are wrong in one way each, shown to
// the userinfo endpoint with a token that is good.

import (
	"net/http"
	"strings"
	"time"
)

// block is one proof, and whether it must open the door.
type block struct {
	name    string
	section string
	opens   bool
	lenient bool // the suite warns where the server does otherwise, and does not fail it
	clock   bool // a nonce of the server stands in for the time of the proof, so where there is one, the suite wants it to open
	show    func(*T, tokens) *reply
}

func dpopProofs() plan {
	p := plan{
		name: "dpop-negative-tests", title: "DPoP negative blocks",
		about: "The blocks of the module `fapi2-security-profile-final-dpop-negative-tests`, each by itself, for an ordinary client of the profile `web`.",
		setup: func(t *T) clients {
			c, err := t.addClient("--profile", "web", "--redirect-uri", callback)
			t.check(err)
			c.proof = newSigner("", "ES256")
			return clients{first: c}
		},
	}
	for _, b := range blocks {
		about := "is refused"
		if b.opens {
			about = "is accepted"
		}
		p.modules = append(p.modules, module{b.name, b.section, about, func(t *T) { t.try(b, t.signIn(t.ask(t.first, "openid").pkce())) }})
	}
	return p
}

func (t *T) try(b block, got tokens) {
	r := b.show(t, got)
	opens, judge := b.opens, t.must
	if b.clock && t.nonce != "" {
		opens, judge = true, t.should
	} else if b.lenient {
		judge = t.should
	}
	if opens {
		judge(r.status == http.StatusOK, b.section, "%s: answered by %d, %s", b.name, r.status, r.text("detail"))
		return
	}
	judge(r.status == http.StatusBadRequest || r.status == http.StatusUnauthorized, b.section, "%s: answered by %d, where it is to be refused", b.name, r.status)
	challenge := strings.Join(r.header.Values("WWW-Authenticate"), ",")
	t.must(r.status != http.StatusUnauthorized || strings.Contains(challenge, "DPoP "), "RFC 9449, 7.1", "%s: the 401 does not challenge to DPoP", b.name)
	t.must(!strings.Contains(challenge, "use_dpop_nonce"), "RFC 9449, 9", "%s: refused for its nonce, which was the one asked for", b.name)
}

// proof is a block with a proof that change made wrong.
func proof(change func(t *T, header, claims object)) func(*T, tokens) *reply {
	return func(t *T, got tokens) *reply {
		return t.shown(got, func() string {
			return t.prove(t.first.proof, got.access, func(header, claims object) { change(t, header, claims) })
		})
	}
}

// header is a block with a proof whose header is without, or with another, member.
func header(name string, value any) func(*T, tokens) *reply {
	return proof(func(_ *T, header, _ object) { set(header, name, value) })
}

func claim(name string, value any) func(*T, tokens) *reply {
	return proof(func(_ *T, _, claims object) { set(claims, name, value) })
}

// set changes a member, or takes it away if value is nil.
func set(o object, name string, value any) {
	if value == nil {
		delete(o, name)
		return
	}
	o[name] = value
}

// shown asks the userinfo endpoint with this proof.
func (t *T) shown(got tokens, proof func() string) *reply {
	return t.fetch(t.first, got.access, "DPoP", func(r *http.Request) { r.Header.Set("DPoP", proof()) })
}

func (t *T) good(got tokens) string { return t.prove(t.first.proof, got.access, nil) }

var blocks = []block{
	{"Try DPoP proof with all upper case header value", "RFC 9449, 7.1", true, true, false, func(t *T, got tokens) *reply {
		return t.fetch(t.first, got.access, "DPOP", nil)
	}},
	{"Try with more than one DPoP in the header", "RFC 9449, 4.3 (1)", false, false, false, func(t *T, got tokens) *reply {
		return t.fetch(t.first, got.access, "DPoP", func(r *http.Request) { r.Header.Add("DPoP", t.good(got)) })
	}},
	{"Try DPoP proof not well-formed JWT", "RFC 9449, 4.3 (2)", false, false, false, func(t *T, got tokens) *reply {
		return t.shown(got, func() string { return strings.Replace(t.good(got), ".", "", 1) })
	}},
	{"Try DPoP proof where 'typ' is missing in header", "RFC 9449, 4.2", false, false, false, header("typ", nil)},
	{"Try DPoP proof where 'alg' is missing", "RFC 9449, 4.2", false, false, false, header("alg", nil)},
	{"Try DPoP proof where 'jwk' is missing", "RFC 9449, 4.2", false, false, false, header("jwk", nil)},
	{"Try DPoP proof where 'jti' is missing", "RFC 9449, 4.2", false, false, false, claim("jti", nil)},
	{"Try DPoP proof where 'htm' is missing", "RFC 9449, 4.2", false, false, false, claim("htm", nil)},
	{"Try DPoP proof where 'htu' is missing", "RFC 9449, 4.2", false, false, false, claim("htu", nil)},
	{"Try DPoP proof where 'iat' is missing", "RFC 9449, 4.2", false, false, false, claim("iat", nil)},
	{"Try DPoP proof where 'ath' is missing", "RFC 9449, 4.2", false, false, false, claim("ath", nil)},
	{"Try DPoP proof with invalid 'typ' in header", "RFC 9449, 4.3 (4)", false, false, false, header("typ", "JWT")},
	{"Try DPoP proof signed using RS256", "FAPI 2.0 SP, 5.4.1", false, false, false, func(t *T, got tokens) *reply {
		return t.shown(got, func() string { return t.prove(newSigner("", "RS256"), got.access, nil) })
	}},
	{"Try DPoP proof with none alg", "RFC 9449, 4.3 (5)", false, false, false, func(t *T, got tokens) *reply {
		return t.shown(got, func() string {
			var header, claims object
			t.prove(t.first.proof, got.access, func(h, c object) { header, claims = h, c })
			return unsigned(header, claims)
		})
	}},
	{"Try DPoP proof with invalid signature", "RFC 9449, 4.3 (6)", false, false, false, func(t *T, got tokens) *reply {
		return t.shown(got, func() string {
			good := t.good(got)
			return good[:strings.LastIndex(good, ".")+1] + encode(make([]byte, 64))
		})
	}},
	{"Try DPoP proof with jwk header incorrectly containing private key", "RFC 9449, 4.3 (7)", false, false, false, proof(func(t *T, header, _ object) { header["jwk"] = t.first.proof.private() })},
	{"Try DPoP proof with incorrect 'htm'", "RFC 9449, 4.3 (8)", false, false, false, claim("htm", "PUT")},
	{"Try DPoP proof where 'htu' has a query/fragment", "RFC 9449, 4.3 (9)", true, false, false, proof(func(_ *T, _, claims object) { claims["htu"] = claims["htu"].(string) + "?q=1#f" })},
	{"Try DPoP proof where 'htu' does not contain the query/fragment", "RFC 9449, 4.3 (9)", true, false, false, func(t *T, got tokens) *reply {
		return t.fetch(t.first, got.access, "DPoP", func(r *http.Request) { r.URL.RawQuery = "q=1" })
	}},
	{"Try DPoP proof where 'htu' is a different url", "RFC 9449, 4.3 (9)", false, false, false, claim("htu", "https://other.example/auth/userinfo")},
	{"Try DPoP proof where 'iat' is one hour in the future", "RFC 9449, 4.3 (11)", false, false, true, proof(func(_ *T, _, claims object) { claims["iat"] = time.Now().Unix() + 3600 })},
	{"Try DPoP proof where 'iat' is one hour in the past", "RFC 9449, 4.3 (11)", false, false, true, proof(func(_ *T, _, claims object) { claims["iat"] = time.Now().Unix() - 3600 })},
	{"DPoP reuse, First use of jti", "RFC 9449, 11.1", true, false, false, func(t *T, got tokens) *reply { return t.fetch(t.first, got.access, "DPoP", nil) }},
	{"DPoP reuse, Second use of the same jti", "RFC 9449, 11.1", false, true, false, func(t *T, got tokens) *reply {
		t.fetch(t.first, got.access, "DPoP", nil) // for the nonce
		same := t.good(got)
		again := func() string { return same }
		t.must(t.shown(got, again).status == http.StatusOK, "RFC 9449, 11.1", "the first use was refused")
		return t.shown(got, again)
	}},
	{"Try DPoP proof where 'ath' is incorrect", "RFC 9449, 4.3 (12)", false, false, false, claim("ath", digest("another token"))},
	{"Try DPoP signed with a different key", "RFC 9449, 4.3 (12)", false, false, false, func(t *T, got tokens) *reply {
		return t.shown(got, func() string { return t.prove(newSigner("", "ES256"), got.access, nil) })
	}},
	{"Try DPoP proof with extra claims on header and claims", "RFC 9449, 4.2", true, false, false, proof(func(_ *T, header, claims object) {
		header["extra"], claims["extra"] = "foo", object{"bar": 1}
	})},
	{"Try DPoP proof with scheme and hostname of 'htu' in upper case", "RFC 9449, 4.3; RFC 3986, 6.2.2", true, true, false, proof(func(_ *T, _, claims object) {
		claims["htu"] = strings.Replace(claims["htu"].(string), "https://localhost", "HTTPS://LOCALHOST", 1)
	})},
	{"Try DPoP proof with the port in 'htu'", "RFC 9449, 4.3; RFC 3986, 6.2.3", true, true, false, proof(func(*T, object, object) {})}, // it has one: the port is not 443
	{"Try resource access without DPoP proof", "RFC 9449, 7.1", false, false, false, func(t *T, got tokens) *reply {
		return t.fetch(t.first, got.access, "DPoP", func(r *http.Request) { r.Header.Del("DPoP") })
	}},
	{"Try resource access without DPoP proof and authorization type changed to 'Bearer'", "RFC 9449, 7.2", false, false, false, func(t *T, got tokens) *reply {
		return t.fetch(t.first, got.access, "Bearer", func(r *http.Request) { r.Header.Del("DPoP") })
	}},
	{"Check a correct DPoP proof still works", "RFC 9449, 7.1", true, false, false, func(t *T, got tokens) *reply { return t.fetch(t.first, got.access, "DPoP", nil) }},
}
