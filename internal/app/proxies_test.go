package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/porttest"
	"github.com/lingpai/lingpai/internal/skiptest"
)

// block is the first example in a language on the page of the gateway that holds a text.
func block(t *testing.T, language, holds string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "gateway.md"))
	if err != nil {
		t.Fatal(err)
	}
	for rest := string(page); ; {
		_, after, ok := strings.Cut(rest, "```"+language+"\n")
		if !ok {
			t.Fatalf("docs/gateway.md has no %s with %q", language, holds)
		}
		text, after, _ := strings.Cut(after, "```")
		if strings.Contains(text, holds) {
			return text
		}
		rest = after
	}
}

func needProgram(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/bin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	skiptest.Missing(t, "%s is not installed", name)
	return ""
}

// front is a real proxy before an app, which asks a real server.
type front struct {
	*server
	app    *echo
	origin string
}

// startFront starts the server with the configuration of the docs, for a proxy that will listen on a port.
func startFront(t *testing.T) (f *front, port int) {
	t.Helper()
	port, err := porttest.Free()
	if err != nil {
		t.Fatal(err)
	}
	f = &front{app: newEcho(t), origin: fmt.Sprintf("http://localhost:%d", port)}
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	text := strings.ReplaceAll(block(t, "yaml", "trusted_proxies"), "https://app.example.com", f.origin)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.server = start(t, "file="+file)
	f.addUser("alice", battery, "admin")
	f.addUser("bob", battery)
	f.wire = &http.Transport{DisableCompression: true}
	t.Cleanup(f.wire.CloseIdleConnections)
	f.server.origin = f.origin
	return f, port
}

// fill puts the addresses of the test into an example.
func (f *front) fill(text string) string {
	return strings.NewReplacer("127.0.0.1:4401", f.server.app.Addr().String(), "127.0.0.1:3000", strings.TrimPrefix(f.app.URL, "http://")).Replace(text)
}

// run starts a program and waits until its port answers. It is stopped when the test ends.
func (f *front) run(t *testing.T, port int, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	log, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		log.Close()
	})
	for range 2000 {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	said, _ := os.ReadFile(log.Name())
	t.Fatalf("%s does not answer: %s", program, said)
}

func startNginx(t *testing.T) *front {
	program := needProgram(t, "nginx")
	f, port := startFront(t)
	dir := t.TempDir()
	site := strings.Replace(f.fill(block(t, "nginx", "auth_request")), "listen 443 ssl", fmt.Sprintf("listen 127.0.0.1:%d", port), 1)
	config := `daemon off; master_process off; pid ` + dir + `/pid; error_log ` + dir + `/error.log;
events {}
http {
	access_log off;
	client_body_temp_path ` + dir + `/body; proxy_temp_path ` + dir + `/proxy; fastcgi_temp_path ` + dir + `/f; uwsgi_temp_path ` + dir + `/u; scgi_temp_path ` + dir + `/s;
	map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
	` + site + `
}`
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	f.run(t, port, dir, program, "-p", dir, "-e", dir+"/error.log", "-c", dir+"/nginx.conf")
	return f
}

func startCaddy(t *testing.T) *front {
	program := needProgram(t, "caddy")
	f, port := startFront(t)
	dir := t.TempDir()
	site := strings.Replace(f.fill(block(t, "caddy", "forward_auth")), "app.example.com", f.origin, 1)
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte("{\n\tadmin off\n}\n"+site), 0o600); err != nil {
		t.Fatal(err)
	}
	f.run(t, port, dir, program, "run", "--config", filepath.Join(dir, "Caddyfile"), "--adapter", "caddyfile")
	return f
}

func TestNginxWithTheConfigurationOfTheDocs(t *testing.T) { startNginx(t).guards(t) }
func TestCaddyWithTheConfigurationOfTheDocs(t *testing.T) { startCaddy(t).guards(t) }

