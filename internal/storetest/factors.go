package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/user"
)

var factorTests = []test{
	{"AnAccountHasOneSecondFactor", anAccountHasOneSecondFactor},
	{"AStepIsSpentOnceAndNoneBeforeIt", aStepIsSpentOnce},
	{"OfManyWhoSpendAStepOneDoes", ofManyWhoSpendAStepOneDoes},
	{"ARecoveryCodeIsSpentOnce", aRecoveryCodeIsSpentOnce},
	{"OfManyWhoSpendARecoveryCodeOneDoes", ofManyWhoSpendARecoveryCodeOneDoes},
	{"NewRecoveryCodesReplaceTheOld", newRecoveryCodesReplaceTheOld},
	{"ASecondFactorGoesWithItsAccount", aSecondFactorGoesWithItsAccount},
	{"AResetEndsTheSessions", aResetEndsTheSessions},
}

// factorOf is the second factor of an account, with two recovery codes.
func factorOf(userID string) otp.Addition {
	return otp.Addition{
		Factor: otp.Factor{UserID: userID, Secret: []byte("sealed\x00" + userID), LastStep: 100, AddedAt: start, RecoveryLeft: 2},
		Hashes: []string{"one", "two"}, Event: event(audit.FactorAdded, userID),
	}
}

func (t *suite) addFactor(u user.User) otp.Factor {
	t.Helper()
	a := factorOf(u.ID)
	t.must(t.s.AddFactor(t.Context(), a))
	return a.Factor
}

func (t *suite) factor(userID string) otp.Factor {
	t.Helper()
	f, err := t.s.Factor(t.Context(), userID)
	t.must(err)
	return f
}

func (t *suite) spendRecovery(ctx context.Context, s Stores, userID, hash string) error {
	return s.SpendRecovery(ctx, userID, hash, event(audit.RecoveryCodeUsed, userID))
}

func anAccountHasOneSecondFactor(t *suite) {
	u := t.addUser("alice")
	for _, id := range []string{u.ID, "", "nobody", awkward, "a\x00"} {
		_, err := t.s.Factor(t.Context(), id)
		t.wants(err, fault.ErrNotFound)
	}
	t.wants(t.s.AddFactor(t.Context(), factorOf("nobody")), fault.ErrNotFound)
	want := t.addFactor(u)
	t.equal(t.factor(u.ID), want)
	another := factorOf(u.ID)
	another.Factor.Secret, another.Hashes = []byte("another"), []string{"three"}
	t.wants(t.s.AddFactor(t.Context(), another), fault.ErrConflict)
	t.equal(t.factor(u.ID), want)
	t.equal(len(t.events(audit.Query{UserID: u.ID, Action: audit.FactorAdded})), 1)
}

func aStepIsSpentOnce(t *suite) {
	u := t.addUser("alice")
	f := t.addFactor(u)
	for _, step := range []int64{99, 100} { // the last is the one that it was added with
		t.wants(t.s.SpendStep(t.Context(), u.ID, f.AddedAt, step), fault.ErrConflict)
	}
	t.must(t.s.SpendStep(t.Context(), u.ID, f.AddedAt, 102))
	for _, step := range []int64{101, 102} {
		t.wants(t.s.SpendStep(t.Context(), u.ID, f.AddedAt, step), fault.ErrConflict)
	}
	t.wants(t.s.SpendStep(t.Context(), u.ID, f.AddedAt.Add(time.Microsecond), 103), fault.ErrConflict) // that of another secret
	t.wants(t.s.SpendStep(t.Context(), "nobody", f.AddedAt, 103), fault.ErrConflict)
	t.must(t.s.SpendStep(t.Context(), u.ID, f.AddedAt, 103))
	t.equal(t.factor(u.ID).LastStep, int64(103))
}

