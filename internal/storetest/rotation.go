package storetest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
)

var rotationTests = []test{
	{"TheCurrentCounterAdvances", theCurrentCounterAdvances},
	{"AnythingElseReadsTheRow", anythingElseReadsTheRow},
	{"ABoundSessionAdvancesForItsKeyAlone", aBoundSessionAdvancesForItsKeyAlone},
	{"OfManyWithOneCounterOneAdvances", ofManyWithOneCounterOneAdvances},
	{"EveryAdvanceIsCounted", everyAdvanceIsCounted},
	{"ManySessionsRotateAtOnce", manySessionsRotateAtOnce},
	{"NothingAdvancesAfterTheEnd", nothingAdvancesAfterTheEnd},
}

func theCurrentCounterAdvances(t *suite) {
	n := t.startSession(t.addUser("alice"))
	t.must(t.s.ConfirmSession(t.Context(), n.ID, 1, start))
	r := rotation(n.ID, 1)
	row, advanced, err := t.s.RotateSession(t.Context(), r)
	t.must(err)
	n.Counter, n.RotatedAt, n.ConfirmedAt, n.SeenAt, n.IdleUntil = 2, r.At, time.Time{}, r.At, r.IdleUntil
	n.Address, n.Agent = r.Address, r.Agent
	t.equal(advanced, true)
	t.equal(row, n)
	t.equal(t.session(n.ID), n)

	r = rotation(n.ID, 2)
	r.IdleUntil = n.ExpiresAt.Add(time.Hour)
	row, advanced, err = t.s.RotateSession(t.Context(), r)
	t.must(err)
	n.Counter, n.IdleUntil = 3, n.ExpiresAt // capped
	t.equal(advanced, true)
	t.equal(row, n)
}

func anythingElseReadsTheRow(t *suite) {
	u := t.addUser("bob")
	n := t.startSession(u)
	stays := func(r session.Rotation) {
		t.Helper()
		want := t.session(r.ID)
		row, advanced, err := t.s.RotateSession(t.Context(), r)
		t.must(err)
		t.equal(advanced, false)
		t.equal(row, want)
		t.equal(t.session(r.ID), want)
	}
	stays(rotation(n.ID, 0))
	stays(rotation(n.ID, 2))
	stays(rotation(n.ID, 1<<32-1))
	idle := rotation(n.ID, 1)
	idle.At = n.IdleUntil
	stays(idle)
	t.must(t.s.TouchSession(t.Context(), n.ID, start, n.ExpiresAt, "", ""))
	over := rotation(n.ID, 1)
	over.At = n.ExpiresAt
	stays(over)
	_, err := t.s.EndSessions(t.Context(), ending(n.ID))
	t.must(err)
	stays(rotation(n.ID, 1))

	cookie, last := newSession(u, 0), newSession(u, 1<<32-1)
	t.must(t.s.StartSession(t.Context(), opening(cookie)))
	stays(rotation(cookie.ID, 0)) // it has no refresh tokens
	t.must(t.s.StartSession(t.Context(), opening(last)))
	stays(rotation(last.ID, 1<<32-1)) // the counter does not wrap

	_, _, err = t.s.RotateSession(t.Context(), rotation(session.NewID(), 1))
	t.wants(err, fault.ErrNotFound)
}

func aBoundSessionAdvancesForItsKeyAlone(t *suite) {
	u := t.addUser("gina")
	n, free := newSession(u, 1), t.startSession(u)
	n.KeyThumb = "thumb"
	t.must(t.s.StartSession(t.Context(), opening(n)))
	for _, key := range []string{"", "another", "THUMB", "thumb "} {
		r := rotation(n.ID, 1)
		r.KeyThumb = key
		row, advanced, err := t.s.RotateSession(t.Context(), r)
		t.must(err)
		t.equal(advanced, false)
		t.equal(row, n)
	}
	r := rotation(n.ID, 1)
	r.KeyThumb = "thumb"
	row, advanced, err := t.s.RotateSession(t.Context(), r)
	t.must(err)
	t.equal(advanced, true)
	t.equal(row.KeyThumb, "thumb")
	r.ID = free.ID // A key that is shown for nothing binds nothing.
	row, advanced, err = t.s.RotateSession(t.Context(), r)
	t.must(err)
	t.equal(advanced, true)
	t.equal(row.KeyThumb, "")
}

