package lingpai_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
)

// mutants makes tokens that differ a little from a good one, always the same ones. Most are signed again after the change, as a careless
// issuer or one of several readers of the same bytes might have it: those show who reads strictly.
type mutants struct {
	t    testing.TB
	rand *rand.Rand
	// transit is the key of tokens that are changed on their way, resign that of tokens that are signed after the change.
	transit, resign rivalKey
	each            func(k rivalKey, tok string)
}

// all makes them all.
func (m *mutants) all() {
	m.inTransit()
	m.ofSegments()
	m.ofHeader()
	m.ofClaims()
	m.ofText(13_000)
}

// goodHeader and goodClaims are a good token, in pieces that can be replaced.
func goodHeader(k rivalKey) []member {
	return []member{{"alg", fmt.Sprintf("%q", k.alg)}, {"kid", fmt.Sprintf("%q", k.key.ID())}, {"typ", `"at+jwt"`}}
}

func goodClaims() []member {
	now := time.Now().Unix()
	return []member{
		{"iss", `"` + issuerURL + `"`}, {"sub", `"u_1"`}, {"aud", `"` + api + `"`}, {"exp", fmt.Sprint(now + 300)}, {"iat", fmt.Sprint(now)},
		{"jti", `"j_1"`}, {"client_id", `"web"`}, {"roles", `["editor"]`},
	}
}

// member is one member of a JSON object, its value as text.
type member struct{ name, value string }

func (m member) String() string { return `"` + m.name + `":` + m.value }

func text(members []member) string {
	var out []string
	for _, m := range members {
		out = append(out, m.String())
	}
	return "{" + strings.Join(out, ",") + "}"
}

// signText signs any header and payload.
func signText(t testing.TB, k rivalKey, header, payload string) string {
	t.Helper()
	return signSegments(t, k, base64.RawURLEncoding.EncodeToString([]byte(header)), base64.RawURLEncoding.EncodeToString([]byte(payload)))
}

