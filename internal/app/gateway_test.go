package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/user"
)

// heard is what an app was asked.
type heard struct {
	Method, URI, Host, Body string
	Header                  http.Header
}

// echo is an app that answers with what it heard, and keeps it.
type echo struct {
	*httptest.Server
	asked chan heard
}

func newEcho(t testing.TB) *echo {
	t.Helper()
	e := &echo{asked: make(chan heard, 1000)}
	e.Server = httptest.NewServer(http.HandlerFunc(e.serve))
	t.Cleanup(e.Close)
	return e
}

func (e *echo) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/events"):
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; r.Context().Err() == nil; i++ {
			fmt.Fprintf(w, "data: %d\n\n", i)
			_ = http.NewResponseController(w).Flush()
			<-time.After(20 * time.Millisecond)
		}
		return
	case strings.HasSuffix(r.URL.Path, "/socket"):
		e.socket(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil { // what was broken off on the way is no request
		return
	}
	h := heard{r.Method, r.RequestURI, r.Host, string(body), r.Header.Clone()}
	select {
	case e.asked <- h:
	default:
	}
	if strings.HasSuffix(r.URL.Path, "/forge") {
		w.Header().Set("Set-Cookie", "lingpai_session=forged; Path=/")
	}
	w.Header().Add("Set-Cookie", "theme=dark")
	_ = json.NewEncoder(w).Encode(h)
}

// socket takes a WebSocket's handshake and then echoes bytes.
func (e *echo) socket(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "websocket" {
		http.Error(w, "no upgrade", http.StatusBadRequest)
		return
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	_, _ = io.Copy(conn, rw)
}

// nothingHeard says that no request has reached the app.
func (e *echo) nothingHeard(t testing.TB, what string) {
	t.Helper()
	select {
	case h := <-e.asked:
		t.Errorf("%s: the app was asked %s %s", what, h.Method, h.URI)
	default:
	}
}

func (r reply) heard(t testing.TB) (h heard) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), &h); err != nil {
		t.Fatalf("not what the app answers: %d %s", r.status, r.body)
	}
	return h
}

