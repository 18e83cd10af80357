package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/backchannel"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
)

// told is an app that listens for sign-outs. It answers status, and delivers the logout tokens.
type told struct {
	*httptest.Server
	status atomic.Int32
	tokens chan string
}

func listenForLogouts(t testing.TB) *told {
	out := &told{tokens: make(chan string, 100)}
	out.status.Store(http.StatusOK)
	out.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s with %q", r.Method, r.Header.Get("Content-Type"))
		}
		out.tokens <- r.FormValue("logout_token")
		w.WriteHeader(int(out.status.Load()))
	}))
	t.Cleanup(out.Close)
	return out
}

// next is the next logout token.
func (l *told) next(t testing.TB) string {
	t.Helper()
	select {
	case token := <-l.tokens:
		return token
	case <-time.After(time.Minute):
		t.Fatal("the app is not told")
		return ""
	}
}

// later is the next logout token, with the clock going on by steps until it comes.
func (l *told) later(s *server, step time.Duration) string {
	s.Helper()
	for range 200 {
		s.clock.advance(step)
		select {
		case token := <-l.tokens:
			return token
		case <-time.After(300 * time.Millisecond):
		}
	}
	s.Fatal("the app is not told again")
	return ""
}

// silent holds when nothing more is waiting to be told.
func (l *told) silent(s *server) {
	s.Helper()
	if n, err := s.core.Store.TakeLogouts(s.Context(), s.clock.Now().Add(48*time.Hour), s.clock.Now().Add(48*time.Hour), 10); err != nil || len(n) > 0 || len(l.tokens) > 0 {
		s.Errorf("%d sign-outs wait to be told, %d more came (%v)", len(n), len(l.tokens), err)
	}
}

func (s *server) addListener(l *told, change func(*registry.Settings)) *rp {
	s.Helper()
	return s.addClient(registry.Web, func(set *registry.Settings) {
		set.FirstParty, set.BackchannelLogoutURI, set.PostLogoutRedirectURIs = true, l.URL+"/logout?app=1", []string{"https://app.example.com/bye"}
		if change != nil {
			change(set)
		}
	})
}

const localApps = "fetch.insecure_loopback=true"

