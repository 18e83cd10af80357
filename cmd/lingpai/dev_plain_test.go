package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// plainDev is the program itself, run as `lingpai dev` where there is no terminal.
type plainDev struct {
	at   string
	stop func() // and waits until it has ended
	mu   sync.Mutex
	out  strings.Builder // guarded by mu
}

// program is a file with the name by which the test program is the command, as also those are that it starts itself.
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "lingpai")
	if os.Link(self, name) == nil {
		return name
	}
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

// runPlainDev runs it in a folder until the test ends.
func runPlainDev(t *testing.T, folder string, args ...string) *plainDev {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program(t), append([]string{"dev", "--listen", "localhost:0"}, args...)...)
	cmd.Dir, cmd.Env = folder, []string{"HOME=" + folder, "PATH=" + os.Getenv("PATH"), "LINGPAI_PASSWORD_CONCURRENCY=1"}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d := &plainDev{}
	d.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	t.Cleanup(d.stop)
	go d.listen(out)
	d.says(t, "Lingpai dev is ready at ")
	d.at = regexp.MustCompile(`https?://localhost:\d+`).FindString(d.said())
	return d
}

func (d *plainDev) listen(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		d.mu.Lock()
		d.out.WriteString(lines.Text() + "\n")
		d.mu.Unlock()
	}
}

func (d *plainDev) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.String()
}

func (d *plainDev) says(t *testing.T, text string) {
	t.Helper()
	eventually(t, "it says "+text, func() bool { return strings.Contains(d.said(), text) })
}

// eventually waits for something that happens beside the test.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// Where there is no terminal, each request is a line that can be searched, without colours.
func TestEachRequestIsALineWhereThereIsNoTerminal(t *testing.T) {
	d := runPlainDev(t, t.TempDir())
	d.says(t, "There is no lingpai.dev.yaml here, so a sample API answers: /api/hello, /api/me, /api/admin\n")
	for _, path := range []string{"/api/hello", "/api/me", "/api/nothing", "/api/nothing", "/\x1b[2J"} {
		fetch(t, d.at+strings.ReplaceAll(path, "\x1b", "%1b"))
	}
	form, err := http.NewRequestWithContext(t.Context(), "POST", d.at+"/auth/forgot", strings.NewReader("username=bob"))
	if err != nil {
		t.Fatal(err)
	}
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if res, err := new(http.Client).Do(form); err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	d.says(t, "  mail  ")
	for _, line := range []string{
		`\d\d:\d\d:\d\d  200  GET /api/hello  mock 1  \S+`,
		`\d\d:\d\d:\d\d  401  GET /api/me  mock 2  \S+  token_missing No token came with this request\.`,
		`\d\d:\d\d:\d\d  404  GET /api/nothing  nobody  \S+  route_missing No route answers GET /api/nothing\. .*`,
		`\d\d:\d\d:\d\d  303  POST /auth/forgot  lingpai  \S+`,
		`\d\d:\d\d:\d\d  mail  .* to bob@example\.com  http://localhost:\d+/auth/reset\?\S+`,
	} {
		if !regexp.MustCompile("(?m)^" + line + "$").MatchString(d.said()) {
			t.Errorf("no line is like %s:\n%s", line, d.said())
		}
	}
	if n := strings.Count(d.said(), "\n  - match: \"GET /api/nothing\"\n"); n != 1 {
		t.Errorf("it says %d times what to write:\n%s", n, d.said())
	}
	if strings.Contains(d.said(), "\x1b") {
		t.Errorf("it steers a terminal that is not there:\n%q", d.said())
	}
}

// Features 21 and 22: one flag, and a client that trusts the authority it names trusts the server, now and after another start.
func TestOneFlagAnswersByHTTPSOfAnAuthorityThatIsTrustedOnce(t *testing.T) {
	folder := t.TempDir()
	ask := func(d *plainDev, pool *x509.CertPool, name string) error {
		client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name, MinVersion: tls.VersionTLS12}}}
		defer client.CloseIdleConnections()
		res, err := client.Get(d.at + "/api/hello")
		if err == nil && (res.StatusCode != http.StatusOK || res.ProtoMajor != 2) {
			t.Errorf("%s %s", res.Proto, res.Status)
		}
		return err
	}
	d := runPlainDev(t, folder, "--https")
	if !strings.HasPrefix(d.at, "https://localhost:") {
		t.Errorf("it is at %s", d.at)
	}
	d.says(t, "Trust the local authority once (it can vouch for localhost only):")
	file := regexp.MustCompile(regexp.QuoteMeta(folder) + `\S+\.(crt|pem)`).FindString(d.said())
	roots := x509.NewCertPool()
	if pem, err := os.ReadFile(file); err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("%q is no authority (%v):\n%s", file, err, d.said())
	}
	if err := ask(d, roots, "localhost"); err != nil {
		t.Error(err)
	}
	if ask(d, x509.NewCertPool(), "localhost") == nil || ask(d, roots, "example.com") == nil {
		t.Error("it is trusted by who does not trust the authority, or as another name")
	}
	d.stop()
	if err := ask(runPlainDev(t, folder, "--https"), roots, "localhost"); err != nil {
		t.Errorf("after another start: %v", err)
	}
	if keys, _ := filepath.Glob(filepath.Dir(file) + "/*key*"); len(keys) > 0 {
		if info, err := os.Stat(keys[0]); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read %s: %v %v", keys[0], info.Mode(), err)
		}
	}
}

// A port that was taken makes a dev server go to the next, where nobody would look for it.
func TestAnAppThatIsElsewhereThanTheDevFileSaysIsTold(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "lingpai.dev.yaml"), []byte("app: http://localhost:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := runPlainDev(t, folder, "--", "sh", "-c", "echo Local: http://localhost:2/; exec sleep 600")
	d.says(t, "Local: http://localhost:2/")
	const says = "sh -c echo Local: http://localhost:2/; exec sleep 600 says that it is at http://localhost:2, and the dev file says http://localhost:1; mend `app:`, or leave it out."
	eventually(t, "the refusal says so", func() bool { body, _ := fetch(t, d.at+"/main"); return strings.Contains(body, says) })
	page, err := http.NewRequestWithContext(t.Context(), "GET", d.at+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	page.Header.Set("Accept", "text/html")
	res, err := new(http.Client).Do(page)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); !strings.Contains(string(text), "says that it is at <code>http://localhost:2</code>") {
		t.Errorf("%s %s", res.Status, text)
	}
}
