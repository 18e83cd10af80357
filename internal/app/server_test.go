package app

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

// battery is a password that the policy accepts.
const battery = "correct horse battery staple"

var secretBattery = secret.New(battery)

// cli is the source of what the command line does.
var cli = audit.Source{Actor: "cli"}

// server is the real server with its database in a temporary folder, on a free loopback port, with a clock that tests set.
type server struct {
	testing.TB
	app    *App
	core   *Core
	clock  *clock
	log    *buffer
	origin string // the issuer
	wire   *http.Transport
}

// start runs a server until the test ends. Settings are "key=value" as in the configuration.
func start(t testing.TB, settings ...string) *server {
	t.Helper()
	// A fixed number of hashing threads, because each server in this process gives the scheduler that many more.
	overrides := map[string]string{"listen": "127.0.0.1:0", "data": t.TempDir(), "password.concurrency": "2"}
	for _, s := range settings {
		key, value, _ := strings.Cut(s, "=")
		overrides[key] = value
	}
	file := overrides["file"] // a configuration file, for what only a file can say
	delete(overrides, "file")
	cfg, err := config.Load(file, nil, overrides)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{TB: t, clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 250_000_000, time.UTC)}, log: &buffer{}}
	level := slog.LevelDebug
	if overrides["log.level"] == "warn" { // for benchmarks
		level = slog.LevelWarn
	}
	logger := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: level}))
	if s.app, err = New(t.Context(), cfg, Options{Logger: logger, Now: s.clock.Now}); err != nil {
		t.Fatal(err)
	}
	s.core, s.origin = s.app.core, s.app.Issuer()
	s.hashCheaply()
	s.wire = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", s.app.Addr().String())
	}}
	s.app.Start()
	t.Cleanup(func() {
		s.wire.CloseIdleConnections()
		if err := s.app.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return s
}

// hashCheaply spares the tests the work that password hashing is meant to be.
func (s *server) hashCheaply() {
	cheap, err := password.NewHasher(password.Options{
		Params: password.Params{MemoryKiB: 64, Time: 1, Threads: 1}, InsecureCheapParams: true, Concurrency: 2,
	})
	if err != nil {
		s.Fatal(err)
	}
	s.hashWith(cheap)
}

func (s *server) hashWith(h *password.Hasher) {
	s.core.Password.Hasher, s.core.Hasher = h, h
	s.core.Users.Passwords = s.core.newPasswords()
}

func (s *server) addUser(name, pw string, roles ...string) user.User {
	s.Helper()
	u, err := s.core.Users.Add(s.Context(), user.New{
		Username: name, Email: name + "@example.com", EmailVerified: true, Name: "Miss " + name, Roles: roles, Password: secret.New(pw), Source: cli,
	})
	if err != nil {
		s.Fatal(err)
	}
	return u
}

// events lists the audit log, oldest first.
func (s *server) events() []audit.Event {
	s.Helper()
	events, err := s.core.Store.Events(s.Context(), audit.Query{Limit: 1000})
	if err != nil {
		s.Fatal(err)
	}
	slices.Reverse(events)
	return events
}

// dump is everything that the database holds, as text.
func (s *server) dump() string {
	s.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.core.Config.Data, "lingpai.db")+"?mode=ro")
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	var out strings.Builder
	for _, table := range []string{"users", "sessions", "revocations", "events", "signing_keys", "sealed_secrets", "throttle",
		"clients", "client_secrets", "consents", "codes", "grants", "spent_ids", "pushed_requests", "logouts",
		"provider_links", "provider_sessions", "mail_codes", "second_factors", "recovery_codes"} {
		s.dumpTable(&out, db, table)
	}
	return out.String()
}

func (s *server) dumpTable(out *strings.Builder, db *sql.DB, table string) {
	s.Helper()
	rows, err := db.Query("SELECT * FROM " + table)
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		s.Fatal(err)
	}
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(any)
		}
		if err := rows.Scan(row...); err != nil {
			s.Fatal(err)
		}
		out.WriteString(table)
		for i, cell := range row {
			fmt.Fprintf(out, " %s=%v", columns[i], *cell.(*any))
		}
		out.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		s.Fatal(err)
	}
}

// clock is a time that only tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// buffer is a log that is written and read at the same time.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *buffer) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Reset()
}

// client is one browser or program. It follows no redirects.
type client struct {
	s       *server
	cookies map[string]string // nil for a program that keeps none
	from    string            // X-Forwarded-For, if not ""
}

