package app

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/user"
)

// A provider that is slow, but answers, is not asked twice by the same token, which it could take for theft: while one asks it about the sessions that
// it has taken, others leave them alone.
func TestASlowProviderIsNotAskedTwiceByTheSameToken(t *testing.T) {
	t.Parallel()
	p := newImpostor(t, "evil")
	p.refresh = "rt-1"
	s := trusting(t, ", refresh: 10m", p)
	for range 8 {
		p.signIn(s.browser())
	}
	before := p.tokensAsked()
	var beside atomic.Bool
	inner := p.Config.Handler
	p.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			s.clock.advance(15 * time.Second)
			if p.tokensAsked()-before == 5 && beside.CompareAndSwap(false, true) {
				if err := s.core.Providers.Recheck(context.WithoutCancel(r.Context())); err != nil {
					t.Error(err)
				}
			}
		}
		inner.ServeHTTP(w, r)
	})
	s.clock.advance(10 * time.Minute)
	within(t, "it is asked about all", func() bool { return len(p.renewals()) >= 8 })
	if err := s.core.Providers.Recheck(t.Context()); err != nil {
		t.Error(err)
	}
	if n := len(p.renewals()); n != 8 || !beside.Load() {
		t.Errorf("about 8 sessions it was asked %d times", n)
	}
}

// linksMeanwhile is a store in which something happens to an account after it was read.
type linksMeanwhile struct {
	provider.Links
	then func(u user.User)
}

func (l linksMeanwhile) LinkedUser(ctx context.Context, issuer, subject string) (user.User, error) {
	u, err := l.Links.LinkedUser(ctx, issuer, subject)
	if err == nil {
		l.then(u)
	}
	return u, err
}

// What a provider says of somebody does not give them back what an operator takes from them just then.
func TestAProviderDoesNotUndoWhatAnOperatorDoesMeanwhile(t *testing.T) {
	p := newImpostor(t, "evil")
	p.claims = map[string]any{"groups": []string{"staff"}}
	s := trusting(t, ", roles_claim: groups, roles: {staff: staff, press: press}", p)
	p.signIn(s.browser())
	u, err := s.core.Store.LinkedUser(t.Context(), p.URL, "mallory")
	if err != nil {
		t.Fatal(err)
	}
	operator := func(roles ...string) {
		if err := s.core.Users.Amend(t.Context(), u.ID, user.Amendment{Roles: &roles}, cli); err != nil {
			t.Error(err)
		}
	}
	operator("admin", "staff")
	var once atomic.Bool
	s.core.Providers.Links = linksMeanwhile{s.core.Providers.Links, func(user.User) {
		if once.CompareAndSwap(false, true) {
			operator("staff")
		}
	}}
	p.say(func(p *impostor) { p.claims = map[string]any{"groups": []string{"staff", "press"}} })
	c := s.browser()
	if r := p.signIn(c); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if got := s.user(u.ID).Roles; !once.Load() || !slices.Equal(got, []string{"press", "staff"}) {
		t.Errorf("the roles are %v", got)
	}
}

// Somebody about whom a provider never has an answer does not keep it from being asked about those beside them.
func TestWhoCannotBeAskedAboutKeepsNobodyFromBeingAskedAbout(t *testing.T) {
	t.Parallel()
	p := newImpostor(t, "evil")
	s := trusting(t, ", refresh: 5m", p)
	var bad, good atomic.Int32
	var first atomic.Pointer[string]
	inner := p.Config.Handler
	p.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.FormValue("refresh_token")
		switch {
		case token == "":
		case first.CompareAndSwap(nil, &token) || *first.Load() == token: // who is asked about first is the one
			bad.Add(1)
			w.WriteHeader(http.StatusInternalServerError)
			return
		default:
			defer good.Add(1)
		}
		inner.ServeHTTP(w, r)
	})
	for _, token := range []string{"rt-1", "rt-2"} {
		p.say(func(p *impostor) { p.refresh = token })
		p.signIn(s.browser())
	}
	s.clock.advance(5 * time.Minute)
	for round := int32(1); round <= 30 && good.Load() == 0; round++ { // by chance: one in 2^29 fails
		within(t, "somebody is asked about", func() bool { return bad.Load() >= round || good.Load() > 0 })
		s.clock.advance(time.Minute)
	}
	if good.Load() == 0 {
		t.Errorf("it was asked %d times about one, and never about the other", bad.Load())
	}
}
