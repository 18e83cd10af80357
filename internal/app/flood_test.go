package app

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/throttle"
)

// events counted by action.
func (s *server) counts() map[audit.Action]int {
	s.Helper()
	counts := map[audit.Action]int{}
	for _, e := range s.events() {
		counts[e.Action]++
	}
	return counts
}

// A throttled try costs whoever makes it nothing, so it must not be able to fill the disk, or to bury what else is in the audit log.
func TestThrottledTriesDoNotFillTheAuditLog(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	const tries = 300
	for range tries {
		s.program().tryLogin("alice", "wrong", "storage")
	}
	counts := s.counts()
	if failed, throttled := counts[audit.SignInFailed], counts[audit.SignInThrottled]; failed != 10 || throttled != 60 {
		t.Errorf("of %d tries are recorded %d failed, %d throttled; want 10 and 60", tries, failed, throttled)
	}
	if n := strings.Count(s.log.String(), "code=rate_limited"); n != tries-10 {
		t.Errorf("the log has %d throttled tries, want %d", n, tries-10)
	}
	s.clock.advance(time.Second)
	s.program().tryLogin("alice", "wrong", "storage")
	events := s.events()
	if last := events[len(events)-1]; last.Detail != "rate_limited, after 230 more that are not listed" {
		t.Errorf("the next that is recorded says %q", last.Detail)
	}
}

// Whoever hangs up as soon as the password was judged has had their guess.
func TestGuessesOfClientsThatHangUpAreRecorded(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	ctx, hangUp := context.WithCancel(t.Context())
	p := s.core.Password
	hasty := &authn.Password{
		Users: p.Users, Hasher: p.Hasher, Limiter: p.Limiter, Devices: p.Devices, Audit: p.Audit, Logger: p.Logger,
		Now: func() time.Time { hangUp(); return p.Now() }, // it is asked when there is a verdict to record
	}
	_, err := hasty.Verify(ctx, authn.Attempt{Login: "alice", Password: secret.New("wrong"), Source: audit.Source{Address: "192.0.2.1"}})
	if n := s.counts()[audit.SignInFailed]; n != 1 || ctx.Err() == nil {
		t.Errorf("%d failed tries are recorded, want 1 (%v)", n, err)
	}
}

// held is a store of limits that keeps the first tries waiting.
type held struct {
	throttle.Store
	left          atomic.Int64
	waiting, gate chan struct{}
}

func (h *held) Arrivals(ctx context.Context, keys []string) ([]time.Time, error) {
	if h.left.Add(-1) >= 0 {
		h.waiting <- struct{}{}
		<-h.gate
	}
	return h.Store.Arrivals(ctx, keys)
}

// Somebody with an account signs in without pause, and would fill the line for hashing.
func TestOneAccountDoesNotKeepOthersFromSigningIn(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	s.addUser("mallory", battery)
	held := &held{Store: s.core.Store, waiting: make(chan struct{}), gate: make(chan struct{})}
	held.left.Store(8)
	s.core.Password.Limiter = throttle.New(held, make([]byte, 32), limits(s.core.Config.Throttle), s.clock.Now)

	var all sync.WaitGroup
	answers := make(chan reply, 100)
	for range 8 {
		all.Go(func() { answers <- s.program().tryLogin("mallory", battery, "storage") })
		<-held.waiting
	}
	s.program().tryLogin("mallory", battery, "storage").wants(t, 503, "too_busy")
	s.program().tryLogin("alice", battery, "storage").wants(t, 200, "")
	close(held.gate)
	all.Wait()
	for range 8 {
		(<-answers).wants(t, 200, "")
	}
	s.program().tryLogin("mallory", battery, "storage").wants(t, 200, "") // they have left
}
