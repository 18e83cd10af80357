package app

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// openTab is a page that listens for the end of its session.
type openTab struct {
	testing.TB
	lines *bufio.Scanner
	close context.CancelFunc
}

// opens asks for the stream as a page does, and returns the answer and how to read it.
func (c *client) opens(headers ...string) (*http.Response, *openTab) {
	c.s.Helper()
	ctx, cancel := context.WithTimeout(c.s.Context(), time.Minute)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.s.origin+"/auth/api/events", nil)
	if err != nil {
		c.s.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := c.s.wire.RoundTrip(r)
	if err != nil {
		c.s.Fatal(err)
	}
	c.s.Cleanup(func() { cancel(); _ = res.Body.Close() })
	return res, &openTab{c.s.TB, bufio.NewScanner(res.Body), cancel}
}

// listens opens a tab that is let in, and waits until it misses nothing any more.
func (c *client) listens(headers ...string) *openTab {
	c.s.Helper()
	res, tab := c.opens(headers...)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store" {
		c.s.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	if name, data := tab.next(); name != "ready" || !strings.Contains(data, `"session":{"id":"`) {
		c.s.Fatalf("the first event is %q %s", name, data)
	}
	return tab
}

// next is the next event, or "" at the end of the stream.
func (o *openTab) next() (name, data string) {
	o.Helper()
	for o.lines.Scan() {
		line := o.lines.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			name = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data = line[len("data: "):]
		case line == "" && name != "":
			return name, data
		}
	}
	return "", ""
}

// ends holds that the next event says why the session is over, and that it is the last.
func (o *openTab) ends(code string) {
	o.Helper()
	name, data := o.next()
	var said struct{ Code, Detail string }
	if err := json.Unmarshal([]byte(data), &said); name != "ended" || err != nil || said.Code != code || said.Detail == "" {
		o.Errorf("the event is %q %s, want code %s", name, data, code)
	}
	if name, data := o.next(); name != "" {
		o.Errorf("after the last event comes %q %s", name, data)
	}
}

func TestOpenTabsLearnOfASignOut(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	byToken, byCookie, byRefresh, byProof := s.program(), s.browser(), s.browser(), s.browser().proves()
	access := byToken.login("alice", battery, "storage").Access
	byCookie.login("alice", battery, "cookie")
	byRefresh.login("alice", battery, "memory")
	bound := byProof.signIn("memory").Access
	tabs := []*openTab{
		byToken.listens(bearer(access)), byCookie.listens(), byCookie.listens("Sec-Fetch-Site: same-origin"), byRefresh.listens(), byProof.listens(),
		s.program().listens("Authorization: DPoP "+bound, "DPoP: "+byProof.proof("GET", "/auth/api/events", bound, nil)),
	}
	began := time.Now()
	s.program().postJSON("/auth/api/logout", `{"scope":"all"}`, bearer(access)).wants(t, 204, "")
	for _, tab := range tabs {
		tab.ends("session_ended")
	}
	if took := time.Since(began); took > 20*time.Second { // 0.2 s; this machine may be busy
		t.Errorf("after %v", took)
	}
	res, _ := byCookie.opens()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a tab that comes back: %d", res.StatusCode)
	}
}

func TestOpenTabsLearnWhyTheirSessionIsOver(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	c := s.program()
	g := c.login("alice", battery, "storage")
	tab := c.listens(bearer(g.Access))
	c.refresh(c.refresh(g.Refresh).granted(t).Refresh)
	c.refresh(g.Refresh).wants(t, 401, "refresh_reused")
	tab.ends("refresh_reused")

	b := s.browser()
	b.login("alice", battery, "cookie")
	other := b.listens()
	if err := s.core.Users.SetDisabled(t.Context(), u.ID, true, cli); err != nil {
		t.Fatal(err)
	}
	other.ends("session_ended")
}

