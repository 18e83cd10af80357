package dpop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

const base = "https://api.example.com"

// client makes proofs for GET /notes by a clock of its own.
type client struct {
	*testing.T
	key   *ecdsa.PrivateKey
	ahead time.Duration
}

func newClient(t *testing.T) *client {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &client{T: t, key: key}
}

// request carries a proof, with a nonce if that is not "".
func (c *client) request(nonce string) *http.Request {
	c.Helper()
	k, err := jose.NewKey(jose.ES256, c.key)
	if err != nil {
		c.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(k.JWK(), &all); err != nil {
		c.Fatal(err)
	}
	jwk := map[string]any{"kty": all["kty"], "crv": all["crv"], "x": all["x"], "y": all["y"]}
	claims := map[string]any{"jti": rand.Text(), "htm": "GET", "htu": base + "/notes", "iat": time.Now().Add(c.ahead).Unix()}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	r := httptest.NewRequest(http.MethodGet, "/notes", nil)
	r.Header.Set("DPoP", c.sign(map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}, claims))
	return r
}

func (c *client) sign(header, claims any) string {
	c.Helper()
	var input string
	for _, part := range []any{header, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			c.Fatal(err)
		}
		input += "." + base64.RawURLEncoding.EncodeToString(text)
	}
	input = input[1:]
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, c.key, sum[:])
	if err != nil {
		c.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func newJudge(t *testing.T, withNonces bool) *Judge {
	t.Helper()
	j := &Judge{Bases: []string{base}, Now: time.Now}
	if withNonces {
		var err error
		if j.Nonces, err = NewNonces(nil, time.Now); err != nil {
			t.Fatal(err)
		}
	}
	j.Replays = NewMemory(j.Nonces, time.Now)
	return j
}

func TestClientWithAWrongClockIsServedByANonce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, strict := newJudge(t, false), newJudge(t, true)
		for _, ahead := range []time.Duration{-24 * time.Hour, -2 * time.Minute, 0, 2 * time.Minute, 24 * time.Hour} {
			c := newClient(t)
			c.ahead = ahead
			if _, err := plain.Read(c.request("")); (err == nil) != (ahead == 0) || err != nil && !fault.Is(err, fault.DPoPProofInvalid) {
				t.Errorf("by a clock %v ahead, without nonces: %v", ahead, err)
			}
			if _, err := strict.Read(c.request("")); !fault.Is(err, fault.DPoPNonceRequired) {
				t.Errorf("by a clock %v ahead, without the nonce: %v", ahead, err)
			}
			if _, err := strict.Read(c.request(strict.Nonce())); err != nil {
				t.Errorf("by a clock %v ahead, with the nonce: %v", ahead, err)
			}
		}
	})
}

// However late a proof is used the first time, it is remembered for as long as its nonce is good.
func TestProofWithANonceIsUsedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for late := time.Duration(0); late < 2*nonceTurn; late += nonceTurn / 4 {
			j, c := newJudge(t, true), newClient(t)
			r, made := c.request(j.Nonce()), time.Now()
			time.Sleep(late)
			p, err := j.Read(r)
			if err != nil {
				continue // The nonce was given out late in its turn.
			}
			if err := j.Use(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			for time.Since(made) < 3*nonceTurn {
				if p, err := j.Read(r); err == nil && j.Use(t.Context(), p) == nil {
					t.Fatalf("used %v after it was made, it passes again after %v", late, time.Since(made))
				}
				time.Sleep(nonceTurn / 16)
			}
		}
	})
}

func TestProofFitsItsTokenAndKeyAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := newJudge(t, false).Read(newClient(t).request(""))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Fits("token", p.Thumbprint()); !fault.Is(err, fault.DPoPProofInvalid) {
			t.Errorf("a proof for no token: %v", err)
		}
		p.ath = tokenHash("token")
		for _, tt := range []struct {
			token, thumb string
			fits         bool
		}{{"token", p.Thumbprint(), true}, {"another", p.Thumbprint(), false}, {"token", "another", false}, {"token", "", false}} {
			if err := p.Fits(tt.token, tt.thumb); (err == nil) != tt.fits {
				t.Errorf("%q, %q: %v", tt.token, tt.thumb, err)
			}
		}
	})
}
