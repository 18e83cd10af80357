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

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const password = "correct horse battery staple"

var binary string

// TestMain builds the program once.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lingpai-interop-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "lingpai")
	build := exec.Command("go", "build", "-o", binary, "./cmd/lingpai")
	build.Dir, build.Stdout, build.Stderr = "..", os.Stderr, os.Stderr
	code := 1
	if build.Run() == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// server is the built program, with a data folder and a port of its own.
type server struct {
	*testing.T
	binary, data, issuer, listen string
}

func start(t *testing.T, flags ...string) *server {
	t.Helper()
	s := &server{T: t, binary: binary, data: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	s.listen, s.issuer = "localhost:"+port, "http://localhost:"+port
	serve := exec.Command(s.binary, append([]string{"serve", "--data", s.data}, flags...)...)
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
			return s
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not answer")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// command runs a command of the program on the server's data.
func (s *server) command(stdin string, args ...string) []byte {
	s.Helper()
	cmd := exec.Command(s.binary, append(args, "--data", s.data)...)
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

var hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// browse follows a request as a browser and its person would, up to the address of the app: it signs in, and allows what is asked.
func (s *server) browse(from, callback string) url.Values {
	s.Helper()
	jar, _ := cookiejar.New(nil)
	var back url.Values
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			back = r.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := browser.Get(from)
	for range 3 {
		if err != nil {
			s.Fatal(err)
		}
		page, err2 := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if back != nil || err2 != nil {
			return back
		}
		form := url.Values{"username": {"alice"}, "password": {password}, "answer": {"allow"}}
		for _, m := range hidden.FindAllStringSubmatch(string(page), -1) {
			form.Set(m[1], html.UnescapeString(m[2]))
		}
		action := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(string(page))
		if action == nil {
			s.Fatalf("no form: %d %s", res.StatusCode, page)
		}
		res, err = browser.PostForm(s.issuer+action[1], form)
	}
	if back == nil {
		s.Fatal("the browser did not come back to the app")
	}
	return back
}

func TestGoOIDCLogsIn(t *testing.T) {
	s, ctx := start(t), t.Context()
	s.command(password, "user", "add", "alice", "--email", "alice@example.com", "--name", "Alice", "--password-stdin")
	const callback = "http://localhost:9/callback"
	for _, profile := range []string{"web", "spa"} {
		t.Run(profile, func(t *testing.T) {
			c := s.addClient("--profile", profile, "--redirect-uri", callback)
			provider, err := oidc.NewProvider(ctx, s.issuer)
			if err != nil {
				t.Fatal(err)
			}
			app := oauth2.Config{
				ClientID: c.ID, ClientSecret: c.Secret, Endpoint: provider.Endpoint(), RedirectURL: callback, Scopes: []string{"openid", "profile", "email"},
			}
			verifier := oauth2.GenerateVerifier()
			back := s.browse(app.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier), oidc.Nonce("nonce")), callback)
			if back.Get("state") != "state" || back.Get("iss") != s.issuer {
				t.Fatalf("the browser came back with %v", back)
			}
			got, err := app.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := got.Extra("id_token").(string)
			id, err := provider.Verifier(&oidc.Config{ClientID: c.ID}).Verify(ctx, raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := id.VerifyAccessToken(got.AccessToken); err != nil || id.Nonce != "nonce" {
				t.Errorf("nonce %q: %v", id.Nonce, err)
			}
			info, err := provider.UserInfo(ctx, app.TokenSource(ctx, got))
			if err != nil || info.Subject != id.Subject || info.Email != "alice@example.com" {
				t.Errorf("userinfo: %+v %v", info, err)
			}
			got.Expiry = time.Now().Add(-time.Minute)
			fresh, err := app.TokenSource(ctx, got).Token()
			if err != nil || fresh.AccessToken == got.AccessToken || fresh.RefreshToken == "" {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

func TestXOAuth2ActsForItself(t *testing.T) {
	s := start(t)
	c := s.addClient("--profile", "service", "--scope", "files:read")
	app := clientcredentials.Config{ClientID: c.ID, ClientSecret: c.Secret, TokenURL: s.issuer + "/auth/token", Scopes: []string{"files:read"}}
	got, err := app.Token(t.Context())
	if err != nil || got.AccessToken == "" {
		t.Fatal(err)
	}
}
