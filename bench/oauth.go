package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// oauthRow is what one kind of request of OAuth clients costs.
type oauthRow struct {
	what, target string
	load
	bare load // the same number of clients at a handler that only signs
}

// form posts a form by Basic authentication, and visit asks for a page with a cookie; both return status, a Location and the body.
func (c *client) form(path, basic string, form []byte) (int, string, []byte, error) {
	b := append(c.buf[:0], "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"...)
	if basic != "" {
		b = append(append(append(b, "Authorization: Basic "...), basic...), "\r\n"...)
	}
	b = append(strconv.AppendInt(append(b, "Content-Length: "...), int64(len(form)), 10), "\r\n\r\n"...)
	return c.exchange(append(b, form...))
}

func (c *client) visit(path, cookie string) (int, string, []byte, error) {
	return c.exchange(append(c.buf[:0], "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nCookie: "+cookie+"\r\n\r\n"...))
}

// exchange sends a request and keeps the Location and the cookie of the answer.
func (c *client) exchange(request []byte) (int, string, []byte, error) {
	c.buf, c.location, c.cookie = request, "", ""
	if _, err := c.conn.Write(request); err != nil {
		return 0, "", nil, err
	}
	status, body, err := c.read()
	return status, c.location, body, err
}

// known is a client of the server.
type known struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

func (k known) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(k.ID + ":" + k.Secret))
}

func addClient(binary, dir string, args ...string) (k known, err error) {
	out, err := exec.Command(binary, append([]string{"client", "add", "Bench", "--json", "--data", dir}, args...)...).Output()
	if err != nil {
		return k, fmt.Errorf("add client: %w", err)
	}
	return k, json.Unmarshal(out, &k)
}

// measureOAuth asks as OAuth clients do: a program for itself, an app that signs people in, an API about tokens.
func measureOAuth(s settings, dir string, r *report) error {
	// One person signs in to an app more often here than anybody does.
	if err := os.Setenv("LINGPAI_SESSION_MAX_PER_USER", "100000"); err != nil {
		return err
	}
	defer os.Unsetenv("LINGPAI_SESSION_MAX_PER_USER")
	srv, err := serveUsers(s, dir, 4)
	if err != nil {
		return err
	}
	defer srv.stop()
	service, err := addClient(s.binary, dir, "--profile", "service", "--scope", "a")
	if err != nil {
		return err
	}
	app, err := addClient(s.binary, dir, "--profile", "web", "--redirect-uri", "https://app.example/cb", "--first-party", "--id-token-alg", "ES256")
	if err != nil {
		return err
	}
	const n = 16
	clients := make([]*client, n)
	for i := range clients {
		if clients[i], err = dial(srv.addr); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		what, target string
		one          func(i int) error
	}{
		{"client credentials, ES256", "<= 100 us, no write", itself(clients, service)},
		{"introspection of a token seen before", "<= 66 us", nil},
		{"code flow: authorization, code, tokens and ID token", "", nil},
	} {
		one := part.one
		switch {
		case one != nil:
		case strings.HasPrefix(part.what, "intro"):
			one, err = about(clients, service)
		default:
			one, err = throughTheBrowser(clients, app)
		}
		if err != nil {
			return err
		}
		bare, err := measureBare(s, n)
		if err != nil {
			return err
		}
		l, err := drive(srv, n, s.seconds, 0, one)
		if err != nil {
			return fmt.Errorf("%s: %w", part.what, err)
		}
		r.oauth = append(r.oauth, oauthRow{part.what, part.target, l, bare})
	}
	return nil
}

// itself asks for tokens of the client's own.
func itself(clients []*client, k known) func(int) error {
	form, basic := []byte("grant_type=client_credentials"), k.basic()
	return func(i int) error {
		status, _, body, err := clients[i].form("/auth/token", basic, form)
		return wants(status, 200, body, err)
	}
}

// about asks about one token a client.
func about(clients []*client, k known) (func(int) error, error) {
	basic := k.basic()
	forms := make([][]byte, len(clients))
	for i, c := range clients {
		status, _, body, err := c.form("/auth/token", basic, []byte("grant_type=client_credentials"))
		if err := wants(status, 200, body, err); err != nil {
			return nil, err
		}
		forms[i] = []byte("token=" + member(body, "access_token"))
	}
	return func(i int) error {
		status, _, body, err := clients[i].form("/auth/introspect", basic, forms[i])
		if err == nil && !bytes.Contains(body, []byte(`"active":true`)) {
			return fmt.Errorf("the token is not good: %s", body)
		}
		return wants(status, 200, body, err)
	}, nil
}

// throughTheBrowser signs somebody in to an app again and again, in a browser that is signed in.
func throughTheBrowser(clients []*client, k known) (func(int) error, error) {
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	page := "/auth/authorize?" + url.Values{
		"client_id": {k.ID}, "response_type": {"code"}, "redirect_uri": {"https://app.example/cb"}, "scope": {"openid"}, "code_challenge": {challenge},
		"code_challenge_method": {"S256"},
	}.Encode()
	cookies := make([]string, len(clients))
	for i, c := range clients {
		login := url.Values{"username": {fmt.Sprintf("u%d", i%4)}, "password": {password}}.Encode()
		status, _, body, err := c.form("/auth/login", "", []byte(login))
		if err := wants(status, 303, body, err); err != nil {
			return nil, err
		}
		cookies[i] = c.cookie
	}
	basic := k.basic()
	return func(i int) error {
		status, to, body, err := clients[i].visit(page, cookies[i])
		if err := wants(status, 303, body, err); err != nil {
			return err
		}
		u, err := url.Parse(to)
		if err != nil || u.Query().Get("code") == "" {
			return fmt.Errorf("no code came: %s", to)
		}
		form := url.Values{"grant_type": {"authorization_code"}, "code": {u.Query().Get("code")}, "code_verifier": {verifier}}
		status, _, body, err = clients[i].form("/auth/token", basic, []byte(form.Encode()))
		return wants(status, 200, body, err)
	}, nil
}

func wants(status, want int, body []byte, err error) error {
	if err != nil || status != want {
		return fmt.Errorf("%d %s: %w", status, body, err)
	}
	return nil
}

func (r *report) printOAuth(w io.Writer) {
	if len(r.oauth) == 0 {
		return
	}
	fmt.Fprint(w, "\n## OAuth clients, 16 at a time\n\nThe yardstick is the handler that makes one P-256 signature and does nothing else, measured in turn.\n\n"+
		"| what | per second | CPU | target | p99 | bare signer's CPU | beside it |\n|---|--:|--:|---|--:|--:|--:|\n")
	for _, row := range r.oauth {
		fmt.Fprintf(w, "| %s | %.0f | %s | %s | %s | %s | %.1f x |\n", row.what, row.rate(), us(row.perOp()), row.target, ms(row.quantile(.99)), us(row.bare.perOp()),
			float64(row.perOp())/float64(row.bare.perOp()))
	}
}
