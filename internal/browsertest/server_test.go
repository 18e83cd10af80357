package browsertest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

// battery is a password that the policy accepts.
const battery = "correct horse battery staple"

var cli = audit.Source{Actor: "cli"}

// server is the real server on a free loopback port. People are added to it as the command line does, by the database.
type server struct {
	testing.TB
	app    *app.App
	core   *app.Core
	origin string
	ahead  atomic.Int64 // nanoseconds that its clock is ahead of the browser's
}

// start runs a server until the test ends. Settings are "key=value" as in the configuration, or "file=" with one.
func start(t testing.TB, settings ...string) *server {
	t.Helper()
	overrides := map[string]string{"listen": "localhost:0", "data": t.TempDir(), "password.concurrency": "2"}
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		overrides[key] = value
	}
	file := overrides["file"]
	delete(overrides, "file")
	cfg, err := config.Load(file, nil, overrides)
	if err != nil {
		t.Fatal(err)
	}
	s, logger := &server{TB: t}, slog.New(slog.DiscardHandler)
	if s.app, err = app.New(t.Context(), cfg, app.Options{Logger: logger, Now: s.now}); err != nil {
		t.Fatal(err)
	}
	s.origin = s.app.Issuer()
	s.app.Start()
	t.Cleanup(s.stop)
	if s.core, err = app.OpenCore(t.Context(), cfg, logger, s.now); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s.core != nil {
		if err := s.core.Close(); err != nil {
			s.Errorf("close database: %v", err)
		}
	}
	if err := s.app.Stop(ctx); err != nil {
		s.Errorf("stop: %v", err)
	}
}

func (s *server) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// advance sets the server's clock ahead; the browser's stays.
func (s *server) advance(d time.Duration) { s.ahead.Add(int64(d)) }

func (s *server) add(name string, roles ...string) user.User {
	s.Helper()
	u, err := s.core.Users.Add(s.Context(), user.New{
		Username: name, Email: name + "@example.com", EmailVerified: true, Password: secret.New(battery), Roles: roles, Source: cli,
	})
	if err != nil {
		s.Fatal(err)
	}
	return u
}

func (s *server) disable(u user.User) {
	s.Helper()
	if err := s.core.Users.SetDisabled(s.Context(), u.ID, true, cli); err != nil {
		s.Fatal(err)
	}
}

// program is a client of the JSON API that has signed in.
type program struct {
	*server
	token, agent, address string
}

func (s *server) program(name, agent string) *program {
	s.Helper()
	return s.programAt(name, agent, "")
}

// programAt is a program at another address. The server must believe a proxy.
func (s *server) programAt(name, agent, address string) *program {
	s.Helper()
	p := &program{server: s, agent: agent, address: address}
	var answer struct {
		Token string `json:"access_token"`
	}
	p.call("POST", "/auth/api/login", `{"username":"`+name+`","password":"`+battery+`","keep":"storage"}`, &answer)
	p.token = answer.Token
	return p
}

// call sends a request and reads the answer into out, which may be nil.
func (p *program) call(method, path, body string, out any) {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, p.origin+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("User-Agent", p.agent)
	if p.address != "" {
		r.Header.Set("X-Forwarded-For", p.address)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		p.Fatalf("%s %s: %s %s %v", method, path, answer.Status, data, err)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(data, out); err != nil {
		p.Fatal(err)
	}
}

// endOthers ends all sessions of the person but the program's own.
func (p *program) endOthers() {
	p.Helper()
	p.call("POST", "/auth/api/logout", `{"scope":"others"}`, nil)
}
