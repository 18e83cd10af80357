package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

var userTests = []test{
	{"AnAddedUserIsFound", anAddedUserIsFound},
	{"AMissingUserIsNotFound", aMissingUserIsNotFound},
	{"ATakenNameIsRefused", aTakenNameIsRefused},
	{"OnlyOneCanBeFirst", onlyOneCanBeFirst},
	{"OfManyWithOneNameOneIsAdded", ofManyWithOneNameOneIsAdded},
	{"AChangeLeavesTheRest", aChangeLeavesTheRest},
	{"WhoWasChangedIsListed", whoWasChangedIsListed},
	{"EveryMemberCanChange", everyMemberCanChange},
	{"AChangeThatIsTwoThingsIsOneAct", aChangeThatIsTwoThingsIsOneAct},
	{"AnotherAddressIsNotVerified", anotherAddressIsNotVerified},
	{"NobodyVouchesForAnAddressThatIsGone", nobodyVouchesForAnAddressThatIsGone},
	{"NobodyUndoesRolesThatTheyDidNotSee", nobodyUndoesRolesThatTheyDidNotSee},
	{"ARefusedChangeChangesNothing", aRefusedChangeChangesNothing},
	{"ARehashDoesNotUndoAChangeOfPassword", aRehashDoesNotUndoAChangeOfPassword},
	{"UsersAreListedInPages", usersAreListedInPages},
	{"UsersAreFoundByAnyPart", usersAreFoundByAnyPart},
	{"RolesAreListedOnce", rolesAreListedOnce},
	{"UsersAreFoundByRoleAndState", usersAreFoundByRoleAndState},
}

func anAddedUserIsFound(t *suite) {
	if found, err := t.s.AnyUser(t.Context()); found || err != nil {
		t.Fatalf("an empty store has a user: %v, %v", found, err)
	}
	u := newUser("alice")
	u.Email, u.EmailVerified, u.Name, u.Roles, u.Disabled = "Alice@Example.org", true, awkward, []string{"admin", awkward}, true
	a := addition(u)
	a.CanonicalUsername, a.CanonicalEmail = "alice", "alice@example.org"
	t.must(t.s.AddUser(t.Context(), a))
	for _, login := range []string{"alice", "alice@example.org"} {
		got, err := t.s.UserByLogin(t.Context(), login)
		t.must(err)
		t.equal(got, u)
	}
	got, err := t.s.UserByID(t.Context(), u.ID)
	t.must(err)
	t.equal(got, u)
	if found, err := t.s.AnyUser(t.Context()); !found || err != nil {
		t.Fatalf("the user is not there: %v, %v", found, err)
	}
	t.equal(len(t.events(audit.Query{UserID: u.ID, Action: audit.UserAdded})), 1)
}

func aMissingUserIsNotFound(t *suite) {
	t.addUser("bob") // without an email address
	for _, login := range []string{"", "@", "nobody", "Bob", "nobody@example.org", "b\x00b", "b\xffb", awkward} {
		_, err := t.s.UserByLogin(t.Context(), login)
		t.wants(err, fault.ErrNotFound)
		_, err = t.s.UserByID(t.Context(), login)
		t.wants(err, fault.ErrNotFound)
	}
}

func aTakenNameIsRefused(t *suite) {
	first := newUser("carol")
	first.Email = "carol@example.org"
	t.must(t.s.AddUser(t.Context(), addition(first)))
	t.addUser("dave") // no email address, like others: that is no conflict
	t.addUser("erin")

	name := newUser("carol")
	name.ID = "other"
	t.wantsTaken(t.s.AddUser(t.Context(), addition(name)), "username")
	email := newUser("frank")
	email.Email = first.Email
	t.wantsTaken(t.s.AddUser(t.Context(), addition(email)), "email")
	t.wantsTaken(t.s.ChangeUser(t.Context(), user.Change{ID: "id-dave", Username: new("carol"), CanonicalUsername: new("carol"), At: start}), "username")
	address := new("carol@example.org")
	t.wantsTaken(t.s.ChangeUser(t.Context(), user.Change{ID: "id-dave", Email: address, CanonicalEmail: address, At: start}), "email")

	same := newUser("gina")
	same.ID = first.ID
	t.wants(t.s.AddUser(t.Context(), addition(same)), fault.ErrConflict)

	list, err := t.s.Users(t.Context(), user.Query{})
	t.must(err)
	t.equal(list, []user.User{first, newUser("dave"), newUser("erin")})
	t.equal(len(t.events(audit.Query{})), 3)
}

