package storetest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

var sessionTests = []test{
	{"AStartedSessionIsFound", aStartedSessionIsFound},
	{"TheHolderIsTheAccountAsItIsNow", theHolderIsTheAccountAsItIsNow},
	{"NoSessionStartsWithoutAnAccount", noSessionStartsWithoutAnAccount},
	{"ConfirmingCountsOnceAndForTheCurrentToken", confirmingCounts},
	{"TouchingMovesALivingSession", touchingMoves},
	{"LivingSessionsAreListed", livingSessionsAreListed},
	{"LivingSessionsOfEverybodyAreListedInPages", livingSessionsOfEverybodyAreListedInPages},
	{"LivingSessionsAreFoundByTheirHolder", livingSessionsAreFoundByTheirHolder},
	{"TextThatCannotBeStoredIsMended", textIsMended},
	{"ACancelledActDoesNothing", aCancelledActDoesNothing},
	{"DisablingRacesStarting", disablingRacesStarting},
	{"NoSessionStartsOnAnEarlierPassword", noSessionStartsOnAnEarlierPassword},
}

func aStartedSessionIsFound(t *suite) {
	u := t.addUser("alice")
	n := newSession(u, 1)
	n.AMR, n.Agent, n.ConfirmedAt = []string{awkward}, awkward, start.Add(time.Microsecond)
	t.must(t.s.StartSession(t.Context(), opening(n)))
	t.equal(t.session(n.ID), n)
	cookie := newSession(u, 0)
	cookie.KeyThumb = awkward
	cookie.Keep, cookie.AMR, cookie.Confirms, cookie.RotatedAt = session.KeepCookie, nil, false, time.Time{}
	t.must(t.node().StartSession(t.Context(), opening(cookie)))
	t.equal(t.session(cookie.ID), cookie)
	t.equal(len(t.events(audit.Query{Action: audit.SignIn})), 2)
	_, err := t.s.Session(t.Context(), session.NewID())
	t.wants(err, fault.ErrNotFound)
}

func theHolderIsTheAccountAsItIsNow(t *suite) {
	u := t.addUser("bob")
	n := t.startSession(u)
	t.must(t.s.ChangeUser(t.Context(), user.Change{
		ID: u.ID, Username: new("Robert"), CanonicalUsername: new("robert"), Email: new("r@x.org"), CanonicalEmail: new("r@x.org"), EmailVerified: new(true),
		Name: new(awkward), Roles: new([]string{"a", "b"}), Claims: new(user.Claims{"gender": "x"}), Disabled: new(true), At: start.Add(time.Minute),
	}))
	want := session.Holder{
		Username: "Robert", Email: "r@x.org", EmailVerified: true, Name: awkward, Roles: []string{"a", "b"}, Claims: user.Claims{"gender": "x"}, Disabled: true,
		ChangedAt: start.Add(time.Minute),
	}
	t.equal(t.session(n.ID).Holder, want)
	for _, counter := range []uint32{1, 1} { // advanced, and not
		row, _, err := t.s.RotateSession(t.Context(), rotation(n.ID, counter))
		t.must(err)
		t.equal(row.Holder, want)
	}
}

func noSessionStartsWithoutAnAccount(t *suite) {
	n := newSession(newUser("nobody"), 1)
	t.wants(t.s.StartSession(t.Context(), opening(n)), fault.ErrConflict)
	u := newUser("carol")
	u.Disabled = true
	t.must(t.s.AddUser(t.Context(), addition(u)))
	n = newSession(u, 1)
	t.wants(t.s.StartSession(t.Context(), opening(n)), fault.ErrConflict)
	_, err := t.s.Session(t.Context(), n.ID)
	t.wants(err, fault.ErrNotFound)

	taken := t.startSession(t.addUser("dave"))
	t.wants(t.s.StartSession(t.Context(), opening(taken)), fault.ErrConflict)
	t.equal(t.session(taken.ID), taken)
	t.equal(len(t.events(audit.Query{Action: audit.SignIn})), 1)
}

