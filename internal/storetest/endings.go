package storetest

import (
	"slices"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

var endingTests = []test{
	{"AnEndedSessionIsRevoked", anEndedSessionIsRevoked},
	{"AllOrAllButOneEnd", allOrAllButOneEnd},
	{"OfManyEndingsOneEnds", ofManyEndingsOneEnds},
	{"AChangeOfTheAccountEndsSessions", aChangeOfTheAccountEndsSessions},
	{"ARemovedAccountLeavesItsRevocations", aRemovedAccountLeavesItsRevocations},
	{"NoRevocationIsSeenLate", noRevocationIsSeenLate},
	{"ManySessionsOfAnAccountAreCalledBackTogether", manySessionsOfAnAccountAreCalledBackTogether},
	{"EverybodyEndsInParts", everybodyEndsInParts},
	{"OpenSessionsAreCounted", openSessionsAreCounted},
	{"ASignInTooManyEndsTheSessionSeenLeastRecently", aSignInTooManyEndsTheSessionSeenLeastRecently},
	{"RevocationNumbersAreNeverReused", revocationNumbersAreNeverReused},
	{"ARevocationStaysForTheLongestTokenThatMayBeAbout", aRevocationStaysForTheLongestTokenThatMayBeAbout},
	{"LifetimesAreForgottenWithTheirLastToken", lifetimesAreForgottenWithTheirLastToken},
}

func anEndedSessionIsRevoked(t *suite) {
	n := t.startSession(t.addUser("alice"))
	e := ending(n.ID)
	e.Event = event(audit.SignOut, "")
	ids, err := t.s.EndSessions(t.Context(), e)
	t.must(err)
	t.equal(ids, []session.ID{n.ID})
	n.EndedAt, n.EndReason = e.At, e.Reason
	t.equal(t.session(n.ID), n)

	records := t.revocations()
	t.equal(len(records), 1)
	t.equal(records[0], revocation.Record{Seq: records[0].Seq, Kind: revocation.Session, Key: n.ID.String(), At: e.At, Until: e.RevokeUntil})
	events := t.events(audit.Query{Action: audit.SignOut})
	t.equal(len(events), 1)
	want := e.Event
	want.ID, want.SessionID, want.UserID = events[0].ID, n.ID.String(), n.UserID
	t.equal(events[0], want)

	ids, err = t.s.EndSessions(t.Context(), e)
	t.must(err)
	t.equal(len(ids), 0)
	t.equal(len(t.revocations()), 1)
	ids, err = t.s.EndSessions(t.Context(), ending(session.NewID()))
	t.must(err)
	t.equal(len(ids), 0)
}

func allOrAllButOneEnd(t *suite) {
	u, other := t.addUser("bob"), t.addUser("carol")
	a, b, c, theirs := t.startSession(u), t.startSession(u), t.startSession(u), t.startSession(other)
	e := ending(session.ID{})
	e.User, e.Except = u.ID, b.ID
	ids, err := t.s.EndSessions(t.Context(), e)
	t.must(err)
	t.equal(inOrder(ids), inOrder([]session.ID{a.ID, c.ID}))
	e.Except = session.ID{}
	ids, err = t.s.EndSessions(t.Context(), e)
	t.must(err)
	t.equal(ids, []session.ID{b.ID})
	t.equal(t.session(theirs.ID), theirs)

	// A session of another account does not end on the word of this one.
	e.Session = theirs.ID
	ids, err = t.s.EndSessions(t.Context(), e)
	t.must(err)
	t.equal(len(ids), 0)
	t.equal(len(t.revocations()), 3)
	t.equal(len(t.events(audit.Query{Action: audit.SignOut, UserID: u.ID})), 3)
}

func inOrder(ids []session.ID) []session.ID {
	return slices.SortedFunc(slices.Values(ids), func(a, b session.ID) int { return slices.Compare(a[:], b[:]) })
}

func ofManyEndingsOneEnds(t *suite) {
	nodes := []Stores{t.s, t.node()}
	u := t.addUser("dave")
	for range 8 {
		t.startSession(u)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var ended []session.ID
	for i := range 16 {
		all.Go(func() {
			e := ending(session.ID{})
			e.User = u.ID
			ids, err := nodes[i%2].EndSessions(t.Context(), e)
			if err != nil {
				t.Errorf("end: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, ids...)
		})
	}
	all.Wait()
	t.equal(len(ended), 8)
	t.equal(len(slices.Compact(inOrder(ended))), 8)
	t.equal(len(t.revocations()), 8)
}

func aChangeOfTheAccountEndsSessions(t *suite) {
	u := t.addUser("erin")
	stays, goes := t.startSession(u), t.startSession(u)
	at := start.Add(time.Minute)
	e := event(audit.PasswordChanged, u.ID)
	t.must(t.s.ChangeUser(t.Context(), user.Change{
		ID: u.ID, At: at, Event: &e, Ending: &user.Ending{Except: stays.ID.String(), Reason: "password changed", RevokeUntil: at.Add(time.Hour)},
	}))
	stays.Holder.ChangedAt, goes.Holder.ChangedAt = at, at
	t.equal(t.session(stays.ID), stays)
	goes.EndedAt, goes.EndReason = at, "password changed"
	t.equal(t.session(goes.ID), goes)
	records := t.revocations()
	t.equal(len(records), 1)
	t.equal(records[0].Key, goes.ID.String())
	events := t.events(audit.Query{Action: audit.SessionEnded})
	t.equal(len(events), 1)
	t.equal(events[0].SessionID, goes.ID.String())
	t.equal(events[0].Source, e.Source)
}

func aRemovedAccountLeavesItsRevocations(t *suite) {
	u := t.addUser("frank")
	a, b := t.startSession(u), t.startSession(u)
	removal := user.Removal{
		ID: u.ID, At: start.Add(time.Minute), Ending: user.Ending{Reason: "removed", RevokeUntil: start.Add(time.Hour)}, Event: event(audit.UserRemoved, u.ID),
	}
	t.must(t.s.RemoveUser(t.Context(), removal))
	_, err := t.s.UserByID(t.Context(), u.ID)
	t.wants(err, fault.ErrNotFound)
	var revoked []session.ID
	for _, r := range t.revocations() {
		id, _ := session.ParseID(r.Key)
		revoked = append(revoked, id)
		_, err := t.s.Session(t.Context(), id)
		t.wants(err, fault.ErrNotFound)
	}
	t.equal(inOrder(revoked), inOrder([]session.ID{a.ID, b.ID}))
	t.equal(len(t.events(audit.Query{UserID: u.ID, Action: audit.SessionEnded})), 2)
	t.wants(t.s.RemoveUser(t.Context(), removal), fault.ErrNotFound)
	t.equal(len(t.events(audit.Query{Action: audit.UserRemoved})), 1)
	t.addUser("frank") // the name is free
}

// A reader that follows the log while two nodes write to it misses nothing.
func noRevocationIsSeenLate(t *suite) {
	nodes := []Stores{t.s, t.node()}
	const writers, each = 8, 12
	sessions := make([][]session.Session, writers)
	for i := range sessions {
		u := t.addUser(string(rune('a' + i)))
		for range each {
			sessions[i] = append(sessions[i], t.startSession(u))
		}
	}
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for _, n := range sessions[i] {
				if _, err := nodes[i%2].EndSessions(t.Context(), ending(n.ID)); err != nil {
					t.Errorf("end: %v", err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	var seen []revocation.Record
	for over := false; !over; {
		select {
		case <-done:
			over = true // and look once more
		default:
		}
		last := int64(0)
		if len(seen) > 0 {
			last = seen[len(seen)-1].Seq
		}
		more, err := t.s.Since(t.Context(), last)
		t.must(err)
		seen = append(seen, more...)
	}
	t.equal(len(seen), writers*each)
	t.equal(seen, t.revocations())
}

func revocationNumbersAreNeverReused(t *suite) {
	u := t.addUser("gina")
	last := int64(0)
	for range 3 {
		n := t.startSession(u)
		e := ending(n.ID)
		_, err := t.s.EndSessions(t.Context(), e)
		t.must(err)
		records, err := t.s.Since(t.Context(), last)
		t.must(err)
		t.equal(len(records), 1)
		last = records[0].Seq
		t.must(t.s.Forget(t.Context(), e.RevokeUntil))
		t.equal(len(t.revocations()), 1) // still of use in this moment
		t.must(t.s.Forget(t.Context(), e.RevokeUntil.Add(time.Microsecond)))
		t.equal(len(t.revocations()), 0)
	}
}

func aRevocationStaysForTheLongestTokenThatMayBeAbout(t *suite) {
	u := t.addUser("alice")
	t.must(t.s.Issuing(t.Context(), 10*time.Minute, minutes(600)))
	t.must(t.node().Issuing(t.Context(), time.Hour, minutes(90)))
	t.must(t.s.Issuing(t.Context(), time.Hour, minutes(80))) // A clock that is behind takes nothing back.
	for _, c := range []struct{ at, until int }{
		{0, 60}, {89, 149}, // the longer lifetime, though the ending asks for 5 minutes
		{90, 100}, {599, 609}, // the shorter one, when no longer token can be about
		{600, 605}, // what was asked for
	} {
		e := ending(t.startSession(u).ID)
		e.At, e.RevokeUntil = minutes(c.at), minutes(c.at+5)
		_, err := t.s.EndSessions(t.Context(), e)
		t.must(err)
		records := t.revocations()
		t.equal(records[len(records)-1].Until, minutes(c.until))
	}
	token := revocation.Record{Kind: revocation.Token, Key: "t1", At: start, Until: minutes(5)}
	t.must(t.s.Revoke(t.Context(), token)) // one token, whose end is known
	for _, kind := range []revocation.Kind{revocation.Subject, revocation.Client, revocation.Signer, revocation.All} {
		t.must(t.s.Revoke(t.Context(), revocation.Record{Kind: kind, Key: "k", At: start, Until: minutes(5)}))
	}
	records := t.revocations()[5:]
	t.equal(records[0].Until, minutes(5))
	for _, r := range records[1:] {
		t.equal(r.Until, minutes(60))
	}
}

func lifetimesAreForgottenWithTheirLastToken(t *suite) {
	longest := func(at int) time.Duration {
		d, err := t.s.Longest(t.Context(), minutes(at))
		t.must(err)
		return d
	}
	t.equal(longest(0), time.Duration(0))
	t.must(t.s.Issuing(t.Context(), time.Hour, minutes(90)))
	t.must(t.s.Issuing(t.Context(), time.Minute, minutes(200)))
	t.equal(longest(89), time.Hour)
	t.equal(longest(90), time.Minute)
	t.must(t.s.Forget(t.Context(), minutes(91)))
	t.equal(longest(0), time.Minute)
	t.equal(longest(200), time.Duration(0))
}