// guards plays the story of an app behind a login.
func (f *front) guards(t *testing.T) {
	c := f.browser()
	r := c.get("/notes?x=1", page, "Sec-Fetch-Mode: navigate")
	if to := r.header.Get("Location"); r.status != http.StatusSeeOther || strings.TrimPrefix(to, f.origin) != "/auth/login?return_to=%2Fnotes%3Fx%3D1" {
		t.Fatalf("a page without login: %d %s %s", r.status, to, r.body)
	}
	r = c.do(http.MethodPost, "/notes", `{"a":1}`, "Accept: application/json", "Content-Type: application/json")
	if r.status != http.StatusUnauthorized || !strings.Contains(r.body, `"token_missing"`) || r.header.Get("WWW-Authenticate") == "" {
		t.Errorf("XHR without login: %d %s %s", r.status, r.header, r.body)
	}
	f.app.nothingHeard(t, "nobody has signed in")
	r = c.postForm("/auth/login", map[string]string{"username": "bob", "password": battery, "return_to": "/notes?x=1"},
		"Origin: "+f.origin, "Sec-Fetch-Site: same-origin")
	if r.status != http.StatusSeeOther || strings.TrimPrefix(r.header.Get("Location"), f.origin) != "/notes?x=1" {
		t.Fatalf("sign in: %d %s %s", r.status, r.header.Get("Location"), r.body)
	}
	h := c.get("/notes?x=1", page).heard(t)
	if h.URI != "/notes?x=1" || h.Header.Get("X-Forwarded-User") != "bob" || h.Header.Get("X-Lingpai-Identity") == "" {
		t.Errorf("signed in: %+v", h)
	}
	h = c.do(http.MethodPost, "/notes", "body", "Origin: "+f.origin).heard(t)
	if h.Method != http.MethodPost || h.Body != "body" {
		t.Errorf("a body: %+v", h)
	}
	if r = c.get("/admin/x", page); r.status != http.StatusForbidden || !strings.Contains(r.body, "admin") || !strings.Contains(r.body, "<html") {
		t.Errorf("without the role: %d %s", r.status, r.body)
	}
	if r = f.signed("alice").get("/admin/x"); r.status != http.StatusOK {
		t.Errorf("with the role: %d %s", r.status, r.body)
	}
	if r = c.do(http.MethodPost, "/notes", "x", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"); r.status != http.StatusForbidden {
		t.Errorf("a page of another site: %d %s", r.status, r.body)
	}
	sister := append([]string{"Origin: http://evil.localhost", "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: websocket"}, upgrade...)
	if r = c.get("/notes/socket", sister...); r.status != http.StatusForbidden {
		t.Errorf("a WebSocket of a page on a sister domain: %d %s", r.status, r.body)
	}
	if r = f.program().get("/auth/check", "X-Forwarded-Uri: /", "X-Forwarded-Method: GET"); r.status != http.StatusNotFound {
		t.Errorf("/auth/check from outside: %d", r.status)
	}
	f.isNotFooled(t)
	if r = c.postJSON("/auth/api/logout", "{}", "Origin: "+f.origin); r.status != http.StatusNoContent {
		t.Fatalf("logout: %d %s", r.status, r.body)
	}
	if r = c.get("/notes"); r.status != http.StatusUnauthorized {
		t.Errorf("the request after a logout: %d", r.status)
	}
}

// isNotFooled spoofs what the app is told, in every spelling.
func (f *front) isNotFooled(t *testing.T) {
	spoofed := []string{
		"X-Forwarded-User: root", "x-forwarded-user: root", "X_Forwarded_User: root", "X.Forwarded.User: root", "X-Forwarded_User: root",
		"X-Lingpai-Identity: root", "X_Lingpai_Identity: root", "X-Forwarded-Roles: root", "X-Forwarded-Email: root",
	}
	for _, who := range []*client{f.program(), f.signed("bob")} {
		for _, header := range spoofed {
			h := who.raw(t, "/public/x", header).heard(t)
			for name, values := range h.Header {
				if strings.Contains(strings.Join(values, ","), "root") {
					t.Errorf("%s reached the app as %s", header, name)
				}
			}
		}
	}
	h := f.signed("bob").raw(t, "/notes", "Connection: X-Forwarded-User, X-Lingpai-Identity").heard(t)
	if h.Header.Get("X-Forwarded-User") != "bob" || h.Header.Get("X-Lingpai-Identity") == "" {
		t.Errorf("a hop-by-hop trick took our headers away: %v", h.Header)
	}
}

// raw sends a request whose header is spelled just so.
func (c *client) raw(t *testing.T, path string, headers ...string) reply {
	t.Helper()
	at := strings.TrimPrefix(c.s.origin, "http://")
	conn, err := net.Dial("tcp", strings.Replace(at, "localhost", "127.0.0.1", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\n", path, at)
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	for name, value := range c.cookies {
		fmt.Fprintf(&b, "Cookie: %s=%s\r\n", name, value)
	}
	if !strings.Contains(b.String(), "Connection: ") {
		b.WriteString("Connection: close\r\n")
	}
	if _, err := io.WriteString(conn, b.String()+"\r\n"); err != nil {
		t.Fatal(err)
	}
	return readReply(t, conn)
}