func onlyOneCanBeFirst(t *suite) {
	nodes := []Stores{t.s, t.node()}
	var added atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			a := addition(newUser(string(rune('a' + i))))
			a.First = true
			switch err := nodes[i%2].AddUser(t.Context(), a); {
			case err == nil:
				added.Add(1)
			case !errors.Is(err, fault.ErrConflict):
				t.Errorf("error is %v, want a conflict", err)
			}
		})
	}
	all.Wait()
	t.equal(added.Load(), int32(1))
	list, err := t.s.Users(t.Context(), user.Query{})
	t.must(err)
	t.equal(len(list), 1)
}

func ofManyWithOneNameOneIsAdded(t *suite) {
	nodes := []Stores{t.s, t.node()}
	var added atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			u := newUser("same")
			u.ID += string(rune('a' + i))
			switch err := nodes[i%2].AddUser(t.Context(), addition(u)); {
			case err == nil:
				added.Add(1)
			default:
				if _, taken := errors.AsType[*user.Taken](err); !taken {
					t.Errorf("error is %v, want taken", err)
				}
			}
		})
	}
	all.Wait()
	t.equal(added.Load(), int32(1))
}

func aChangeLeavesTheRest(t *suite) {
	u := t.addUser("henry")
	at := start.Add(time.Minute)
	e := event(audit.UserChanged, u.ID)
	t.must(t.s.ChangeUser(t.Context(), user.Change{ID: u.ID, Name: new("Henry the Second"), At: at, Event: &e}))
	u.Name, u.ChangedAt = "Henry the Second", at
	got, err := t.s.UserByID(t.Context(), u.ID)
	t.must(err)
	t.equal(got, u)
	t.equal(len(t.events(audit.Query{Action: audit.UserChanged})), 1)
}

func whoWasChangedIsListed(t *suite) {
	changed := func(since time.Time, most int) map[string]time.Time {
		found, err := t.s.ChangedUsers(t.Context(), since, most)
		t.must(err)
		return found
	}
	none := map[string]time.Time{}
	u, other := t.addUser("henry"), t.addUser("ida")
	at := start.Add(time.Minute)
	t.equal(changed(at, 10), none)
	t.must(t.s.ChangeUser(t.Context(), user.Change{ID: u.ID, Roles: new([]string{"admin"}), At: at}))
	t.equal(changed(at, 10), map[string]time.Time{u.ID: at})
	t.equal(changed(at.Add(time.Microsecond), 10), none)
	later := at.Add(time.Second)
	t.must(t.s.ChangeUser(t.Context(), user.Change{ID: other.ID, Name: new("Ida"), At: later}))
	t.equal(changed(at, 10), map[string]time.Time{u.ID: at, other.ID: later})
	t.equal(len(changed(at, 1)), 1)
}

func everyMemberCanChange(t *suite) {
	u := t.addUser("ida")
	at := start.Add(time.Minute)
	t.must(t.s.ChangeUser(t.Context(), user.Change{
		ID: u.ID, Username: new("Ida2"), CanonicalUsername: new("ida2"), Email: new("Ida@x.org"), CanonicalEmail: new("ida@x.org"), EmailVerified: new(true),
		Name: new(""), Roles: new([]string{}), Claims: new(user.Claims{}), Disabled: new(true), Password: new(secret.New("new")), At: at,
	}))
	want := user.User{
		ID: u.ID, Username: "Ida2", Email: "Ida@x.org", EmailVerified: true, Disabled: true, Password: secret.New("new"),
		CreatedAt: start, ChangedAt: at, PasswordChangedAt: at,
	}
	for _, login := range []string{"ida2", "ida@x.org"} {
		got, err := t.s.UserByLogin(t.Context(), login)
		t.must(err)
		t.equal(got, want)
	}
	_, err := t.s.UserByLogin(t.Context(), "ida")
	t.wants(err, fault.ErrNotFound)
	// An address that was given up may be taken by another.
	t.must(t.s.ChangeUser(t.Context(), user.Change{ID: u.ID, Email: new(""), CanonicalEmail: new(""), At: at}))
	other := newUser("jane")
	other.Email = "ida@x.org"
	t.must(t.s.AddUser(t.Context(), addition(other)))
	t.equal(len(t.events(audit.Query{UserID: u.ID})), 1) // the changes had no event
}

