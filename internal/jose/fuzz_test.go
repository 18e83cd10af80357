package jose

import (
	"errors"
	"strings"
	"testing"
)

// FuzzParsedTokensHaveOneSpelling checks that a token which parses is exactly what its own parts encode to.
func FuzzParsedTokensHaveOneSpelling(f *testing.F) {
	k := newKey(f, HS256)
	for _, header := range []string{`{"alg":"HS256"}`, `{"alg":"ES256","kid":"k1","typ":"at+jwt"}`, `{"alg":"none"}`, `{"alg":"HS256","crit":["b64"]}`, ` {"\u0061lg":"HS256","x":[{}]} `} {
		f.Add(forge(f, k, header, "{}"))
		f.Add(forge(f, k, header, ""))
	}
	f.Add("..")
	f.Add("eyJhbGciOiJIUzI1NiJ9.AB.AA")
	f.Fuzz(func(t *testing.T, token string) {
		m, err := Parse(token)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrAlgorithm) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		header, err := decode(token[:strings.IndexByte(token, '.')])
		if err != nil {
			t.Fatal(err)
		}
		if again := encode(header) + "." + encode(m.UnverifiedPayload()) + "." + encode(m.signature); again != token {
			t.Errorf("%q parses, and encodes to %q", token, again)
		}
	})
}

// FuzzParsedKeysHaveOneMeaning checks that a JWK which parses is written, and read again, as the same key.
func FuzzParsedKeysHaveOneMeaning(f *testing.F) {
	for _, alg := range []Algorithm{HS256, RS256, ES256, ES512, EdDSA} {
		k := newKey(f, alg)
		if text := k.JWK(); text != nil {
			f.Add(text)
		}
		text, err := k.InsecurePrivateJWK()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseKey(text)
		if err != nil {
			if !errors.Is(err, ErrKey) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		again := k.JWK()
		if k.IsPrivate() {
			if again, err = k.InsecurePrivateJWK(); err != nil {
				t.Fatal(err)
			}
		}
		second, err := ParseKey(again)
		if err != nil {
			t.Fatalf("%s was written as %s: %v", text, again, err)
		}
		if second.String() != k.String() || second.Thumbprint() != k.Thumbprint() || second.IsPrivate() != k.IsPrivate() {
			t.Errorf("%v became %v", k, second)
		}
	})
}
