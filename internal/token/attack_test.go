package token

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

// The attacks here are those that a signature does not stop: the issuer's own key signed each of these tokens, by mistake or for
// another purpose. Attacks on the form of a token are in package jose.

// claims is a good payload, now, with members replaced (or, by "", left out).
func claims(replace map[string]string) string {
	now := time.Now().Unix()
	members := []struct{ name, value string }{
		{"iss", `"` + issuerName + `"`}, {"sub", `"u_1"`}, {"aud", `"` + api + `"`}, {"exp", fmt.Sprint(now + 300)},
		{"iat", fmt.Sprint(now)}, {"jti", `"j_1"`}, {"client_id", `"web"`},
	}
	var out []string
	for _, m := range members {
		v, replaced := replace[m.name]
		switch {
		case !replaced:
			out = append(out, fmt.Sprintf("%q:%s", m.name, m.value))
		case v != "":
			out = append(out, fmt.Sprintf("%q:%s", m.name, v))
		}
		delete(replace, m.name)
	}
	for name, v := range replace {
		out = append(out, fmt.Sprintf("%q:%s", name, v))
	}
	return "{" + strings.Join(out, ",") + "}"
}

// with is claims with one member replaced.
func with(name, value string) string { return claims(map[string]string{name: value}) }

func TestAttack01AlgNone(t *testing.T) {
	r := rulesFor(newKey(t))
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "none "} {
		header := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":%q,"typ":"at+jwt"}`, alg))
		tok := header + "." + base64.RawURLEncoding.EncodeToString([]byte(claims(nil))) + "."
		c, err := r.Judge(t.Context(), tok)
		if code := codeOf(err); c != nil || code != fault.TokenAlgorithm && code != fault.TokenMalformed {
			t.Errorf("%q: %v", alg, err)
		}
	}
}

func TestAttack04AlgorithmOfAnotherKey(t *testing.T) {
	ours := newKey(t)
	hmac, err := jose.GenerateKey(jose.HS256)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, rulesFor(ours), "HS256 under the kid of an ES256 key", sign(t, hmac.WithID(ours.ID()), Type, claims(nil)), fault.TokenAlgorithm)
	ed, err := jose.GenerateKey(jose.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, rulesFor(ours), "EdDSA under the kid of an ES256 key", sign(t, ed.WithID(ours.ID()), Type, claims(nil)), fault.TokenAlgorithm)
}

// ASVS 9.2.2
func TestAttack17TypeConfusion(t *testing.T) {
	key := newKey(t)
	r := rulesFor(key)
	for typ, want := range map[string]fault.Code{
		"at+jwt": "", "AT+JWT": "", "application/at+jwt": "", "Application/AT+jwt": "",
		"": fault.TokenType, "JWT": fault.TokenType, "jwt": fault.TokenType, "application/jwt": fault.TokenType,
		"logout+jwt": fault.TokenType, "dpop+jwt": fault.TokenType, "at+jwt ": fault.TokenType, "at jwt": fault.TokenType,
		"text/at+jwt": fault.TokenType, "application/application/at+jwt": fault.TokenType, "application/x/at+jwt": fault.TokenType,
		"at+jwt;charset=utf-8": fault.TokenType, "application/": fault.TokenType,
	} {
		expect(t, r, "typ "+typ, sign(t, key, typ, claims(nil)), want)
	}
}

// ASVS 9.2.2
func TestAttack18OtherTokensOfOurs(t *testing.T) {
	key := newKey(t)
	r := rulesFor(key)
	idToken := claims(map[string]string{"aud": `"web"`, "nonce": `"n"`, "client_id": ""})
	for typ, payload := range map[string]string{
		"JWT":                       idToken,
		"logout+jwt":                with("events", `{"http://schemas.openid.net/event/backchannel-logout":{}}`),
		"dpop+jwt":                  with("htu", `"https://api.example.com/"`),
		"oauth-authz-req+jwt":       claims(nil),
		"client-authentication+jwt": claims(nil),
		"statuslist+jwt":            with("status_list", `{"bits":1}`),
		"token-introspection+jwt":   with("token_introspection", `{"active":true}`),
	} {
		expect(t, r, typ, sign(t, key, typ, payload), fault.TokenType)
	}
	expect(t, r, "refresh token", "lpr_AAECAwQFBgcICQoLDA0ODwAAAAEAAQIDBAUGBwgJCgsMDQ4P", fault.TokenMalformed)
	expect(t, r, "an ID token that says at+jwt", sign(t, key, Type, idToken), fault.TokenAudience)
}

func TestAttack20JSONSerialisation(t *testing.T) {
	key := newKey(t)
	parts := strings.Split(sign(t, key, Type, claims(nil)), ".")
	for _, tok := range []string{
		fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]),
		fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, parts[1], parts[0], parts[2]),
	} {
		expect(t, rulesFor(key), "JSON", tok, fault.TokenMalformed)
	}
}

