package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/revocation"
)

var keyTests = []test{
	{"KeysFollowOneAnother", keysFollowOneAnother},
	{"OfManyNewKeysOneIsAdded", ofManyNewKeysOneIsAdded},
	{"ExpiredKeysAreRemoved", expiredKeysAreRemoved},
	{"AWithdrawnKeyIsGoneAndCalledBack", aWithdrawnKeyIsGoneAndCalledBack},
	{"AllGetOneSecret", allGetOneSecret},
}

func newKey(id string, activates time.Time) keys.Record {
	return keys.Record{ID: id, Algorithm: "ES256", Sealed: []byte{0, 1, 255, '\'', 0}, CreatedAt: start, ActivatesAt: activates}
}

func (t *suite) addKey(r keys.Record, newest string, predecessorsExpire time.Time) error {
	return t.s.AddSigningKey(t.Context(), r, newest, predecessorsExpire, event(audit.KeyRotated, ""))
}

func (t *suite) keys() []keys.Record {
	t.Helper()
	list, err := t.s.SigningKeys(t.Context())
	t.must(err)
	return list
}

func keysFollowOneAnother(t *suite) {
	t.equal(len(t.keys()), 0)
	hours := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	a, b, c := newKey("a", hours(0)), newKey("b", hours(1)), newKey("c", hours(2))
	t.wants(t.addKey(a, "z", hours(1)), fault.ErrConflict)
	t.must(t.addKey(a, "", hours(1)))
	t.equal(t.keys(), []keys.Record{a}) // the first has no predecessor
	t.wants(t.addKey(b, "", hours(2)), fault.ErrConflict)
	t.must(t.addKey(b, "a", hours(2)))
	t.must(t.addKey(c, "b", hours(3)))
	t.wants(t.addKey(c, "c", hours(4)), fault.ErrConflict)
	a.ExpiresAt, b.ExpiresAt = hours(2), hours(3)
	t.equal(t.keys(), []keys.Record{a, b, c})
	t.equal(len(t.events(audit.Query{Action: audit.KeyRotated})), 3)
}

func aWithdrawnKeyIsGoneAndCalledBack(t *suite) {
	a, b := newKey("a", minutes(0)), newKey("b", minutes(10))
	b.CreatedAt = minutes(5)
	withdraw := func(id string, now time.Time) error {
		return t.s.WithdrawSigningKey(t.Context(), id, now, now.Add(time.Hour), event(audit.KeyWithdrawn, ""))
	}
	t.must(t.addKey(a, "", start))
	t.must(t.addKey(b, "a", minutes(20)))
	before := t.revocations()
	t.equal([]revocation.Kind{before[0].Kind, before[1].Kind}, []revocation.Kind{revocation.Rekeyed, revocation.Rekeyed})
	t.wants(withdraw("z", minutes(11)), fault.ErrNotFound)
	t.wants(withdraw("b", minutes(11)), fault.ErrConflict) // the newest signs
	t.wants(withdraw("a", minutes(9)), fault.ErrConflict)  // the turn of b comes later
	t.equal(len(t.revocations()), len(before))

	t.must(withdraw("a", minutes(10)))
	t.equal(len(t.keys()), 1)
	records := t.revocations()
	t.equal(records[2], revocation.Record{Seq: records[2].Seq, Kind: revocation.Signer, Key: "a", At: minutes(10), Until: minutes(70)})
	t.equal(len(t.events(audit.Query{Action: audit.KeyWithdrawn})), 1)
	t.wants(withdraw("a", minutes(10)), fault.ErrNotFound)
}

func ofManyNewKeysOneIsAdded(t *suite) {
	nodes := []Stores{t.s, t.node()}
	newest := ""
	for round := range 5 {
		var all sync.WaitGroup
		var added atomic.Int32
		activates := start.Add(time.Duration(round) * time.Hour)
		for i := range 16 {
			all.Go(func() {
				key := newKey(fmt.Sprintf("%d-%d", round, i), activates)
				err := nodes[i%2].AddSigningKey(t.Context(), key, newest, activates, event(audit.KeyRotated, ""))
				if err == nil {
					added.Add(1)
				} else if !errors.Is(err, fault.ErrConflict) {
					t.Errorf("error is %v, want a conflict", err)
				}
			})
		}
		all.Wait()
		t.equal(added.Load(), int32(1))
		list := t.keys()
		t.equal(len(list), round+1)
		newest = list[round].ID
	}
}

func expiredKeysAreRemoved(t *suite) {
	a, b := newKey("a", start), newKey("b", start.Add(time.Hour))
	t.must(t.addKey(a, "", start))
	t.must(t.addKey(b, "a", start.Add(2*time.Hour)))
	t.must(t.s.RemoveSigningKeys(t.Context(), start.Add(2*time.Hour)))
	t.equal(len(t.keys()), 2)
	t.must(t.s.RemoveSigningKeys(t.Context(), start.Add(2*time.Hour+time.Microsecond)))
	t.equal(t.keys(), []keys.Record{b})
}

func allGetOneSecret(t *suite) {
	nodes := []Stores{t.s, t.node()}
	got := make([][]byte, 16)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() {
			var err error
			if got[i], err = nodes[i%2].SealedSecret(t.Context(), "tag", []byte{byte(i), 0}); err != nil {
				t.Errorf("secret: %v", err)
			}
		})
	}
	all.Wait()
	for _, secret := range got {
		if len(secret) != 2 || !bytes.Equal(secret, got[0]) {
			t.Fatalf("callers got %x", got)
		}
	}
	other, err := t.s.SealedSecret(t.Context(), "other", []byte("other"))
	t.must(err)
	t.equal(other, []byte("other"))
}