// gated is a server with apps behind it. APP in the routes stands for the address of the app.
func gated(t testing.TB, routes string, settings ...string) (*server, *echo) {
	t.Helper()
	app := newEcho(t)
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	if err := os.WriteFile(file, []byte("gateway:\n  routes:\n"+strings.ReplaceAll(routes, "APP", app.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, append(settings, "file="+file)...)
	s.addUser("alice", battery, "admin")
	s.addUser("bob", battery)
	return s, app
}

const usual = `
    - {match: /public/**, upstream: APP, public: true}
    - {match: [/admin/**, /admin2/**], upstream: APP, require: {roles: [admin]}}
    - {match: /api/**, upstream: APP, token: true, require: {scopes: [notes]}}
    - {match: /shared/**, upstream: APP, origins: ["https://spa.example"]}
    - {match: /closed/**, upstream: APP, maintenance: true}
    - {match: /limited/**, upstream: APP, body: 1KiB, methods: [GET, POST]}
    - {match: /limited/**, upstream: APP, methods: [DELETE], require: {roles: [admin]}}
    - {match: /net/**, upstream: APP, public: true, require: {addresses: [192.0.2.0/24]}}
    - {match: /**, upstream: APP}
`

const page = "Accept: text/html"

// signed is a browser in which somebody has signed in by the page, as the gateway sends them to.
func (s *server) signed(name string) *client {
	s.Helper()
	c := s.browser()
	c.login(name, battery, "cookie")
	return c
}

// ASVS 10.1.1
func TestGatewayLetsWhoIsSignedInReachTheApp(t *testing.T) {
	s, app := gated(t, usual)
	c := s.browser()
	r := c.get("/notes/1?x=1", page, "Sec-Fetch-Mode: navigate")
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/auth/login?return_to=%2Fnotes%2F1%3Fx%3D1" {
		t.Fatalf("a page without login: %d %s", r.status, r.header.Get("Location"))
	}
	r = c.get("/notes/1", "Accept: application/json")
	if r.status != http.StatusUnauthorized || !strings.Contains(r.body, `"token_missing"`) || r.header.Get("WWW-Authenticate") == "" {
		t.Fatalf("a program without login: %d %s", r.status, r.body)
	}
	app.nothingHeard(t, "nobody has signed in")
	r = c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": "/notes/1?x=1"}, "Origin: "+s.origin)
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/notes/1?x=1" {
		t.Fatalf("sign in: %d %s", r.status, r.header.Get("Location"))
	}
	r = c.get("/notes/1?x=1", page, "Cookie: theme=dark")
	h := r.heard(t)
	if r.status != http.StatusOK || h.URI != "/notes/1?x=1" || h.Host != strings.TrimPrefix(s.origin, "http://") {
		t.Errorf("%d %+v", r.status, h)
	}
	for name, want := range map[string]string{
		"X-Forwarded-User": "alice", "X-Forwarded-Email": "alice@example.com", "X-Forwarded-Roles": "admin", "Authorization": "",
		"X-Forwarded-Proto": "http", "X-Forwarded-Host": h.Host, "X-Forwarded-For": "127.0.0.1", "Cookie": "theme=dark",
	} {
		if got := h.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if set := c.get("/notes/forge").header.Values("Set-Cookie"); len(set) != 1 || set[0] != "theme=dark" {
		t.Errorf("cookies that the app may set: %v", set)
	}
}

func TestGatewaySignsWhoIsAsking(t *testing.T) {
	s, _ := gated(t, usual)
	h := s.signed("alice").get("/notes").heard(t)
	rules := token.Rules{Issuer: s.origin, Audience: []string{s.origin}, Keys: s.core.Keys.Find, Now: s.clock.Now}
	id, err := rules.JudgeIdentity(t.Context(), h.Header.Get(lingpai.IdentityHeader))
	if err != nil {
		t.Fatal(err)
	}
	if id.Username != "alice" || id.Email != "alice@example.com" || len(id.Roles) != 1 || id.ExpiresAt.Sub(id.IssuedAt) != time.Minute {
		t.Errorf("%+v", id)
	}
}

// An app that knows people by their address can not be entered as somebody else by writing theirs into one's profile.
func TestGatewayTellsNoAddressThatNobodyVerified(t *testing.T) {
	s, _ := gated(t, usual)
	rules := token.Rules{Issuer: s.origin, Audience: []string{s.origin}, Keys: s.core.Keys.Find, Now: s.clock.Now}
	tells := func(want string) {
		t.Helper()
		h := s.signed("alice").get("/notes").heard(t)
		id, err := rules.JudgeIdentity(t.Context(), h.Header.Get(lingpai.IdentityHeader))
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Header.Get("X-Forwarded-Email"); got != want || id.Email != want || id.Username != "alice" {
			t.Errorf("the header says %q, the identity %+v, want %q", got, id.Profile, want)
		}
	}
	tells("alice@example.com")
	s.writesAddress("alice", "alice@example.com")
	tells("alice@example.com")
	s.writesAddress("alice", "boss@example.com")
	tells("")
	u, err := s.core.Store.UserByLogin(t.Context(), "alice")
	if err == nil {
		err = s.core.Users.Amend(t.Context(), u.ID, user.Amendment{EmailVerified: new(true)}, cli)
	}
	if err != nil {
		t.Fatal(err)
	}
	tells("boss@example.com")
}

func (s *server) setRoles(name string, roles ...string) {
	s.Helper()
	s.clock.advance(time.Millisecond) // no account is changed twice at a time
	u, err := s.core.Store.UserByLogin(s.Context(), name)
	if err == nil {
		err = s.core.Users.Amend(s.Context(), u.ID, user.Amendment{Roles: &roles}, cli)
	}
	if err != nil {
		s.Fatal(err)
	}
	s.clock.advance(5 * time.Second)
}

// The clock all but stands still, so what was read of bob never becomes too old to be believed.
func TestARoleThatIsGivenOrTakenIsFeltAtTheGateway(t *testing.T) {
	s, _ := gated(t, usual)
	bob := s.signed("bob")
	u, err := s.core.Store.UserByLogin(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		roles  []string
		status int
	}{{[]string{"admin"}, http.StatusOK}, {nil, http.StatusForbidden}, {[]string{"editor", "admin"}, http.StatusOK}} {
		bob.get("/notes")
		s.clock.advance(time.Millisecond)
		if err := s.core.Users.Amend(t.Context(), u.ID, user.Amendment{Roles: &c.roles}, cli); err != nil {
			t.Fatal(err)
		}
		within(t, "the change is felt", func() bool { return bob.get("/admin/x").status == c.status })
	}
}

func TestGatewayAsksForARole(t *testing.T) {
	s, app := gated(t, usual)
	bob := s.signed("bob")
	r := bob.get("/admin/x", page)
	if r.status != http.StatusForbidden || !strings.Contains(r.body, "admin") || !strings.Contains(r.header.Get("Content-Type"), "text/html") {
		t.Errorf("page: %d %s", r.status, r.header)
	}
	if r = bob.get("/admin/x"); r.status != http.StatusForbidden || !strings.Contains(r.body, `"forbidden_role"`) {
		t.Errorf("program: %d %s", r.status, r.body)
	}
	if r = bob.do(http.MethodDelete, "/limited/x", "", "Origin: "+s.origin); r.status != http.StatusForbidden {
		t.Errorf("by method: %d", r.status)
	}
	app.nothingHeard(t, "bob is no admin")
	if r = s.signed("alice").get("/admin/x"); r.status != http.StatusOK {
		t.Errorf("alice: %d %s", r.status, r.body)
	}
	s.setRoles("bob", "admin")
	if r = bob.get("/admin/x"); r.status != http.StatusOK {
		t.Errorf("bob as admin: %d %s", r.status, r.body)
	}
	s.setRoles("bob")
	if r = bob.get("/admin/x"); r.status != http.StatusForbidden {
		t.Errorf("bob is no admin any more: %d", r.status)
	}
}

func TestGatewayPublicRouteKnowsGuestsAndPeople(t *testing.T) {
	s, _ := gated(t, usual)
	if h := s.program().get("/public/x").heard(t); h.Header.Get("X-Forwarded-User") != "" || len(h.Header["X-Lingpai-Identity"]) > 0 {
		t.Errorf("a guest: %v", h.Header)
	}
	if h := s.signed("bob").get("/public/x").heard(t); h.Header.Get("X-Forwarded-User") != "bob" {
		t.Errorf("bob: %v", h.Header)
	}
	if h := s.program().get("/public/x", "Authorization: Basic YTpi").heard(t); h.Header.Get("Authorization") != "Basic YTpi" {
		t.Errorf("a login of the app's own: %v", h.Header)
	}
	if r := s.program().get("/net/x"); r.status != http.StatusForbidden || !strings.Contains(r.body, "address_refused") {
		t.Errorf("from another network: %d %s", r.status, r.body)
	}
}

// ASVS 10.1.1
func TestGatewayGivesATokenOnlyWhereTheRouteSaysSo(t *testing.T) {
	s, _ := gated(t, usual)
	c := s.signed("alice")
	sent := c.get("/api/x").heard(t).Header.Get("Authorization")
	token, ok := strings.CutPrefix(sent, "Bearer ")
	if !ok {
		t.Fatalf("the app got %q", sent)
	}
	if r := s.program().me(token); r.status != http.StatusOK || !strings.Contains(r.body, `"alice"`) {
		t.Errorf("the token that the app got: %d %s", r.status, r.body)
	}
	g := s.program().login("bob", battery, "storage")
	if h := s.program().get("/api/x", "Authorization: Bearer "+g.Access).heard(t); h.Header.Get("Authorization") != "Bearer "+g.Access ||
		h.Header.Get("X-Forwarded-User") != "bob" {
		t.Errorf("a token of the client's own: %v", h.Header)
	}
	if h := s.program().get("/notes", "Authorization: Bearer "+g.Access).heard(t); h.Header.Get("Authorization") != "" {
		t.Errorf("a token reached an app that its route gives none: %v", h.Header)
	}
}

func TestGatewayClosesAnAppForMaintenance(t *testing.T) {
	s, app := gated(t, usual)
	r := s.signed("alice").get("/closed/x", page)
	if r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, "being worked on") {
		t.Errorf("%d %s", r.status, r.body)
	}
	app.nothingHeard(t, "it is closed")
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("what is meant is logged as an error:\n%s", s.log)
	}
}

