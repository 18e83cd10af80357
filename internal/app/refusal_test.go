package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// canary stands for what only the log may know: the text of an inner error.
const canary = "pq: relation users.password at 10.0.0.7"

// spoken are codes whose first argument is a length of time.
var spoken = map[fault.Code]bool{
	fault.TokenExpired: true, fault.TokenNotYetValid: true, fault.TokenRevoked: true, fault.SessionEnded: true,
	fault.RateLimited: true, fault.TooBusy: true, fault.StepUpRequired: true,
}

// refusals are all that a client can be told, each with an inner reason that it must not be told.
func refusals() map[string]error {
	all := map[string]error{}
	for _, code := range fault.Codes() {
		var args []any
		switch {
		case spoken[code]:
			args = []any{42 * time.Second}
		case strings.Contains(code.Text(), "%d"):
			args = []any{4096}
		default:
			args = slices.Repeat([]any{"what it names"}, strings.Count(code.Text(), "%s"))
		}
		all[string(code)] = fault.Refuse(code, args...).Because(errors.New(canary))
	}
	for name, kind := range map[string]error{
		"not found": fault.ErrNotFound, "conflict": fault.ErrConflict, "store unavailable": fault.ErrUnavailable,
		"taken": &user.Taken{Field: "username"}, "canceled": context.Canceled, "too slow": context.DeadlineExceeded,
		"anything": errors.New("x"), "an invented code": fault.Refuse("no_such_code"),
	} {
		all[name] = fmt.Errorf("%s: %w", canary, kind)
	}
	all["two at once"] = errors.Join(errors.New(canary), fault.Refuse(fault.NotFound))
	return all
}

// form is a way in which a refusal is written.
type form struct {
	name, path string
	header     http.Header
}

var forms = []form{
	{"problem", "/api", nil},
	{"problem to a token", "/api", http.Header{"Authorization": {"Bearer x"}}},
	{"page", "/page", nil},
	{"page in Chinese", "/page", http.Header{"Accept-Language": {"zh-CN"}}},
	{"redirect", "/page", http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}}},
	{"redirect from the API", "/api", http.Header{"Accept": {"text/html"}}},
}

func TestNoInnerTextReachesAClient(t *testing.T) {
	for name, err := range refusals() {
		for _, form := range forms {
			t.Run(name+" as "+form.name, func(t *testing.T) {
				log := &buffer{}
				res := refuse(t, log, form, func(http.ResponseWriter, *http.Request) error { return err })
				keepsTo(t, res, fault.From(err))
				if !strings.Contains(log.String(), "10.0.0.7") && fault.From(err).Cause != nil {
					t.Errorf("the log does not say why:\n%s", log)
				}
			})
		}
	}
}

func TestAPanicIsABare500(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			log := &buffer{}
			res := refuse(t, log, form, func(http.ResponseWriter, *http.Request) error { panic(canary) })
			keepsTo(t, res, fault.Refuse(fault.Internal))
			if !strings.Contains(log.String(), canary) || !strings.Contains(log.String(), "refusal_test.go") {
				t.Errorf("the log does not say what panicked, and where:\n%s", log)
			}
		})
	}
}

// keepsTo checks that an answer says what the refusal says, and nothing of its cause.
func keepsTo(t *testing.T, res *httptest.ResponseRecorder, refusal *fault.Refusal) {
	t.Helper()
	status := refusal.Code.Status()
	if res.Code != status && (status != http.StatusUnauthorized || res.Code != http.StatusSeeOther) {
		t.Errorf("status %d, want %d", res.Code, status)
	}
	var header strings.Builder
	_ = res.Header().Write(&header) // a strings.Builder takes everything
	whole := header.String() + res.Body.String()
	for _, part := range []string{canary, url.QueryEscape(canary), "10.0.0.7", "goroutine", "%!", "%s", "%d"} {
		if strings.Contains(whole, part) {
			t.Errorf("%q reached the client:\n%s", part, whole)
		}
	}
	if res.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control is %q", res.Header().Get("Cache-Control"))
	}
	if text := res.Body.String(); res.Code != http.StatusSeeOther && !strings.Contains(text, string(known(refusal.Code))) {
		t.Errorf("the answer does not name its code:\n%s", text)
	}
}

// known is the code under which a refusal is shown.
func known(code fault.Code) fault.Code {
	for _, c := range fault.Codes() {
		if c == code {
			return c
		}
	}
	return fault.Internal
}

// pages are parsed once, because each case below makes an edge of its own.
var pages = sync.OnceValues(func() (*webui.UI, error) {
	return webui.New(webui.Options{Host: "localhost", Now: time.Now, PasswordMinimum: 15})
})

// refuse asks an edge whose routes do one thing, with the real pages.
func refuse(t *testing.T, log *buffer, form form, handle httpd.Handler) *httptest.ResponseRecorder {
	t.Helper()
	ui, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	edge := &httpd.Edge{
		Issuer: "http://localhost:4401", Guard: &httpd.Guard{Proofs: &dpop.Judge{}}, Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	edge.Page = (&login.Handler{UI: ui, Name: "Test", Guard: edge.Guard, ReturnTo: edge.ReturnTo, Now: time.Now}).Refused
	rule := httpd.Route{Auth: httpd.Public, CSRF: httpd.Safe, Cache: httpd.NoStore, Body: httpd.NoBody, Handle: handle}
	program, page := rule, rule
	program.Pattern, program.Surface, program.CORS = "GET /api", httpd.API, httpd.Configured
	page.Pattern, page.Surface, page.CORS = "GET /page", httpd.Browser, httpd.OwnOrigin
	handler, err := edge.Handler([]httpd.Route{program, page})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, form.path, nil)
	r.Host = "localhost:4401"
	maps.Copy(r.Header, form.header)
	res := httptest.NewRecorder()
	handler.ServeHTTP(res, r)
	return res
}
