package token

import (
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
)

func keep(c *Cache, tok string) {
	now := time.Unix(1_000_000_000, 0)
	c.Add(tok, Verdict{Claims: &Claims{ID: tok}, Key: new(jose.Key), From: now, Until: now.Add(time.Minute)})
}

// Nobody knows how to make two tokens of one hash; if someone does, the token decides.
func TestTokensOfOneHashAreToldApart(t *testing.T) {
	c := NewCache(ways)
	keep(c, "one")
	p := c.place(c.hash("one"))
	if p.find(c.hash("one"), "one") == nil || p.find(c.hash("one"), "two") != nil {
		t.Error("found by the hash alone")
	}
	p.hashes[0].Store(c.hash("two")) // as if another goroutine were putting it there right now
	if p.find(c.hash("two"), "two") != nil || p.find(c.hash("one"), "one") != nil {
		t.Error("found by the hint alone")
	}
}

func TestOldestMakesWay(t *testing.T) {
	c := NewCache(1)
	names := "abcdefghijklmnopqrstuvwxyz"
	for _, name := range names {
		keep(c, string(name))
	}
	for at, name := range names {
		if found := c.Find(string(name)) != nil; found != (at >= len(names)-ways) {
			t.Errorf("%c, number %d: found %v", name, at, found)
		}
	}
	keep(c, string(make([]byte, maxCached+1)))
	if c.Find(string(make([]byte, maxCached+1))) != nil {
		t.Error("a token over the limit is kept")
	}
}

// Attack 101: a clock that is set back or forward is believed for what was seen, too.
func TestAttack101SeenTokenAndAClockThatIsSet(t *testing.T) {
	c := NewCache(ways)
	keep(c, "one")
	e := c.Find("one")
	for off, want := range map[time.Duration]bool{-5 * time.Minute: false, -1: false, 0: true, time.Minute - 1: true, time.Minute: false, 5 * time.Minute: false} {
		if got := e.HoldsAt(time.Unix(1_000_000_000, 0).Add(off)); got != want {
			t.Errorf("%v: %v", off, got)
		}
	}
}