func TestGatewayBoundsBodies(t *testing.T) {
	s, _ := gated(t, usual)
	c := s.signed("alice")
	if r := c.do(http.MethodPost, "/limited/x", strings.Repeat("x", 1<<10), "Origin: "+s.origin); r.status != http.StatusOK {
		t.Errorf("1 KiB: %d", r.status)
	}
	if r := c.do(http.MethodPost, "/limited/x", strings.Repeat("x", 1<<10+1), "Origin: "+s.origin); r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a byte more: %d", r.status)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.origin+"/limited/x", io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<11))))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", s.origin)
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if got := c.send(r); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("in chunks: %d %s", got.status, got.body)
	}
}

// open begins a request that goes on, and returns what comes.
func (c *client) open(path string, headers ...string) (net.Conn, *bufio.Reader, *http.Response) {
	c.s.Helper()
	conn, err := (&net.Dialer{}).DialContext(c.s.Context(), "tcp", c.s.app.Addr().String())
	if err != nil {
		c.s.Fatal(err)
	}
	c.s.Cleanup(func() { conn.Close() })
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\n", path, strings.TrimPrefix(c.s.origin, "http://"))
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	for name, value := range c.cookies {
		fmt.Fprintf(&b, "Cookie: %s=%s\r\n", name, value)
	}
	if _, err := io.WriteString(conn, b.String()+"\r\n"); err != nil {
		c.s.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	br := bufio.NewReader(conn)
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		c.s.Fatal(err)
	}
	return conn, br, res
}

var upgrade = []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}

