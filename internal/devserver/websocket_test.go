package devserver_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// line is a WebSocket as a client of the test holds it.
type line struct {
	testing.TB
	*websocket.Conn
	answer *http.Response
}

// dial opens a WebSocket; headers are "Name: value".
func (d *dev) dial(path string, headers ...string) line {
	d.Helper()
	l, err := d.tryDial(path, headers...)
	if err != nil {
		d.Fatal(err)
	}
	return l
}

func (d *dev) tryDial(path string, headers ...string) (line, error) {
	o := &websocket.DialOptions{HTTPClient: d.client, HTTPHeader: http.Header{}}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Sec-WebSocket-Protocol" && value != "" {
			o.Subprotocols = strings.Split(value, ", ")
			continue
		}
		o.HTTPHeader.Add(name, value)
	}
	conn, res, err := websocket.Dial(d.Context(), d.origin+path, o)
	if err == nil {
		d.Cleanup(func() { _ = conn.CloseNow() })
	}
	return line{d.TB, conn, res}, err
}

func (l line) says(messages ...string) {
	l.Helper()
	for _, m := range messages {
		if err := l.Write(l.Context(), websocket.MessageText, []byte(m)); err != nil {
			l.Fatal(err)
		}
	}
}

func (l line) hears(want ...string) {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), time.Minute)
	defer cancel()
	for _, w := range want {
		kind, got, err := l.Read(ctx)
		if err != nil || string(got) != w || kind != websocket.MessageText {
			l.Fatalf("heard %s %q, %v; want %q", kind, got, err, w)
		}
	}
}

// closed waits for the end, and checks how it was told.
func (l line) closed(code websocket.StatusCode, reason string) {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), time.Minute)
	defer cancel()
	for {
		_, got, err := l.Read(ctx)
		if err == nil {
			l.Logf("still heard %q", got)
			continue
		}
		if websocket.CloseStatus(err) != code || !strings.Contains(err.Error(), reason) {
			l.Errorf("ended with %v, want %d %q", err, code, reason)
		}
		return
	}
}

func TestAMockedWebSocketGreetsAnswersAndEchoes(t *testing.T) {
	d := start(t, `
routes:
  - match: GET /chat/{room}
    mock:
      headers: { X-Room: "{{.room}}" }
      websocket:
        open: [ "welcome to {{.room}}", { user: "{{.query.name}}", n: "{{number .query.n}}" } ]
        reply:
          - { when: ping, send: pong }
          - { when: "~^/me ", send: "{{upper .message}}" }
          - { when: { type: join, user.name: "~^a" }, send: { joined: "{{.message.user.name}}", room: "{{.room}}", all: "{{json .message}}" } }
          - { when: { type: join }, send: [ refused ] }
          - { when: bye, send: see you, close: 4001 }
        echo: true
  - { match: /quiet, mock: { websocket: {} } }
`)
	l := d.dial("/chat/tea?name=alice&n=7")
	if by := l.answer.Header.Get("X-Dev-Served-By"); by != "mock; route=1" || l.answer.Header.Get("X-Room") != "tea" {
		t.Errorf("%v", l.answer.Header)
	}
	l.hears("welcome to tea", `{"user":"alice","n":7}`)
	l.says("ping", "/me waves", `{"type":"join","user":{"name":"anna"}}`, `{"type":"join"}`, "what else", "bye")
	l.hears("pong", "/ME WAVES", `{"joined":"anna","room":"tea","all":{"type":"join","user":{"name":"anna"}}}`, `["refused"]`, "what else", "see you")
	l.closed(4001, "")

	quiet := d.dial("/quiet")
	quiet.says("anybody?")
	if err := quiet.Ping(quiet.CloseRead(t.Context())); err != nil {
		t.Errorf("a ping is not answered: %v", err)
	}
	log := d.get("/auth/dev/api/exchanges?since=0").body
	if !strings.Contains(plain(log), `"by":"mock","route":1,"match":"GET /chat/{room}","status":101,"goes_on":true`) {
		t.Errorf("the log of exchanges says %s", log)
	}
}

