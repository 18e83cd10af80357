package devserver_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/devserver"
)

const machineAPI = "/auth/dev/api/"

// press is what a test suite does: one call, which must be taken.
func (d *dev) press(button, body string) devserver.MachineState {
	d.Helper()
	r := d.post(machineAPI+button, body)
	if r.status != 200 {
		d.Fatalf("%s %s: %d %s", button, body, r.status, r.body)
	}
	var st devserver.MachineState
	if err := json.Unmarshal([]byte(r.body), &st); err != nil {
		d.Fatal(err)
	}
	return st
}

func (d *dev) cut(method, path, body string, headers ...string) {
	d.Helper()
	r, err := d.tryAsk(method, path, strings.NewReader(body), headers...)
	if err == nil {
		d.Errorf("%s %s was answered: %d %s", method, path, r.status, r.body)
	}
}

// held is a session as a client keeps it in storage.
type held struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Session struct {
		ID string `json:"id"`
	} `json:"session"`
}

func (d *dev) signIn(name string) (h held) {
	d.Helper()
	r := d.post("/auth/api/login", fmt.Sprintf(`{"username":%q,"password":%q,"keep":"storage"}`, name, name))
	if err := json.Unmarshal([]byte(r.body), &h); err != nil || h.Refresh == "" {
		d.Fatalf("sign in: %d %s", r.status, r.body)
	}
	return h
}

func (h held) bearer() string { return "Authorization: Bearer " + h.Access }

func (d *dev) renew(h held) (renewed held) {
	d.Helper()
	r := d.post("/auth/api/refresh", `{"refresh_token":"`+h.Refresh+`"}`)
	if err := json.Unmarshal([]byte(r.body), &renewed); err != nil || renewed.Access == "" {
		d.Fatalf("refresh: %d %s", r.status, r.body)
	}
	return renewed
}

func TestAllAccessTokensExpireNowAndSessionsStay(t *testing.T) {
	d := start(t, "")
	h := d.signIn("alice")
	d.get("/api/me", h.bearer()).wants(t, 200, `"username":"alice"`)
	if st := d.press("expire", ""); st.Ahead != 301 || st.Lifetime != 300 {
		t.Errorf("%+v", st)
	}
	r := d.get("/api/me", h.bearer())
	r.refused(t, "token_expired", " ago")
	if r := d.get("/auth/api/me", h.bearer()); r.status != 401 {
		t.Errorf("Lingpai's own API: %d", r.status)
	}
	h = d.renew(h)
	r = d.get("/auth/api/me", h.bearer())
	r.wants(t, 200, `"alice"`)
	if date, err := http.ParseTime(r.header.Get("Date")); err != nil || time.Until(date) < 4*time.Minute {
		t.Errorf("the answer says that it is %s", r.header.Get("Date"))
	}
}

func TestTheClockIsShiftedForwardAndBack(t *testing.T) {
	d := start(t, "")
	if st := d.press("clock", `{"ahead":"24h"}`); st.Ahead != 86400 || time.Until(st.Now) < 23*time.Hour {
		t.Errorf("%+v", st)
	}
	if st := d.press("clock", `{"by":"-25h"}`); st.Ahead != -3600 {
		t.Errorf("%+v", st)
	}
	h := d.signIn("bob")
	d.get("/api/me", h.bearer()).wants(t, 200, "bob") // whatever the time is, a login works
	if st := d.press("reset", ""); st.Ahead != 0 {
		t.Errorf("%+v", st)
	}
	d.press("clock", `{"ahead":"2400h"}`) // beyond the life of keys and sessions
	d.get("/api/me", d.signIn("bob").bearer()).wants(t, 200, "bob")
	d.post("/auth/api/refresh", `{"refresh_token":"`+h.Refresh+`"}`).refused(t, "session_expired")
	for _, bad := range []string{`{}`, `{"by":"1m","ahead":"1m"}`, `{"by":"soon"}`, `{"ahead":"999999h"}`, `{"by":"-2000000h"}`, `{"in":"1m"}`, `[]`} {
		if r := d.post(machineAPI+"clock", bad); r.status != 422 && r.status != 400 {
			t.Errorf("%s: %d %s", bad, r.status, r.body)
		}
	}
}

