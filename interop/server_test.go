package interop

import (
	"encoding/json"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const password = "correct horse battery staple"

// binary is the program: that of LINGPAI_TEST_PROGRAM, or one that is built once.
var binary = os.Getenv("LINGPAI_TEST_PROGRAM")

func TestMain(m *testing.M) {
	if binary != "" {
		os.Exit(m.Run())
	}
	folder, err := os.MkdirTemp("", "lingpai-interop-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(folder, "lingpai")
	build := exec.Command("go", "build", "-o", binary, "./cmd/lingpai")
	build.Dir, build.Stdout, build.Stderr = "..", os.Stdout, os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// server is the program, with a data folder and a port of its own.
type server struct {
	*testing.T
	data, issuer, listen string
}

func start(t *testing.T, flags ...string) *server {
	t.Helper()
	s := &server{T: t, data: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	s.listen, s.issuer = "localhost:"+port, "http://localhost:"+port
	serve := exec.Command(binary, append([]string{"serve", "--data", s.data}, flags...)...)
	serve.Env = append(os.Environ(), "LINGPAI_LISTEN="+s.listen)
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Signal(os.Interrupt)
		_ = serve.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; {
		if res, err := http.Get(s.issuer + "/readyz"); err == nil {
			_ = res.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not answer")
		}
		time.Sleep(50 * time.Millisecond)
	}
	return s
}

// command runs a command of the program on the server's data.
func (s *server) command(stdin string, args ...string) []byte {
	s.Helper()
	cmd := exec.Command(binary, append(args, "--data", s.data)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		s.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

type registered struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

func (s *server) addClient(args ...string) (c registered) {
	s.Helper()
	if err := json.Unmarshal(s.command("", append([]string{"client", "add", "App", "--json"}, args...)...), &c); err != nil {
		s.Fatal(err)
	}
	return c
}

// serve serves an app, or an empty page where it has no handler, at an origin of its own.
func (s *server) serve(app http.Handler) (origin string) {
	s.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	web := &http.Server{Handler: app, ReadHeaderTimeout: time.Minute}
	go func() { _ = web.Serve(l) }()
	s.Cleanup(func() { _ = web.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://localhost:" + port
}

func (s *server) addAlice() {
	s.Helper()
	s.command(password, "user", "add", "alice", "--email", "alice@example.com", "--name", "Alice", "--password-stdin")
}

// person is alice at a browser of her own. She signs in, and allows what is asked.
type person struct {
	s       *server
	browser http.Client
}

func (s *server) person() *person {
	jar, _ := cookiejar.New(nil)
	return &person{s: s, browser: http.Client{Jar: jar}}
}

var (
	input  = regexp.MustCompile(`<input[^>]* name="(\w+)"[^>]* value="([^"]*)"`)
	posted = regexp.MustCompile(`<form[^>]* method="post" action="([^"]+)"`)
)

// visit opens an address and sends the form of each page, up to a page without one; it returns the address of that.
func (p *person) visit(address string) *url.URL {
	p.s.Helper()
	first, err := http.NewRequestWithContext(p.s.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		p.s.Fatal(err)
	}
	first.Header.Set("Accept", "text/html") // as browsers do; without it a page that wants somebody signed in only says so
	res, err := p.browser.Do(first)
	for range 6 {
		if err != nil {
			p.s.Fatal(err)
		}
		text, err2 := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err2 != nil {
			p.s.Fatal(err2)
		}
		_, page, _ := strings.Cut(string(text), "<main")
		page, _, _ = strings.Cut(page, "</main>")
		action := posted.FindStringSubmatch(page)
		if action == nil {
			return res.Request.URL
		}
		form := url.Values{}
		for _, m := range input.FindAllStringSubmatch(page, -1) {
			form.Set(m[1], html.UnescapeString(m[2]))
		}
		for name, value := range map[string]string{"username": "alice", "password": password, "answer": "allow"} {
			if strings.Contains(page, `name="`+name+`"`) {
				form.Set(name, value)
			}
		}
		res, err = p.browser.PostForm(p.s.issuer+html.UnescapeString(action[1]), form)
	}
	p.s.Fatal("the browser goes in circles")
	return nil
}
