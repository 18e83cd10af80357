package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/throttle"
	"github.com/lingpai/lingpai/internal/user"
)

var faultTests = func() (tests []test) {
	for _, a := range acts {
		tests = append(tests, test{strings.ReplaceAll(a.name, " ", "_"), func(t *suite) { failAndTryAgain(t, a) }})
	}
	return append(tests, test{"AFailedActDoesNotFailItsNeighbours", neighboursSucceed})
}()

// act is one act, and what becomes of it when it is tried again although it had taken effect.
type act struct {
	name  string // as in Fault
	run   func(*suite, Stores) error
	again error // what the second try returns then
	// repeats says that the second try adds an event, as a second call would; nothing else may differ.
	repeats bool
	// merged acts have no moment Within.
	merged bool
	// uncertain acts may not be tried again blindly: the second try has an effect of its own. Their callers do not.
	uncertain bool
	// unseen effects are not part of state.
	unseen bool
}

// The sessions and the person that every act finds.
var (
	sid1 = session.ID{1}
	sid2 = session.ID{2}
)

var acts = []act{
	{name: "add user", again: fault.ErrConflict, run: func(t *suite, s Stores) error {
		return s.AddUser(t.Context(), addition(newUser("new")))
	}},
	{name: "change user", repeats: true, run: func(t *suite, s Stores) error {
		e := event(audit.UserChanged, "id-old")
		return s.ChangeUser(t.Context(), user.Change{
			ID: "id-old", Name: new("Old"), Roles: new([]string{}), Disabled: new(true), At: start, Event: &e, Also: audit.UserDisabled,
			Ending: &user.Ending{Reason: "disabled", RevokeUntil: start.Add(time.Hour)},
		})
	}},
	{name: "remove user", again: fault.ErrNotFound, run: func(t *suite, s Stores) error {
		return s.RemoveUser(t.Context(), user.Removal{
			ID: "id-old", At: start, Ending: user.Ending{Reason: "removed", RevokeUntil: start.Add(time.Hour)}, Event: event(audit.UserRemoved, "id-old"),
		})
	}},
	{name: "start session", again: fault.ErrConflict, run: func(t *suite, s Stores) error {
		n := newSession(newUser("old"), 1)
		n.ID = session.ID{3}
		return s.StartSession(t.Context(), opening(n))
	}},
	{name: "rotate session", merged: true, run: func(t *suite, s Stores) error {
		row, _, err := s.RotateSession(t.Context(), rotation(sid1, 1))
		if err == nil && row.Counter != 2 {
			t.Errorf("the successor is %d, want 2", row.Counter)
		}
		return err
	}},
	{name: "confirm session", run: func(t *suite, s Stores) error {
		return s.ConfirmSession(t.Context(), sid1, 1, start.Add(time.Second))
	}},
	{name: "touch session", run: func(t *suite, s Stores) error {
		return s.TouchSession(t.Context(), sid1, start.Add(time.Minute), start.Add(2*time.Hour), "192.0.2.9", "Browser 9")
	}},
	{name: "end sessions", run: func(t *suite, s Stores) error {
		e := ending(session.ID{})
		e.User = "id-old"
		_, err := s.EndSessions(t.Context(), e)
		return err
	}},
	{name: "end some sessions", run: func(t *suite, s Stores) error {
		_, _, err := s.EndSome(t.Context(), ending(session.ID{}), session.ID{}, 10)
		return err
	}},
	{name: "append event", repeats: true, run: func(t *suite, s Stores) error {
		return s.Append(t.Context(), event(audit.SignInFailed, "id-old"))
	}},
	{name: "add signing key", again: fault.ErrConflict, run: func(t *suite, s Stores) error {
		return s.AddSigningKey(t.Context(), newKey("k3", start.Add(3*time.Hour)), "k2", start.Add(4*time.Hour), event(audit.KeyRotated, ""))
	}},
	{name: "withdraw signing key", again: fault.ErrNotFound, run: func(t *suite, s Stores) error {
		return s.WithdrawSigningKey(t.Context(), "k1", start.Add(2*time.Hour), start.Add(3*time.Hour), event(audit.KeyWithdrawn, ""))
	}},
	{name: "remove signing keys", run: func(t *suite, s Stores) error {
		return s.RemoveSigningKeys(t.Context(), start.Add(24*time.Hour))
	}},
	{name: "add secret", unseen: true, run: func(t *suite, s Stores) error {
		got, err := s.SealedSecret(t.Context(), "tag", []byte("sealed"))
		if err == nil && string(got) != "sealed" {
			t.Errorf("the secret is %q", got)
		}
		return err
	}},
	{name: "add mail code", repeats: true, unseen: true, run: func(t *suite, s Stores) error {
		c := mailbox.Code{UserID: "id-old", Purpose: mailbox.Reset, Hash: "hash", Email: "old@example.org", ExpiresAt: start.Add(time.Hour)}
		return s.AddMailCode(t.Context(), c, event(audit.LinkSent, "id-old"))
	}},
	{name: "add sign-up", repeats: true, run: func(t *suite, s Stores) error {
		return s.AddSignUp(t.Context(), signUpOf("new"), event(audit.LinkSent, ""))
	}},
	{name: "finish sign-up", again: fault.ErrConflict, run: func(t *suite, s Stores) error {
		return s.FinishSignUp(t.Context(), "asked", signedUp("asked"))
	}},
	{name: "add second factor", again: fault.ErrConflict, run: func(t *suite, s Stores) error {
		return s.AddFactor(t.Context(), factorOf("id-bare"))
	}},
	{name: "remove second factor", again: fault.ErrNotFound, run: func(t *suite, s Stores) error {
		return s.RemoveFactor(t.Context(), otp.Removal{
			UserID: "id-old", EndReason: "reset", RevokeUntil: start.Add(time.Hour), Event: event(audit.FactorReset, "id-old"),
		})
	}},
	{name: "spend step", again: fault.ErrConflict, run: func(t *suite, s Stores) error {
		return s.SpendStep(t.Context(), "id-old", start, 101)
	}},
	{name: "spend recovery code", again: fault.ErrConflict, run: func(t *suite, s Stores) error { return t.spendRecovery(t.Context(), s, "id-old", "one") }},
	{name: "renew recovery codes", repeats: true, run: func(t *suite, s Stores) error {
		return s.RenewRecovery(t.Context(), "id-old", []string{"new"}, event(audit.RecoveryCodesRenewed, "id-old"))
	}},
	{name: "add passkey", again: fault.ErrConflict, run: func(t *suite, s Stores) error {
		return s.AddPasskey(t.Context(), passkeyOf("id-old", "new"))
	}},
	{name: "use passkey", again: fault.ErrConflict, run: func(t *suite, s Stores) error {
		return s.UsePasskey(t.Context(), useOf(passkeyOf("id-old", "old").Credential, 8, "one"))
	}},
	{name: "rename passkey", repeats: true, run: func(t *suite, s Stores) error {
		return s.RenamePasskey(t.Context(), "id-old", "old", "New")
	}},
	{name: "remove passkey", again: fault.ErrNotFound, run: func(t *suite, s Stores) error {
		return s.RemovePasskey(t.Context(), removalOf("id-old", "old"))
	}},
	{name: "remove passkeys", again: fault.ErrNotFound, run: func(t *suite, s Stores) error {
		return s.RemovePasskeys(t.Context(), passkey.Removal{
			UserID: "id-old", EndReason: "reset", RevokeUntil: start.Add(time.Hour), Event: event(audit.PasskeysReset, "id-old"),
		})
	}},
	{name: "forget revocations", run: func(t *suite, s Stores) error {
		return s.Forget(t.Context(), start.Add(24*time.Hour))
	}},
	{name: "note lifetime of tokens", unseen: true, run: func(t *suite, s Stores) error {
		return s.Issuing(t.Context(), time.Hour, start.Add(2*time.Hour))
	}},
	{name: "ask nodes", repeats: true, run: func(t *suite, s Stores) error {
		_, err := s.Ask(t.Context(), start, start.Add(time.Hour))
		return err
	}},
	{name: "tell of node", run: func(t *suite, s Stores) error {
		return s.Tell(t.Context(), revocation.Report{Node: "a", At: start, Answers: 1})
	}},
	{name: "retire node", run: func(t *suite, s Stores) error { return s.Retire(t.Context(), "old") }},
	{name: "charge limits", uncertain: true, unseen: true, run: func(t *suite, s Stores) error {
		return s.Charge(t.Context(), []throttle.Charge{limit("old", 1)}, start)
	}},
}

