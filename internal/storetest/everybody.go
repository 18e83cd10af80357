package storetest

import (
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
)

func manySessionsOfAnAccountAreCalledBackTogether(t *suite) {
	u := t.addUser("alice")
	for range 101 {
		t.startSession(u)
	}
	e := ending(session.ID{})
	e.User = u.ID
	ids, err := t.s.EndSessions(t.Context(), e)
	t.must(err)
	t.equal(len(ids), 101)
	records := t.revocations()
	t.equal(len(records), 1)
	t.equal(records[0], revocation.Record{Seq: records[0].Seq, Kind: revocation.Subject, Key: u.ID, At: e.At, Until: e.RevokeUntil})
	t.equal(len(t.events(audit.Query{Action: audit.SignOut, Limit: 1000})), 101)

	// Where one stays, the others are called back one by one: its tokens are good.
	stays := t.startSession(u)
	for range 101 {
		t.startSession(u)
	}
	e.Except = stays.ID
	ids, err = t.s.EndSessions(t.Context(), e)
	t.must(err)
	t.equal(len(ids), 101)
	t.equal(len(t.revocations()), 102)
}

func everybodyEndsInParts(t *suite) {
	bob, alice := t.addUser("bob"), t.addUser("alice")
	var want []session.ID
	for range 4 {
		want = append(want, t.startSession(bob).ID, t.startSession(alice).ID)
	}
	_, err := t.s.EndSessions(t.Context(), ending(want[0])) // over
	t.must(err)
	late := newSession(alice, 1)
	late.IdleUntil = start.Add(time.Minute) // past its limit when the others end
	t.must(t.s.StartSession(t.Context(), opening(late)))
	before := len(t.revocations())

	e := ending(session.ID{})
	living, err := t.s.LivingSessions(t.Context(), session.Query{}, e.At)
	t.must(err)
	t.equal(len(living), 7)
	theirs := e
	theirs.User = alice.ID
	n, last, err := t.s.EndSome(t.Context(), theirs, session.ID{}, 1)
	t.must(err)
	t.equal(n, 1)
	t.equal(t.session(last).UserID, alice.ID)
	t.startSession(alice) // in the place of the one that has ended
	records := t.revocations()[before:]
	t.equal(records, []revocation.Record{{Seq: records[0].Seq, Kind: revocation.Subject, Key: alice.ID, At: e.At, Until: e.RevokeUntil}})
	before++

	n, last, err = t.s.EndSome(t.Context(), e, session.ID{}, 5)
	t.must(err)
	t.equal(n, 5)
	records = t.revocations()[before:]
	t.equal(len(records), 1)
	t.equal(records[0].Kind, revocation.All)
	n, last, err = t.s.EndSome(t.Context(), e, last, 5)
	t.must(err)
	t.equal(n, 2)
	records = t.revocations()[before+1:]
	t.equal([]revocation.Kind{records[0].Kind, records[1].Kind}, []revocation.Kind{revocation.Session, revocation.Session})
	n, _, err = t.s.EndSome(t.Context(), e, last, 5)
	t.must(err)
	t.equal(n, 0)
	t.equal(len(t.revocations()), before+3)
	living, err = t.s.LivingSessions(t.Context(), session.Query{}, e.At)
	t.must(err)
	t.equal(len(living), 0)
	t.equal(t.session(late.ID).EndedAt, time.Time{})
	t.equal(len(t.events(audit.Query{Action: audit.SignOut})), 9)
}

func aSignInTooManyEndsTheSessionSeenLeastRecently(t *suite) {
	u, other := t.addUser("carol"), t.addUser("dave")
	theirs := t.startSession(other)
	begin := func(minute int) session.Session {
		n := newSession(u, 1)
		n.CreatedAt, n.SeenAt = start.Add(time.Duration(minute)*time.Minute), start.Add(time.Duration(minute)*time.Minute)
		o := opening(n)
		o.Most, o.RevokeUntil = 3, start.Add(2*time.Hour)
		t.must(t.s.StartSession(t.Context(), o))
		return n
	}
	a, b, c := begin(1), begin(2), begin(3)
	t.equal(len(t.revocations()), 0)
	t.must(t.s.TouchSession(t.Context(), a.ID, start.Add(4*time.Minute), start.Add(time.Hour), "", ""))
	d := begin(5) // b is the one that was not seen for longest
	living, err := t.s.SessionsOf(t.Context(), u.ID, start.Add(5*time.Minute))
	t.must(err)
	var ids []session.ID
	for _, s := range living {
		ids = append(ids, s.ID)
	}
	t.equal(ids, []session.ID{d.ID, a.ID, c.ID})
	row := t.session(b.ID)
	t.equal(row.EndReason, session.ReasonCrowded)
	records := t.revocations()
	t.equal(len(records), 1)
	t.equal(records[0], revocation.Record{Seq: records[0].Seq, Kind: revocation.Session, Key: b.ID.String(), At: d.CreatedAt, Until: start.Add(2 * time.Hour)})
	ended := t.events(audit.Query{Action: audit.SessionEnded})
	t.equal(len(ended), 1)
	t.equal(ended[0].SessionID, b.ID.String())
	t.equal(t.session(theirs.ID), theirs)
}

func openSessionsAreCounted(t *suite) {
	bob, alice, carol := t.addUser("bob"), t.addUser("alice"), t.addUser("carol")
	late := newSession(bob, 1)
	late.SeenAt = minutes(5)
	t.must(t.s.StartSession(t.Context(), opening(late)))
	t.startSession(bob)
	t.startSession(carol)
	over := newSession(bob, 1)
	over.IdleUntil = start.Add(time.Minute)
	t.must(t.s.StartSession(t.Context(), opening(over)))
	_, err := t.s.EndSessions(t.Context(), ending(t.startSession(bob).ID))
	t.must(err)

	found, err := t.s.PresencesOf(t.Context(), []string{bob.ID, alice.ID, "nobody"}, minutes(10))
	t.must(err)
	t.equal(found, map[string]session.Presence{bob.ID: {Open: 2, SeenAt: minutes(5)}})
	found, err = t.s.PresencesOf(t.Context(), nil, minutes(10))
	t.must(err)
	t.equal(len(found), 0)
}
