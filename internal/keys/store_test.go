package keys

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

// memory is a Store as its contract says, without a disk.
type memory struct {
	mu      sync.Mutex
	records []Record
	secrets map[string][]byte
	events  []audit.Event
	reads   int
	adds    int
	// before runs ahead of each act, outside of the lock; its error is the act's.
	before func(act string) error
}

func (m *memory) begin(act string) error {
	if m.before != nil {
		if err := m.before(act); err != nil {
			return err
		}
	}
	m.mu.Lock()
	return nil
}

func (m *memory) SigningKeys(context.Context) ([]Record, error) {
	if err := m.begin("list"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	m.reads++
	return slices.Clone(m.records), nil
}

func (m *memory) AddSigningKey(_ context.Context, r Record, newest string, predecessorsExpire time.Time, e audit.Event) error {
	if err := m.begin("add"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	last := ""
	if n := len(m.records); n > 0 {
		last = m.records[n-1].ID
	}
	if last != newest {
		return fmt.Errorf("the newest key is %q: %w", last, fault.ErrConflict)
	}
	for i := range m.records {
		if m.records[i].ExpiresAt.IsZero() {
			m.records[i].ExpiresAt = predecessorsExpire
		}
	}
	m.adds++
	m.records = append(m.records, r)
	slices.SortFunc(m.records, func(a, b Record) int { return cmp.Or(a.ActivatesAt.Compare(b.ActivatesAt), cmp.Compare(a.ID, b.ID)) })
	m.events = append(m.events, e)
	return nil
}

func (m *memory) WithdrawSigningKey(_ context.Context, id string, now, _ time.Time, e audit.Event) error {
	if err := m.begin("withdraw"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.records, func(r Record) bool { return r.ID == id })
	if i < 0 {
		return fmt.Errorf("no key %q: %w", id, fault.ErrNotFound)
	}
	if !slices.ContainsFunc(m.records, func(r Record) bool { return r.CreatedAt.After(m.records[i].CreatedAt) && !r.ActivatesAt.After(now) }) {
		return fmt.Errorf("key %q signs: %w", id, fault.ErrConflict)
	}
	m.records = slices.Delete(m.records, i, i+1)
	m.events = append(m.events, e)
	return nil
}

func (m *memory) RemoveSigningKeys(_ context.Context, now time.Time) error {
	if err := m.begin("remove"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	m.records = slices.DeleteFunc(m.records, func(r Record) bool { return !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt) })
	return nil
}

func (m *memory) SealedSecret(_ context.Context, name string, offered []byte) ([]byte, error) {
	if err := m.begin("secret"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if m.secrets == nil {
		m.secrets = make(map[string][]byte)
	}
	if _, ok := m.secrets[name]; !ok {
		m.secrets[name] = offered
	}
	return m.secrets[name], nil
}

// The times of the tests' rings.
const (
	rotateEvery   = 30 * 24 * time.Hour
	publishBefore = time.Hour
	keepFor       = 10 * time.Minute
)

// options are those of a node on this store. EdDSA, because its keys are made quickest.
func options(t testing.TB, store Store) Options {
	t.Helper()
	return Options{
		Store: store, Sealer: newSealer(t, 1), Algorithm: jose.EdDSA, RotateEvery: rotateEvery, PublishBefore: publishBefore, KeepFor: keepFor,
		Now: time.Now, Logger: logger(t),
	}
}

func mustOpen(t testing.TB, o Options) *Ring {
	t.Helper()
	r, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return r
}

// must fails the test on an error of a step that is not what the test is about.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