// failAndTryAgain makes the act fail before it takes effect, twice, and then succeed; and, on another database, fail after it took effect.
func failAndTryAgain(t *suite, a act) {
	run := furnish(t)
	before := snapshot(run)
	for _, at := range []Moment{Before, Within} {
		if at == Within && a.merged {
			continue
		}
		t.wants(a.run(t, run.failing(a.name, at)), fault.ErrUnavailable)
		t.equal(snapshot(run), before)
	}
	t.must(a.run(t, run.s))
	after := snapshot(run)
	if !a.unseen && cmp.Equal(before, after, cmpSecrets) {
		t.Fatal("the act changes nothing, so its failure would show nothing")
	}

	run = furnish(t)
	broken := run.failing(a.name, After)
	t.wants(a.run(t, broken), fault.ErrUnavailable)
	t.equal(snapshot(run), after)
	if a.uncertain {
		return
	}
	t.wants(a.run(t, broken), a.again)
	got := snapshot(run)
	if a.repeats {
		got.Events, after.Events = distinct(got.Events), distinct(after.Events)
		got.Revocations, after.Revocations = slices.Compact(got.Revocations), slices.Compact(after.Revocations)
	}
	t.equal(got, after)
}

// failing is a node on which the act fails once.
func (t *suite) failing(name string, at Moment) Stores {
	var strikes atomic.Int32
	return t.db.Node(t.T, func(act string, moment Moment) error {
		if act == name && moment == at && strikes.Add(1) == 1 {
			return errBroken
		}
		return nil
	})
}

