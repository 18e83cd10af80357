package lingpai_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/busytest"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

const battery = "correct horse battery staple"

// loginAt is a real server, reached through a wire that can be cut. Whoever verifies its tokens knows the wire's address only.
type loginAt struct {
	testing.TB
	cfg  *config.Config
	app  *app.App
	wire *wire
}

// startLogin runs the server until the test ends, with one account, alice.
func startLogin(t testing.TB) *loginAt {
	t.Helper()
	w := newWire(t)
	cfg, err := config.Load("", nil, map[string]string{
		"listen": "127.0.0.1:0", "data": t.TempDir(), "issuer": w.origin(), "password.concurrency": "1",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &loginAt{TB: t, cfg: cfg, wire: w}
	s.core(func(c *app.Core) {
		_, err := c.Users.Add(t.Context(), user.New{Username: "alice", Password: secret.New(battery), Source: audit.Source{Actor: "cli"}})
		if err != nil {
			t.Fatal(err)
		}
	})
	s.start()
	t.Cleanup(func() {
		w.close()
		s.stop()
	})
	return s
}

// core lends what the command line works with, beside a running server or without one.
func (s *loginAt) core(use func(*app.Core)) {
	s.Helper()
	c, err := app.OpenCore(context.Background(), s.cfg, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		s.Fatal(err)
	}
	use(c)
	if err := c.Close(); err != nil {
		s.Error(err)
	}
}

func (s *loginAt) start() {
	s.Helper()
	var err error
	if s.app, err = app.New(context.Background(), s.cfg, app.Options{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		s.Fatal(err)
	}
	s.app.Start()
	s.wire.lead(s.app.Addr().String())
}

func (s *loginAt) stop() {
	s.Helper()
	if s.app == nil {
		return
	}
	if err := s.app.Stop(context.Background()); err != nil {
		s.Errorf("stop: %v", err)
	}
	s.app = nil
}

// verifier follows the server until the test ends.
func (s *loginAt) verifier(opts ...lingpai.Option) *lingpai.Verifier {
	s.Helper()
	v, err := lingpai.NewVerifier(s.Context(), s.wire.origin(), append([]lingpai.Option{ownConnections(s)}, opts...)...)
	if err != nil {
		s.Fatal(err)
	}
	return v
}

// ownConnections keeps a verifier's connections apart from those of others, and closes them with the test.
func ownConnections(t testing.TB) lingpai.Option {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return lingpai.HTTPClient(&http.Client{Transport: transport, Timeout: 5 * time.Second})
}

// post calls the server itself, not through the wire.
func (s *loginAt) post(path, body, token string) (int, []byte) {
	s.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://"+s.app.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Host = strings.TrimPrefix(s.wire.origin(), "http://")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return resp.StatusCode, answer
}

// login returns an access token of alice.
func (s *loginAt) login() string {
	s.Helper()
	status, answer := s.post("/auth/api/login", `{"username":"alice","password":"`+battery+`","keep":"storage"}`, "")
	var granted struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal(answer, &granted); err != nil || status != http.StatusOK {
		s.Fatalf("login: %d %s", status, answer)
	}
	return granted.Access
}

func (s *loginAt) logout(token string) {
	s.Helper()
	if status, answer := s.post("/auth/api/logout", "", token); status != http.StatusNoContent {
		s.Fatalf("logout: %d %s", status, answer)
	}
}

// patience is how long something may take that has no limit of its own, on a machine that is busy.
const patience = time.Minute

// refused waits until a verifier refuses a token, and returns the code.
func refused(t testing.TB, v *lingpai.Verifier, token string) string {
	t.Helper()
	var code string
	eventually(t, patience, "the token is refused", func() bool {
		_, err := v.Verify(context.Background(), token)
		code = codeOf(t, err)
		return code != ""
	})
	return code
}

// eventually asks every millisecond until something holds.
func eventually(t testing.TB, d time.Duration, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(d); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("after %v it is not so that %s", d, what)
		}
	}
}

func followed(t testing.TB, v *lingpai.Verifier) {
	t.Helper()
	eventually(t, patience, "the feed is followed", func() bool {
		h := v.Health()
		return h.Following && !h.Stale && h.Error == ""
	})
}

// ASVS 7.4.1
func TestALogoutReachesAnAPIWithinASecond(t *testing.T) {
	s := startLogin(t)
	v := s.verifier()
	if h := v.Health(); !h.Following || h.Stale || h.Error != "" || h.LastBeat.IsZero() {
		t.Fatalf("a verifier that was just made is at %+v", h)
	}
	other := s.login()
	expect(t, v, other, "")
	var ended string
	busytest.Within(t, time.Second, func() time.Duration {
		before := v.Health()
		ended = s.login()
		expect(t, v, ended, "")
		s.logout(ended)
		out := time.Now()
		if code := refused(t, v, ended); code != lingpai.CodeSessionEnded {
			t.Errorf("code %s", code)
		}
		late := time.Since(out)
		expect(t, v, other, "")
		if h := v.Health(); h.Entries != before.Entries+1 || h.Sequence <= before.Sequence {
			t.Errorf("%+v after %+v", h, before)
		}
		return late
	})
	// A verifier that comes later begins with what was called back before.
	expect(t, s.verifier(), ended, lingpai.CodeSessionEnded)
}
