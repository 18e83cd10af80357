package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/config"
)

// startDev runs a dev server with these routes in this process, and gives its address.
func startDev(t *testing.T, yaml string) string {
	t.Helper()
	cfg, err := config.Load("", nil, map[string]string{"listen": "127.0.0.1:0", "data": t.TempDir(), "password.concurrency": "1"})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "lingpai.dev.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := app.NewDev(t.Context(), cfg, app.Options{Logger: slog.New(slog.DiscardHandler)}, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	a.Start()
	t.Cleanup(func() { _ = a.Stop(context.WithoutCancel(t.Context())) })
	return "http://" + a.Addr().String()
}

func TestRoutesAreSwitchedFromAnotherTerminal(t *testing.T) {
	at := startDev(t, "backend: http://127.0.0.1:1\nroutes:\n  - { match: GET /a, mock: { text: a }, auth: { roles: [admin] } }\n  - { match: /b, mock: { text: b } }\n")
	for _, tt := range []struct {
		args string
		code int
		says string
	}{
		{"", 0, "GET /a  mock     proxy off  a token, role admin"},
		{"1 real", 0, "GET /a  proxy"},
		{"get|/b off", 1, "there is no route get /b"},
		{"GET|/a mock", 0, "GET /a  mock"},
		{"all real", 0, "/b      proxy"},
		{"2 crud", 1, "has mock, proxy and off"},
		{"3 mock", 1, "there is no route 3"},
		{"1", 2, "to what is missing"},
	} {
		var args []string
		for a := range strings.FieldsSeq(tt.args) {
			args = append(args, strings.ReplaceAll(a, "|", " "))
		}
		code, out, errs := command(t, append([]string{"dev", "switch", "--at", at}, args...)...)
		if code != tt.code || !strings.Contains(out+errs, tt.says) {
			t.Errorf("%q: %d\n%s%s", tt.args, code, out, errs)
		}
	}
	if code, out, _ := command(t, "dev", "switch", "--at", at, "--json"); code != 0 || !strings.Contains(out, `"use": "proxy"`) {
		t.Errorf("%d %s", code, out)
	}
	if code, _, errs := command(t, "dev", "switch", "--at", "http://127.0.0.1:1"); code != 1 || !strings.Contains(errs, "no lingpai dev answers at http://127.0.0.1:1") {
		t.Errorf("%d %s", code, errs)
	}
}

func TestAConfigurationIsPrintedAsADevFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "vue.config.js")
	if err := os.WriteFile(name, []byte("module.exports = { devServer: { proxy: 'http://localhost:8080' } }"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := command(t, "dev", "import", name); code != 0 || !strings.Contains(out, `target: "http://localhost:8080"`) {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if code, _, errs := command(t, "dev", "import", "nothing.js"); code != 1 || !strings.Contains(errs, "there is no file nothing.js") {
		t.Errorf("%d %s", code, errs)
	}
}