func TestSessionsAreEndedFromOutside(t *testing.T) {
	d := start(t, "")
	alice, again, bob := d.signIn("alice"), d.signIn("alice"), d.signIn("bob")
	d.get(machineAPI+"sessions").wants(t, 200, alice.Session.ID)
	d.post(machineAPI+"sessions/end", `{"session":"`+alice.Session.ID+`"}`).wants(t, 200, `{"ended":1}`)
	d.get("/api/me", alice.bearer()).refused(t, "session_ended")
	d.post("/auth/api/refresh", `{"refresh_token":"`+alice.Refresh+`"}`).refused(t, "session_ended")
	d.get("/api/me", again.bearer()).wants(t, 200, "alice")
	d.post(machineAPI+"sessions/end", `{"user":"alice"}`).wants(t, 200, `{"ended":1}`)
	d.get("/api/me", again.bearer()).refused(t, "session_ended")
	d.get("/api/me", bob.bearer()).wants(t, 200, "bob")
	d.post(machineAPI+"sessions/end", `{"all":true}`).wants(t, 200, `{"ended":1}`)
	d.post(machineAPI+"sessions/end", `{"user":"nobody"}`).wants(t, 200, `{"ended":0}`)
	d.post(machineAPI+"sessions/end", `{}`).refused(t, "field_invalid", "Say which")
}

func TestKeysAreRotatedAndOldTokensStayGood(t *testing.T) {
	d := start(t, "")
	h := d.signIn("alice")
	before := d.press("reset", "").SigningKey
	after := d.press("keys/rotate", "").SigningKey
	if before == "" || before == after {
		t.Errorf("%q, then %q", before, after)
	}
	d.get("/.well-known/jwks.json").wants(t, 200, after)
	for _, of := range []held{h, d.renew(h)} {
		d.get("/api/me", of.bearer()).wants(t, 200, "alice")
	}
	for n := 2; n < 16; n++ {
		d.press("keys/rotate", "")
	}
	d.post(machineAPI+"keys/rotate", "").refused(t, "field_invalid", "Set the clock forward by 25h")
	d.press("clock", `{"by":"25h"}`)
	d.press("keys/rotate", "")
}

// The honest client asks again with the token that it still has, and goes on.
func TestTheNextRefreshAnswerIsLostAfterTheServerHasRenewed(t *testing.T) {
	d := start(t, "")
	h := d.signIn("alice")
	if st := d.press("lose-refresh", ""); st.Lose != 1 {
		t.Errorf("%+v", st)
	}
	d.post("/auth/api/refresh", `{"refresh_token":"lpr_nonsense"}`).refused(t, "refresh_invalid") // nothing was renewed, so nothing is lost
	d.cut("POST", "/auth/api/refresh", `{"refresh_token":"`+h.Refresh+`"}`, "Content-Type: application/json")
	all := d.app.Dev().Exchanges().Since(0)
	if x := all[len(all)-1]; x.Status != 0 || x.By != "time machine" || x.Reason == "" {
		t.Errorf("%+v", x)
	}
	renewed := d.renew(h)
	if renewed.Refresh == h.Refresh {
		t.Error("the server had not renewed")
	}
	d.get("/api/me", renewed.bearer()).wants(t, 200, "alice")
}

func TestOfflineNothingIsAnsweredAndWhatIsUnderWayIsCut(t *testing.T) {
	d := start(t, "routes:\n  - { match: /events, mock: { events: [{ data: 1 }, { data: 2, delay: 60s }] } }\n  - { match: /a, mock: { text: a } }\n")
	h := d.signIn("alice")
	stream, err := d.client.Get(d.origin + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewReader(stream.Body)
	if line, err := lines.ReadString('\n'); err != nil || line != "data: 1\n" {
		t.Fatalf("%q %v", line, err)
	}
	if st := d.press("offline", `{}`); !st.Offline || st.OnlineAgain != nil {
		t.Errorf("%+v", st)
	}
	if rest, err := io.ReadAll(lines); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the stream went on, or ended well: %q %v", rest, err)
	}
	d.cut("GET", "/a", "")
	d.cut("GET", "/auth/login", "")
	d.cut("POST", "/auth/api/refresh", `{"refresh_token":"`+h.Refresh+`"}`, "Content-Type: application/json")
	d.get("/auth/dev/api/exchanges").wants(t, 200, "has cut the network")
	d.press("offline", `{"on":false}`)
	d.renew(h)
	if st := d.press("offline", `{"for":"50ms"}`); !st.Offline || st.OnlineAgain == nil {
		t.Errorf("%+v", st)
	}
	eventually(t, "the network comes back by itself", func() bool {
		_, err := d.tryAsk("GET", "/a", strings.NewReader(""))
		return err == nil
	})
	d.post(machineAPI+"offline", `{"for":"-1s"}`).refused(t, "field_invalid")
}

