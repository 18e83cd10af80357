package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// process is the built program, seen from outside.
type process struct {
	*testing.T
	at        string // http://127.0.0.1:PORT
	setupCode string
}

// built is the program: that of LINGPAI_TEST_PROGRAM, or one that is built for all tests, in a folder that goes with them.
var built = sync.OnceValues(func() (binary string, err error) {
	if binary = os.Getenv("LINGPAI_TEST_PROGRAM"); binary != "" {
		return binary, nil
	}
	if programs, err = os.MkdirTemp("", "lingpai-app-"); err != nil {
		return "", err
	}
	binary = filepath.Join(programs, "lingpai")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/lingpai/lingpai/cmd/lingpai").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
})

var programs string // a folder, or ""

func build(t *testing.T) string {
	t.Helper()
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// run starts the program and reads its greeting, with the link to create the first account if the data is fresh.
func run(t *testing.T, binary, data string, fresh bool, env ...string) *process {
	t.Helper()
	return runUntil(t.Context(), t, binary, data, fresh, env...)
}

// runUntil is run for a program that is killed when the context ends.
func runUntil(ctx context.Context, t *testing.T, binary, data string, fresh bool, env ...string) *process {
	t.Helper()
	cmd := exec.CommandContext(ctx, binary, "serve", "--listen", "127.0.0.1:0", "--data", data)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the end of the test's context has killed it
	p := &process{T: t}
	lines := bufio.NewReader(stdout)
	port := p.find(lines, regexp.MustCompile(`ready at http://localhost:(\d+)`))
	p.at = "http://127.0.0.1:" + port
	p.call(http.MethodGet, "/readyz", "", "").wants(t, 200, "")
	if fresh {
		p.setupCode = p.find(lines, regexp.MustCompile(`/auth/setup\?code=(\w+)`))
	}
	return p
}

// find reads standard output up to a line that matches.
func (p *process) find(from *bufio.Reader, what *regexp.Regexp) string {
	p.Helper()
	for {
		line, err := from.ReadString('\n')
		if found := what.FindStringSubmatch(line); found != nil {
			return found[1]
		}
		if err != nil {
			p.Fatalf("no line like %v on standard output: %v", what, err)
		}
	}
}

func (p *process) call(method, path, body, token string) reply {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, p.at+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		if !strings.HasPrefix(body, "{") {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(text)}
}

func (p *process) login() granted {
	p.Helper()
	r := p.call(http.MethodPost, "/auth/api/login", `{"username":"alice","password":"`+battery+`","keep":"storage"}`, "")
	if r.status != http.StatusOK {
		p.Fatalf("login: %d %s", r.status, r.body)
	}
	return r.granted(p.T)
}

func (p *process) me(token string) reply {
	p.Helper()
	return p.call(http.MethodGet, "/auth/api/me", "", token)
}

func (p *process) refresh(token string) reply {
	p.Helper()
	return p.call(http.MethodPost, "/auth/api/refresh", `{"refresh_token":"`+token+`"}`, "")
}

// TestContractOfTheBuiltServer goes through what the project promises to anybody with curl, in one pass over the built program.
func TestContractOfTheBuiltServer(t *testing.T) {
	t.Parallel()
	binary, data := build(t), filepath.Join(t.TempDir(), "data")
	p := run(t, binary, data, true)
	p.createFirstAccount()

	p.refusesWithoutToken()
	access := p.login().Access
	p.me(access).wants(t, 200, "")
	p.refusesAlteredTokens(access)
	p.endsAtLogout(access)
	p.givesTheSameSuccessor()
	p.endsAtReuse()

	// The same data under another process, whose tokens live for a second.
	p = run(t, binary, data, false, "LINGPAI_TOKEN_LIFETIME=1s")
	p.saysHowLongAgoATokenExpired()
}

// createFirstAccount uses the link that the greeting shows.
func (p *process) createFirstAccount() {
	p.Helper()
	form := url.Values{"code": {p.setupCode}, "username": {"alice"}, "name": {"Alice"}, "password": {battery}}
	if r := p.call(http.MethodPost, "/auth/setup", form.Encode(), ""); r.status != http.StatusSeeOther {
		p.Fatalf("setup: %d %s", r.status, r.body)
	}
}

func (p *process) refusesWithoutToken() {
	p.Helper()
	r := p.call(http.MethodGet, "/auth/api/me", "", "")
	r.wants(p.T, 401, "token_missing")
	if got := r.header.Get("WWW-Authenticate"); got != `Bearer realm="lingpai"` {
		p.Errorf("challenge without a token: %q", got)
	}
}

// refusesAlteredTokens changes each character of payload and signature in turn, some at a time.
func (p *process) refusesAlteredTokens(access string) {
	p.Helper()
	payload := strings.Index(access, ".") + 1
	for i := payload; i < len(access); i += 7 {
		p.refusesAltered(access, i)
	}
	p.refusesAltered(access, len(access)-1)
}

func (p *process) refusesAltered(access string, i int) {
	p.Helper()
	if access[i] == '.' {
		return
	}
	other := byte('A')
	if access[i] == 'A' {
		other = 'B'
	}
	r := p.me(access[:i] + string(other) + access[i+1:])
	if r.status != 401 || r.code() != "token_signature" {
		p.Errorf("character %d of %d changed: %d %s", i, len(access), r.status, r.body)
	}
	if got := r.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
		p.Errorf("challenge for an altered token: %q", got)
	}
}

func (p *process) endsAtLogout(access string) {
	p.Helper()
	p.call(http.MethodPost, "/auth/api/logout", "", access).wants(p.T, 204, "")
	if r := p.me(access); r.status != 401 || r.code() != "session_ended" && r.code() != "token_revoked" {
		p.Errorf("after logout: %d %s", r.status, r.body)
	}
}

func (p *process) givesTheSameSuccessor() {
	p.Helper()
	first := p.login()
	one, two := p.refresh(first.Refresh).granted(p.T), p.refresh(first.Refresh).granted(p.T)
	if one.Refresh == "" || one.Refresh != two.Refresh || one.Refresh == first.Refresh {
		p.Error("two uses of one refresh token did not give the same successor")
	}
	p.me(one.Access).wants(p.T, 200, "")
	p.me(two.Access).wants(p.T, 200, "")
}

func (p *process) endsAtReuse() {
	p.Helper()
	first := p.login()
	second := p.refresh(first.Refresh).granted(p.T)
	third := p.refresh(second.Refresh).granted(p.T)
	p.refresh(first.Refresh).wants(p.T, 401, "refresh_reused")
	p.refresh(third.Refresh).wants(p.T, 401, "refresh_reused")
	if r := p.me(third.Access); r.status != 401 {
		p.Errorf("after reuse an access token still passes: %d %s", r.status, r.body)
	}
}

func (p *process) saysHowLongAgoATokenExpired() {
	p.Helper()
	access := p.login().Access
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	r := p.me(access)
	for r.status == http.StatusOK {
		<-tick.C
		r = p.me(access)
	}
	r.wants(p.T, 401, "token_expired")
	var problem struct{ Detail string }
	if err := json.Unmarshal([]byte(r.body), &problem); err != nil {
		p.Fatal(err)
	}
	if !regexp.MustCompile(`^The token expired \d+ seconds? ago\.$`).MatchString(problem.Detail) {
		p.Errorf("detail: %q", problem.Detail)
	}
}