// ASVS 7.6.1, 10.5.5
func TestAnAppIsToldOfEverySignOut(t *testing.T) {
	t.Parallel()
	s, l := start(t, localApps), listenForLogouts(t)
	u := s.addUser("alice", battery)
	a := s.addListener(l, nil)
	var err error
	seen := map[any]bool{}
	for _, way := range []struct {
		name string
		end  func(got handed)
	}{
		{"at our page", func(handed) { a.postForm("/auth/logout", map[string]string{"scope": "this"}) }},
		{"everywhere", func(handed) { a.postForm("/auth/logout", map[string]string{"scope": "all"}) }},
		{"by the app", func(got handed) { a.get("/auth/end_session?id_token_hint=" + got.IDToken) }},
		{"by an operator", func(handed) { _, err = s.core.Sessions.EndAllByOperator(t.Context(), u.ID, cli) }},
		{"with everybody", func(handed) { _, err = s.core.Sessions.EndEverybody(t.Context(), cli) }},
		{"by a reused code", nil},
		{"because disabled", func(handed) { err = s.core.Users.SetDisabled(t.Context(), u.ID, true, cli) }},
		{"by itself, in time", func(handed) {
			s.clock.advance(400 * 24 * time.Hour)
			err = s.core.Store.AddExpiredLogouts(t.Context(), s.clock.Now())
		}},
	} {
		name, end := way.name, way.end
		a.client = s.browser()
		a.signIn("alice")
		code := a.code()
		got := a.redeem(code).handed(t)
		if end == nil {
			a.redeem(code)
		} else {
			end(got)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		token := l.next(t)
		m, err := jose.Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		set, err := jose.ParseKeySet([]byte(s.program().get("/.well-known/jwks.json").body))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Verify(set.Key(m.Header().KeyID)); err != nil || m.Header().Type != backchannel.Type {
			t.Errorf("%s: typ %q: %v", name, m.Header().Type, err)
		}
		o, now := claimsOf(t, token), float64(s.clock.Now().Unix())
		events, _ := o["events"].(object)
		about, ok := events["http://schemas.openid.net/event/backchannel-logout"].(object)
		if len(events) != 1 || !ok || len(about) != 0 {
			t.Errorf("%s: events are %v", name, o["events"])
		}
		if o["iss"] != s.origin || o["aud"] != a.id || o["sub"] != u.ID || o["sid"] != claimsOf(t, got.IDToken)["sid"] ||
			o["iat"] != now || o["exp"] != now+120 || o["nonce"] != nil || o["jti"] == "" || seen[o["jti"]] {
			t.Errorf("%s: the logout token says %v", name, o)
		}
		seen[o["jti"]] = true
		s.awaitTold()
		l.silent(s)
		if name == "because disabled" {
			if err := s.core.Users.SetDisabled(t.Context(), u.ID, false, cli); err != nil {
				t.Fatal(err)
			}
		}
		a.get("/auth/end_session?id_token_hint="+token).wantsPage(t, "a logout token as an ID token")
	}
}

// awaitTold waits until what was sent is forgotten.
func (s *server) awaitTold() {
	s.Helper()
	s.await("what was told is forgotten", func() bool { return !strings.Contains(s.dump(), "logouts id=") })
}

// await looks again and again until something holds.
func (s *server) await(what string, holds func() bool) {
	s.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 1200 {
		if holds() {
			return
		}
		<-tick.C
	}
	s.Errorf("it never holds that %s", what)
}

func TestAnAppThatDoesNotAnswerIsToldAgain(t *testing.T) {
	t.Parallel()
	s, l := start(t, localApps), listenForLogouts(t)
	s.addUser("alice", battery)
	a := s.addListener(l, nil)
	a.signIn("alice")
	a.redeem(a.code()).handed(t)
	l.status.Store(http.StatusServiceUnavailable)
	a.postForm("/auth/logout", map[string]string{"scope": "this"})
	first := claimsOf(t, l.next(t))
	second := claimsOf(t, l.later(s, 5*time.Second))
	l.status.Store(http.StatusNoContent)
	third := claimsOf(t, l.later(s, 30*time.Second))
	if second["jti"] != first["jti"] || third["jti"] != first["jti"] || third["iat"] == first["iat"] {
		t.Errorf("the tries say %v, %v, %v", first, second, third)
	}
	s.awaitTold()
	if !strings.Contains(s.log.String(), "could not be told of a sign-out") {
		t.Error("nothing is in the log")
	}
}

func TestAnAppThatMayGoOnIsToldThatThePersonIsSignedOut(t *testing.T) {
	s, l := start(t, localApps), listenForLogouts(t)
	s.addUser("alice", battery)
	a := s.addListener(l, nil)
	a.signIn("alice")
	got := a.redeem(a.code("scope", "openid offline_access")).handed(t)
	a.signIn("alice") // again: the same person goes on
	a.postForm("/auth/logout", map[string]string{"scope": "this"})
	if o := claimsOf(t, l.next(t)); o["sid"] != claimsOf(t, got.IDToken)["sid"] {
		t.Errorf("the logout token says %v", o)
	}
	s.awaitTold()
	l.silent(s)
	a.refreshWith(got.RefreshToken).handed(t)
	a.post("/auth/revoke", map[string]string{"token": got.RefreshToken}) // its own doing
	s.awaitTold()
	l.silent(s)
}

func TestAttack47NobodyOfOursIsCalledForAnApp(t *testing.T) {
	s, l := start(t), listenForLogouts(t) // without leave to call this machine
	s.addUser("alice", battery)
	a := s.addListener(l, nil)
	a.signIn("alice")
	a.redeem(a.code()).handed(t)
	a.postForm("/auth/logout", map[string]string{"scope": "this"})
	s.await("the log says so", func() bool { return strings.Contains(s.log.String(), "could not be told of a sign-out") })
	if len(l.tokens) > 0 {
		t.Error("an address of this machine was called")
	}
}

func TestTheBrowserTellsAppsThatWantItSo(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	const bye = "https://app.example.com/bye"
	front := func(set *registry.Settings) {
		set.FirstParty, set.FrontchannelLogoutURI, set.PostLogoutRedirectURIs = true, "https://front.example.com/out?a=1", []string{bye}
	}
	a, b := s.addClient(registry.Web, front), s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	b.cookies = a.cookies
	got, plain := a.redeem(a.code()).handed(t), b.redeem(b.code()).handed(t)
	r := a.get("/auth/end_session?id_token_hint=" + got.IDToken + "&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fbye&state=s1")
	if r.status != http.StatusOK || r.header.Get("Refresh") != "3; url="+bye+"?state=s1" || !strings.Contains(r.body, `href="`+bye+`?state=s1"`) {
		t.Errorf("%d, Refresh %q: %s", r.status, r.header.Get("Refresh"), r.body)
	}
	sid := claimsOf(t, got.IDToken)["sid"].(string)
	if !strings.Contains(r.body, `<iframe src="https://front.example.com/out?a=1&amp;iss=http%3A%2F%2Flocalhost`) || !strings.Contains(r.body, "sid="+sid) {
		t.Errorf("the frame is not there: %s", r.body)
	}
	if !strings.Contains(r.body, `sandbox="allow-forms allow-same-origin allow-scripts"`) { // no downloads, no windows, no leading away
		t.Errorf("the app may do more in its frame than end its session: %s", r.body)
	}
	if csp := r.header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "; frame-src https://front.example.com") {
		t.Errorf("the policy is %s", csp)
	}
	if r := b.userInfo(plain.AccessToken); r.status != http.StatusUnauthorized {
		t.Errorf("the other app: %d", r.status)
	}
	a.signIn("alice")
	a.redeem(a.code()).handed(t)
	r = a.postForm("/auth/logout", map[string]string{"scope": "this"})
	if !strings.Contains(r.body, "<iframe") || !strings.Contains(r.header.Get("Content-Security-Policy"), "frame-src https://front.example.com") || r.header.Get("Refresh") != "" {
		t.Errorf("at our own page: %s", r.body)
	}
	if r = a.get("/auth/logout"); strings.Contains(r.body, "<iframe") || strings.Contains(r.header.Get("Content-Security-Policy"), "frame-src") {
		t.Error("a page tells apps that nobody was signed in to")
	}
}
