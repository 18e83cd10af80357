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
	"time"

	"golang.org/x/crypto/argon2"
)

// provider is an OAuth server that takes part: ours or a rival's.
type provider struct {
	name string
	*server
	authorize, token, introspect string
	introspected                 string // parameters of the request for a token that is to be introspected
	service, app                 known
	signIn                       func(c *client, i int) error // leaves in the jar what the browser of person i has
}

// known is a client of the server.
type known struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

func (k known) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(k.ID + ":" + k.Secret))
}

// oauthRow is what one kind of request costs with one provider; without a name it is the yardstick, which only signs.
type oauthRow struct {
	what, name string
	most       time.Duration // of processor time that it shall take; 0: no target
	loads      []load        // one a round
}

type oauthFigures struct {
	rows    []*oauthRow
	missing []string
}

// oauthJob is one kind of request; begin prepares it, and returns what one(c, i) asks by the connection of client i.
type oauthJob struct {
	what  string
	most  time.Duration
	begin func(*provider) (func(c *client, i int) error, error)
}

var oauthJobs = []oauthJob{
	{"client credentials", 100 * time.Microsecond, (*provider).itself},
	{"introspection", 66 * time.Microsecond, (*provider).about},
	{"code flow", 0, (*provider).throughTheBrowser},
}

const oauthClients = 16

// measureOAuth asks as OAuth clients do: a program for itself, an API about tokens, an app that signs people in.
func measureOAuth(s settings, dir string, r *report) error {
	// One person signs in to an app more often here than anybody does.
	if err := os.Setenv("LINGPAI_SESSION_MAX_PER_USER", "100000"); err != nil {
		return err
	}
	defer os.Unsetenv("LINGPAI_SESSION_MAX_PER_USER")
	ours, err := startOurs(s, dir)
	if err != nil {
		return err
	}
	defer func() { _ = ours.stop() }()
	bare, err := startBare()
	if err != nil {
		return err
	}
	defer bare.kill()
	rivals, missing, err := startRivals()
	defer func() {
		for _, p := range rivals {
			p.kill()
		}
	}()
	if err != nil {
		return err
	}
	r.oauth.missing = missing
	providers := append([]*provider{ours}, rivals...)
	for _, job := range oauthJobs {
		rows, err := job.measure(s.seconds/oauthRounds, bare, providers)
		if err != nil {
			return fmt.Errorf("%s: %w", job.what, err)
		}
		r.oauth.rows = append(r.oauth.rows, rows...)
	}
	return nil
}

const (
	oauthRounds = 3
	// warmUp is not counted: Node compiles what runs often.
	warmUp = 2 * time.Second
	// runUp is not counted either, and begins each turn: who was idle has let its caches go cold and its garbage collector be frugal.
	runUp = time.Second
)

// measure lets the yardstick and the providers take turns of d, after each has warmed up.
func (job oauthJob) measure(d time.Duration, bare *server, providers []*provider) ([]*oauthRow, error) {
	type entrant struct {
		at  *server
		one func(c *client, i int) error
		row *oauthRow
	}
	rows := []*oauthRow{{what: job.what}}
	entrants := []entrant{{bare, signOnly, rows[0]}}
	for _, p := range providers {
		one, err := job.begin(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		row := &oauthRow{what: job.what, name: p.name}
		rows, entrants = append(rows, row), append(entrants, entrant{p.server, one, row})
	}
	rows[1].most = job.most // ours comes first
	for _, e := range entrants {
		if _, err := oneTurn(e.at, 0, warmUp, e.one); err != nil {
			return nil, fmt.Errorf("%s: %w", e.row.name, err)
		}
	}
	for range oauthRounds {
		for _, e := range entrants {
			l, err := oneTurn(e.at, runUp, d, e.one)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.row.name, err)
			}
			e.row.loads = append(e.row.loads, l)
		}
	}
	return rows, nil
}

func signOnly(c *client, _ int) error {
	_, _, err := c.do("GET", "/", "", nil)
	return err
}

func oneTurn(at *server, runUp, d time.Duration, one func(c *client, i int) error) (load, error) {
	clients, err := dialAll(at.addr, oauthClients)
	if err != nil {
		return load{}, err
	}
	defer closeAll(clients)
	each := func(i int) error { return one(clients[i], i) }
	if _, err := drive(at, oauthClients, runUp, 0, each); err != nil {
		return load{}, err
	}
	return drive(at, oauthClients, d, 0, each)
}

