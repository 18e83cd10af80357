package storetest

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

var providerTests = []test{
	{"AnAccountComesWithItsLink", anAccountComesWithItsLink},
	{"APersonHasOneAccount", aPersonHasOneAccount},
	{"OfManyFirstSignInsOneMakesTheAccount", ofManyFirstSignInsOneMakesTheAccount},
	{"TheLastWayIntoAnAccountStays", theLastWayStays},
	{"ASessionIsFoundByWhatItsProviderCallsIt", aSessionIsFoundByItsProvider},
	{"AProviderIsAskedByOneAtATime", aProviderIsAskedByOneAtATime},
}

const issuer = "https://login.example.com"

func link(u user.User, subject string) provider.Link {
	return provider.Link{Issuer: issuer, Subject: subject, UserID: u.ID, At: start}
}

func (t *suite) linked(subject string) string {
	t.Helper()
	u, err := t.node().LinkedUser(t.Context(), issuer, subject)
	t.must(err)
	return u.ID
}

func anAccountComesWithItsLink(t *suite) {
	u := newUser("alice")
	t.must(t.s.AddLinkedUser(t.Context(), addition(u), link(u, awkward)))
	t.equal(t.linked(awkward), u.ID)
	for _, other := range []string{"", "alice", "\x00"} {
		_, err := t.s.LinkedUser(t.Context(), issuer, other)
		t.wants(err, fault.ErrNotFound)
	}
	_, err := t.s.LinkedUser(t.Context(), issuer+"/", awkward)
	t.wants(err, fault.ErrNotFound)
	taken := newUser("alice")
	taken.ID = "another"
	t.wantsTaken(t.s.AddLinkedUser(t.Context(), addition(taken), link(taken, "s2")), "username")
	_, err = t.s.LinkedUser(t.Context(), issuer, "s2")
	t.wants(err, fault.ErrNotFound)
	t.must(t.s.RemoveUser(t.Context(), user.Removal{ID: u.ID, At: start, Event: event(audit.UserRemoved, u.ID)}))
	_, err = t.s.LinkedUser(t.Context(), issuer, awkward)
	t.wants(err, fault.ErrNotFound)
}

func aPersonHasOneAccount(t *suite) {
	alice, bob := t.addUser("alice"), t.addUser("bob")
	t.must(t.s.LinkUser(t.Context(), link(alice, "s"), event(audit.AccountLinked, alice.ID)))
	t.must(t.s.LinkUser(t.Context(), link(alice, "s"), event(audit.AccountLinked, alice.ID)))
	t.wants(t.s.LinkUser(t.Context(), link(bob, "s"), event(audit.AccountLinked, bob.ID)), fault.ErrConflict)
	carol := newUser("carol")
	t.wants(t.s.AddLinkedUser(t.Context(), addition(carol), link(carol, "s")), fault.ErrConflict)
	_, err := t.s.UserByID(t.Context(), carol.ID)
	t.wants(err, fault.ErrNotFound)
	t.equal(t.linked("s"), alice.ID)
	t.equal(len(t.events(audit.Query{Action: audit.AccountLinked})), 1)
}

func ofManyFirstSignInsOneMakesTheAccount(t *suite) {
	var made atomic.Int32
	var all sync.WaitGroup
	nodes := []Stores{t.node(), t.node()}
	for i := range 10 {
		all.Go(func() {
			u := newUser("tab" + string(rune('a'+i)))
			if nodes[i%2].AddLinkedUser(context.WithoutCancel(t.Context()), addition(u), link(u, "s")) == nil {
				made.Add(1)
			}
		})
	}
	all.Wait()
	t.equal(made.Load(), int32(1))
	users, err := t.s.Users(t.Context(), user.Query{})
	t.must(err)
	t.equal(len(users), 1)
}

func theLastWayStays(t *suite) {
	u := newUser("alice")
	u.Password = secret.String{}
	t.must(t.s.AddLinkedUser(t.Context(), addition(u), link(u, "s")))
	unlink := func(u user.User, from string) error {
		return t.s.UnlinkUser(t.Context(), provider.Unlinking{
			UserID: u.ID, Issuer: from, Others: []string{issuer, "https://other.example"}, Roles: []string{"member"}, Event: event(audit.AccountUnlinked, u.ID),
		})
	}
	t.wants(unlink(u, issuer), fault.ErrConflict)
	t.equal(t.linked("s"), u.ID)
	t.must(t.s.LinkUser(t.Context(), provider.Link{Issuer: "https://gone.example", Subject: "g", UserID: u.ID, At: start}, event(audit.AccountLinked, u.ID)))
	t.wants(unlink(u, issuer), fault.ErrConflict) // nobody comes from there any more
	t.must(unlink(u, "https://gone.example"))
	t.must(t.s.LinkUser(t.Context(), provider.Link{Issuer: "https://other.example", Subject: "o", UserID: u.ID, At: start}, event(audit.AccountLinked, u.ID)))
	t.must(unlink(u, issuer))
	t.wants(unlink(u, "https://other.example"), fault.ErrConflict)
	links, err := t.s.LinksOf(t.Context(), u.ID)
	t.must(err)
	t.equal(links, []provider.Link{{Issuer: "https://other.example", Subject: "o", UserID: u.ID, At: start}})
	bob := t.addUser("bob") // has a password
	t.must(t.s.LinkUser(t.Context(), link(bob, "b"), event(audit.AccountLinked, bob.ID)))
	t.must(unlink(bob, issuer))
	t.must(unlink(bob, issuer))
	t.equal(len(t.events(audit.Query{UserID: bob.ID, Action: audit.AccountUnlinked})), 1)
	kept, err := t.s.UserByID(t.Context(), u.ID)
	t.must(err)
	t.equal(kept.Roles, []string(nil)) // they went with the first link
	lost, err := t.s.UserByID(t.Context(), bob.ID)
	t.must(err)
	t.equal(lost.Roles, []string(nil))
}

