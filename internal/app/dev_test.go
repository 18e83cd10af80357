package app

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/httpd"
)

func devConfig(t *testing.T, settings map[string]string) *config.Config {
	t.Helper()
	all := map[string]string{"listen": "127.0.0.1:0", "data": t.TempDir(), "password.concurrency": "1"}
	maps.Copy(all, settings)
	cfg, err := config.Load("", nil, all)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func startDev(t *testing.T, cfg *config.Config) (*App, error) {
	t.Helper()
	return NewDev(t.Context(), cfg, Options{Logger: slog.New(slog.DiscardHandler)}, filepath.Join(t.TempDir(), "lingpai.dev.yaml"), nil)
}

func TestDevBeginsWithItsUsersOnceAndOffersNoSetup(t *testing.T) {
	cfg := devConfig(t, nil)
	for range 2 { // the second time the users are there already
		a, err := startDev(t, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if a.SetupLink() != "" {
			t.Errorf("a link to create the first account: %s", a.SetupLink())
		}
		for _, u := range DevUsers {
			found, err := a.core.Store.UserByLogin(t.Context(), u.Name)
			if err != nil || strings.Join(found.Roles, " ") != strings.Join(u.Roles, " ") {
				t.Errorf("%s: %+v %v", u.Name, found.Roles, err)
			}
		}
		if err := a.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := New(t.Context(), cfg, Options{Logger: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "everybody knows") {
		t.Errorf("serve took the data of dev: %v %v", a, err)
	}
}

func TestTheSignInPageNamesThePeopleOfDevAndOfNobodyElse(t *testing.T) {
	a, err := startDev(t, devConfig(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	a.Start()
	t.Cleanup(func() {
		if err := a.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	dev := &server{TB: t, app: a, core: a.core, clock: &clock{now: a.core.Now()}, origin: a.Issuer(), wire: &http.Transport{}}
	page := dev.browser().get(httpd.LoginPath).body
	for _, u := range DevUsers {
		if !strings.Contains(page, `value="`+u.Name+`"`) {
			t.Errorf("the page does not name %s:\n%s", u.Name, page)
		}
	}
	if page := start(t).browser().get(httpd.LoginPath).body; strings.Contains(page, "alice") || strings.Contains(page, "lingpai dev") {
		t.Errorf("the page of a server names people:\n%s", page)
	}
}

func TestDevIsForThisMachineAndItsOwnDataAlone(t *testing.T) {
	for name, tt := range map[string]struct {
		settings map[string]string
		says     string
	}{
		"every address":  {map[string]string{"listen": "0.0.0.0:0", "issuer": "http://localhost"}, "on this machine only"},
		"another host":   {map[string]string{"listen": "192.0.2.1:80", "issuer": "http://localhost"}, "on this machine only"},
		"public name":    {map[string]string{"issuer": "https://login.example.com"}, "leave issuer out"},
		"other database": {map[string]string{"database": "postgres://localhost/x"}, "leave database out"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := startDev(t, devConfig(t, tt.settings)); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v", err)
			}
		})
	}
	cfg := devConfig(t, nil)
	served, err := New(t.Context(), cfg, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := served.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := startDev(t, cfg); err == nil || !strings.Contains(err.Error(), "was not made by lingpai dev") {
		t.Errorf("dev took real data: %v", err)
	}
}

// Nothing of dev is on a server that people run: not one of its addresses, by any method. And none could be switched on: there is no server
// of the dev routes to ask.
func TestServeKnowsNothingOfDev(t *testing.T) {
	s := start(t)
	dev, err := startDev(t, devConfig(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dev.Stop(t.Context()) }()
	asked := 0
	for _, rt := range append(dev.Dev().Routes(), httpd.Route{Pattern: "GET /api/hello"}, httpd.Route{Pattern: "POST /auth/dev/api/expire"}) {
		method, path, _ := strings.Cut(rt.Pattern, " ")
		for _, m := range []string{method, "GET", "POST", "PUT", "DELETE"} {
			asked++
			if r := s.program().do(m, path, ""); r.status != 404 || strings.Contains(r.body, "help") {
				t.Errorf("%s %s: %d %s", m, path, r.status, r.body)
			}
		}
	}
	if asked < 50 || s.app.Dev() != nil {
		t.Errorf("%d asked, %v", asked, s.app.Dev())
	}
}
