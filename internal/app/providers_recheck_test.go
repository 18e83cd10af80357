package app

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	registry "github.com/lingpai/lingpai/internal/client"
)

// pass lets time pass at both servers.
func (f *federation) pass(d time.Duration) {
	f.ours.clock.advance(d)
	f.theirs.clock.advance(d)
}

// renewing is a federation in which the provider is asked every five minutes, and tells of nothing by itself.
func renewing(t *testing.T, extra ...string) *federation {
	t.Helper()
	f := federate(t, append(extra, "refresh: 5m")...)
	f.theirs.changeClient(f.client.id, func(set *registry.Settings) { set.BackchannelLogoutURI = "" })
	return f
}

// ASVS 7.4.2
func TestWhoseAccountIsClosedAtTheProviderIsSignedOutHere(t *testing.T) {
	t.Parallel()
	f := renewing(t)
	carol, dave := f.visitor(), f.visitor()
	carol.signInThere("carol")
	dave.signInThere("dave")
	carol.open("/auth/connect/company?return_to=%2Fnotes")
	dave.open("/auth/connect/company?return_to=%2Fnotes")
	u, err := f.theirs.core.Store.UserByLogin(t.Context(), "carol")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.theirs.core.Users.SetDisabled(t.Context(), u.ID, true, cli); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		f.pass(5 * time.Minute)
		within(t, "carol is signed out", func() bool {
			return carol.here.get("/notes", "Accept: application/json").status == http.StatusUnauthorized
		})
	}
	if r := dave.here.get("/notes"); r.status != http.StatusOK {
		t.Errorf("dave, too: %d %s", r.status, r.body)
	}
	ended := func(e audit.Event) bool {
		return e.Action == audit.SessionEnded && e.Detail == "no longer let in by the provider"
	}
	if !slices.ContainsFunc(f.ours.events(), ended) {
		t.Errorf("the audit log has %+v", f.ours.events())
	}
}

func TestRolesFollowTheProviderWithoutASignIn(t *testing.T) {
	t.Parallel()
	f := renewing(t)
	v := f.visitor()
	v.signInThere("carol")
	if r := v.open("/auth/connect/company?return_to=%2Fadmin%2F1"); r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	f.theirs.setRoles("carol", "sales")
	f.pass(5*time.Minute + 5*time.Second)
	within(t, "the role is taken", func() bool {
		f.ours.clock.advance(5 * time.Second) // the gateway believes what it read for as long
		return v.here.get("/admin/1").status == http.StatusForbidden
	})
	if r := v.here.get("/notes"); r.status != http.StatusOK {
		t.Errorf("it costs the session: %d", r.status)
	}
}

// renewals is who asks an impostor again, and with what.
func (p *impostor) renewals() (tokens []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, form := range p.asked {
		if form.Get("grant_type") == "refresh_token" {
			tokens = append(tokens, form.Get("refresh_token"))
		}
	}
	return tokens
}

// wasAsked waits until an impostor was asked so often.
func (p *impostor) wasAsked(times int) {
	p.t.Helper()
	within(p.t, "the provider is asked again", func() bool { return len(p.renewals()) >= times })
}