func aSessionIsFoundByItsProvider(t *suite) {
	u := t.addUser("alice")
	begin := func(subject, sid string) session.ID {
		n := newSession(u, 1)
		c := provider.Connection{Issuer: issuer, Subject: subject, Session: sid, IDToken: awkward}
		t.must(t.s.StartConnected(t.Context(), opening(n), c))
		got, err := t.s.Connection(t.Context(), n.ID)
		t.must(err)
		t.equal(got, c)
		return n.ID
	}
	one, two, other := begin("s", "1"), begin("s", "2"), begin("o", "")
	t.startSession(u) // is of no provider
	for _, c := range []struct {
		issuer, subject, sid string
		want                 []session.ID
	}{
		{issuer, "s", "", []session.ID{one, two}}, {issuer, "", "1", []session.ID{one}}, {issuer, "s", "2", []session.ID{two}},
		{issuer, "o", "1", nil}, {issuer, "o", "", []session.ID{other}}, {"https://other.example", "s", "", nil}, {issuer, "\x00", "", nil},
	} {
		got, err := t.s.Connected(t.Context(), c.issuer, c.subject, c.sid, start)
		t.must(err)
		byText := func(a, b session.ID) int { return slices.Compare(a[:], b[:]) }
		slices.SortFunc(got, byText)
		slices.SortFunc(c.want, byText)
		t.equal(got, c.want)
	}
	t.end(session.Ending{Session: one, At: start, Reason: "signed out", RevokeUntil: minutes(5), Event: event(audit.SignOut, u.ID)})
	got, err := t.s.Connected(t.Context(), issuer, "s", "", start)
	t.must(err)
	t.equal(got, []session.ID{two})
	got, err = t.s.Connected(t.Context(), issuer, "s", "", start.AddDate(10, 0, 0)) // unused for as long
	t.must(err)
	t.equal(len(got), 0)
	_, err = t.s.Connection(t.Context(), session.NewID())
	t.wants(err, fault.ErrNotFound)
}

func aProviderIsAskedByOneAtATime(t *suite) {
	u := t.addUser("alice")
	begin := func(dueAt time.Time) session.ID {
		n := newSession(u, 1)
		c := provider.Connection{Issuer: issuer, Subject: "s", Refresh: []byte{0, 1, 255}, DueAt: dueAt}
		t.must(t.s.StartConnected(t.Context(), opening(n), c))
		got, err := t.s.Connection(t.Context(), n.ID)
		t.must(err)
		t.equal(got, c)
		return n.ID
	}
	take := func(issuer string, now time.Time) []provider.Due {
		due, err := t.s.TakeDue(t.Context(), issuer, now, now.Add(time.Minute), 10)
		t.must(err)
		return due
	}
	first, later, ended := begin(minutes(5)), begin(minutes(7)), begin(minutes(5))
	begin(time.Time{}) // is never due
	t.end(session.Ending{Session: ended, At: start, Reason: "signed out", RevokeUntil: minutes(5), Event: event(audit.SignOut, u.ID)})
	t.equal(take(issuer, minutes(4)), []provider.Due{{Session: ended, UserID: u.ID, Subject: "s", Refresh: []byte{0, 1, 255}, Over: start}})
	t.must(t.s.Renew(t.Context(), ended, nil, time.Time{}))
	t.equal(take(issuer, minutes(4)), []provider.Due(nil))
	t.equal(take("https://other.example", minutes(5)), []provider.Due(nil))

	var taken atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, d := range take(issuer, minutes(5)) {
				t.equal(d, provider.Due{Session: first, UserID: u.ID, Subject: "s", Refresh: []byte{0, 1, 255}})
				taken.Add(1)
			}
		})
	}
	all.Wait()
	t.equal(taken.Load(), int32(1))

	t.must(t.s.Renew(t.Context(), first, []byte("next"), minutes(10)))
	t.equal(len(take(issuer, minutes(6))), 0)
	t.equal(take(issuer, minutes(7)), []provider.Due{{Session: later, UserID: u.ID, Subject: "s", Refresh: []byte{0, 1, 255}}})
	t.must(t.s.Renew(t.Context(), later, nil, time.Time{}))
	t.equal(take(issuer, minutes(10)), []provider.Due{{Session: first, UserID: u.ID, Subject: "s", Refresh: []byte("next")}})
	t.equal(len(take(issuer, minutes(11))), 1) // who took it died
	t.must(t.s.Renew(t.Context(), session.NewID(), nil, minutes(10)))
	unused := take(issuer, start.AddDate(10, 0, 0))
	t.equal(len(unused), 1)
	t.equal(unused[0].Over.After(minutes(11)), true)
}
