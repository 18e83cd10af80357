package token

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

// fuzzRules are the same in every process, so that an input means the same to all workers.
func fuzzRules(t testing.TB) (*jose.Key, *Rules) {
	key, err := jose.NewKey(jose.HS256, bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	key = key.WithID("k1")
	r := rulesFor(key)
	r.Now = func() time.Time { return time.Unix(1_000_000_100, 0) }
	return key, r
}

const goodPayload = `{"iss":"` + issuerName + `","sub":"u","aud":["` + api + `","b"],"exp":1000000300,"iat":1000000000,"nbf":1000000000,` +
	`"jti":"j","client_id":"c","sid":"s","auth_time":1000000000,"acr":"1","amr":["pwd"],"scope":"a b","roles":["r"],"cnf":{"jkt":"t"}}`

func sign(t testing.TB, key *jose.Key, typ, payload string) string {
	t.Helper()
	tok, err := jose.Sign(key, typ, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// FuzzJudge: whatever is not the very token that was signed is refused, with a code.
func FuzzJudge(f *testing.F) {
	key, r := fuzzRules(f)
	good := sign(f, key, Type, goodPayload)
	for at := range len(good) {
		f.Add(good, at, byte(1<<(at%8)))
	}
	f.Add(good, -1, byte(0))
	f.Add(good+"."+good, -1, byte(0))
	f.Add("..", -1, byte(0))
	f.Fuzz(func(t *testing.T, tok string, at int, flip byte) {
		if 0 <= at && at < len(tok) {
			tok = tok[:at] + string([]byte{tok[at] ^ flip}) + tok[at+1:]
		}
		c, err := r.Judge(t.Context(), tok)
		if err == nil && tok != good {
			t.Fatalf("accepted %q as %+v", tok, c)
		}
		if _, ok := errors.AsType[*fault.Refusal](err); err != nil && !ok {
			t.Fatalf("%q: not a refusal: %v", tok, err)
		}
	})
}

// FuzzClaims: of what the issuer's key did sign, only a token for us, now, from a named issuer to a named subject passes.
func FuzzClaims(f *testing.F) {
	key, r := fuzzRules(f)
	f.Add(goodPayload)
	f.Add(`{}`)
	f.Add(`{"iss":null}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, payload string) {
		tok, err := jose.Sign(key, Type, []byte(payload))
		if err != nil {
			t.Skip(err)
		}
		c, err := r.Judge(t.Context(), tok)
		if err != nil {
			if _, ok := errors.AsType[*fault.Refusal](err); !ok {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		now := r.Now()
		if c.Issuer != issuerName || !slices.Contains(c.Audience, api) || c.Subject == "" || c.ID == "" || c.ClientID == "" ||
			!now.Before(c.ExpiresAt) || c.IssuedAt.After(now.Add(DefaultSkew)) || c.NotBefore.After(now.Add(DefaultSkew)) {
			t.Fatalf("accepted %s", payload)
		}
	})
}