func aChangeThatIsTwoThingsIsOneAct(t *suite) {
	u := t.addUser("jo")
	n := t.startSession(u)
	e := event(audit.UserChanged, u.ID)
	t.must(t.s.ChangeUser(t.Context(), user.Change{
		ID: u.ID, Name: new("Jo"), Roles: new([]string{}), Disabled: new(true), At: start, Event: &e, Also: audit.UserDisabled,
		Ending: &user.Ending{Reason: "disabled", RevokeUntil: start.Add(time.Hour)},
	}))
	got, err := t.s.UserByID(t.Context(), u.ID)
	t.must(err)
	t.equal([]any{got.Name, got.Roles, got.Disabled, t.session(n.ID).EndReason}, []any{"Jo", []string(nil), true, "disabled"})
	for _, action := range []audit.Action{audit.UserChanged, audit.UserDisabled, audit.SessionEnded} {
		found := t.events(audit.Query{UserID: u.ID, Action: action})
		t.equal(len(found), 1)
		t.equal(found[0].Source, e.Source)
	}
}

func anotherAddressIsNotVerified(t *suite) {
	u := newUser("nell")
	u.Email, u.EmailVerified = "nell@x.org", true
	t.must(t.s.AddUser(t.Context(), addition(u)))
	verified := func(c user.Change) bool {
		c.ID, c.At = u.ID, start
		t.must(t.s.ChangeUser(t.Context(), c))
		got, err := t.s.UserByID(t.Context(), u.ID)
		t.must(err)
		return got.EmailVerified
	}
	writes := func(email string) user.Change { return user.Change{Email: &email, CanonicalEmail: new("nell@x.org")} }
	t.equal(verified(user.Change{Name: new("Nell")}), true)
	t.equal(verified(writes("nell@x.org")), true)
	t.equal(verified(writes("Nell@x.org")), false) // apps may fold otherwise than we do
	t.equal(verified(writes("nell@x.org")), false)
	t.equal(verified(user.Change{EmailVerified: new(true)}), true)
	t.equal(verified(user.Change{Email: new(""), CanonicalEmail: new("")}), false)
}

func nobodyVouchesForAnAddressThatIsGone(t *suite) {
	u := newUser("otto")
	u.Email = "otto@x.org"
	t.must(t.s.AddUser(t.Context(), addition(u)))
	vouch := user.Change{ID: u.ID, EmailVerified: new(true), IfEmail: new("otto@x.org"), At: start}
	t.must(t.s.ChangeUser(t.Context(), user.Change{ID: u.ID, Email: new("other@x.org"), CanonicalEmail: new("other@x.org"), At: start}))
	t.wants(t.s.ChangeUser(t.Context(), vouch), fault.ErrConflict)
	vouch.IfEmail = new("other@x.org")
	t.must(t.s.ChangeUser(t.Context(), vouch))
	got, err := t.s.UserByID(t.Context(), u.ID)
	t.must(err)
	t.equal(got.EmailVerified, true)
}

func nobodyUndoesRolesThatTheyDidNotSee(t *suite) {
	u := newUser("otto")
	u.Roles = []string{"admin", "staff"}
	t.must(t.s.AddUser(t.Context(), addition(u)))
	change := user.Change{ID: u.ID, Roles: &[]string{"admin", "press", "staff"}, IfRoles: &u.Roles, At: start}
	t.must(t.s.ChangeUser(t.Context(), user.Change{ID: u.ID, Roles: &[]string{}, At: start}))
	t.wants(t.s.ChangeUser(t.Context(), change), fault.ErrConflict)
	change.IfRoles = new([]string)
	t.must(t.s.ChangeUser(t.Context(), change))
	got, err := t.s.UserByID(t.Context(), u.ID)
	t.must(err)
	t.equal(got.Roles, *change.Roles)
}

func aRefusedChangeChangesNothing(t *suite) {
	u := t.addUser("kim")
	t.addUser("liz")
	n := t.startSession(u)
	e := event(audit.UserChanged, u.ID)
	c := user.Change{
		ID: u.ID, Username: new("liz"), CanonicalUsername: new("liz"), Disabled: new(true), At: start, Event: &e,
		Ending: &user.Ending{Reason: "disabled", RevokeUntil: start.Add(time.Hour)},
	}
	t.wantsTaken(t.s.ChangeUser(t.Context(), c), "username")
	c.Username, c.CanonicalUsername, c.IfPassword = nil, nil, new(secret.New("another"))
	t.wants(t.s.ChangeUser(t.Context(), c), fault.ErrConflict)
	c.ID = "nobody"
	t.wants(t.s.ChangeUser(t.Context(), c), fault.ErrNotFound)

	got, err := t.s.UserByID(t.Context(), u.ID)
	t.must(err)
	t.equal(got, u)
	t.equal(t.session(n.ID), n)
	t.equal(len(t.revocations()), 0)
	t.equal(len(t.events(audit.Query{Action: audit.UserChanged})), 0)
}

