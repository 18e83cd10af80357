package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/session"
)

// again is where somebody is led who is to sign in once more for something on a section of the account page.
func again(section string) string {
	return "/auth/login?return_to=%2Fauth%2Faccount%3Fdone%3Danew_" + section + "%23" + section + "&again=1&reason=step_up_required"
}

// ASVS 7.5.2
func TestAnOldSignInEndsNothingOfOthersOnTheAccountPage(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, nil)
	a.signIn("alice")
	app := a.redeem(a.code("scope", "openid offline_access")).handed(t)
	other := s.program().login("alice", battery, "storage")
	end := []struct{ path, section string }{
		{"/auth/account/apps/" + a.id + "/end", "apps"},
		{"/auth/account/sessions/" + other.Session.ID + "/end", "sessions"},
		{"/auth/account/sessions/end-others", "sessions"},
	}
	s.clock.advance(session.Fresh + time.Second)
	for _, e := range end {
		if r := a.postForm(e.path, nil); r.status != http.StatusSeeOther || r.header.Get("Location") != again(e.section) {
			t.Errorf("%s: %d to %s", e.path, r.status, r.header.Get("Location"))
		}
	}
	s.program().refresh(other.Refresh).granted(t)
	app = a.refreshWith(app.RefreshToken).handed(t)

	if page := a.get(again("sessions")); !strings.Contains(page.body, "Sign in again for that") || !strings.Contains(page.body, `value="alice"`) {
		t.Errorf("the page does not say why it asks: %s", page.body)
	}
	r := a.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": "/auth/account?done=anew_sessions#sessions"})
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/auth/account?done=anew_sessions#sessions" {
		t.Fatalf("signed in again, it is %d to %s", r.status, r.header.Get("Location"))
	}
	for _, e := range end {
		if r := a.postForm(e.path, nil); !strings.HasPrefix(r.header.Get("Location"), "/auth/account?done=") {
			t.Errorf("%s after it: %d to %s", e.path, r.status, r.header.Get("Location"))
		}
	}
	s.program().refresh(other.Refresh).wants(t, 401, "session_ended")
	a.refreshWith(app.RefreshToken).wantsOAuth(t, 400, "invalid_grant")
}

// ASVS 7.5.2
func TestAnOldSignInEndsNoOtherSessionByTheAPI(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	p := s.program()
	mine, other := p.login("alice", battery, "storage"), p.login("alice", battery, "storage")
	s.clock.advance(session.Fresh + time.Second)
	mine = p.refresh(mine.Refresh).granted(t)
	for name, r := range map[string]reply{
		"one":        p.do("DELETE", "/auth/api/sessions/"+other.Session.ID, "", bearer(mine.Access)),
		"the others": p.postJSON("/auth/api/logout", `{"scope":"others"}`, bearer(mine.Access)),
	} {
		r.wants(t, 401, "step_up_required")
		if got := r.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="insufficient_user_authentication"`) || !strings.Contains(got, "max_age=") {
			t.Errorf("%s: it is challenged by %q", name, got)
		}
	}
	other = p.refresh(other.Refresh).granted(t)

	anew := p.login("alice", battery, "storage")
	p.do("DELETE", "/auth/api/sessions/"+other.Session.ID, "", bearer(anew.Access)).wants(t, 204, "")
	p.refresh(other.Refresh).wants(t, 401, "session_ended")
	p.postJSON("/auth/api/logout", `{"scope":"others"}`, bearer(anew.Access)).wants(t, 204, "")
	p.refresh(mine.Refresh).wants(t, 401, "session_ended")
}

func TestSigningOutOneselfNeedsNoFreshSignIn(t *testing.T) {
	for name, out := range map[string]func(p *client, g granted) reply{
		"here": func(p *client, g granted) reply { return p.postJSON("/auth/api/logout", `{}`, bearer(g.Access)) },
		"everywhere": func(p *client, g granted) reply {
			return p.postJSON("/auth/api/logout", `{"scope":"all"}`, bearer(g.Access))
		},
		"as a session": func(p *client, g granted) reply {
			return p.do("DELETE", "/auth/api/sessions/"+g.Session.ID, "", bearer(g.Access))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.addUser("alice", battery)
			p := s.program()
			g := p.login("alice", battery, "storage")
			s.clock.advance(24 * time.Hour)
			g = p.refresh(g.Refresh).granted(t)
			out(p, g).wants(t, 204, "")
			p.refresh(g.Refresh).wants(t, 401, "session_ended")
		})
	}
	t.Run("everywhere, by the page", func(t *testing.T) {
		s := start(t)
		s.addUser("alice", battery)
		c := s.browser()
		c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "stay": "1"})
		s.clock.advance(24 * time.Hour)
		c.postForm("/auth/logout", map[string]string{"scope": "all"})
		if r := c.get("/auth/api/me"); r.status != http.StatusUnauthorized {
			t.Errorf("still signed in: %d", r.status)
		}
	})
}