// startOurs starts the program under test with a person for each browser, and the two clients.
func startOurs(s settings, dir string) (*provider, error) {
	if err := importPeople(s.binary, dir, oauthClients*browsersEach); err != nil {
		return nil, err
	}
	srv, err := start(s.binary, dir)
	if err != nil {
		return nil, err
	}
	p := &provider{name: "**Lingpai**, durable", server: srv, authorize: "/auth/authorize", token: "/auth/token", introspect: "/auth/introspect", signIn: signInByPassword}
	if p.service, err = addClient(s.binary, dir, "--profile", "service", "--scope", "a"); err != nil {
		return nil, err
	}
	p.app, err = addClient(s.binary, dir, "--profile", "web", "--redirect-uri", redirectURI, "--first-party", "--id-token-alg", "ES256")
	return p, err
}

// importPeople makes accounts u0 to u(n-1), all with one hash of the password.
func importPeople(binary, dir string, n int) error {
	salt := []byte("a salt for all of them")
	encode := base64.RawStdEncoding.EncodeToString
	hash := "$argon2id$v=19$m=19456,t=2,p=1$" + encode(salt) + "$" + encode(argon2.IDKey([]byte(password), salt, 2, 19456, 1, 32))
	var lines bytes.Buffer
	for i := range n {
		fmt.Fprintf(&lines, "{\"username\":\"u%d\",\"password_hash\":%q}\n", i, hash)
	}
	cmd := exec.Command(binary, "user", "import", "-", "--data", dir)
	cmd.Stdin = &lines
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("import people: %w: %s", err, out)
	}
	return nil
}

func addClient(binary, dir string, args ...string) (k known, err error) {
	out, err := exec.Command(binary, append([]string{"client", "add", "Bench", "--json", "--data", dir}, args...)...).Output()
	if err != nil {
		return k, fmt.Errorf("add client: %w", err)
	}
	return k, json.Unmarshal(out, &k)
}

func signInByPassword(c *client, i int) error {
	form := url.Values{"username": {fmt.Sprintf("u%d", i)}, "password": {password}}.Encode()
	status, _, body, err := c.form("/auth/login", "", []byte(form))
	return wants(status, 303, body, err)
}

// itself asks for tokens of the client's own.
func (p *provider) itself() (func(*client, int) error, error) {
	form, basic := []byte("grant_type=client_credentials"), p.service.basic()
	return func(c *client, _ int) error {
		status, _, body, err := c.form(p.token, basic, form)
		return wants(status, 200, body, err)
	}, nil
}

// about asks about one token a client.
func (p *provider) about() (func(*client, int) error, error) {
	clients, err := dialAll(p.addr, oauthClients)
	if err != nil {
		return nil, err
	}
	defer closeAll(clients)
	basic := p.service.basic()
	forms := make([][]byte, len(clients))
	for i, c := range clients {
		status, _, body, err := c.form(p.token, basic, []byte("grant_type=client_credentials"+p.introspected))
		if err := wants(status, 200, body, err); err != nil {
			return nil, err
		}
		forms[i] = []byte("token=" + member(body, "access_token"))
	}
	return func(c *client, i int) error {
		status, _, body, err := c.form(p.introspect, basic, forms[i])
		if err == nil && !bytes.Contains(body, []byte(`"active":true`)) {
			return fmt.Errorf("the token is not good: %s", body)
		}
		return wants(status, 200, body, err)
	}, nil
}

const (
	redirectURI = "https://app.example/cb"
	// browsersEach is how many people each client does in turn, because each sign-in to the app leaves a session behind, and nobody has thousands.
	browsersEach = 4
)

// throughTheBrowser signs people in to an app again and again, in browsers that are signed in.
func (p *provider) throughTheBrowser() (func(*client, int) error, error) {
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	page := p.authorize + "?" + url.Values{
		"client_id": {p.app.ID}, "response_type": {"code"}, "redirect_uri": {redirectURI}, "scope": {"openid"}, "code_challenge": {challenge},
		"code_challenge_method": {"S256"},
	}.Encode()
	browsers := make([]string, oauthClients*browsersEach) // the cookies of each
	for i := range browsers {
		var err error
		if browsers[i], err = p.browser(i, page); err != nil {
			return nil, err
		}
	}
	basic, turns := p.app.basic(), make([]int, oauthClients)
	return func(c *client, i int) error {
		turns[i]++
		cookies := browsers[i*browsersEach+turns[i]%browsersEach]
		code, err := c.codeFrom(page, func() string { return cookies })
		if err != nil {
			return err
		}
		form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {redirectURI}}
		status, _, body, err := c.form(p.token, basic, []byte(form.Encode()))
		if err == nil && (member(body, "access_token") == "" || member(body, "id_token") == "") {
			return fmt.Errorf("tokens are missing: %d %s", status, body)
		}
		return wants(status, 200, body, err)
	}, nil
}

// browser signs in, on a connection of its own because that takes long, and returns the cookies that the browser has after a first code.
func (p *provider) browser(i int, page string) (string, error) {
	c, err := dial(p.addr)
	if err != nil {
		return "", err
	}
	defer c.conn.Close()
	c.jar = map[string]string{}
	if err := p.signIn(c, i); err != nil {
		return "", err
	}
	if _, err := c.codeFrom(page, c.cookies); err != nil {
		return "", err
	}
	return c.cookies(), nil
}

