package lingpai

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/revoked"
)

// TestRequestsThatEndLeaveNothing: whatever order requests end in, and whatever is called back meanwhile.
func TestRequestsThatEndLeaveNothing(t *testing.T) {
	f := &follower{}
	set := revoked.NewSet(revoked.Key{1})
	f.known.Store(&known{sets: []*revoked.Set{set}})
	var clients sync.WaitGroup
	for c := range 8 {
		clients.Go(func() {
			for n := range 200 {
				claims := &Claims{SessionID: strconv.Itoa(n % 5), ExpiresAt: time.Now().Add(time.Hour)}
				if n%7 == 0 {
					claims.SessionID = ""
				}
				first, leaveFirst := f.watch(context.Background(), claims)
				second, leaveSecond := f.watch(context.Background(), claims)
				leave := []func(){leaveFirst, leaveSecond}
				leave[(n+c)%2]()
				leave[(n+c+1)%2]()
				if first.Err() == nil || second.Err() == nil {
					t.Error("a request that has ended goes on")
				}
			}
		})
	}
	for n := range 50 {
		e := revoked.Entry{Print: set.Print(revoked.Session, strconv.Itoa(n)), Until: 1 << 31, Kind: revoked.Kind(n % 2)}
		f.live.end(f.known.Load(), set, link{entries: []revoked.Entry{e}}, time.Now())
	}
	clients.Wait()
	if len(f.live.sessions) != 0 {
		t.Errorf("%d are left", len(f.live.sessions))
	}
}

// Requests of one session are found, whichever of them has ended.
func TestRequestsOfASessionAreFoundWhenOneHasEnded(t *testing.T) {
	for ended := range 3 {
		f := &follower{}
		set := revoked.NewSet(revoked.Key{1})
		f.known.Store(&known{sets: []*revoked.Set{set}})
		f.live.index(set)
		var requests []context.Context
		var leave []func()
		for range 3 {
			ctx, leaves := f.watch(t.Context(), &Claims{SessionID: "s"})
			requests, leave = append(requests, ctx), append(leave, leaves)
		}
		leave[ended]()
		e := revoked.Entry{Print: set.Print(revoked.Session, "s"), Until: 1<<32 - 1, Kind: revoked.Session}
		set.Add(time.Now(), e)
		f.live.end(f.known.Load(), set, link{entries: []revoked.Entry{e}}, time.Now())
		for n, ctx := range requests {
			if ctx.Err() == nil {
				t.Errorf("after request %d has ended, request %d goes on", ended, n)
			}
		}
	}
}

func TestARequestThatPanicsLeavesNothing(t *testing.T) {
	f := &follower{}
	f.known.Store(new(known))
	func() {
		defer func() { _ = recover() }()
		_, leave := f.watch(context.Background(), &Claims{})
		defer leave()
		panic(http.ErrAbortHandler)
	}()
	if len(f.live.sessions) != 0 {
		t.Error("it is still there")
	}
}

// What is called back between the check of a token and the beginning of its request is noticed.
func TestARequestIsNotTooEarlyForItsRevocation(t *testing.T) {
	f := &follower{}
	set := revoked.NewSet(revoked.Key{1})
	f.known.Store(&known{sets: []*revoked.Set{set}})
	set.Add(time.Now(), revoked.Entry{Print: set.Print(revoked.Session, "s_1"), Until: 1 << 31, Kind: revoked.Session})
	ctx, leave := f.watch(context.Background(), &Claims{SessionID: "s_1"})
	defer leave()
	if refusal, ok := context.Cause(ctx).(*Error); !ok || refusal.Code() != CodeSessionEnded {
		t.Errorf("%v", context.Cause(ctx))
	}
}

// A clock that is set, here or there, makes no old beat fresh and no token young.
func TestBeatsAndAgesUnderClocksThatAreSet(t *testing.T) {
	now := time.Now()
	last := &pulse{received: now.Add(-time.Minute), issued: now.Add(-time.Minute)}
	for _, tt := range []struct {
		name   string
		issued time.Duration // from now, by the beat
		wall   time.Duration // by which the clock of this machine was set, since the last beat
		before *pulse
		want   bool
	}{
		{"as it should be", 0, 0, last, true},
		{"a second late", -time.Second, 0, last, true},
		{"a minute late", -time.Minute, 0, last, false},
		{"from the future", time.Hour, 0, last, true},
		{"our clock was set ahead", 0, time.Hour, last, true},
		{"our clock was set back", 0, -time.Hour, last, true},
		{"a minute late, our clock was set ahead", -time.Minute, time.Hour, last, false},
		{"both clocks were set back", -time.Hour, -time.Hour, last, true},
		{"the first", 0, 0, nil, true},
		{"the first, clocks differ a little", 4 * time.Minute, 0, nil, true},
		{"the first, of an hour ago", -time.Hour, 0, nil, false},
	} {
		// Setting a clock moves what it shows and not what has passed: here, all other times move the other way.
		before := tt.before
		if before != nil {
			before = &pulse{received: before.received, issued: before.issued}
		}
		shown := now.Add(tt.wall)
		if before != nil {
			before.received = before.received.Add(tt.wall) // so much has passed as before
		}
		if got := fresh(now.Add(tt.issued), shown, before); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	young := &Claims{IssuedAt: now.Add(-time.Minute - time.Second)}
	if age := tokenAge(young, now, last); age != time.Minute+time.Second {
		t.Errorf("age %v", age)
	}
	setBack := last.received.Add(time.Minute).Round(0).Add(-time.Hour) // the clock shows an hour less
	if age := tokenAge(young, setBack.Add(0), &pulse{received: setBack.Add(-time.Minute), issued: last.issued}); age != time.Minute+time.Second {
		t.Errorf("age %v under a clock that was set back", age)
	}
}

// The issuer's clock as its beats show it follows drift, and never what is merely late.
func TestLateBeatsDoNotTurnBackTheClock(t *testing.T) {
	now := time.Now()
	p := &pulse{received: now, issued: now}
	for n := range 1000 {
		at := now.Add(time.Duration(n+1) * time.Second)
		late := time.Duration(n) * 100 * time.Millisecond // each beat is held back a little longer than the one before
		issued := at.Add(-late)
		if !fresh(issued, at.Add(time.Hour), &pulse{p.received.Add(time.Hour), p.issued}) {
			if late < lag {
				t.Fatalf("refused after %v", late)
			}
			return
		}
		p = &pulse{at, p.steady(issued, at)}
	}
	t.Error("beats may be as late as one likes")
}

// BenchmarkMiddlewareFollowed is what a request costs that is watched, beside one that is not.
func BenchmarkMiddlewareFollowed(b *testing.B) {
	for name, known := range map[string]*known{"not followed": nil, "followed": {sets: []*revoked.Set{revoked.NewSet(revoked.Key{1})}}} {
		b.Run(name, func(b *testing.B) {
			f := &follower{}
			f.known.Store(known)
			ctx := httptest.NewRequest(http.MethodGet, "/", nil).Context()
			c := &Claims{SessionID: "s_1"}
			b.ReportAllocs()
			for b.Loop() {
				_, leave := f.watch(ctx, c)
				leave()
			}
		})
	}
}