func TestAProviderThatDoesNotAnswerEndsNoSession(t *testing.T) {
	t.Parallel()
	p := newImpostor(t, "evil")
	p.refresh = "rt-1"
	s := trusting(t, ", refresh: 5m", p)
	c := s.browser()
	p.signIn(c)
	asked := 0
	again := func(name string, after time.Duration, say func(p *impostor)) {
		t.Helper()
		p.say(func(p *impostor) { p.claims, p.sign, p.refuses, p.refusal = nil, nil, 0, ""; say(p) })
		s.clock.advance(after)
		asked++
		p.wasAsked(asked)
		if r := c.get("/auth/api/me"); r.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	again("it fails", 5*time.Minute, func(p *impostor) { p.refuses = 500 })
	again("it does not know us", time.Minute, func(p *impostor) { p.refuses, p.refusal = 401, "invalid_client" })
	again("it is too busy", time.Minute, func(p *impostor) { p.refuses, p.refusal = 429, "slow_down" })
	again("it speaks of somebody else", time.Minute, func(p *impostor) { p.claims = map[string]any{"sub": "alice"} })
	again("it speaks to somebody else", time.Minute, func(p *impostor) { p.claims = map[string]any{"aud": "them"} })
	again("it is not signed", time.Minute, func(p *impostor) { p.sign = func([]byte) string { return "a.b.c" } })
	again("it gives another token, and is wrong all the same", time.Minute, func(p *impostor) { p.refresh, p.claims = "rt-2", map[string]any{"iss": "x"} })
	again("it is well again", time.Minute, func(p *impostor) { p.refresh = "rt-3" })
	again("and the next time", 5*time.Minute, func(p *impostor) { p.refresh = "" })
	again("and the last", 5*time.Minute, func(*impostor) {})
	if got := p.renewals(); !slices.Equal(got, []string{"rt-1", "rt-1", "rt-1", "rt-1", "rt-1", "rt-1", "rt-1", "rt-2", "rt-3", "rt-3"}) {
		t.Errorf("it was asked by %v", got)
	}
	if log := s.log.String(); strings.Contains(log, "rt-") || !strings.Contains(log, "could not be asked") {
		t.Errorf("the log: %s", log)
	}
	u, err := s.core.Store.LinkedUser(t.Context(), p.URL, "mallory")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.core.Sessions.Of(t.Context(), u.ID)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d sessions, %v", len(rows), err)
	}
	id := rows[0].ID
	if row, err := s.core.Store.Connection(t.Context(), id); err != nil || len(row.Refresh) == 0 || strings.Contains(string(row.Refresh), "rt-") {
		t.Errorf("the token is stored as %q: %v", row.Refresh, err)
	}
}

func TestWhomTheProviderRefusesToRenewIsSignedOut(t *testing.T) {
	t.Parallel()
	for name, say := range map[string]func(p *impostor){
		"refused":               func(p *impostor) { p.refuses, p.refusal = 400, "invalid_grant" },
		"out of the group":      func(p *impostor) { p.claims = map[string]any{"groups": []string{"guests"}} },
		"out of every group":    func(p *impostor) { p.claims = nil },
		"out of the domain":     func(p *impostor) { p.claims = map[string]any{"groups": "staff", "email": "m@example.com"} },
		"their address is lost": func(p *impostor) { p.claims = map[string]any{"groups": "staff", "email_verified": false} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newImpostor(t, "evil")
			p.refresh, p.claims = "rt-1", map[string]any{"groups": "staff"}
			s := trusting(t, ", refresh: 5m, roles_claim: groups, require: [staff], domains: [example.net]", p)
			c := s.browser()
			p.signIn(c)
			if r := c.get("/auth/api/me"); r.status != http.StatusOK {
				t.Fatalf("%d %s", r.status, r.body)
			}
			p.say(say)
			s.clock.advance(5 * time.Minute)
			within(t, "they are signed out", func() bool { return c.get("/auth/api/me").status == http.StatusUnauthorized })
			s.clock.advance(time.Hour)
			if n := len(p.renewals()); n != 1 {
				t.Errorf("it was asked %d times", n)
			}
		})
	}
}

// Of any number who ask, on any number of nodes, one asks about a session: a provider may take a second use of the token for theft.
func TestOneQuestionAboutASessionIsUnderWayAtATime(t *testing.T) {
	p := newImpostor(t, "evil")
	p.refresh = "rt-1"
	s := trusting(t, ", refresh: 5m", p)
	for range 10 {
		p.signIn(s.browser())
	}
	s.clock.advance(5 * time.Minute)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := s.core.Providers.Recheck(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	p.wasAsked(10)
	if n := len(p.renewals()); n != 10 {
		t.Errorf("about 10 sessions it was asked %d times", n)
	}
}