// distinct sorts out events that say the same.
func distinct(events []audit.Event) (kept []audit.Event) {
	for _, e := range slices.Backward(events) {
		if !slices.Contains(kept, e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// errBroken stands for a disk or a connection that fails.
var errBroken = errors.Join(errors.New("broken on purpose"), fault.ErrUnavailable)

// furnish fills a fresh database, always alike.
func furnish(t *suite) *suite {
	t.Helper()
	fresh := *t
	fresh.db = t.fresh(t.T)
	fresh.s = fresh.db.Node(t.T, nil)
	u := fresh.addUser("old")
	fresh.addUser("bare")
	fresh.addFactor(u)
	fresh.addPasskey(u, "old")
	for _, id := range []session.ID{sid1, sid2} {
		n := newSession(u, 1)
		n.ID = id
		t.must(fresh.s.StartSession(t.Context(), opening(n)))
	}
	t.must(fresh.s.AddSignUp(t.Context(), signUpOf("asked"), event(audit.LinkSent, "")))
	_, err := fresh.s.EndSessions(t.Context(), ending(sid2))
	t.must(err)
	t.must(fresh.addKey(newKey("k1", start), "", start))
	t.must(fresh.addKey(laterKey("k2"), "k1", start.Add(2*time.Hour)))
	fresh.charge(start, limit("old", 1))
	t.must(fresh.s.Tell(t.Context(), revocation.Report{Node: "old", At: start}))
	return &fresh
}

// laterKey is created, and signs, after those of [newKey].
func laterKey(id string) keys.Record {
	k := newKey(id, start.Add(time.Hour))
	k.CreatedAt = start.Add(time.Minute)
	return k
}

// state is all that can be read, without the numbers that a database gives.
type state struct {
	Users       []user.User
	Sessions    []session.Session
	Revocations []revocation.Record
	Events      []audit.Event
	Keys        []keys.Record
	Nodes       []revocation.Report
	Factors     []otp.Factor
	Passkeys    []passkey.Credential
	SignUps     []mailbox.SignUp
}

var cmpSecrets = cmp.Comparer(func(a, b secret.String) bool { return a.Reveal() == b.Reveal() })

func snapshot(t *suite) (s state) {
	t.Helper()
	var err error
	s.Users, err = t.s.Users(t.Context(), user.Query{})
	t.must(err)
	for _, id := range []session.ID{sid1, sid2, {3}} {
		row, err := t.s.Session(t.Context(), id)
		if !errors.Is(err, fault.ErrNotFound) {
			t.must(err)
			s.Sessions = append(s.Sessions, row)
		}
	}
	for _, id := range []string{"id-old", "id-bare"} {
		f, err := t.s.Factor(t.Context(), id)
		if !errors.Is(err, fault.ErrNotFound) {
			t.must(err)
			s.Factors = append(s.Factors, f)
		}
	}
	for _, hash := range []string{"asked", "new"} {
		up, err := t.s.SignUp(t.Context(), hash)
		if !errors.Is(err, fault.ErrNotFound) {
			t.must(err)
			s.SignUps = append(s.SignUps, up)
		}
	}
	s.Passkeys = t.passkeys("id-old")
	for _, r := range t.revocations() {
		r.Seq = 0
		s.Revocations = append(s.Revocations, r)
	}
	for _, e := range t.events(audit.Query{Limit: 1000}) {
		e.ID = 0
		s.Events = append(s.Events, e)
	}
	s.Keys, s.Nodes = t.keys(), t.reports(start)
	return s
}

// neighboursSucceed runs acts that fail beside others that do not. On SQLite they share a transaction.
func neighboursSucceed(t *suite) {
	node := t.db.Node(t.T, func(act string, at Moment) error {
		if act == "append event" && at == Within {
			return errBroken
		}
		return nil
	})
	u := t.addUser("alice")
	done := make(chan error, 120)
	var want []string
	for i := range 40 {
		n := t.startSession(u)
		want = append(want, n.ID.String())
		go func() { done <- node.Append(t.Context(), event(audit.SignInFailed, u.ID)) }()
		go func() {
			_, advanced, err := node.RotateSession(t.Context(), rotation(n.ID, 1))
			if err == nil && !advanced {
				err = errors.New("not advanced")
			}
			done <- err
		}()
		go func() { done <- node.AddUser(t.Context(), addition(newUser("n"+string(rune('A'+i))))) }()
	}
	failed := 0
	for range 120 {
		if err := <-done; errors.Is(err, errBroken) {
			failed++
		} else if err != nil {
			t.Errorf("an act failed with its neighbour: %v", err)
		}
	}
	t.equal(failed, len(want))
	t.equal(len(t.events(audit.Query{Action: audit.SignInFailed})), 0)
	t.equal(len(t.events(audit.Query{Action: audit.UserAdded, Limit: 1000})), 41)
}
