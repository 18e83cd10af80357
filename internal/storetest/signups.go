package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/user"
)

var signUpTests = []test{
	{"TheNewestOfAnAddressStands", theNewestOfAnAddressStands},
	{"ASignUpMakesOneAccount", aSignUpMakesOneAccount},
	{"OfManyWhoFinishASignUpOneDoes", ofManyWhoFinishASignUpOneDoes},
	{"ASignUpThatClashesIsNotSpent", aSignUpThatClashesIsNotSpent},
	{"ASignUpIsOfItsAddressAndItsTime", aSignUpIsOfItsAddressAndItsTime},
}

// signUpOf is a sign-up whose code, address and account have one name.
func signUpOf(name string) mailbox.SignUp {
	return mailbox.SignUp{
		Email: "The." + name + "@Example.org", CanonicalEmail: "the." + name + "@example.org", Hash: name, ReturnTo: "/" + name, ExpiresAt: start.Add(time.Hour),
	}
}

// signedUp is the account that the sign-up of a name makes.
func signedUp(name string) user.Addition {
	up, u := signUpOf(name), newUser(name)
	u.Email, u.EmailVerified = up.Email, true
	a := addition(u)
	a.CanonicalEmail = up.CanonicalEmail
	return a
}

func (t *suite) addSignUp(up mailbox.SignUp) {
	t.Helper()
	t.must(t.s.AddSignUp(t.Context(), up, event(audit.LinkSent, "")))
}

func (t *suite) asked(hash string) bool {
	t.Helper()
	_, err := t.s.SignUp(t.Context(), hash)
	if err != nil {
		t.wants(err, fault.ErrNotFound)
	}
	return err == nil
}

func theNewestOfAnAddressStands(t *suite) {
	for _, hash := range []string{"", "nothing", awkward, "a\x00"} {
		t.equal(t.asked(hash), false)
	}
	first, newest, other := signUpOf("alice"), signUpOf("alice"), signUpOf("bob")
	newest.Hash, newest.Email, newest.ReturnTo, newest.ExpiresAt = "newest", "THE.alice@example.org", "", start.Add(2*time.Hour)
	for _, up := range []mailbox.SignUp{first, newest, other} {
		t.addSignUp(up)
	}
	t.equal(t.asked("alice"), false)
	for _, want := range []mailbox.SignUp{newest, other} {
		got, err := t.s.SignUp(t.Context(), want.Hash)
		t.must(err)
		t.equal(got, want)
	}
	t.equal(len(t.events(audit.Query{Action: audit.LinkSent})), 3)
	t.must(t.s.Prune(t.Context(), start.Add(time.Hour+time.Second)))
	t.equal(t.asked("bob"), false)
	t.equal(t.asked("newest"), true)
}

func aSignUpMakesOneAccount(t *suite) {
	t.addSignUp(signUpOf("alice"))
	a := signedUp("alice")
	t.must(t.s.FinishSignUp(t.Context(), "alice", a))
	t.equal(t.asked("alice"), false)
	got, err := t.s.UserByLogin(t.Context(), "the.alice@example.org")
	t.must(err)
	t.equal(got.ID, a.User.ID)
	t.equal(got.EmailVerified, true)
	t.equal(len(t.events(audit.Query{UserID: a.User.ID, Action: audit.UserAdded})), 1)
	t.wants(t.s.FinishSignUp(t.Context(), "alice", a), fault.ErrConflict)
}

func ofManyWhoFinishASignUpOneDoes(t *suite) {
	t.addSignUp(signUpOf("alice"))
	nodes := []Stores{t.s, t.node()}
	var made atomic.Int32
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			a := signedUp("alice")
			a.User.ID += string(rune('a' + i))
			a.CanonicalUsername += string(rune('a' + i))
			err := nodes[i%2].FinishSignUp(t.Context(), "alice", a)
			if err == nil {
				made.Add(1)
			} else if !errors.Is(err, fault.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	t.equal(made.Load(), int32(1))
}

func aSignUpThatClashesIsNotSpent(t *suite) {
	t.addMailed("alice")
	t.addSignUp(signUpOf("new"))
	taken := func(hash, field string, a user.Addition) {
		t.Helper()
		found, ok := errors.AsType[*user.Taken](t.s.FinishSignUp(t.Context(), hash, a))
		t.equal(ok && found.Field == field, true)
		t.equal(t.asked(hash), true)
	}
	named := signedUp("new")
	named.CanonicalUsername = "alice"
	taken("new", "username", named)
	up := signUpOf("alice")
	up.CanonicalEmail = "alice@example.org"
	t.addSignUp(up)
	a := signedUp("other")
	a.CanonicalEmail = up.CanonicalEmail
	taken("alice", "email", a)
	t.must(t.s.FinishSignUp(t.Context(), "new", signedUp("new")))
}

func aSignUpIsOfItsAddressAndItsTime(t *suite) {
	t.addSignUp(signUpOf("alice"))
	t.addSignUp(signUpOf("bob"))
	t.wants(t.s.FinishSignUp(t.Context(), "alice", signedUp("bob")), fault.ErrConflict)
	late := signedUp("alice")
	late.User.CreatedAt = start.Add(time.Hour)
	t.wants(t.s.FinishSignUp(t.Context(), "alice", late), fault.ErrConflict)
	t.equal(t.asked("alice") && t.asked("bob"), true)
	users, err := t.s.Users(t.Context(), user.Query{})
	t.must(err)
	t.equal(len(users), 0)
}