func TestAStormRefusesTheNextRequestsForDataAlone(t *testing.T) {
	d := start(t, "cors: [http://localhost:5173]\nroutes:\n  - { match: /a, auth: true, mock: { text: a } }\n  - { match: /, spa: ./dist }\n", files{"dist/index.html": "<p>hi"})
	h := d.signIn("alice")
	if st := d.press("storm", `{"requests":2}`); st.Storm != 2 {
		t.Errorf("%+v", st)
	}
	d.get("/", "Accept: text/html").wants(t, 200, "<p>hi")
	d.get("/main.css", "Sec-Fetch-Dest: style")
	r := d.get("/a", h.bearer(), "Origin: http://localhost:5173")
	r.refused(t, "token_expired")
	if r.header.Get("X-Dev-Served-By") != "time machine" || r.header.Get("Access-Control-Allow-Origin") == "" || !strings.Contains(r.header.Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("%v", r.header)
	}
	h = d.renew(h) // a refresh is no request of the app for data
	d.get("/a", h.bearer()).refused(t, "token_expired")
	d.get("/a", h.bearer()).wants(t, 200, "a")
	d.post(machineAPI+"storm", `{"requests":-1}`).refused(t, "field_invalid")
}

func TestTheKeySetComesLate(t *testing.T) {
	d := start(t, "")
	if st := d.press("keys/delay", `{"delay":"300ms"}`); st.KeysDelaySecs != 0.3 {
		t.Errorf("%+v", st)
	}
	begun := time.Now()
	d.get("/.well-known/jwks.json").wants(t, 200, "keys")
	if late := time.Since(begun); late < 300*time.Millisecond {
		t.Errorf("after %s", late)
	}
	if st := d.press("reset", ""); st.KeysDelaySecs != 0 {
		t.Errorf("%+v", st)
	}
	d.post(machineAPI+"keys/delay", `{"delay":"2h"}`).refused(t, "field_invalid")
}

// Whoever may press a button could otherwise do so from any page that the developer happens to look at.
func TestPagesOfOthersPressNoButtons(t *testing.T) {
	d := start(t, "cors: [http://localhost:5173]\nroutes: [{ match: /a, mock: { text: a } }]\n")
	for _, rt := range d.app.Dev().Routes() {
		method, path, _ := strings.Cut(rt.Pattern, " ")
		path = strings.NewReplacer("{id}", "1", "{$}", "").Replace(path)
		body := ""
		if method == "POST" {
			body = "{}"
		}
		for name, headers := range map[string][]string{
			"another site":     {"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"},
			"another port":     {"Origin: http://localhost:5173", "Sec-Fetch-Site: same-site"},
			"an old browser":   {"Origin: https://evil.example"},
			"a sandboxed page": {"Origin: null", "Sec-Fetch-Site: cross-site"},
		} {
			if method == "GET" && !strings.HasPrefix(path, machineAPI) {
				continue // a page may be linked to
			}
			r := d.ask(method, path, body, append(headers, "Content-Type: application/json")...)
			if r.status != 403 || r.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s from %s: %d %s", rt.Pattern, name, r.status, r.body)
			}
		}
		if r := d.ask(method, path, body, "Host: rebound.example", "Content-Type: application/json"); r.status != 421 && r.status != 403 {
			t.Errorf("%s under another name: %d", rt.Pattern, r.status)
		}
	}
	if st := d.press("reset", ""); st.Ahead != 0 || st.Offline || st.Storm != 0 {
		t.Errorf("something was pressed: %+v", st)
	}
}

func TestWhatPassesIsStreamedToThePagesAsItHappens(t *testing.T) {
	d := start(t, "routes:\n  - { match: /a, mock: { text: a }, proxy: \"http://127.0.0.1:1\" }\n")
	stream, err := d.client.Get(d.origin + machineAPI + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	events := bufio.NewScanner(stream.Body)
	next := func(name, holds string) {
		t.Helper()
		for events.Scan() {
			if events.Text() == "event: "+name && events.Scan() && strings.Contains(events.Text(), holds) {
				return
			}
		}
		t.Fatalf("no event %s with %s: %v", name, holds, events.Err())
	}
	next("state", `"use":"mock"`)
	d.get("/a")
	next("exchange", `"path":"/a"`)
	d.post(machineAPI+"routes", `{"route":1,"use":"proxy"}`)
	next("state", `"use":"proxy"`)
	d.press("storm", "")
	next("state", `"storm":5`)
}

func TestOneExchangeIsShownWithoutItsSecrets(t *testing.T) {
	d := start(t, "")
	h := d.signIn("alice")
	d.get("/api/me", h.bearer())
	signature := h.Access[strings.LastIndexByte(h.Access, '.')+1:]
	for number := 1; number <= 2; number++ {
		r := d.get(fmt.Sprintf("%sexchanges/%d", machineAPI, number))
		if r.status != 200 || strings.Contains(r.body, signature) || strings.Contains(r.body, h.Refresh) {
			t.Errorf("%d: %d %s", number, r.status, r.body)
		}
	}
	d.get(machineAPI+"exchanges/2").wants(t, 200, `"line":"GET /api/me HTTP/1.1"`)
	d.get(machineAPI+"exchanges/3").refused(t, "not_found")
	d.get(machineAPI+"exchanges/x").refused(t, "not_found")
}
