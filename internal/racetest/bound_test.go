package racetest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/pgtest"
)

func TestBoundRefreshRace(t *testing.T) { raceBound(t, newPlace(t, "")) }

func TestBoundRefreshRaceOnPostgreSQL(t *testing.T) { raceBound(t, newPlace(t, pgtest.Database(t))) }

// raceBound is race for sessions that are bound to a key, with thieves who lack it and use all that they ever saw, all the time.
func raceBound(t *testing.T, p *place) {
	seed := seedOf(t)
	net := newNetwork(p.serve(2))
	rnd := mathrand.New(mathrand.NewPCG(seed, 0))
	var browsers []*browser
	for i := range 8 {
		b := &browser{
			T: t, name: fmt.Sprintf("browser %d", i), net: &line{network: net, key: newProver(t)}, seed: [2]uint64{seed, uint64(i + 1)},
			confirms: i%2 == 0, tabs: 5, spells: 10,
		}
		if i == 0 {
			b.tabs, b.spells = 100, 5
		}
		b.signIn(t.Context())
		browsers = append(browsers, b)
	}
	var living, stealing sync.WaitGroup
	var over atomic.Bool
	gang := make([]*gangster, len(browsers))
	for i, b := range browsers {
		gang[i] = &gangster{T: t, net: &line{network: net}, victim: b, rnd: mathrand.New(mathrand.NewPCG(seed, uint64(i+1)<<40))}
		if i%2 == 0 {
			gang[i].net.key = newProver(t)
		}
		living.Go(func() { b.live(t.Context()) })
		stealing.Go(func() { gang[i].steal(t.Context(), &over) })
	}
	kills := killNowAndThen(t, net, rnd, &living)
	over.Store(true)
	stealing.Wait()
	tries := 0
	last := make([]pair, len(browsers))
	for i, b := range browsers {
		tries += gang[i].tries
		last[i] = b.insist(t.Context(), refreshOf(b.cell.read()), net.calm(rnd)).pair
		b.insist(t.Context(), confirmOf(last[i]), net.calm(rnd))
	}
	if err := pause(t.Context(), max(overlap, grace)+time.Second); err != nil { // Windows that do not hold here are over.
		t.Fatal(err)
	}
	for i, b := range browsers { // Its answer was lost, and it comes back late.
		r := b.insist(t.Context(), refreshOf(b.cell.read()), net.calm(rnd))
		if r.code != "" || r.refresh != last[i].refresh {
			b.signedOut("last refresh", b.cell.read(), r.code)
		}
	}
	judge(t, browsers, net, p.reuses())
	report(t, net, browsers, kills, tries, tries)
}

// gangster copies what his victim holds whenever he can, and uses it without the key.
type gangster struct {
	*testing.T
	net    *line
	victim *browser
	rnd    *mathrand.Rand
	loot   []pair
	tries  int
}

func (g *gangster) steal(ctx context.Context, over *atomic.Bool) {
	for !over.Load() && pause(ctx, time.Duration(g.rnd.IntN(30))*time.Millisecond) == nil {
		g.loot = append(g.loot, g.victim.cell.read())
		m := refreshOf(g.loot[g.rnd.IntN(len(g.loot))])
		if g.rnd.IntN(4) == 0 {
			m = useOf(m.held)
		}
		if r, err := g.net.deliver(ctx, m, g.net.calm(g.rnd)); err == nil {
			g.tries++
			if r.code == "" || r.code == "refresh_reused" {
				g.Errorf("a thief without the key got %q by %s", r.code, m.kind)
				return
			}
		}
	}
}

// prover makes DPoP proofs for one key.
type prover struct {
	key *ecdsa.PrivateKey
	jwk json.RawMessage

	mu    sync.Mutex
	nonce string // told last
}

func newProver(t *testing.T) *prover {
	t.Helper()
	p := &prover{}
	var err error
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	k, err := jose.NewKey(jose.ES256, p.key)
	if err != nil {
		t.Fatal(err)
	}
	p.jwk = json.RawMessage(k.JWK())
	return p
}

// told takes the nonce of an answer.
func (p *prover) told(nonce string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if nonce != "" {
		p.nonce = nonce
	}
}

// prove makes a proof for a request; without a key, none.
func (p *prover) prove(method, path, access string) string {
	if p == nil {
		return ""
	}
	claims := map[string]any{"jti": rand.Text(), "htm": method, "htu": issuer + path, "iat": time.Now().Unix()}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	p.mu.Lock()
	if p.nonce != "" {
		claims["nonce"] = p.nonce
	}
	p.mu.Unlock()
	input := part(map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": p.jwk}) + "." + part(claims)
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		panic(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func part(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// unproven holds for answers to who did not show the key. A client that has it sends the same again with another proof: the nonce was old,
// or a copy of the request had used the proof up.
func unproven(code string) bool { return strings.HasPrefix(code, "dpop_") || code == "token_type" }

func TestModelOfABoundSessionTellsWhatCanHaveHappened(t *testing.T) {
	const noProof = "dpop_proof_invalid"
	over := int((max(overlap, grace) + 10*time.Second) / time.Second)
	for name, c := range map[string]struct {
		exchanges []exchange
		want      porcupine.CheckResult
	}{
		"no proof, no change":       {[]exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 1, 0, noProof), at(4, refreshing, 2, 3, "")}, porcupine.Ok},
		"confirmed, after long":     {[]exchange{at(0, refreshing, 1, 2, ""), at(2, confirming, 2, 0, ""), at(over, refreshing, 1, 2, "")}, porcupine.Ok},
		"confirmed, refused":        {[]exchange{at(0, refreshing, 1, 2, ""), at(2, confirming, 2, 0, ""), at(over, refreshing, 1, 0, reused)}, porcupine.Illegal},
		"two back":                  {[]exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 2, 3, ""), at(4, refreshing, 1, 0, reused)}, porcupine.Ok},
		"ended for want of a proof": {[]exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 1, 0, noProof), at(4, refreshing, 2, 0, reused)}, porcupine.Illegal},
		"a second branch":           {[]exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 1, 3, "")}, porcupine.Illegal},
	} {
		if got := check(state{confirms: true, bound: true, counter: 1}, c.exchanges); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
