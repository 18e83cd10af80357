package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

var mailCodeTests = []test{
	{"TheNewestOfAPurposeStands", theNewestOfAPurposeStands},
	{"AMailedCodeIsSpentOnce", aMailedCodeIsSpentOnce},
	{"OfManyWhoSpendACodeOneDoes", ofManyWhoSpendACodeOneDoes},
	{"ACodeIsOfItsAccountAlone", aCodeIsOfItsAccountAlone},
	{"NoCodeOutlivesWhatItWasMailedFor", noMailedCodeOutlives},
}

func (t *suite) addMailCode(u user.User, p mailbox.Purpose, hash string) mailbox.Code {
	t.Helper()
	c := mailbox.Code{UserID: u.ID, Purpose: p, Hash: hash, Email: u.Email, ExpiresAt: start.Add(time.Hour)}
	t.must(t.s.AddMailCode(t.Context(), c, event(audit.LinkSent, u.ID)))
	return c
}

func (t *suite) addMailed(name string) user.User {
	t.Helper()
	u := newUser(name)
	u.Email = name + "@example.org"
	a := addition(u)
	a.CanonicalEmail = u.Email
	t.must(t.s.AddUser(t.Context(), a))
	return u
}

// reset is a new password by a code.
func reset(u user.User, hash string, at time.Time) user.Change {
	return user.Change{ID: u.ID, Password: new(secret.New("another")), IfPassword: &u.Password, IfCode: hash, At: at}
}

func (t *suite) known(hash string) bool {
	t.Helper()
	_, err := t.s.MailCode(t.Context(), hash)
	if err != nil {
		t.wants(err, fault.ErrNotFound)
	}
	return err == nil
}

func theNewestOfAPurposeStands(t *suite) {
	u := t.addMailed("alice")
	for _, hash := range []string{"", "nothing", awkward, "a\x00"} {
		t.equal(t.known(hash), false)
	}
	t.addMailCode(u, mailbox.Reset, "first")
	confirm := t.addMailCode(u, mailbox.Confirm, "confirm")
	newest := t.addMailCode(u, mailbox.Reset, "newest")
	t.equal(t.known("first"), false)
	for _, want := range []mailbox.Code{confirm, newest} {
		got, err := t.s.MailCode(t.Context(), want.Hash)
		t.must(err)
		t.equal(got, want)
	}
	t.equal(len(t.events(audit.Query{UserID: u.ID, Action: audit.LinkSent})), 3)
}

func aMailedCodeIsSpentOnce(t *suite) {
	u := t.addMailed("alice")
	t.addMailCode(u, mailbox.Reset, "reset")
	t.addMailCode(u, mailbox.Invite, "invite")
	t.must(t.s.ChangeUser(t.Context(), reset(u, "reset", start)))
	t.equal(t.known("reset"), false)
	t.equal(t.known("invite"), false) // it is for a password that is another by now
	got, err := t.s.UserByID(t.Context(), u.ID)
	t.must(err)
	t.equal(got.Password.Reveal(), "another")
	again := reset(u, "reset", start)
	again.IfPassword = nil
	t.wants(t.s.ChangeUser(t.Context(), again), fault.ErrConflict)

	t.addMailCode(u, mailbox.Confirm, "confirm")
	t.addMailCode(u, mailbox.Reset, "reset")
	t.must(t.s.ChangeUser(t.Context(), user.Change{ID: u.ID, EmailVerified: new(true), IfEmail: &u.Email, IfCode: "confirm", At: start}))
	t.equal(t.known("confirm"), false)
	t.equal(t.known("reset"), true)
}

func ofManyWhoSpendACodeOneDoes(t *suite) {
	u := t.addMailed("alice")
	t.addMailCode(u, mailbox.Reset, "reset")
	nodes := []Stores{t.s, t.node()}
	var spent atomic.Int32
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			c := reset(u, "reset", start)
			c.IfPassword = nil
			err := nodes[i%2].ChangeUser(t.Context(), c)
			if err == nil {
				spent.Add(1)
			} else if !errors.Is(err, fault.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	t.equal(spent.Load(), int32(1))
}

func aCodeIsOfItsAccountAlone(t *suite) {
	alice, bob := t.addMailed("alice"), t.addMailed("bob")
	t.addMailCode(alice, mailbox.Reset, "alice")
	t.wants(t.s.ChangeUser(t.Context(), reset(bob, "alice", start)), fault.ErrConflict)
	t.equal(t.known("alice"), true)
	t.must(t.s.ChangeUser(t.Context(), user.Change{ID: bob.ID, Password: new(secret.New("another")), At: start}))
	t.equal(t.known("alice"), true)
}

func noMailedCodeOutlives(t *suite) {
	for name, change := range map[string]user.Change{
		"another password": {Password: new(secret.New("another"))},
		"a closed account": {Disabled: new(true)},
		"another address":  {Email: new("new@example.org"), CanonicalEmail: new("new@example.org")},
	} {
		u := t.addMailed("u" + name[:4] + name[len(name)-1:])
		t.addMailCode(u, mailbox.Reset, u.ID)
		change.ID, change.At = u.ID, start
		t.must(t.s.ChangeUser(t.Context(), change))
		t.equal(t.known(u.ID), false)
	}
	u := t.addMailed("stays")
	t.addMailCode(u, mailbox.Reset, "stays")
	for _, change := range []user.Change{
		{Name: new("Alice"), Email: &u.Email, CanonicalEmail: &u.Email}, {Roles: new([]string{"admin"})}, {Disabled: new(false)},
		{Password: new(secret.New("rehashed")), KeepPasswordTime: true},
	} {
		change.ID, change.At = u.ID, start
		t.must(t.s.ChangeUser(t.Context(), change))
		t.equal(t.known("stays"), true)
	}
	late := reset(u, "stays", start.Add(time.Hour))
	late.IfPassword = nil
	t.wants(t.s.ChangeUser(t.Context(), late), fault.ErrConflict)

	gone := t.addMailed("gone")
	t.addMailCode(gone, mailbox.Reset, "gone")
	t.must(t.s.RemoveUser(t.Context(), user.Removal{
		ID: gone.ID, At: start, Ending: user.Ending{Reason: "removed", RevokeUntil: start.Add(time.Hour)}, Event: event(audit.UserRemoved, gone.ID),
	}))
	t.equal(t.known("gone"), false)
}
