package app

import (
	"bufio"
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
)

// stream is a request that is with the app behind a gateway, and goes on until somebody ends it.
type stream struct {
	conn net.Conn
	over chan error // gets what ended it
}

// openStream opens path through the gateway: "…/events" or "…/socket".
func openStream(t testing.TB, at, host, path string, headers ...string) *stream {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	want := http.StatusOK
	if strings.HasSuffix(path, "/socket") {
		want = http.StatusSwitchingProtocols
		headers = append(append([]string{"Origin: http://" + host}, upgrade...), headers...)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n", path, host, strings.Join(headers, "\r\n"))
	_ = conn.SetReadDeadline(time.Now().Add(2 * time.Minute))
	from := bufio.NewReader(conn)
	res, err := http.ReadResponse(from, nil)
	if err != nil || res.StatusCode != want {
		t.Fatalf("%s: %v %v", path, res, err)
	}
	st := &stream{conn, make(chan error, 1)}
	go func() {
		_, err := io.Copy(io.Discard, from)
		st.over <- err
	}()
	return st
}

func (c *client) stream(path string, headers ...string) *stream {
	c.s.Helper()
	for name, value := range c.cookies {
		headers = append(headers, "Cookie: "+name+"="+value)
	}
	return openStream(c.s, c.s.app.Addr().String(), strings.TrimPrefix(c.s.origin, "http://"), path, headers...)
}

// ends waits for the end.
func (st *stream) ends(t testing.TB, what string) {
	t.Helper()
	if err := <-st.over; os.IsTimeout(err) {
		t.Errorf("%s: still open after two minutes", what)
	}
}

// goesOn says that nobody has ended it.
func (st *stream) goesOn(t testing.TB, what string) {
	t.Helper()
	select {
	case err := <-st.over:
		t.Errorf("%s: ended (%v)", what, err)
	case <-time.After(300 * time.Millisecond): // three times as long as until the next look
	}
}

// TestOpenStreamsEndWithTheRoleThatTheyNeed has another process change the account, as an operator does.
func TestOpenStreamsEndWithTheRoleThatTheyNeed(t *testing.T) {
	t.Parallel()
	app, binary, dir := newEcho(t), build(t), t.TempDir()
	file, data := filepath.Join(dir, "lingpai.yaml"), filepath.Join(dir, "data")
	routes := "gateway:\n  routes:\n    - {match: /admin/**, upstream: \"" + app.URL + "\", require: {roles: [admin]}}\n    - {match: /**, upstream: \"" + app.URL + "\"}\n"
	if err := os.WriteFile(file, []byte(routes), 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(input string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), binary, append(args, "--data", data)...)
		cmd.Stdin = strings.NewReader(input)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	command(battery, "user", "add", "alice", "--role", "admin,editor", "--password-stdin")
	command(battery, "user", "add", "carol", "--role", "admin", "--password-stdin")
	p := run(t, binary, data, false, "LINGPAI_CONFIG="+file)
	open := func(name, path string) *stream {
		t.Helper()
		in := p.call(http.MethodPost, "/auth/api/login", `{"username":"`+name+`","password":"`+battery+`","keep":"cookie"}`, "")
		cookie, _, _ := strings.Cut(in.header.Get("Set-Cookie"), ";")
		at := strings.TrimPrefix(p.at, "http://")
		return openStream(t, at, strings.Replace(at, "127.0.0.1", "localhost", 1), path, "Cookie: "+cookie)
	}
	socket, events := open("alice", "/admin/socket"), open("alice", "/admin/events")
	others := map[string]*stream{
		"a route without a role": open("alice", "/notes/events"), "somebody else": open("carol", "/admin/socket"), "events of somebody else": open("carol", "/admin/events"),
	}
	command("", "user", "set", "alice", "--role", "editor,admin")
	command("", "user", "set", "alice", "--role", "editor")
	socket.ends(t, "the WebSocket")
	events.ends(t, "the events")
	for what, st := range others {
		st.goesOn(t, what)
	}
	command("", "user", "disable", "carol")
	others["somebody else"].ends(t, "the WebSocket of an account that was disabled")
	others["events of somebody else"].ends(t, "the events of an account that was disabled")
	others["a route without a role"].goesOn(t, "a route without a role")
}

func TestOpenStreamsEndWhenTheNewRoutesRefuseThem(t *testing.T) {
	t.Parallel()
	s, app := gated(t, usual)
	alice, bob, guest := s.signed("alice"), s.signed("bob"), s.program()
	streams := map[string]*stream{
		"stays":            alice.stream("/admin/events"),
		"loses its role":   alice.stream("/admin2/socket"),
		"is public":        guest.stream("/public/events"),
		"is not public":    guest.stream("/public/closed/events"),
		"is for all":       bob.stream("/public/closed/socket"),
		"has no route":     bob.stream("/notes/gone/events"),
		"is in no network": bob.stream("/notes/far/socket"),
		"has another app":  bob.stream("/notes/socket"),
	}
	stay := []string{"stays", "is public", "is for all", "has another app"}
	routes := `
    - {match: /public/closed/**, upstream: APP}
    - {match: /public/**, upstream: APP, public: true}
    - {match: /admin/**, upstream: APP, require: {roles: [admin]}}
    - {match: /admin2/**, upstream: APP, require: {roles: [boss]}}
    - {match: /notes/gone/**}
    - {match: /notes/far/**, upstream: APP, require: {addresses: [192.0.2.0/24]}}
    - {match: /**, upstream: OTHER, timeout: 7s}
`
	if err := s.reload(t, strings.NewReplacer("APP", app.URL, "OTHER", newEcho(t).URL).Replace(routes)); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"loses its role", "is not public", "has no route", "is in no network"} {
		streams[what].ends(t, what)
	}
	for _, what := range stay {
		streams[what].goesOn(t, what)
	}
	if said := s.log.String(); !strings.Contains(said, "an open request was ended") || !strings.Contains(said, "forbidden_role") {
		t.Errorf("the log does not say why:\n%s", said)
	}
}