func TestAttack21DuplicateClaims(t *testing.T) {
	key := newKey(t)
	good := claims(nil)
	for _, extra := range []string{`"sub":"u_2"`, `"\u0073ub":"u_2"`, `"SUB":"u_2"`, `"Exp":9999999999`, `"x":{"a":1,"a":2}`} {
		payload := good[:len(good)-1] + "," + extra + "}"
		expect(t, rulesFor(key), extra, sign(t, key, Type, payload), fault.TokenMalformed)
	}
}

func TestAttack22TextThatIsNotJSON(t *testing.T) {
	key := newKey(t)
	good := claims(nil)
	for _, payload := range []string{
		"", "null", "[]", `"x"`, good + good, good + " x", "\ufeff" + good, good[:len(good)-1],
		with("sub", "\"\xff\""), with("sub", `"\ud800"`), with("sub", "\"a\nb\""), with("x", strings.Repeat("[", 5000)+strings.Repeat("]", 5000)),
	} {
		expect(t, rulesFor(key), fmt.Sprintf("%.40q", payload), sign(t, key, Type, payload), fault.TokenMalformed)
	}
}

func TestAttack25WrongNumberOfSegments(t *testing.T) {
	key := newKey(t)
	good := sign(t, key, Type, claims(nil))
	parts := strings.Split(good, ".")
	for _, tok := range []string{
		"", ".", "..", "...", parts[0], parts[0] + "." + parts[1], good + ".", "." + good, good + "." + parts[2],
		parts[0] + ".." + parts[2], "." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + ".", strings.Repeat(".", 200<<10), good + strings.Repeat("A", 16<<10),
	} {
		c, err := rulesFor(key).Judge(t.Context(), tok)
		if code := codeOf(err); c != nil || code != fault.TokenMalformed && code != fault.TokenSignature {
			t.Errorf("%.60q: %v", tok, err)
		}
	}
}

// ASVS 9.2.1
func TestAttack26AbsurdTimes(t *testing.T) {
	key := newKey(t)
	r := rulesFor(key)
	for _, name := range []string{"exp", "iat"} {
		for _, value := range []string{"", `"1000000300"`, "true", "null", "-1", "0", "-0", "0.5", "1e400", "9007199254740993", "1000000000000000", "[1]", "{}"} {
			expect(t, r, name+" "+value, sign(t, key, Type, with(name, value)), fault.TokenMalformed)
		}
	}
	for _, name := range []string{"nbf", "auth_time"} {
		for _, value := range []string{`"1"`, "false", "null", "-1", "0", "1e400", "1000000000000000"} {
			expect(t, r, name+" "+value, sign(t, key, Type, with(name, value)), fault.TokenMalformed)
		}
	}
	now := time.Now().Unix()
	expect(t, r, "a fraction is a number", sign(t, key, Type, with("exp", fmt.Sprintf("%d.5", now+300))), "")
	expect(t, r, "a day", sign(t, key, Type, claims(map[string]string{"iat": fmt.Sprint(now), "exp": fmt.Sprint(now + 86_400)})), "")
	expect(t, r, "more than a day", sign(t, key, Type, claims(map[string]string{"iat": fmt.Sprint(now), "exp": fmt.Sprint(now + 86_401)})), fault.TokenMalformed)
	expect(t, r, "year 9999", sign(t, key, Type, with("exp", "253402300799")), fault.TokenMalformed)
}

func TestAttack27TokensFromTheFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := newKey(t)
		r := rulesFor(key)
		now := time.Now().Unix()
		for _, name := range []string{"nbf", "iat"} {
			for ahead, want := range map[int64]fault.Code{0: "", 30: "", 31: fault.TokenNotYetValid, 3600: fault.TokenNotYetValid} {
				tok := sign(t, key, Type, claims(map[string]string{name: fmt.Sprint(now + ahead), "exp": fmt.Sprint(now + 7200)}))
				expect(t, r, fmt.Sprintf("%s %d s ahead", name, ahead), tok, want)
			}
		}
		r.Skew = time.Second
		expect(t, r, "a skew of its own", sign(t, key, Type, with("iat", fmt.Sprint(now+2))), fault.TokenNotYetValid)
	})
}