func aRehashDoesNotUndoAChangeOfPassword(t *suite) {
	u := t.addUser("mia")
	at := start.Add(time.Minute)
	rehash := user.Change{
		ID: u.ID, Password: new(secret.New("rehashed")), IfPassword: new(u.Password), KeepPasswordTime: true, At: at,
	}
	t.must(t.s.ChangeUser(t.Context(), rehash))
	u.Password, u.ChangedAt = secret.New("rehashed"), at
	got, err := t.s.UserByID(t.Context(), u.ID)
	t.must(err)
	t.equal(got, u)
	t.wants(t.s.ChangeUser(t.Context(), rehash), fault.ErrConflict)
	t.equal(len(t.events(audit.Query{UserID: u.ID})), 1)
}

func usersAreListedInPages(t *suite) {
	names := []string{"Zed", "a", "b", "z", "é", "灵", "🪪"} // by code point
	for _, name := range slices.Backward(names) {
		t.addUser(name)
	}
	var got []string
	q := user.Query{Limit: 3}
	for {
		page, err := t.s.Users(t.Context(), q)
		t.must(err)
		if len(page) == 0 {
			break
		}
		for _, u := range page {
			got = append(got, u.Username)
		}
		q.After = got[len(got)-1]
	}
	t.equal(got, names)
}

func usersAreFoundByAnyPart(t *suite) {
	u := newUser("olaf")
	u.Email, u.Name = "Snow@Example.org", `Ólafur 100%_!`
	a := addition(u)
	a.CanonicalEmail = "snow@example.org"
	t.must(t.s.AddUser(t.Context(), a))
	t.addUser("pia")
	for search, want := range map[string]int{
		"": 2, "LA": 1, "sNOW": 1, "example.org": 1, "óLAF": 1, "ÓLAF": 1, "o\u0301laf": 1, "person": 1, "100%": 1, "0%_!": 1, "%": 1, "_": 1, "!": 1,
		"a%f": 0, "o_af": 0, "\\": 0, "'": 0, "x\x00": 0, "\xff": 0,
	} {
		list, err := t.s.Users(t.Context(), user.Query{Search: search})
		t.must(err)
		if len(list) != want {
			t.Errorf("search %q finds %d, want %d", search, len(list), want)
		}
	}
}

func rolesAreListedOnce(t *suite) {
	for name, roles := range map[string][]string{"ria": {"admin", "x_y"}, "sam": {"x-y"}, "tom": nil, "uma": {"admin"}, "vic": {"x_y"}} {
		u := newUser(name)
		u.Roles = roles
		t.must(t.s.AddUser(t.Context(), addition(u)))
	}
	got, err := t.s.Roles(t.Context())
	t.must(err)
	t.equal(got, []string{"admin", "x-y", "x_y"})
}

func usersAreFoundByRoleAndState(t *suite) {
	for name, roles := range map[string][]string{"ria": {"admin", "x_y"}, "sam": {"administrator", "x-y"}, "tom": nil, "uma": {"admin"}} {
		u := newUser(name)
		u.Roles, u.Disabled = roles, name == "uma"
		t.must(t.s.AddUser(t.Context(), addition(u)))
	}
	for want, qs := range map[string][]user.Query{
		"ria sam tom uma": {{}},
		"ria uma":         {{Role: "admin"}},
		"sam":             {{Role: "administrator"}, {Role: "x-y"}, {Search: "SA", Role: "x-y", State: user.Enabled}},
		"ria":             {{Role: "x_y"}, {Role: "admin", State: user.Enabled}, {Role: "admin", Limit: 1}},
		"ria sam tom":     {{State: user.Enabled}},
		"uma":             {{State: user.Disabled}, {Role: "admin", State: user.Disabled}, {Role: "admin", After: "ria"}},
		"":                {{Role: "adm"}, {Role: "%"}, {Role: `"`}, {Role: "[]"}, {Role: "Admin"}, {Role: "x\x00"}, {Role: "administrator", State: user.Disabled}},
	} {
		for _, q := range qs {
			list, err := t.s.Users(t.Context(), q)
			t.must(err)
			var names []string
			for _, u := range list {
				names = append(names, u.Username)
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%+v finds %q, want %q", q, got, want)
			}
		}
	}
}