// What is asked of the beginning of a request is not asked of it for as long as it goes on.
func TestOpenStreamsOutliveWhatIsAskedOfTheirBeginning(t *testing.T) {
	t.Parallel()
	s, app := gated(t, `
    - {match: /recent/**, upstream: APP, require: {max_age: 10m}}
    - {match: /api/**, upstream: APP, require: {scopes: [notes], roles: [admin]}}
    - {match: /**, upstream: APP}
`)
	alice := s.signed("alice")
	recent, gone := alice.stream("/recent/events"), alice.stream("/api/events")
	byToken := s.program().stream("/notes/events", "Authorization: Bearer "+s.program().login("bob", battery, "storage").Access)
	s.clock.advance(20 * time.Minute)
	s.setRoles("alice")
	s.setRoles("bob", "editor")
	gone.ends(t, "the role was taken")
	recent.goesOn(t, "the sign-in was recent when it began")
	byToken.goesOn(t, "the token was good when it began")
	if err := s.reload(t, strings.ReplaceAll("    - {match: /recent/**, upstream: APP, require: {max_age: 15m}}\n    - {match: /**, upstream: APP, require: {roles: [editor]}}\n", "APP", app.URL)); err != nil {
		t.Fatal(err)
	}
	last := s.signed("bob").stream("/notes/events")
	s.setRoles("bob")
	last.ends(t, "the last role was taken")
	byToken.ends(t, "the last role was taken from who came with a token")
	recent.goesOn(t, "the sign-in was recent enough for the new routes")
}

func TestOpenStreamOfAMachineEndsWhenItIsRemoved(t *testing.T) {
	s, _ := gated(t, usual)
	mine := s.machine(t, "notes")
	gone, other := s.program().stream("/api/socket", mine), s.program().stream("/api/events", s.machine(t, "notes"))
	id, _ := claimsOf(t, strings.TrimPrefix(mine, "Authorization: Bearer "))["client_id"].(string)
	if err := s.core.Clients.Remove(t.Context(), id, cli); err != nil {
		t.Fatal(err)
	}
	gone.ends(t, "the app was removed")
	other.goesOn(t, "another app")
}

func TestOpenStreamsGoOnWhileNobodyCanJudgeAndAreJudgedThen(t *testing.T) {
	t.Parallel()
	s, _ := gated(t, usual)
	alice := s.signed("alice")
	st := alice.stream("/admin/events")
	s.breakTable("sessions")
	s.setRoles("alice")
	within(t, "the change is felt", func() bool { return alice.get("/notes").status >= http.StatusInternalServerError })
	st.goesOn(t, "nobody can tell")
	s.mendTable("sessions")
	st.ends(t, "the role was taken")
}