// codeFrom follows redirects from a page until one leads to the app.
func (c *client) codeFrom(page string, cookies func() string) (string, error) {
	for range 5 {
		status, to, body, err := c.visit(page, cookies())
		if err != nil || status != 302 && status != 303 {
			return "", fmt.Errorf("%s: %d %s: %w", page, status, body, err)
		}
		u, err := url.Parse(to)
		if err != nil {
			return "", err
		}
		if code := u.Query().Get("code"); strings.HasPrefix(to, redirectURI) && code != "" {
			return code, nil
		}
		page = u.RequestURI()
	}
	return "", fmt.Errorf("no code came: %s", page)
}

// form posts a form by Basic authentication, and visit asks for a page with a header of cookies; both return status, a Location and the body.
func (c *client) form(path, basic string, form []byte) (int, string, []byte, error) {
	b := append(c.buf[:0], "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"...)
	if basic != "" {
		b = append(append(append(b, "Authorization: Basic "...), basic...), "\r\n"...)
	}
	b = append(strconv.AppendInt(append(b, "Content-Length: "...), int64(len(form)), 10), "\r\n\r\n"...)
	return c.exchange(append(b, form...))
}

func (c *client) visit(path, cookies string) (int, string, []byte, error) {
	return c.exchange(append(c.buf[:0], "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n"+cookies+"\r\n"...))
}

// exchange sends a request and keeps the Location of the answer.
func (c *client) exchange(request []byte) (int, string, []byte, error) {
	c.buf, c.location = request, ""
	if _, err := c.conn.Write(request); err != nil {
		return 0, "", nil, err
	}
	status, body, err := c.read()
	return status, c.location, body, err
}

func wants(status, want int, body []byte, err error) error {
	if err != nil || status != want {
		return fmt.Errorf("%d %s: %w", status, body, err)
	}
	return nil
}

const oauthPreface = `
## OAuth clients, 16 at a time

All take turns, %d times, after each has warmed up, with an uncounted second before each turn; the figures are medians. The yardstick is a handler that makes one P-256 signature and does nothing else.
*Per CPU second* is what the server does in one second of processor time, whatever it runs on: Node runs one request at a time, Go on all cores.

- **What is kept.** Lingpai writes the session, the grant, the code and what redeems it to its database, durably; the rivals keep everything in memory, and forget it when they stop:
  oidc-provider with the adapter that it comes with, zitadel/oidc with the storage of its example. For client credentials and introspection Lingpai writes nothing.
- **Client credentials.** The secret comes by Basic authentication, and the token is a JWT by ES256. Lingpai stores a keyed hash of the secret; the rivals compare plain text.
- **Introspection.** One token a client, again and again. For Lingpai and zitadel/oidc it is such a JWT; oidc-provider refuses to introspect JWTs, so its token is opaque and looked up.
- **Code flow.** Authorization with PKCE, the redirect with the code, the code for an access token and an ID token, both by ES256, in a browser that is signed in, for an app that asks no consent.
  With Lingpai it also starts a session that can be listed and ended, notes it in the audit log, and gives a refresh token; the rivals give none here.
  zitadel/oidc has no session of the browser: its authorization goes to a page that signs in, which is left out here, and costs one redirect more. With oidc-provider each authorization makes a grant of its own.
  oidc-provider asks for Node 22; an older one runs it with a warning.

| what | server | per second | CPU | per CPU second | p99 | CPU beside the bare signer | target |
|---|---|--:|--:|--:|--:|--:|---|
`

func (r *report) printOAuth(w io.Writer) {
	if len(r.oauth.rows) == 0 {
		return
	}
	fmt.Fprintf(w, oauthPreface, oauthRounds)
	var bare time.Duration
	for _, row := range r.oauth.rows {
		name, cpu := row.name, time.Duration(median(row.loads, func(l load) float64 { return float64(l.perOp()) }))
		if name == "" {
			name, bare = "bare signer", cpu
		}
		tail := time.Duration(median(row.loads, func(l load) float64 { return float64(l.quantile(.99)) }))
		target := ""
		if row.most > 0 {
			target = goal(cpu <= row.most, "<= "+us(row.most))
		}
		fmt.Fprintf(w, "| %s | %s | %.0f | %s | %.0f | %s | %.1f x | %s |\n", row.what, name, median(row.loads, load.rate), us(cpu), float64(time.Second)/float64(cpu), ms(tail),
			float64(cpu)/float64(bare), target)
	}
	for _, missing := range r.oauth.missing {
		fmt.Fprintf(w, "\nNot measured: %s.\n", missing)
	}
}