func confirmingCounts(t *suite) {
	n := t.startSession(t.addUser("erin"))
	confirm := func(counter uint32, at time.Time) {
		t.must(t.s.ConfirmSession(t.Context(), n.ID, counter, at))
	}
	confirm(2, start.Add(time.Second))
	confirm(0, start.Add(time.Second))
	t.equal(t.session(n.ID), n)
	confirm(1, start.Add(2*time.Second))
	confirm(1, start.Add(3*time.Second))
	n.ConfirmedAt = start.Add(2 * time.Second)
	t.equal(t.session(n.ID), n)
	t.must(t.s.ConfirmSession(t.Context(), session.NewID(), 1, start))

	_, err := t.s.EndSessions(t.Context(), ending(n.ID))
	t.must(err)
	ended := t.session(n.ID)
	confirm(1, start.Add(4*time.Second))
	t.equal(t.session(n.ID), ended)
}

func touchingMoves(t *suite) {
	n := t.startSession(t.addUser("frank"))
	touch := func(at, idle time.Time) {
		t.must(t.s.TouchSession(t.Context(), n.ID, at, idle, "2001:db8::1", "Browser 3"))
	}
	n.SeenAt, n.IdleUntil, n.Address, n.Agent = start.Add(time.Minute), start.Add(2*time.Hour), "2001:db8::1", "Browser 3"
	touch(n.SeenAt, n.IdleUntil)
	t.equal(t.session(n.ID), n)
	n.IdleUntil = n.ExpiresAt // capped
	touch(n.SeenAt, n.ExpiresAt.Add(time.Hour))
	t.equal(t.session(n.ID), n)
	touch(n.ExpiresAt, n.ExpiresAt.Add(time.Hour)) // over
	t.equal(t.session(n.ID), n)
	_, err := t.s.EndSessions(t.Context(), ending(n.ID))
	t.must(err)
	ended := t.session(n.ID)
	touch(start.Add(3*time.Minute), start.Add(3*time.Hour))
	t.equal(t.session(n.ID), ended)
	t.must(t.s.TouchSession(t.Context(), session.NewID(), start, start, "", ""))
}

func livingSessionsAreListed(t *suite) {
	u, other := t.addUser("gina"), t.addUser("hans")
	t.startSession(other)
	older, newer, gone := t.startSession(u), t.startSession(u), t.startSession(u)
	t.must(t.s.TouchSession(t.Context(), newer.ID, start.Add(time.Minute), start.Add(3*time.Hour), "", ""))
	newer = t.session(newer.ID)
	_, err := t.s.EndSessions(t.Context(), ending(gone.ID))
	t.must(err)
	for _, c := range []struct {
		now  time.Time
		want []session.Session
	}{
		{start, []session.Session{newer, older}},
		{start.Add(time.Hour - time.Microsecond), []session.Session{newer, older}},
		{start.Add(time.Hour), []session.Session{newer}}, // the older was idle for too long
		{start.Add(24 * time.Hour), nil},
	} {
		got, err := t.s.SessionsOf(t.Context(), u.ID, c.now)
		t.must(err)
		t.equal(got, c.want)
	}
	got, err := t.s.SessionsOf(t.Context(), "x\x00", start)
	t.must(err)
	t.equal(len(got), 0)
}

func livingSessionsOfEverybodyAreListedInPages(t *suite) {
	people := []user.User{t.addUser("kim"), t.addUser("lou")}
	var want []session.ID
	for i := range 7 {
		n := newSession(people[i%2], 1)
		n.CreatedAt = minutes(i / 2) // most of them began with another
		t.must(t.s.StartSession(t.Context(), opening(n)))
		want = append(want, n.ID)
	}
	slices.SortStableFunc(want, func(a, b session.ID) int { return t.session(b).CreatedAt.Compare(t.session(a).CreatedAt) })
	over := t.startSession(people[0])
	_, err := t.s.EndSessions(t.Context(), ending(over.ID))
	t.must(err)

	var got []session.ID
	q := session.Query{Limit: 2}
	for {
		page, err := t.s.LivingSessions(t.Context(), q, start)
		t.must(err)
		if len(page) == 0 {
			break
		}
		for _, s := range page {
			got = append(got, s.ID)
			t.equal(s, t.session(s.ID))
		}
		q.After = page[len(page)-1].Cursor()
	}
	t.equal(len(got), len(want))
	for i, id := range got {
		t.equal(t.session(id).CreatedAt, t.session(want[i]).CreatedAt)
	}
	t.equal(sorted(got), sorted(want))
	none, err := t.s.LivingSessions(t.Context(), session.Query{}, start.Add(24*time.Hour))
	t.must(err)
	t.equal(len(none), 0)
}