func TestAMockedWebSocketTicksAndClosesByItself(t *testing.T) {
	d := start(t, `
routes:
  - match: /ticks
    mock: { websocket: { every: { interval: 5ms, send: { n: "{{number count}}" } } } }
  - match: /short
    mock: { websocket: { open: [ hello ], close: { after: 10ms, code: 1013 } } }
  - match: /broken
    mock: { websocket: { reply: [ { send: "{{number .message}}" } ] } }
  - match: /never
    mock: { websocket: { open: [ "{{number .query.n}}" ] } }
`)
	d.dial("/ticks").hears(`{"n":1}`, `{"n":2}`, `{"n":3}`)
	short := d.dial("/short")
	short.hears("hello")
	short.closed(1013, "")
	broken := d.dial("/broken")
	broken.says("7")
	broken.hears("7")
	broken.says("seven")
	broken.closed(websocket.StatusInternalError, `\"seven\" is not a number`)
	d.get("/never?n=x", "Connection: Upgrade", "Upgrade: websocket").refused(t, "mock_failed", `"x" is not a number`)
}

func TestAMockedWebSocketTakesWhatTheProtocolAllowsAlone(t *testing.T) {
	d := start(t, `
cors: [ "http://[::1]:5173" ]
routes:
  - { match: /echo, mock: { websocket: { echo: true } } }
`)
	r := d.get("/echo")
	r.wants(t, http.StatusUpgradeRequired, "")
	r.refused(t, "upgrade_required", "WebSockets only")
	if r.header.Get("Upgrade") != "websocket" {
		t.Errorf("%v", r.header)
	}
	d.get("/echo", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 12").wants(t, 400, "version")
	d.get("/echo", "Connection: Upgrade", "Upgrade: websocket", "Origin: https://evil.example").refused(t, "origin_refused", "https://evil.example")
	for _, origin := range []string{"http://[::1]:5173", d.origin} {
		d.dial("/echo", "Origin: "+origin)
	}
	for offered, want := range map[string]string{"": "", "lingpai, lingpai.token.abc": "lingpai", "lingpai.token.abc, chat.v2, lingpai": "chat.v2", "lingpai.token.abc": ""} {
		l := d.dial("/echo", "Sec-WebSocket-Protocol: "+offered)
		if got := l.Subprotocol(); got != want {
			t.Errorf("of %q %q was selected, want %q", offered, got, want)
		}
	}

	l := d.dial("/echo")
	l.SetReadLimit(-1)
	most := strings.Repeat("x", 1<<20)
	l.says(most)
	l.hears(most)
	l.says(most + "x")
	l.closed(websocket.StatusMessageTooBig, "")

	conn, in, err := upgrade(d, "/echo")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte{0x81, 2, 'h', 'i'}); err != nil { // a frame without a mask (RFC 6455, section 5.1)
		t.Fatal(err)
	}
	if frame, err := in.Peek(1); err == nil && frame[0] != 0x88 {
		t.Errorf("a frame without a mask is answered with %#x", frame)
	}
}

func TestAMockedWebSocketIsForWhomTheRouteIsForAndEndsWithTheSession(t *testing.T) {
	d := start(t, `
routes:
  - { match: /open, mock: { websocket: { open: [ hello ] } } }
  - { match: /admin, auth: { roles: [ admin ] }, mock: { websocket: { open: [ hello ], echo: true } } }
`)
	alice, bob := d.signIn("alice"), d.signIn("bob")
	if l, err := d.tryDial("/admin"); err == nil || l.answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %v", err)
	}
	if l, err := d.tryDial("/admin", bob.bearer()); err == nil || l.answer.StatusCode != http.StatusForbidden {
		t.Errorf("without the role: %v", err)
	}
	l, free := d.dial("/admin", alice.bearer()), d.dial("/open")
	l.hears("hello")
	page := d.dial("/admin", "Sec-WebSocket-Protocol: lingpai, lingpai.token."+alice.Access)
	if page.hears("hello"); page.Subprotocol() != "lingpai" {
		t.Errorf("%q was selected", page.Subprotocol())
	}
	if _, err := d.tryDial("/admin", "Sec-WebSocket-Protocol: lingpai, lingpai.token."+bob.Access); err == nil {
		t.Error("a subprotocol that carries a token without the role opens it")
	}
	d.press("expire", "")
	l.says("the token has expired, the session lives")
	l.hears("the token has expired, the session lives")
	d.post(machineAPI+"sessions/end", `{"user":"alice"}`).wants(t, 200, "")
	l.closed(websocket.StatusPolicyViolation, "session_ended")
	page.closed(websocket.StatusPolicyViolation, "session_ended")
	free.hears("hello")
	d.press("offline", "")
	free.closed(-1, "")
	d.press("offline", `{"on":false}`)
}

