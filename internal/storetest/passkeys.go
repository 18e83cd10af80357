package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

var passkeyTests = []test{
	{"PasskeysAreListedAsTheyWereAdded", passkeysAreListedAsTheyWereAdded},
	{"APasskeyIsOfOneAccount", aPasskeyIsOfOneAccount},
	{"OfPasskeysAddedAtATimeAsManyAreAsMayBe", ofPasskeysAddedAtATimeAsManyAreAsMayBe},
	{"APasskeyCountsOn", aPasskeyCountsOn},
	{"OfManyWhoUseAChallengeOneDoes", ofManyWhoUseAChallengeOneDoes},
	{"APasskeyIsRenamedByItsAccount", aPasskeyIsRenamedByItsAccount},
	{"TheLastWayInIsNotRemoved", theLastWayInIsNotRemoved},
	{"OfTwoLastWaysRemovedAtATimeOneStays", ofTwoLastWaysRemovedAtATimeOneStays},
	{"APasskeyIsAWayInBesidesAProvider", aPasskeyIsAWayInBesidesAProvider},
	{"APasskeyGoesWithItsAccount", aPasskeyGoesWithItsAccount},
	{"ResettingPasskeysEndsTheSessions", resettingPasskeysEndsTheSessions},
}

func passkeyOf(userID, id string) passkey.Addition {
	return passkey.Addition{
		Credential: passkey.Credential{
			ID: id, UserID: userID, PublicKey: []byte("key\x00" + id), SignCount: 7, Transports: []string{"internal", "hybrid"}, AAGUID: "00", Name: "Laptop",
			BackupEligible: true, AddedAt: start,
		},
		Challenge: "challenge of " + id, ChallengeEnds: start.Add(time.Hour), Event: event(audit.PasskeyAdded, userID),
	}
}

func (t *suite) addPasskey(u user.User, id string) passkey.Credential {
	t.Helper()
	a := passkeyOf(u.ID, id)
	t.must(t.s.AddPasskey(t.Context(), a))
	return a.Credential
}

func (t *suite) passkeys(userID string) []passkey.Credential {
	t.Helper()
	list, err := t.s.Passkeys(t.Context(), userID)
	t.must(err)
	return list
}

func useOf(c passkey.Credential, count uint32, challenge string) passkey.Use {
	return passkey.Use{
		ID: c.ID, UserID: c.UserID, SignCount: count, BackedUp: true, At: start.Add(time.Minute), Challenge: challenge, ChallengeEnds: start.Add(time.Hour),
	}
}

func removalOf(userID, id string) passkey.Removal {
	return passkey.Removal{UserID: userID, ID: id, Others: []string{"https://idp.example"}, Event: event(audit.PasskeyRemoved, userID)}
}

func passkeysAreListedAsTheyWereAdded(t *suite) {
	u := t.addUser("alice")
	for _, id := range []string{u.ID, "", "nobody", awkward, "a\x00"} {
		t.equal(len(t.passkeys(id)), 0)
		_, err := t.s.Passkey(t.Context(), id)
		t.wants(err, fault.ErrNotFound)
	}
	t.wants(t.s.AddPasskey(t.Context(), passkeyOf("nobody", "a")), fault.ErrNotFound)
	b := passkeyOf(u.ID, "b")
	b.Credential.Transports, b.Credential.BackedUp, b.Credential.UsedAt = nil, true, start.Add(time.Second)
	t.must(t.s.AddPasskey(t.Context(), b))
	a := passkeyOf(u.ID, "a")
	a.Credential.AddedAt = start.Add(time.Second)
	t.must(t.s.AddPasskey(t.Context(), a))
	t.equal(t.passkeys(u.ID), []passkey.Credential{b.Credential, a.Credential})
	got, err := t.s.Passkey(t.Context(), "a")
	t.must(err)
	t.equal(got, a.Credential)
	t.equal(len(t.events(audit.Query{UserID: u.ID, Action: audit.PasskeyAdded})), 2)
}

