package devserver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/localca"
)

// Features 21 and 22. Other servers on localhost must not be bound to https by ours.
func TestDevAnswersByHTTPS(t *testing.T) {
	ca, err := localca.Open(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, key, err := ca.Issue(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load("", nil, map[string]string{
		"listen": "localhost:0", "data": t.TempDir(), "password.concurrency": "1", "tls.certificate": cert, "tls.key": key,
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.NewDev(t.Context(), cfg, app.Options{Logger: slog.New(slog.DiscardHandler)}, filepath.Join(t.TempDir(), "lingpai.dev.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	a.Start()
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate)
	d := &dev{TB: t, app: a, origin: a.Issuer(), client: &http.Client{
		Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
	}}
	t.Cleanup(func() { d.client.CloseIdleConnections(); _ = a.Stop(context.WithoutCancel(t.Context())) })
	if !strings.HasPrefix(d.origin, "https://localhost:") {
		t.Errorf("it goes by %s", d.origin)
	}
	d.get("/api/hello").wants(t, 200, `"hello"`)
	r := d.post("/auth/api/login", `{"username":"bob","password":"bob","keep":"memory"}`, "Origin: "+d.origin)
	if cookie := r.header.Get("Set-Cookie"); r.status != 200 || !strings.HasPrefix(cookie, "__Host-") || !strings.Contains(cookie, "Secure") {
		t.Errorf("%d %q %s", r.status, cookie, r.body)
	}
	if r.header.Get("Strict-Transport-Security") != "" {
		t.Errorf("localhost is bound to https, with all its ports: %v", r.header)
	}
}