func TestAMockedWebSocketEndsWhenTheDevFileChanges(t *testing.T) {
	d := start(t, "routes:\n  - { match: /a, mock: { websocket: { open: [ one ] } } }\n")
	l := d.dial("/a")
	l.hears("one")
	files{"lingpai.dev.yaml": "routes:\n  - { match: /a, mock: { websocket: { open: [ another ] } } }\n"}.write(t, d.folder)
	l.closed(websocket.StatusGoingAway, "the mock has changed")
	next := d.dial("/a")
	next.hears("another")
	files{"lingpai.dev.yaml": "routes:\n  - { match: /b, mock: { text: b } }\n"}.write(t, d.folder)
	next.closed(websocket.StatusGoingAway, "the mock has changed")
	if l, err := d.tryDial("/a"); err == nil || l.answer.StatusCode != http.StatusNotFound {
		t.Errorf("after the route has gone: %v", err)
	}
}

// What is open when a route is switched belongs to what answered before: whoever opens it again meets the new.
func TestStreamsEndWhenTheirRouteIsSwitched(t *testing.T) {
	var atBackend atomic.Int64
	upstream := backend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			switching(&atBackend)(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: real\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	d := start(t, "backend: "+upstream+`
routes:
  - { match: /ws, mock: { websocket: { open: [ mocked ], echo: true } } }
  - { match: /events, mock: { events: [ { data: mocked }, { data: late, delay: 1h } ] } }
  - { match: /other, mock: { websocket: { open: [ hello ], echo: true } } }
`)
	events := func(want string) (ended func()) {
		t.Helper()
		ask, err := http.NewRequestWithContext(t.Context(), "GET", d.origin+"/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		ask.Header.Set("Accept", "text/event-stream")
		res, err := d.client.Do(ask)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		lines := bufio.NewReader(res.Body)
		if line, err := lines.ReadString('\n'); err != nil || line != "data: "+want+"\n" {
			t.Fatalf("%q %v, want %s", line, err, want)
		}
		return func() { _, _ = io.Copy(io.Discard, lines) }
	}
	mocked, other, mockedEvents := d.dial("/ws"), d.dial("/other"), events("mocked")
	mocked.hears("mocked")
	other.hears("hello")
	for route := 1; route <= 2; route++ {
		d.post(machineAPI+"routes", fmt.Sprintf(`{"route":%d,"use":"mock"}`, route)).wants(t, 200, "") // nothing changes
	}
	mocked.says("still here?")
	mocked.hears("still here?")
	for route := 1; route <= 2; route++ {
		d.post(machineAPI+"routes", fmt.Sprintf(`{"route":%d,"use":"real"}`, route)).wants(t, 200, "")
	}
	mocked.closed(websocket.StatusGoingAway, "the route was switched")
	mockedEvents()

	conn, in, err := upgrade(d, "/ws")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	realEvents := events("real")
	for route := 1; route <= 2; route++ {
		d.post(machineAPI+"routes", fmt.Sprintf(`{"route":%d,"use":"off"}`, route)).wants(t, 200, "")
	}
	if rest, err := io.ReadAll(in); len(rest) > 0 {
		t.Errorf("%q %v", rest, err)
	}
	realEvents()
	eventually(t, "the backend sees it end", func() bool { return atBackend.Load() == 0 })
	other.says("nobody switched this one")
	other.hears("nobody switched this one")
}

func TestAMockedWebSocketEndsWhenTheServerStops(t *testing.T) {
	d := start(t, "routes:\n  - { match: /a, mock: { websocket: { open: [ hello ] } } }\n")
	l := d.dial("/a")
	l.hears("hello")
	d.app.Dev().Close()
	l.closed(websocket.StatusGoingAway, "the dev server stops")
}