func TestLogoutEndsOpenStreams(t *testing.T) {
	s, _ := gated(t, usual)
	c := s.signed("alice")
	_, _, events := c.open("/notes/events")
	if events.StatusCode != http.StatusOK {
		t.Fatalf("events: %d", events.StatusCode)
	}
	conn, socket, res := c.open("/notes/socket", append(upgrade, "Origin: "+s.origin)...)
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("socket: %d", res.StatusCode)
	}
	if _, err := io.WriteString(conn, "ping"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(socket, make([]byte, 4)); err != nil {
		t.Fatalf("echo: %v", err)
	}
	other := s.signed("alice")
	_, others, _ := other.open("/notes/events")
	if r := c.postJSON("/auth/api/logout", "{}", "Origin: "+s.origin); r.status != http.StatusNoContent {
		t.Fatalf("logout: %d %s", r.status, r.body)
	}
	began := time.Now()
	if _, err := io.Copy(io.Discard, events.Body); err == nil {
		t.Error("the events ended as if they were complete")
	}
	if _, err := io.Copy(io.Discard, socket); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("socket: %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := others.ReadString('\n'); err != nil {
		t.Errorf("the stream of another session: %v", err)
	}
	if r := c.get("/notes"); r.status != http.StatusUnauthorized {
		t.Errorf("after the logout: %d", r.status)
	}
}

func (s *server) reload(t testing.TB, routes string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	if err := os.WriteFile(file, []byte("gateway:\n  routes:\n"+routes), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file, nil, map[string]string{"data": s.core.Config.Data})
	if err == nil {
		_, err = s.app.Reload(cfg)
	}
	return err
}

func TestReloadUnderLoadFailsNoRequest(t *testing.T) {
	s, app := gated(t, usual)
	c := s.signed("alice")
	_, open, _ := c.open("/notes/events")
	routes := strings.ReplaceAll(usual, "APP", app.URL)
	ctx, stop := context.WithCancel(t.Context())
	failed := make(chan string, 8)
	for range 4 {
		go func() {
			for ctx.Err() == nil {
				if r := c.copied().get("/notes/x"); r.status != http.StatusOK {
					failed <- fmt.Sprint(r.status, r.body)
					return
				}
			}
			failed <- ""
		}()
	}
	for i := range 50 {
		change := routes
		if i%2 == 0 {
			change = strings.Replace(routes, "roles: [admin]", "roles: [boss]", 1)
		}
		if err := s.reload(t, change); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	for range 4 {
		if why := <-failed; why != "" {
			t.Errorf("a request failed: %s", why)
		}
	}
	if _, err := open.ReadString('\n'); err != nil {
		t.Errorf("a stream that was open: %v", err)
	}
	if r := c.get("/admin/x"); r.status != http.StatusOK {
		t.Errorf("by the last routes: %d", r.status)
	}
	if err := s.reload(t, "    []\n"); err == nil || !strings.Contains(err.Error(), "no routes any more") {
		t.Errorf("the last route taken away: %v", err)
	}
	if err := s.reload(t, "    - {match: nonsense}\n"); err == nil || !strings.Contains(err.Error(), ":3:15: ") {
		t.Errorf("a wrong file: %v", err)
	}
	if r := c.get("/admin/x"); r.status != http.StatusOK {
		t.Errorf("after a wrong file: %d", r.status)
	}
}

// copied is the same browser for another goroutine.
func (c *client) copied() *client {
	return &client{s: c.s, cookies: maps.Clone(c.cookies)}
}

// readReply reads one answer from a connection.
func readReply(t testing.TB, conn net.Conn) reply {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(body)}
}

func TestGatewayCallWithTheNewTokenConfirmsTheRefresh(t *testing.T) {
	s, _ := gated(t, usual)
	c := s.program()
	g := c.postJSON("/auth/api/login", `{"username":"alice","password":"`+battery+`","keep":"storage","confirms":true}`).granted(t)
	if r := c.get("/notes", "Authorization: Bearer "+g.Access); r.status != http.StatusOK {
		t.Fatal(r.status)
	}
	next := c.refresh(g.Refresh).granted(t)
	if again := c.refresh(g.Refresh).granted(t); again.Refresh != next.Refresh {
		t.Fatal("the answer was lost, and the client does not get the same successor")
	}
	if r := c.get("/notes", "Authorization: Bearer "+next.Access); r.status != http.StatusOK {
		t.Fatal(r.status)
	}
	s.clock.advance(time.Minute)
	c.refresh(g.Refresh).wants(t, 401, "refresh_reused")
}

func TestGatewayOfAMachineAnswersUnderItsNamesOnly(t *testing.T) {
	s, app := gated(t, usual)
	if r := s.program().get("/public/x", "Host: evil.example"); r.status != http.StatusMisdirectedRequest {
		t.Errorf("%d %s", r.status, r.body)
	}
	app.nothingHeard(t, "under another name")
}