func aPasskeyIsOfOneAccount(t *suite) {
	alice, bob := t.addUser("alice"), t.addUser("bob")
	want := t.addPasskey(alice, "a")
	again := passkeyOf(bob.ID, "a")
	again.Challenge = "another"
	t.wants(t.s.AddPasskey(t.Context(), again), fault.ErrConflict)
	spent := passkeyOf(bob.ID, "b")
	spent.Challenge = "challenge of a"
	t.wants(t.s.AddPasskey(t.Context(), spent), fault.ErrConflict)
	t.equal(t.passkeys(alice.ID), []passkey.Credential{want})
	t.equal(len(t.passkeys(bob.ID)), 0)
	t.equal(len(t.events(audit.Query{UserID: bob.ID, Action: audit.PasskeyAdded})), 0)
}

func ofPasskeysAddedAtATimeAsManyAreAsMayBe(t *suite) {
	u := t.addUser("alice")
	for i := range passkey.Most - 1 {
		t.addPasskey(u, strconv.Itoa(i))
	}
	var next atomic.Int32
	t.equal(t.race(func(ctx context.Context, s Stores) error {
		err := s.AddPasskey(ctx, passkeyOf(u.ID, "last "+strconv.Itoa(int(next.Add(1)))))
		if errors.Is(err, passkey.ErrFull) {
			return fault.ErrConflict
		}
		return err
	}), int32(1))
	t.equal(len(t.passkeys(u.ID)), passkey.Most)
}

func aPasskeyCountsOn(t *suite) {
	alice, bob := t.addUser("alice"), t.addUser("bob")
	c := t.addPasskey(alice, "a")
	use := func(count uint32, challenge string) error {
		return t.s.UsePasskey(t.Context(), useOf(c, count, challenge))
	}
	for _, count := range []uint32{0, 6, 7} {
		t.wants(use(count, "one"), fault.ErrConflict)
	}
	stranger := useOf(c, 9, "one")
	stranger.UserID = bob.ID
	t.wants(t.s.UsePasskey(t.Context(), stranger), fault.ErrConflict)
	t.must(use(1<<32-1, "one")) // nothing of what failed has spent it
	c.SignCount, c.BackedUp, c.UsedAt = 1<<32-1, true, start.Add(time.Minute)
	t.equal(t.passkeys(alice.ID), []passkey.Credential{c})

	quiet := passkeyOf(bob.ID, "b")
	quiet.Credential.SignCount = 0
	t.must(t.s.AddPasskey(t.Context(), quiet))
	t.must(t.s.UsePasskey(t.Context(), useOf(quiet.Credential, 0, "two")))
	t.must(t.s.UsePasskey(t.Context(), useOf(quiet.Credential, 0, "three")))
}

func ofManyWhoUseAChallengeOneDoes(t *suite) {
	a := passkeyOf(t.addUser("alice").ID, "a")
	a.Credential.SignCount = 0
	t.must(t.s.AddPasskey(t.Context(), a))
	t.equal(t.race(func(ctx context.Context, s Stores) error { return s.UsePasskey(ctx, useOf(a.Credential, 0, "one")) }), int32(1))
}

func aPasskeyIsRenamedByItsAccount(t *suite) {
	alice, bob := t.addUser("alice"), t.addUser("bob")
	c := t.addPasskey(alice, "a")
	t.wants(t.s.RenamePasskey(t.Context(), bob.ID, "a", "Mine"), fault.ErrNotFound)
	t.wants(t.s.RenamePasskey(t.Context(), alice.ID, "b", "Mine"), fault.ErrNotFound)
	c.Name = "令牌 'key'"
	t.must(t.s.RenamePasskey(t.Context(), alice.ID, "a", c.Name))
	t.equal(t.passkeys(alice.ID), []passkey.Credential{c})
}

// withoutPassword adds an account that only other ways open.
func (t *suite) withoutPassword() user.User {
	t.Helper()
	u := newUser("alice")
	u.Password = secret.String{}
	t.must(t.s.AddUser(t.Context(), addition(u)))
	return u
}

