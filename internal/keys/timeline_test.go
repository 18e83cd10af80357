package keys

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/jose"
)

// issued is a token of the timeline, and until when it must verify everywhere. Most are not written out, since signatures take time and
// it is the keys that matter; token is "" then.
type issued struct {
	token, kid string
	until      time.Time
	immediate  bool // its key was made by a rotation that asked for no notice
}

// timeline is two nodes on one store over a year: each does its rounds when it likes, though at least once every publishBefore; both
// are restarted now and then; now and then somebody rotates by hand.
type timeline struct {
	*testing.T
	random    *rand.Rand
	store     *memory
	rings     [2]*Ring
	rounds    [2]time.Time // when each node does its next round
	immediate map[string]bool
	alive     []issued
	verified  int
}

// TestEveryTokenVerifiesAtEveryNodeForItsWholeLife also holds that nobody signs with a key that was not published for publishBefore.
func TestEveryTokenVerifiesAtEveryNodeForItsWholeLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		l := timeline{T: t, random: rand.New(rand.NewPCG(1, 2)), store: store, immediate: make(map[string]bool)}
		for i := range l.rings {
			l.rings[i] = mustOpen(t, options(t, store))
			l.rounds[i] = time.Now()
		}
		l.immediate[l.rings[0].Signing().ID()] = true // the first key has no predecessor to wait for
		for end := time.Now().Add(365 * 24 * time.Hour); time.Now().Before(end) && !t.Failed(); {
			l.step()
			time.Sleep(5*time.Minute + time.Duration(l.random.Int64N(int64(10*time.Minute))))
		}
		if len(store.records) > 2 || store.adds < 12 || l.verified < 1000 {
			t.Errorf("%d keys are stored, %d were made, %d signatures verified", len(store.records), store.adds, l.verified)
		}
	})
}

func (l *timeline) step() {
	l.Helper()
	for i := range l.rings {
		if next := time.Now().Add(20 * time.Minute); next.After(l.rounds[i]) { // the longest step is 15 minutes
			l.round(i)
		}
		if l.random.IntN(500) == 0 {
			l.rings[i] = mustOpen(l, options(l, l.store))
		}
		if n := l.random.IntN(2000); n < 2 {
			info, err := l.rings[i].Rotate(l.Context(), audit.Source{}, n == 0)
			must(l, err)
			l.immediate[info.ID] = l.immediate[info.ID] || n == 0
		}
		l.sign(l.rings[i])
	}
	l.verify()
}

// round is what package app does each minute, only much more seldom.
func (l *timeline) round(i int) {
	work := l.rings[i].Maintain
	if l.random.IntN(2) == 0 {
		work = l.rings[i].Refresh
	}
	must(l, work(l.Context()))
	l.rounds[i] = time.Now().Add(time.Duration(l.random.Int64N(int64(publishBefore))))
}

func (l *timeline) sign(r *Ring) {
	key := r.Signing()
	info := r.List()[0]
	for _, i := range r.List() {
		if i.ID == key.ID() {
			info = i
		}
	}
	if since := time.Since(info.CreatedAt); since < publishBefore && !l.immediate[key.ID()] {
		l.Errorf("%v: a key signs %v after it was made", time.Now(), since)
	}
	var token string
	if l.random.IntN(50) == 0 {
		var err error
		token, err = jose.Sign(key, "at+jwt", []byte(`{}`))
		must(l, err)
	}
	l.alive = append(l.alive, issued{token, key.ID(), time.Now().Add(keepFor), l.immediate[key.ID()]})
}

// verify asks every node for the key of every token that lives, and checks the signatures of those that are written out.
func (l *timeline) verify() {
	l.alive = deleteOver(l.alive)
	for _, a := range l.alive {
		for _, r := range l.rings {
			key := r.Key(a.kid)
			if key == nil && a.immediate {
				key, _ = r.Find(l.Context(), a.kid)
			}
			if key == nil {
				l.Errorf("%v: the key of a token that is good until %v is not published", time.Now(), a.until)
				continue
			}
			l.check(a.token, key)
		}
	}
}

func (l *timeline) check(token string, key *jose.Key) {
	if token == "" {
		return
	}
	m, err := jose.Parse(token)
	must(l, err)
	if _, err := m.Verify(key); err != nil {
		l.Error(err)
	}
	l.verified++
}

// deleteOver keeps the tokens that live.
func deleteOver(tokens []issued) []issued {
	var out []issued
	for _, a := range tokens {
		if !time.Now().After(a.until) {
			out = append(out, a)
		}
	}
	return out
}