func ofManyWithOneCounterOneAdvances(t *suite) {
	nodes := []Stores{t.s, t.node()}
	n := t.startSession(t.addUser("carol"))
	for counter := uint32(1); counter <= 5; counter++ {
		var advances atomic.Int32
		var all sync.WaitGroup
		for i := range 64 {
			all.Go(func() {
				row, advanced, err := nodes[i%2].RotateSession(t.Context(), rotation(n.ID, counter))
				if err != nil || row.Counter != counter+1 {
					t.Errorf("counter %d gives %d, %v", counter, row.Counter, err)
				}
				if advanced {
					advances.Add(1)
				}
			})
		}
		all.Wait()
		t.equal(advances.Load(), int32(1))
	}
	t.equal(t.session(n.ID).Counter, uint32(6))
}

// Callers that each present what they saw last, and so often something stale, or the successor of what another presents at that moment.
func everyAdvanceIsCounted(t *suite) {
	nodes := []Stores{t.s, t.node()}
	n := t.startSession(t.addUser("dave"))
	var advances atomic.Uint32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			counter := uint32(1)
			for range 25 {
				row, advanced, err := nodes[i%2].RotateSession(t.Context(), rotation(n.ID, counter))
				if err != nil {
					t.Errorf("rotate: %v", err)
					return
				}
				if advanced && row.Counter != counter+1 || row.Counter < counter {
					t.Errorf("counter %d gives %d, advanced %v", counter, row.Counter, advanced)
				}
				if !advanced && row.Counter == counter {
					t.Errorf("counter %d is current, and did not advance", counter)
				}
				if advanced {
					advances.Add(1)
				}
				counter = row.Counter
			}
		})
	}
	all.Wait()
	t.equal(t.session(n.ID).Counter, 1+advances.Load())
}

// Right and stale counters of many sessions, and sessions that do not exist, at the same time.
func manySessionsRotateAtOnce(t *suite) {
	u := t.addUser("erin")
	const count = 150
	sessions := make([]session.Session, count)
	for i := range sessions {
		sessions[i] = t.startSession(u)
	}
	var all sync.WaitGroup
	for i, n := range sessions {
		all.Go(func() {
			stale, advanced, err := t.s.RotateSession(t.Context(), rotation(n.ID, 7))
			if err != nil || advanced || stale.ID != n.ID {
				t.Errorf("stale rotation: %v, %v", advanced, err)
			}
		})
		all.Go(func() {
			row, advanced, err := t.s.RotateSession(t.Context(), rotation(n.ID, 1))
			if err != nil || !advanced || row.ID != n.ID || row.Counter != 2 {
				t.Errorf("rotation %d: advanced %v, counter %d, %v", i, advanced, row.Counter, err)
			}
		})
		all.Go(func() {
			if _, _, err := t.s.RotateSession(t.Context(), rotation(session.NewID(), 1)); err == nil {
				t.Error("a session that does not exist was rotated")
			}
		})
	}
	all.Wait()
}

func nothingAdvancesAfterTheEnd(t *suite) {
	nodes := []Stores{t.s, t.node()}
	u := t.addUser("frank")
	for range 10 {
		n := t.startSession(u)
		var ended atomic.Bool
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for counter := uint32(1); ; {
					before := ended.Load()
					row, advanced, err := nodes[i%2].RotateSession(t.Context(), rotation(n.ID, counter))
					if err != nil || before && advanced || advanced && !row.EndedAt.IsZero() {
						t.Errorf("rotate: advanced %v after the end %v, %v", advanced, before, err)
					}
					if err != nil || !row.EndedAt.IsZero() {
						return
					}
					counter = row.Counter
				}
			})
		}
		ids, err := nodes[1].EndSessions(t.Context(), ending(n.ID))
		ended.Store(true)
		t.must(err)
		all.Wait()
		t.equal(ids, []session.ID{n.ID})
	}
}