// program is a client without cookies.
func (s *server) program() *client { return &client{s: s} }

// browser is a client that keeps cookies.
func (s *server) browser() *client { return &client{s: s, cookies: map[string]string{}} }

// reply is an answer that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request. Headers are "Name: value" and may repeat.
func (c *client) do(method, path, body string, headers ...string) reply {
	c.s.Helper()
	r, err := http.NewRequestWithContext(c.s.Context(), method, c.s.origin+path, strings.NewReader(body))
	if err != nil {
		c.s.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header[name] = append(r.Header[name], value)
	}
	if c.from != "" {
		r.Header.Set("X-Forwarded-For", c.from)
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return c.send(r)
}

func (c *client) send(r *http.Request) reply {
	c.s.Helper()
	if r.URL.Scheme == "https" && c.s.wire.TLSClientConfig == nil {
		r.URL.Scheme = "http" // as a proxy in front speaks to the server
		r.Host = r.URL.Host
	}
	res, err := c.s.wire.RoundTrip(r)
	if err != nil {
		c.s.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.s.Fatalf("%s %s: read answer: %v", r.Method, r.URL.Path, err)
	}
	if c.cookies != nil {
		c.keep(res.Cookies())
	}
	return reply{res.StatusCode, res.Header, string(body)}
}

// keep does what a browser does with Set-Cookie, by the clock of the server.
func (c *client) keep(set []*http.Cookie) {
	for _, cookie := range set {
		if cookie.MaxAge < 0 || !cookie.Expires.IsZero() && cookie.Expires.Before(c.s.clock.Now()) {
			delete(c.cookies, cookie.Name)
		} else {
			c.cookies[cookie.Name] = cookie.Value
		}
	}
}

func (c *client) get(path string, headers ...string) reply {
	c.s.Helper()
	return c.do(http.MethodGet, path, "", headers...)
}

func (c *client) postJSON(path, body string, headers ...string) reply {
	c.s.Helper()
	return c.do(http.MethodPost, path, body, append(headers, "Content-Type: application/json")...)
}

// postForm sends name, value pairs.
func (c *client) postForm(path string, form map[string]string, headers ...string) reply {
	c.s.Helper()
	return c.do(http.MethodPost, path, encodeForm(form), append(headers, "Content-Type: application/x-www-form-urlencoded")...)
}

func encodeForm(form map[string]string) string {
	values := url.Values{}
	for name, value := range form {
		values.Set(name, value)
	}
	return values.Encode()
}

// login signs in by the API and returns what it gave.
func (c *client) login(name, pw, keep string) granted {
	c.s.Helper()
	r := c.tryLogin(name, pw, keep)
	if r.status != http.StatusOK {
		c.s.Fatalf("login as %s: %d %s", name, r.status, r.body)
	}
	return r.granted(c.s.TB)
}

func (c *client) tryLogin(name, pw, keep string, headers ...string) reply {
	c.s.Helper()
	body, err := json.Marshal(map[string]string{"username": name, "password": pw, "keep": keep})
	if err != nil {
		c.s.Fatal(err)
	}
	return c.postJSON("/auth/api/login", string(body), headers...)
}

func (c *client) refresh(token string) reply {
	c.s.Helper()
	if token == "" {
		return c.postJSON("/auth/api/refresh", "")
	}
	return c.postJSON("/auth/api/refresh", `{"refresh_token":"`+token+`"}`)
}

func (c *client) me(access string) reply {
	c.s.Helper()
	return c.get("/auth/api/me", bearer(access))
}

func bearer(access string) string { return "Authorization: Bearer " + access }

// granted is the answer of a sign-in or a refresh.
type granted struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Session struct {
		ID string `json:"id"`
	} `json:"session"`
}

func (r reply) granted(t testing.TB) (g granted) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), &g); err != nil {
		t.Fatalf("answer %d %q: %v", r.status, r.body, err)
	}
	return g
}

// code is the code of a refusal, or "".
func (r reply) code() string {
	var problem struct{ Code string }
	if json.Unmarshal([]byte(r.body), &problem) != nil {
		return ""
	}
	return problem.Code
}

// wants checks status and code; code "" wants no refusal.
func (r reply) wants(t testing.TB, status int, code string) {
	t.Helper()
	if r.status != status || r.code() != code {
		t.Errorf("got %d %q, want %d %q; body: %s", r.status, r.code(), status, code, r.body)
	}
}
