package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/busytest"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

// stopwatch measures how long it takes until what the server calls back is refused by verifiers in other places.
type stopwatch struct {
	*server
	verifiers []*lingpai.Verifier
	taken     []time.Duration // from the beginning of the call that revokes until one verifier refuses
	made      int             // how much was revoked, so that each has a name of its own
}

// newStopwatch starts a server on the time of day, with n verifiers that follow it, each over connections of its own.
func newStopwatch(t testing.TB, n int) *stopwatch {
	t.Helper()
	cfg, err := config.Load("", nil, map[string]string{"listen": "127.0.0.1:0", "data": t.TempDir(), "password.concurrency": "1"})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{TB: t}
	if s.app, err = New(t.Context(), cfg, Options{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	s.core, s.origin, s.wire = s.app.core, s.app.Issuer(), new(http.Transport)
	s.hashCheaply()
	s.app.Start()
	w := &stopwatch{server: s, verifiers: make([]*lingpai.Verifier, n)}
	t.Cleanup(func() {
		if err := s.app.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	var starting sync.WaitGroup
	for i := range n {
		starting.Go(func() {
			v, err := lingpai.NewVerifier(t.Context(), s.origin, lingpai.HTTPClient(&http.Client{Transport: new(http.Transport)}))
			if w.verifiers[i] = v; err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, v := range w.verifiers {
		for v.Health().Stale {
			<-time.After(time.Millisecond)
		}
	}
	return w
}

// issue makes a token of its own session, user, app or key, by number.
func (w *stopwatch) issue(g token.Grant) (access string, claims *lingpai.Claims) {
	w.Helper()
	i := &token.Issuer{Name: w.origin, Audience: []string{w.origin}, Lifetime: 5 * time.Minute, Signing: w.core.Keys.Signing, Now: time.Now}
	issued, err := i.Issue(g)
	if err != nil {
		w.Fatal(err)
	}
	for _, v := range w.verifiers {
		if claims, err = v.Verify(w.Context(), issued.Token); err != nil {
			w.Fatalf("a token that nobody called back is refused: %v", err)
		}
	}
	return issued.Token, claims
}

// measure revokes, and asks each verifier every two milliseconds until it refuses.
func (w *stopwatch) measure(access string, revoke func() error) {
	w.Helper()
	taken := make([]time.Duration, len(w.verifiers))
	began := time.Now()
	var asking sync.WaitGroup
	for i, v := range w.verifiers {
		asking.Go(func() {
			for time.Since(began) < 20*time.Second {
				if _, err := v.Verify(w.Context(), access); err != nil {
					taken[i] = time.Since(began)
					return
				}
				<-time.After(2 * time.Millisecond)
			}
			w.Errorf("verifier %d accepts the token still: %+v", i, v.Health())
		})
	}
	if err := revoke(); err != nil {
		w.Fatal(err)
	}
	asking.Wait()
	for _, v := range w.verifiers {
		if _, err := v.Verify(w.Context(), access); err == nil {
			w.Error("accepted after it was refused")
		}
	}
	w.taken = append(w.taken, taken...)
	if w.Failed() {
		w.FailNow() // The others would take as long.
	}
}

// run makes n revocations of every kind that there is.
func (w *stopwatch) run(n int) {
	w.Helper()
	w.taken = nil
	for range n - 4 {
		w.made++
		switch i := w.made; i % 4 {
		case 0:
			w.logout()
		case 1:
			access, claims := w.issue(token.Grant{Subject: "u", ClientID: "c", SessionID: fmt.Sprint("s", i)})
			w.measure(access, w.log(revocation.Token, claims.ID))
		case 2:
			access, _ := w.issue(token.Grant{Subject: fmt.Sprint("u", i), ClientID: "c", SessionID: fmt.Sprint("s", i)})
			w.measure(access, w.log(revocation.Subject, fmt.Sprint("u", i)))
		case 3:
			access, _ := w.issue(token.Grant{Subject: "u", ClientID: fmt.Sprint("c", i), SessionID: fmt.Sprint("s", i)})
			w.measure(access, w.log(revocation.Client, fmt.Sprint("c", i)))
		}
	}
	for range 2 {
		access, claims := w.issue(token.Grant{Subject: "u", ClientID: "c"})
		if err := replaceKey(w.Context(), w.core.Keys, cli); err != nil { // It takes two seconds, in which nothing is withdrawn yet.
			w.Fatal(err)
		}
		w.measure(access, w.log(revocation.Signer, claims.KeyID))
	}
	for range 2 {
		access, _ := w.issue(token.Grant{Subject: "u", ClientID: "c"})
		w.measure(access, w.log(revocation.All, ""))
		<-time.After(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // What is issued in the second of this one is refused with it.
	}
	slices.Sort(w.taken)
}

func (w *stopwatch) log(kind revocation.Kind, key string) func() error {
	return func() error {
		now := time.Now()
		if err := w.core.Store.Revoke(w.Context(), revocation.Record{Kind: kind, Key: key, At: now, Until: now.Add(time.Hour)}); err != nil {
			return err
		}
		return w.core.Revoked.CatchUp(w.Context())
	}
}

// logout signs out over HTTP.
func (w *stopwatch) logout() {
	w.Helper()
	who := w.addUser(fmt.Sprint("leaver", w.made), battery)
	started, err := w.core.Sessions.Start(w.Context(), session.Beginning{UserID: who.ID, PasswordAt: who.PasswordChangedAt, Keep: session.KeepStorage, Source: cli})
	if err != nil {
		w.Fatal(err)
	}
	access, _ := w.issue(token.Grant{Subject: who.ID, ClientID: "c", SessionID: started.Session.ID.String()})
	w.measure(access, func() error {
		if r := w.program().do(http.MethodPost, "/auth/api/logout", "", "Authorization: Bearer "+access); r.status != http.StatusNoContent {
			return fmt.Errorf("logout: %d %s", r.status, r.body)
		}
		return nil
	})
}

func (w *stopwatch) quantile(q float64) time.Duration { return w.taken[int(q*float64(len(w.taken)-1))] }

func TestRevocationsOfEveryKindAreSeenEverywhereWithinASecond(t *testing.T) {
	w := newStopwatch(t, 50)
	busytest.Within(t, time.Second, func() time.Duration {
		w.run(200)
		t.Logf("%d times: p50 %v, p99 %v, max %v", len(w.taken), w.quantile(.5), w.quantile(.99), w.quantile(1))
		return w.quantile(.99)
	})
}

// BenchmarkRevoke is the stopwatch for the benchmarks: one turn is 200 revocations with 50 verifiers.
func BenchmarkRevoke(b *testing.B) {
	for b.Loop() {
		w := newStopwatch(b, 50)
		w.run(200)
		for name, q := range map[string]float64{"p50-ms": .5, "p99-ms": .99, "max-ms": 1} {
			b.ReportMetric(float64(w.quantile(q))/1e6, name)
		}
	}
}