// race has many try the same on two nodes, and returns how many got through. The others must meet a conflict.
func (t *suite) race(try func(ctx context.Context, s Stores) error) int32 {
	t.Helper()
	nodes := []Stores{t.s, t.node()}
	var through atomic.Int32
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			err := try(t.Context(), nodes[i%2])
			if err == nil {
				through.Add(1)
			} else if !errors.Is(err, fault.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return through.Load()
}

func ofManyWhoSpendAStepOneDoes(t *suite) {
	f := t.addFactor(t.addUser("alice"))
	t.equal(t.race(func(ctx context.Context, s Stores) error { return s.SpendStep(ctx, f.UserID, f.AddedAt, 101) }), int32(1))
}

func aRecoveryCodeIsSpentOnce(t *suite) {
	alice, bob := t.addUser("alice"), t.addUser("bob")
	t.addFactor(alice)
	t.must(t.s.AddFactor(t.Context(), otp.Addition{
		Factor: otp.Factor{UserID: bob.ID, AddedAt: start}, Hashes: []string{"three"}, Event: event(audit.FactorAdded, bob.ID),
	}))
	t.must(t.spendRecovery(t.Context(), t.s, alice.ID, "one"))
	for _, hash := range []string{"one", "three", "", awkward, "a\x00"} { // "three" is of another account
		t.wants(t.spendRecovery(t.Context(), t.s, alice.ID, hash), fault.ErrConflict)
	}
	t.equal(t.factor(alice.ID).RecoveryLeft, 1)
	t.equal(t.factor(bob.ID).RecoveryLeft, 1)
	t.equal(len(t.events(audit.Query{UserID: alice.ID, Action: audit.RecoveryCodeUsed})), 1)
}

func ofManyWhoSpendARecoveryCodeOneDoes(t *suite) {
	f := t.addFactor(t.addUser("alice"))
	t.equal(t.race(func(ctx context.Context, s Stores) error { return t.spendRecovery(ctx, s, f.UserID, "one") }), int32(1))
	t.equal(t.factor(f.UserID).RecoveryLeft, 1)
}

func newRecoveryCodesReplaceTheOld(t *suite) {
	u := t.addUser("alice")
	renew := func(hashes ...string) error {
		return t.s.RenewRecovery(t.Context(), u.ID, hashes, event(audit.RecoveryCodesRenewed, u.ID))
	}
	t.wants(renew("new"), fault.ErrNotFound)
	t.addFactor(u)
	t.must(renew("new", "newer", "newest"))
	t.equal(t.factor(u.ID).RecoveryLeft, 3)
	t.wants(t.spendRecovery(t.Context(), t.s, u.ID, "one"), fault.ErrConflict)
	t.must(t.spendRecovery(t.Context(), t.s, u.ID, "newer"))
	t.equal(t.factor(u.ID).LastStep, int64(100))
}

func aSecondFactorGoesWithItsAccount(t *suite) {
	u := t.addUser("alice")
	t.addFactor(u)
	t.must(t.s.RemoveUser(t.Context(), user.Removal{
		ID: u.ID, At: start, Ending: user.Ending{Reason: "removed", RevokeUntil: start.Add(time.Hour)}, Event: event(audit.UserRemoved, u.ID),
	}))
	_, err := t.s.Factor(t.Context(), u.ID)
	t.wants(err, fault.ErrNotFound)
	t.wants(t.spendRecovery(t.Context(), t.s, u.ID, "one"), fault.ErrConflict)
}

func aResetEndsTheSessions(t *suite) {
	u := t.addUser("alice")
	removal := otp.Removal{UserID: u.ID, Event: event(audit.FactorRemoved, u.ID)}
	t.wants(t.s.RemoveFactor(t.Context(), removal), fault.ErrNotFound)
	t.equal(len(t.events(audit.Query{Action: audit.FactorRemoved})), 0)
	row := t.startSession(u)

	t.addFactor(u)
	t.must(t.s.RemoveFactor(t.Context(), removal))
	t.equal(t.session(row.ID).EndedAt.IsZero(), true)
	t.wants(t.spendRecovery(t.Context(), t.s, u.ID, "one"), fault.ErrConflict)

	t.addFactor(u)
	removal.EndReason, removal.RevokeUntil = "reset", start.Add(time.Hour)
	t.must(t.s.RemoveFactor(t.Context(), removal))
	t.equal(t.session(row.ID).EndReason, "reset")
	called := t.revocations()
	t.equal(called[len(called)-1].Key, row.ID.String())
}
