package devserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/devserver"
	"github.com/lingpai/lingpai/internal/devserver/child"
)

// dev is a running `lingpai dev` in a folder of its own.
type dev struct {
	testing.TB
	app    *app.App
	folder string
	origin string
	log    *buffer
	client *http.Client
}

// buffer is a log that may be read while it is written.
type buffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String is what was written so far.
func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// files are put into the folder of a dev server: name and text.
type files map[string]string

func (f files) write(t testing.TB, folder string) {
	t.Helper()
	for name, text := range f {
		full := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// start runs a dev server with these routes until the test ends. "" has no dev file.
func start(t testing.TB, yaml string, others ...files) *dev {
	t.Helper()
	d, err := try(t, yaml, others...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// try is start for what may not start.
func try(t testing.TB, yaml string, others ...files) (*dev, error) {
	t.Helper()
	return begin(t, t.TempDir(), nil, yaml, others...)
}

// begin runs a dev server in a folder, and the app's own, if there is one.
func begin(t testing.TB, folder string, own *child.Child, yaml string, others ...files) (*dev, error) {
	t.Helper()
	return configured(t, nil, folder, own, yaml, others...)
}

// configured is begin with more of the configuration.
func configured(t testing.TB, settings map[string]string, folder string, own *child.Child, yaml string, others ...files) (*dev, error) {
	t.Helper()
	d := &dev{TB: t, folder: folder, log: &buffer{}}
	if yaml != "" {
		files{"lingpai.dev.yaml": yaml}.write(t, d.folder)
	}
	for _, f := range others {
		f.write(t, d.folder)
	}
	all := map[string]string{"listen": "127.0.0.1:0", "data": t.TempDir(), "password.concurrency": "1"}
	maps.Copy(all, settings)
	cfg, err := config.Load("", nil, all)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(d.log, nil))
	if d.app, err = app.NewDev(t.Context(), cfg, app.Options{Logger: logger}, filepath.Join(d.folder, "lingpai.dev.yaml"), own); err != nil {
		return nil, err
	}
	d.origin = "http://" + d.app.Addr().String()
	d.client = &http.Client{
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	d.app.Start()
	t.Cleanup(func() {
		d.client.CloseIdleConnections()
		if err := d.app.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return d, nil
}

// reply is an answer that was read.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; headers are "Name: value".
func (d *dev) ask(method, path, body string, headers ...string) reply {
	d.Helper()
	r, err := d.tryAsk(method, path, strings.NewReader(body), headers...)
	if err != nil {
		d.Fatal(err)
	}
	return r
}

func (d *dev) tryAsk(method, path string, body io.Reader, headers ...string) (reply, error) {
	r, err := http.NewRequestWithContext(d.Context(), method, d.origin+path, body)
	if err != nil {
		return reply{}, err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Add(name, value)
	}
	res, err := d.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(text)}, err
}

func (d *dev) get(path string, headers ...string) reply {
	d.Helper()
	return d.ask("GET", path, "", headers...)
}

func (d *dev) post(path, body string, headers ...string) reply {
	d.Helper()
	return d.ask("POST", path, body, append([]string{"Content-Type: application/json"}, headers...)...)
}

// token signs one of the dev users in.
func (d *dev) token(name string) string {
	d.Helper()
	r := d.post("/auth/api/login", fmt.Sprintf(`{"username":%q,"password":%q,"keep":"storage"}`, name, name))
	var out struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(r.body), &out); err != nil || out.Token == "" {
		d.Fatalf("sign in: %d %s", r.status, r.body)
	}
	return out.Token
}

// wants checks status, and that the body is the JSON that was meant, or holds a text.
func (r reply) wants(t testing.TB, status int, body string) {
	t.Helper()
	if r.status != status {
		t.Errorf("status is %d, want %d\n%s", r.status, status, r.body)
	}
	if !strings.Contains(plain(r.body), plain(body)) {
		t.Errorf("body is %s\nwant %s", r.body, body)
	}
}

// plain is JSON without the spaces that people need.
func plain(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) == nil {
		return b.String()
	}
	return text
}

// refusal reads problem JSON.
func (r reply) refusal(t testing.TB) (code, detail string) {
	t.Helper()
	var p struct{ Code, Detail string }
	if err := json.Unmarshal([]byte(r.body), &p); err != nil {
		t.Fatalf("%d is no problem: %s", r.status, r.body)
	}
	return p.Code, p.Detail
}

// refused checks a refusal and that its sentence holds each of the texts.
func (r reply) refused(t testing.TB, code string, says ...string) {
	t.Helper()
	got, detail := r.refusal(t)
	if got != code {
		t.Errorf("code is %q, want %q: %s", got, code, detail)
	}
	for _, s := range says {
		if !strings.Contains(detail, s) {
			t.Errorf("the refusal says %q, want %q in it", detail, s)
		}
	}
}

// patience is how long something may take, on a machine that is busy.
const patience = 2 * time.Minute

// eventually waits for something that happens beside the test.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not in %s: %s", patience, what)
}

func (d *dev) state() devserver.State { return d.app.Dev().State() }
