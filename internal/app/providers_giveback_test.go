package app

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/session"
)

// given is what an impostor got back.
func (p *impostor) given() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.revoked)
}

// giving is an impostor that takes tokens back, and a server that asks it every hour.
func giving(t *testing.T, extra string) (*impostor, *server) {
	t.Helper()
	p := newImpostor(t, "evil")
	p.refresh, p.metadata = "rt-1", map[string]any{"revocation_endpoint": p.URL + "/revoke"}
	return p, trusting(t, extra, p)
}

func (c *client) signOut() {
	c.s.Helper()
	if r := c.postJSON("/auth/api/logout", "{}", "Origin: "+c.s.origin); r.status != http.StatusNoContent {
		c.s.Fatalf("%d %s", r.status, r.body)
	}
}

func TestASignOutGivesTheTokenOfTheProviderBack(t *testing.T) {
	t.Parallel()
	p, s := giving(t, ", refresh: 1h")
	c := s.browser()
	p.signIn(c)
	c.signOut()
	within(t, "the token is given back", func() bool { return len(p.given()) > 0 })
	want := url.Values{"token": {"rt-1"}, "token_type_hint": {"refresh_token"}, "basic": {"us:s%26cret"}}
	s.clock.advance(2 * time.Hour)
	p.say(func(p *impostor) { p.refresh = "rt-2" })
	p.signIn(c) // and out again, which shows that nothing else is under way
	c.signOut()
	within(t, "the next token is given back", func() bool { return len(p.given()) > 1 })
	got := p.given()
	if !maps.EqualFunc(got[0], want, slices.Equal) || got[1].Get("token") != "rt-2" || len(got) != 2 {
		t.Errorf("it got back %v", got)
	}
	if len(p.renewals()) > 0 {
		t.Errorf("it was asked for a session that is over: %v", p.renewals())
	}
}

// At the real counterpart, what was given for the session ends with it.
func TestASignOutEndsWhatTheProviderHasOfIt(t *testing.T) {
	t.Parallel()
	f := renewing(t)
	v := f.visitor()
	v.signInThere("carol")
	v.open("/auth/connect/company?return_to=%2Fnotes")
	v.here.signOut()
	within(t, "the provider knows", func() bool {
		return slices.ContainsFunc(f.theirs.events(), func(e audit.Event) bool {
			return e.Action == audit.SessionEnded && e.Detail == session.ReasonRevoked
		})
	})
}

// A provider may end everything that it gave for a person together with one token.
func TestATokenIsGivenBackWhenItsPersonIsSignedInNowhere(t *testing.T) {
	t.Parallel()
	p, s := giving(t, ", refresh: 1h")
	first, second := s.browser(), s.browser()
	p.signIn(first)
	p.say(func(p *impostor) { p.refresh = "rt-2" })
	p.signIn(second)
	first.signOut()
	within(t, "the first session is looked at", func() bool { return s.dueSessions(s.clock.Now().Add(30*time.Minute)) == 0 })
	if got := p.given(); len(got) > 0 {
		t.Fatalf("while they are signed in elsewhere: %v", got)
	}
	second.signOut()
	within(t, "the second token is given back", func() bool { return len(p.given()) == 1 })
	s.clock.advance(time.Hour)
	within(t, "the first token is given back", func() bool { return len(p.given()) == 2 })
	if got := p.given(); got[0].Get("token") != "rt-2" || got[1].Get("token") != "rt-1" {
		t.Errorf("it got back %v", got)
	}
}

// dueSessions is how many sessions a provider is to be asked about at a time.
func (s *server) dueSessions(now time.Time) (n int) {
	s.Helper()
	if err := s.database().QueryRowContext(s.Context(), "SELECT count(*) FROM provider_sessions WHERE due_at > 0 AND due_at <= $1", now.UnixMicro()).Scan(&n); err != nil {
		s.Fatal(err)
	}
	return n
}

func TestAProviderThatTakesNothingBackKeepsNobodyFromSigningOut(t *testing.T) {
	t.Parallel()
	p, s := giving(t, ", refresh: 1h")
	p.revokes = http.StatusServiceUnavailable
	c := s.browser()
	p.signIn(c)
	c.signOut()
	for i := range 3 {
		within(t, "it is asked", func() bool { return len(p.given()) == i+1 })
		within(t, "it is left alone for a minute", func() bool { return s.dueSessions(s.clock.Now().Add(time.Minute)) == 1 })
		s.clock.advance(time.Minute)
	}
	s.clock.advance(time.Hour)
	within(t, "it is asked for the last time", func() bool { return s.dueSessions(s.clock.Now().AddDate(1, 0, 0)) == 0 })
	p.say(func(p *impostor) { p.revokes = http.StatusBadRequest })
	p.signIn(c)
	asked := len(p.given())
	c.signOut()
	within(t, "what it refuses is not asked again", func() bool { return len(p.given()) == asked+1 && s.dueSessions(s.clock.Now().AddDate(1, 0, 0)) == 0 })
}

func TestAProviderThatKnowsNoRevocationIsNotAsked(t *testing.T) {
	t.Parallel()
	p, s := giving(t, ", refresh: 1h")
	p.metadata = map[string]any{"revocation_endpoint": "http://192.0.2.1/revoke"} // in the clear
	c := s.browser()
	p.signIn(c)
	c.signOut()
	within(t, "the token is forgotten", func() bool { return s.dueSessions(s.clock.Now().AddDate(1, 0, 0)) == 0 })
	if got := p.given(); len(got) > 0 {
		t.Errorf("%v", got)
	}
}