// Attack 28, and attack 101: a clock that is off by no more than the leeway refuses nobody, by more it does.
//
// ASVS 9.2.1
func TestAttack28EdgesOfExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := newKey(t)
		now := time.Now()
		tok := sign(t, key, Type, with("exp", fmt.Sprint(now.Unix()+60)))
		for _, tt := range []struct {
			leeway, off time.Duration
			want        fault.Code
		}{
			{0, 60*time.Second - 1, ""},
			{0, 60 * time.Second, fault.TokenExpired},
			{30 * time.Second, 90*time.Second - 1, ""},
			{30 * time.Second, 90 * time.Second, fault.TokenExpired},
			{0, -30 * time.Second, ""},
			{0, -30*time.Second - 1, fault.TokenNotYetValid},
			{30 * time.Second, -30*time.Second - 1, fault.TokenNotYetValid},
			{0, 5 * time.Minute, fault.TokenExpired},
			{0, -5 * time.Minute, fault.TokenNotYetValid},
		} {
			r := rulesFor(key)
			r.Leeway = tt.leeway
			r.Now = func() time.Time { return now.Add(tt.off) }
			expect(t, r, fmt.Sprintf("leeway %v, clock off by %v", tt.leeway, tt.off), tok, tt.want)
		}
	})
}

// ASVS 9.2.3, 10.3.1
func TestAttack29Audience(t *testing.T) {
	key := newKey(t)
	r := rulesFor(key)
	for value, want := range map[string]fault.Code{
		`"` + api + `"`:                       "",
		`["https://b.example","` + api + `"]`: "",
		"":                                    fault.TokenMalformed,
		"[]":                                  fault.TokenMalformed,
		"null":                                fault.TokenMalformed,
		"1":                                   fault.TokenMalformed,
		`["` + api + `",1]`:                   fault.TokenMalformed,
		`[["` + api + `"]]`:                   fault.TokenMalformed,
		`{"` + api + `":1}`:                   fault.TokenMalformed,
		`""`:                                  fault.TokenAudience,
		`"https://other.example"`:             fault.TokenAudience,
		`"https://api.example"`:               fault.TokenAudience,
		`"https://api.example.com/"`:          fault.TokenAudience,
		`"https://API.example.com"`:           fault.TokenAudience,
		`"https://api.example.com https://b.example"`: fault.TokenAudience,
	} {
		expect(t, r, "aud "+value, sign(t, key, Type, with("aud", value)), want)
	}
	r.Audience = nil
	expect(t, r, "rules without an audience", sign(t, key, Type, claims(nil)), fault.TokenAudience)
}

func TestAttack30Issuer(t *testing.T) {
	key := newKey(t)
	r := rulesFor(key)
	for _, name := range []string{
		issuerName + "/", "https://LOGIN.example.com", "HTTPS://login.example.com", issuerName + ":443", "http://login.example.com",
		"https://login.example.com.", "https://xn--lgin-vqa.example.com", "https://l\u043egin.example.com", issuerName + "?", issuerName + "#", "", " " + issuerName,
	} {
		expect(t, r, "iss "+name, sign(t, key, Type, with("iss", `"`+name+`"`)), fault.TokenIssuer)
	}
	for _, value := range []string{"", "null", "1", `["` + issuerName + `"]`} {
		expect(t, r, "iss "+value, sign(t, key, Type, with("iss", value)), fault.TokenMalformed)
	}
}

func TestAttack32NamelessSubject(t *testing.T) {
	key := newKey(t)
	for _, name := range []string{"sub", "jti", "client_id"} {
		for _, value := range []string{"", `""`, "null", "1", "{}"} {
			expect(t, rulesFor(key), name+" "+value, sign(t, key, Type, with(name, value)), fault.TokenMalformed)
		}
	}
}

func TestAttack33OneBitFlipped(t *testing.T) {
	key := newKey(t)
	r := rulesFor(key)
	good := sign(t, key, Type, claims(nil))
	for at := range len(good) {
		bad := []byte(good)
		bad[at] ^= 1 << (at % 8)
		if c, err := r.Judge(t.Context(), string(bad)); err == nil {
			t.Errorf("byte %d: accepted as %+v", at, c)
		}
	}
	expect(t, r, "signature stripped", good[:strings.LastIndex(good, ".")+1], fault.TokenMalformed)
}

func TestClaimsOfTheWrongTypeAreRefused(t *testing.T) {
	key := newKey(t)
	for _, m := range []struct{ name, value string }{
		{"sid", "1"}, {"acr", "1"}, {"amr", `"pwd"`}, {"amr", "[1]"}, {"roles", `"admin"`}, {"roles", `{"admin":true}`},
		{"scope", `["a"]`}, {"cnf", `"t"`}, {"cnf", `{"jkt":1}`},
	} {
		expect(t, rulesFor(key), m.name+" "+m.value, sign(t, key, Type, with(m.name, m.value)), fault.TokenMalformed)
	}
	expect(t, rulesFor(key), "claims that we do not know", sign(t, key, Type, claims(map[string]string{"x": `{"y":[1]}`, "cnf": `{"x5t#S256":"t"}`})), "")
}