// A limit that was moved by use in the meantime is none.
func TestOpenTabsLearnOfLimits(t *testing.T) {
	s := start(t, "session.idle=2h", "session.lifetime=3h", "session.short_idle=1h", "session.short_lifetime=1h")
	s.addUser("alice", battery)
	b := s.browser()
	b.login("alice", battery, "cookie")
	tab := b.listens()
	s.clock.advance(90 * time.Minute)
	b.get("/auth/api/me").wants(t, 200, "")
	s.clock.advance(45 * time.Minute) // past the first idle limit
	s.watched(t)
	if s.app.tabs.Len() != 1 {
		t.Error("the tab was let go at a limit that had been moved")
	}
	b.get("/auth/api/me").wants(t, 200, "")
	s.clock.advance(time.Hour)
	tab.ends("session_expired")
}

// watched waits until the tabs have been looked at twice.
func (s *server) watched(t *testing.T) {
	t.Helper()
	for range 2 {
		if err := s.app.tabs.Watch(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(250 * time.Millisecond)
	}
}

func TestOpenTabsLearnOfWhatAnotherNodeEnds(t *testing.T) {
	a := start(t)
	a.addUser("alice", battery)
	b := start(t, "data="+a.core.Config.Data)
	here, there := b.browser(), a.browser()
	there.login("alice", battery, "cookie")
	here.cookies = there.cookies
	tab := here.listens()
	there.postJSON("/auth/api/logout", "").wants(t, 204, "")
	tab.ends("session_ended")
}

func TestTabsThatAreTooManyDoWithout(t *testing.T) {
	s := start(t, "events.streams_per_session=2", "events.streams=3")
	s.addUser("alice", battery)
	one, other := s.browser(), s.browser()
	one.login("alice", battery, "cookie")
	other.login("alice", battery, "cookie")
	refused := func(c *client) {
		t.Helper()
		if res, _ := c.opens(); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "30" {
			t.Errorf("%d %v", res.StatusCode, res.Header)
		}
	}
	first := one.listens()
	one.listens()
	refused(one)
	other.listens()
	refused(other)
	first.close()
	for s.app.tabs.Len() > 2 { // The server notices in its own time.
		<-time.After(10 * time.Millisecond)
	}
	other.listens()
	refused(one)
}

func TestForeignPagesDoNotListen(t *testing.T) {
	s := start(t, "cors.origins="+appOrigin)
	s.addUser("alice", battery)
	c, _ := s.victim()
	for from, headers := range foreign {
		if res, _ := c.opens(headers...); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", from, res.StatusCode)
		}
	}
	res, _ := c.opens("Origin: "+appOrigin, "Sec-Fetch-Site: same-site")
	if res.StatusCode != 200 || res.Header.Get("Access-Control-Allow-Origin") != appOrigin || res.Header.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("a configured origin: %d %v", res.StatusCode, res.Header)
	}
	if res, _ := s.program().opens(); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody: %d", res.StatusCode)
	}
}

func TestStreamOutlivesTheLimitsOfAnExchange(t *testing.T) {
	t.Parallel()
	s := start(t, "limits.answer=5s", "limits.request=5s", "limits.header=5s")
	s.addUser("alice", battery)
	b := s.browser()
	b.login("alice", battery, "cookie")
	tab := b.listens()
	<-time.After(7 * time.Second) // all limits and more, which leave a busy machine the time to sign in
	b.postJSON("/auth/api/logout", "").wants(t, 204, "")
	tab.ends("session_ended")
}