func (t *suite) linkTo(u user.User, issuer string) {
	t.Helper()
	t.must(t.s.LinkUser(t.Context(), provider.Link{Issuer: issuer, Subject: u.ID, UserID: u.ID, At: start}, event(audit.AccountLinked, u.ID)))
}

func theLastWayInIsNotRemoved(t *suite) {
	u := t.withoutPassword()
	t.addPasskey(u, "a")
	t.addPasskey(u, "b")
	remove := func(id string) error { return t.s.RemovePasskey(t.Context(), removalOf(u.ID, id)) }
	t.wants(remove("c"), fault.ErrNotFound)
	t.must(remove("a"))
	t.wants(remove("a"), fault.ErrNotFound)
	t.wants(remove("b"), fault.ErrConflict)
	t.linkTo(u, "https://gone.example") // nobody may come from there any more
	t.wants(remove("b"), fault.ErrConflict)
	t.linkTo(u, "https://idp.example")
	t.must(remove("b"))
	t.equal(len(t.events(audit.Query{UserID: u.ID, Action: audit.PasskeyRemoved})), 2)

	bob := t.addUser("bob") // with a password
	t.addPasskey(bob, "c")
	t.wants(t.s.RemovePasskey(t.Context(), removalOf(u.ID, "c")), fault.ErrNotFound)
	t.must(t.s.RemovePasskey(t.Context(), removalOf(bob.ID, "c")))
}

func ofTwoLastWaysRemovedAtATimeOneStays(t *suite) {
	u := t.withoutPassword()
	t.addPasskey(u, "a")
	t.addPasskey(u, "b")
	first, second := t.s, t.node()
	results := make(chan error, 2)
	go func() { results <- first.RemovePasskey(t.Context(), removalOf(u.ID, "a")) }()
	go func() { results <- second.RemovePasskey(t.Context(), removalOf(u.ID, "b")) }()
	one, other := <-results, <-results
	if one == nil {
		one = other
	} else {
		t.must(other)
	}
	t.wants(one, fault.ErrConflict)
	t.equal(len(t.passkeys(u.ID)), 1)
}

func aPasskeyIsAWayInBesidesAProvider(t *suite) {
	u := t.withoutPassword()
	t.linkTo(u, "https://idp.example")
	unlink := provider.Unlinking{UserID: u.ID, Issuer: "https://idp.example", Event: event(audit.AccountUnlinked, u.ID)}
	t.wants(t.s.UnlinkUser(t.Context(), unlink), fault.ErrConflict)
	t.addPasskey(u, "a")
	t.must(t.s.UnlinkUser(t.Context(), unlink))
}

func aPasskeyGoesWithItsAccount(t *suite) {
	u := t.addUser("alice")
	t.addPasskey(u, "a")
	t.must(t.s.RemoveUser(t.Context(), user.Removal{
		ID: u.ID, At: start, Ending: user.Ending{Reason: "removed", RevokeUntil: start.Add(time.Hour)}, Event: event(audit.UserRemoved, u.ID),
	}))
	_, err := t.s.Passkey(t.Context(), "a")
	t.wants(err, fault.ErrNotFound)
}

func resettingPasskeysEndsTheSessions(t *suite) {
	alice, bob := t.withoutPassword(), t.addUser("bob")
	reset := passkey.Removal{UserID: alice.ID, EndReason: "reset", RevokeUntil: start.Add(time.Hour), Event: event(audit.PasskeysReset, alice.ID)}
	t.wants(t.s.RemovePasskeys(t.Context(), reset), fault.ErrNotFound)
	row := t.startSession(alice)
	t.addPasskey(alice, "a")
	t.addPasskey(alice, "b")
	t.addPasskey(bob, "c")
	t.must(t.s.RemovePasskeys(t.Context(), reset))
	t.equal(len(t.passkeys(alice.ID)), 0)
	t.equal(len(t.passkeys(bob.ID)), 1)
	t.equal(t.session(row.ID).EndReason, "reset")
	called := t.revocations()
	t.equal(called[len(called)-1].Key, row.ID.String())
}
