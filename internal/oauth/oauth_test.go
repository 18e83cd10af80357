package oauth

import (
	"errors"
	"strings"
	"testing"
)

func TestAttack35RedirectAddressesMeanOneThing(t *testing.T) {
	for uri, native := range map[string]bool{
		"https://app.example.com/cb": false, "https://app.example.com/cb?a=b": false, "http://localhost:5173/cb": false, "http://127.0.0.1/cb": false,
		"http://[::1]:80/cb": false, "com.example.app:/cb": true, "https://app.example.com": false,
	} {
		if err := CheckRedirectURI(uri, native); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	for _, uri := range []string{
		"", "/cb", "app.example.com/cb", "http://app.example.com/cb", "https://app.example.com/cb#f", "https://u@app.example.com/cb", "https://APP.example.com/cb",
		"https://app.example.com/a/../cb", "https://app.example.com/\t", "https://app.example.com/ä", `https://app.example.com\cb`, "javascript:alert(1)",
		"data:text/html,x", "myapp:/cb", "http://localhost.evil.example/cb", "https:///cb", "https://a;script-src/cb", "https://a,b/cb", "https://" + strings.Repeat("a", 2000),
	} {
		if CheckRedirectURI(uri, false) == nil || CheckRedirectURI(uri, true) == nil {
			t.Errorf("%q may be registered", uri)
		}
	}
}

func TestAttack37AParameterComesOnce(t *testing.T) {
	p, err := ParseParams("a=1&b=&b=2&resource=x&resource=y")
	if err != nil || p.Get("a") != "1" || p.Get("b") != "2" || len(p.All("resource")) != 2 || p.Has("c") {
		t.Errorf("%v %v", p, err)
	}
	for _, q := range []string{"a=1&a=1", "a=%00", "a=%ff", "a=%zz", "a;b", strings.Repeat("resource=x&", 9)} {
		if _, err := ParseParams(q); !isRefused(err, InvalidRequest) {
			t.Errorf("%q: %v", q, err)
		}
	}
}

// TestPKCEVector is RFC 7636, appendix B.
func TestPKCEVector(t *testing.T) {
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	if !IsChallenge(challenge) || !VerifyChallenge(challenge, verifier) {
		t.Error("the verifier does not fit")
	}
	for _, v := range []string{"", verifier[:42], verifier[:42] + "X", verifier[:42] + "+", strings.Repeat("a", 129)} {
		if VerifyChallenge(challenge, v) {
			t.Errorf("%q fits", v)
		}
	}
}

func TestScopesAreWordsWithOneSpaceBetween(t *testing.T) {
	s, err := ParseScope("openid email openid")
	if err != nil || s.String() != "openid email" || !s.Covers(Scope{"email"}) || s.Covers(Scope{"email", "x"}) {
		t.Errorf("%v %v", s, err)
	}
	for _, text := range []string{" ", "a  b", " a", "a ", "a\tb", `a"b`, `a\b`, "ä"} {
		if _, err := ParseScope(text); !isRefused(err, InvalidScope) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestDescriptionsKeepToWhatTheyMayHold(t *testing.T) {
	if got := Refuse(InvalidRequest, "a %s", "\"\\\r\nä").Description; got != "a ?????" {
		t.Errorf("%q", got)
	}
}

func isRefused(err error, code Code) bool {
	refused, ok := errors.AsType[*Error](err)
	return ok && refused.Code == code
}