func TestTabsListenByHTTP2(t *testing.T) {
	t.Parallel()
	cert, key, roots := selfSigned(t)
	s := start(t, "tls.certificate="+cert, "tls.key="+key, "limits.answer=5s", "limits.request=5s", "limits.header=5s")
	s.addUser("alice", battery)
	s.wire.TLSClientConfig, s.wire.ForceAttemptHTTP2 = &tls.Config{RootCAs: roots, ServerName: "localhost"}, true
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.origin+"/auth/api/login", strings.NewReader(`{"username":"alice","password":"`+battery+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	signedIn, err := s.wire.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer signedIn.Body.Close()
	b := s.browser()
	b.keep(signedIn.Cookies())
	if signedIn.ProtoMajor != 2 || len(b.cookies) == 0 {
		t.Fatalf("%s %d %v", signedIn.Proto, signedIn.StatusCode, b.cookies)
	}
	var tabs []*openTab
	for range 10 { // more than HTTP/1.1 would give connections for
		tabs = append(tabs, b.listens())
	}
	<-time.After(7 * time.Second) // all limits and more, which leave a busy machine the time to sign in
	if err := s.endAll(); err != nil {
		t.Fatal(err)
	}
	for _, tab := range tabs {
		tab.ends("session_ended")
	}
}

func TestServerThatStopsDoesNotWaitForTabs(t *testing.T) {
	s := start(t, "shutdown.drain=1m")
	s.addUser("alice", battery)
	b := s.browser()
	b.login("alice", battery, "cookie")
	tabs := []*openTab{b.listens(), b.listens()}
	began := time.Now()
	if err := s.app.Stop(t.Context()); err != nil || time.Since(began) > 30*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	for _, tab := range tabs {
		if name, data := tab.next(); name != "" {
			t.Errorf("a tab whose session lives is told %q %s", name, data)
		}
	}
}

func TestPageLearnsWhoseSessionItsBrowserHolds(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	ask := func(c *client) reply { return c.get("/auth/api/session") }
	ask(s.program()).wants(t, 401, "token_missing")
	for _, keep := range []string{"cookie", "memory"} {
		b := s.browser()
		g := b.login("alice", battery, keep)
		before := s.dump()
		r := ask(b)
		want := `{"session":{"id":"` + g.Session.ID + `","expires_at":"2026-05-30T12:00:00Z","idle_expires_at":"2026-03-31T12:00:00Z","keep":"` + keep + `"},"user":{"id":`
		if r.status != 200 || !strings.HasPrefix(r.body, want) || len(r.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%d %s\nwant %s", r.status, r.body, want)
		}
		if s.dump() != before {
			t.Error("asking changed something")
		}
		b.postJSON("/auth/api/logout", "").wants(t, 204, "")
		b.cookies = map[string]string{}
		b.login("alice", battery, keep)
		held := b.cookies
		if err := s.endAll(); err != nil {
			t.Fatal(err)
		}
		b.cookies = held
		ask(b).wants(t, 401, "session_ended")
	}
	access := s.program().login("alice", battery, "storage").Access
	s.program().get("/auth/api/session", bearer(access)).wants(t, 200, "")
	b := s.browser()
	b.login("alice", battery, "memory")
	b.get("/auth/api/session", "Authorization: Bearer x").wants(t, 401, "token_malformed") // A cookie does not make it good.
}

func (s *server) endAll() error {
	u, err := s.core.Store.UserByLogin(s.Context(), "alice")
	if err == nil {
		_, err = s.core.Sessions.EndAllByOperator(s.Context(), u.ID, cli)
	}
	return err
}

// A refresh token in a cookie names a session to its page, and not to a thief.
func TestSessionIsNotToldToAThief(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	b := s.browser()
	b.login("alice", battery, "memory")
	old := s.browser()
	old.cookies["lingpai_refresh"] = b.cookies["lingpai_refresh"]
	for range 2 {
		b.refresh("").wants(t, 200, "")
	}
	old.get("/auth/api/session").wants(t, 401, "refresh_reused")
	b.get("/auth/api/session").wants(t, 200, "") // It ended nothing.

	p := s.browser().proves()
	p.signIn("memory")
	p.get("/auth/api/session").wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
	p.client.proves().ask("GET", "/auth/api/session", "", "").wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof")
	p.ask("GET", "/auth/api/session", "", "").wants(t, 200, "")
}