// sorted is what there is, in an order that says nothing.
func sorted(ids []session.ID) []session.ID {
	return slices.SortedFunc(slices.Values(ids), func(a, b session.ID) int { return strings.Compare(a.String(), b.String()) })
}

func livingSessionsAreFoundByTheirHolder(t *suite) {
	mia := newUser("mia")
	mia.Email = "Mia@Example.org"
	a := addition(mia)
	a.CanonicalEmail = "mia@example.org"
	t.must(t.s.AddUser(t.Context(), a))
	t.startSession(mia)
	t.startSession(mia)
	t.startSession(t.addUser("noah"))
	for want, qs := range map[int][]session.Query{
		3: {{}, {Search: "person"}, {Search: "A"}},
		2: {{UserID: mia.ID}, {Search: "MIA"}, {Search: "example.ORG"}, {Limit: 2}},
		1: {{Search: "noa"}, {Search: "mia", Limit: 1}},
		0: {{Search: "%"}, {UserID: "nobody"}, {UserID: "x\x00"}, {Search: "\xff"}},
	} {
		for _, q := range qs {
			list, err := t.s.LivingSessions(t.Context(), q, start)
			t.must(err)
			if len(list) != want {
				t.Errorf("%+v finds %d, want %d", q, len(list), want)
			}
		}
	}
}

func textIsMended(t *suite) {
	u := t.addUser("ivan")
	n := newSession(u, 1)
	n.Agent = "a\x00b\xff\xfec"
	t.must(t.s.StartSession(t.Context(), opening(n)))
	n.Agent = "a\uFFFDb\uFFFDc"
	t.equal(t.session(n.ID), n)
	r := rotation(n.ID, 1)
	r.Agent = "cut in the middle of a rune \xe7\x81"
	row, advanced, err := t.s.RotateSession(t.Context(), r)
	t.must(err)
	t.equal(advanced, true)
	t.equal(row.Agent, "cut in the middle of a rune \uFFFD")
}

func aCancelledActDoesNothing(t *suite) {
	u := t.addUser("judy")
	n := t.startSession(u)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := t.s.RotateSession(ctx, rotation(n.ID, 1))
	t.wants(err, context.Canceled)
	t.wants(err, fault.ErrUnavailable)
	_, err = t.s.EndSessions(ctx, ending(n.ID))
	t.wants(err, context.Canceled)
	t.equal(t.session(n.ID), n)
}

// After both are over, no session of a disabled account lives: either disabling ended it, or it never started.
func disablingRacesStarting(t *suite) {
	nodes := []Stores{t.s, t.node()}
	for range 20 {
		u := t.addUser(session.NewID().String())
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				_ = nodes[i%2].StartSession(t.Context(), opening(newSession(u, 1))) // either outcome is right
			})
		}
		all.Go(func() {
			err := nodes[1].ChangeUser(t.Context(), user.Change{
				ID: u.ID, Disabled: new(true), At: start, Ending: &user.Ending{Reason: "disabled", RevokeUntil: start.Add(time.Hour)},
			})
			if err != nil {
				t.Errorf("disable: %v", err)
			}
		})
		all.Wait()
		living, err := t.s.SessionsOf(t.Context(), u.ID, start)
		t.must(err)
		t.equal(len(living), 0)
	}
}

// A sign-in that began before the password was changed ends after it: checking a password takes longer than changing it.
func noSessionStartsOnAnEarlierPassword(t *suite) {
	u := t.addUser("kim")
	changed := start.Add(time.Minute)
	t.must(t.s.ChangeUser(t.Context(), user.Change{
		ID: u.ID, Password: new(secret.New("$hash$new")), At: changed, Ending: &user.Ending{Reason: "changed", RevokeUntil: start.Add(time.Hour)},
	}))
	n := newSession(u, 1)
	t.wants(t.node().StartSession(t.Context(), opening(n)), session.ErrPasswordChanged)
	_, err := t.s.Session(t.Context(), n.ID)
	t.wants(err, fault.ErrNotFound)
	t.equal(len(t.events(audit.Query{Action: audit.SignIn})), 0)

	fresh := opening(n)
	fresh.PasswordAt = changed
	t.must(t.s.ChangeUser(t.Context(), user.Change{ID: u.ID, Password: new(secret.New("$hash$again")), KeepPasswordTime: true, At: changed.Add(time.Hour)}))
	t.must(t.s.StartSession(t.Context(), fresh)) // a re-hash is no change
}