func signSegments(t testing.TB, k rivalKey, header, payload string) string {
	t.Helper()
	input := header + "." + payload
	var signature []byte
	switch key := k.private.(type) {
	case ed25519.PrivateKey:
		signature = ed25519.Sign(key, []byte(input))
	case []byte:
		h := hmac.New(sha256.New, key)
		h.Write([]byte(input))
		signature = h.Sum(nil)
	default:
		t.Fatalf("%s signs differently every time", k.alg)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// fixedKey is the same in every run, as are its signatures.
func fixedKey(t testing.TB, alg jose.Algorithm) rivalKey {
	t.Helper()
	secret := []byte("one secret of thirty-two letters")
	k := rivalKey{alg: alg, private: secret, public: secret}
	if alg == jose.EdDSA {
		private := ed25519.NewKeyFromSeed(secret)
		k.private, k.public = private, private.Public()
	}
	var err error
	if k.key, err = jose.NewKey(alg, k.private); err != nil {
		t.Fatal(err)
	}
	k.key = k.key.WithID("k_1")
	return k
}

func (m *mutants) good(k rivalKey) string {
	return signText(m.t, k, text(goodHeader(k)), text(goodClaims()))
}

// inTransit changes the characters of a token, one at a time.
func (m *mutants) inTransit() {
	good := m.good(m.transit)
	for at := range len(good) {
		for bit := range 8 {
			changed := []byte(good)
			changed[at] ^= 1 << bit
			m.each(m.transit, string(changed))
		}
		m.each(m.transit, good[:at])
		m.each(m.transit, good[:at]+good[at+1:])
		for _, c := range []string{"=", "\n", " ", ".", "A", "\x00", "%3D"} {
			m.each(m.transit, good[:at]+c+good[at:])
		}
	}
	for _, tail := range []string{"=", "==", "\n", "\r\n", " ", ".", "A", "\x00"} {
		m.each(m.transit, good+tail)
	}
	m.each(m.transit, good)
}

// ofSegments writes the same bytes in base64 that some decoders take.
func (m *mutants) ofSegments() {
	k := m.resign
	for pad := range 3 {
		header := text(goodHeader(k)) + strings.Repeat(" ", pad)
		payload := text(append(goodClaims(), member{"x", `"\u00fb\u00ff>>>???"`})) + strings.Repeat(" ", pad)
		raw := base64.RawURLEncoding
		for _, enc := range []*base64.Encoding{base64.URLEncoding, base64.StdEncoding, base64.RawStdEncoding} {
			m.each(k, signSegments(m.t, k, enc.EncodeToString([]byte(header)), raw.EncodeToString([]byte(payload))))
			m.each(k, signSegments(m.t, k, raw.EncodeToString([]byte(header)), enc.EncodeToString([]byte(payload))))
		}
		h, p := raw.EncodeToString([]byte(header)), raw.EncodeToString([]byte(payload))
		for _, c := range []string{"\n", "\r", " ", "="} {
			m.each(k, signSegments(m.t, k, h[:4]+c+h[4:], p))
			m.each(k, signSegments(m.t, k, h, p[:4]+c+p[4:]))
		}
		for bits := range byte(16) {
			m.each(k, signSegments(m.t, k, h, p[:len(p)-1]+string(rune(p[len(p)-1]+bits))))
			m.each(k, signSegments(m.t, k, h[:len(h)-1]+string(rune(h[len(h)-1]+bits)), p))
		}
	}
}

// values are what may stand where another value belongs.
var values = []string{
	`""`, `"x"`, `" "`, "null", "true", "false", "0", "-1", "1", "1.5", "1e3", "1e400", "9007199254740993", "99999999999999999999", "1234567890123",
	"946684800.5", "946685100.0", "9466851e2", "[]", "[1]", `["x"]`, `["x",1]`, "{}", `{"x":1}`, `"2000-01-01"`, `"946685100"`,
	`"at+jwt"`, `"JWT"`, `"AT+JWT"`, `"application/at+jwt"`, `"logout+jwt"`, `"none"`, `"HS256"`, `"hs256"`, `"RS256"`, `"ES256"`, `["exp"]`, `["b64"]`,
	`"` + issuerURL + `"`, `"` + issuerURL + `/"`, `["` + issuerURL + `"]`, `"` + api + `"`, `["` + api + `"]`, `["x","` + api + `"]`, `["` + api + `",1]`,
	`["` + api + `",null]`, `[["` + api + `"]]`, `"\ud800"`, "\"\x01\"", "\"\xff\"", `"\x"`, "01", "+1", ".5", "1.", "NaN", "[1,]", "{,}", "",
	strings.Repeat("[", 40) + strings.Repeat("]", 40), `{"a":1,"a":2}`,
}

// replaced makes every object in which one member has another value or name, is missing, or stands there twice.
func replaced(members []member, more ...string) (all []string) {
	with := func(at int, instead ...member) {
		changed := append(append(append([]member(nil), members[:at]...), instead...), members[at+1:]...)
		all = append(all, text(changed))
	}
	for at, m := range members {
		with(at)
		for _, name := range []string{strings.ToUpper(m.name), strings.ToUpper(m.name[:1]) + m.name[1:], `\u00` + fmt.Sprintf("%02x", m.name[0]) + m.name[1:], m.name + " "} {
			with(at, member{name, m.value})
			with(at, m, member{name, m.value})
			with(at, member{name, `"x"`}, m)
		}
		for _, v := range values {
			with(at, member{m.name, v})
			with(at, m, member{m.name, v})
			with(at, member{m.name, v}, m)
		}
	}
	for _, name := range more {
		for _, v := range values {
			all = append(all, text(append(append([]member(nil), members...), member{name, v})))
		}
	}
	whole := text(members)
	return append(all, "", " ", "null", "[]", `"x"`, "{}", whole+whole, whole+" ", " "+whole, whole+"\n", "\ufeff"+whole, whole+"x", whole[:len(whole)-1], whole+",",
		strings.Replace(whole, ":", " : ", 1), strings.Replace(whole, ",", ",,", 1), whole[:len(whole)-1]+",}")
}

func (m *mutants) ofHeader() {
	for _, header := range replaced(goodHeader(m.resign), "crit", "b64", "zip", "enc", "jwk", "jku", "cty", "x5c", "x") {
		m.each(m.resign, signText(m.t, m.resign, header, text(goodClaims())))
	}
}

func (m *mutants) ofClaims() {
	for _, payload := range replaced(goodClaims(), "nbf", "auth_time", "acr", "amr", "scope", "sid", "cnf", "x") {
		m.each(m.resign, signText(m.t, m.resign, text(goodHeader(m.resign)), payload))
	}
	now := time.Now().Unix()
	for _, off := range []int64{-86_500, -86_400, -3600, -61, -60, -59, -31, -30, -1, 0, 1, 29, 30, 31, 59, 60, 61, 3600, 86_400, 86_401, 1e9} {
		for at, name := range []string{"exp", "iat", "nbf"} {
			claims := append(goodClaims(), member{"nbf", fmt.Sprint(now)})
			claims[[]int{3, 4, 8}[at]] = member{name, fmt.Sprint(now + off)}
			m.each(m.resign, signText(m.t, m.resign, text(goodHeader(m.resign)), text(claims)))
		}
	}
}

// ofText changes some bytes of the JSON at random, by a generator that always starts alike.
func (m *mutants) ofText(n int) {
	const letters = "\"\\{}[]:,.-+eE0123456789 \t\n\x00\x7f\xc3\xa9aAnulltrue"
	for range n {
		header, payload := []byte(text(goodHeader(m.resign))), []byte(text(goodClaims()))
		victim := &payload
		if m.rand.IntN(3) == 0 {
			victim = &header
		}
		for range 1 + m.rand.IntN(3) {
			at, c := m.rand.IntN(len(*victim)), letters[m.rand.IntN(len(letters))]
			switch m.rand.IntN(3) {
			case 0:
				(*victim)[at] = c
			case 1:
				*victim = append((*victim)[:at], (*victim)[at+1:]...)
			default:
				*victim = append((*victim)[:at], append([]byte{c}, (*victim)[at:]...)...)
			}
		}
		m.each(m.resign, signText(m.t, m.resign, string(header), string(payload)))
	}
}

func newMutants(t testing.TB, each func(k rivalKey, tok string)) *mutants {
	return &mutants{
		t: t, rand: rand.New(rand.NewPCG(1, 2)), each: each,
		transit: fixedKey(t, jose.EdDSA), resign: fixedKey(t, jose.HS256),
	}
}
