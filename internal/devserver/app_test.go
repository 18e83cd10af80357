package devserver_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"github.com/lingpai/lingpai/internal/porttest"
)

// appServer is an app's own dev server at an address that stays, so that it can go and come back.
type appServer struct {
	t       testing.TB
	address string
	handler http.Handler
	running *httptest.Server
}

func newAppServer(t testing.TB, h http.Handler) *appServer {
	a := &appServer{t: t, address: porttest.Address(t), handler: h}
	t.Cleanup(a.stop)
	return a
}

func (a *appServer) start() {
	l, err := net.Listen("tcp", a.address)
	if err != nil {
		a.t.Fatal(err)
	}
	a.running = &httptest.Server{Listener: l, Config: &http.Server{Handler: a.handler}}
	a.running.Start()
}

func (a *appServer) stop() {
	if a.running != nil {
		a.running.CloseClientConnections()
		a.running.Close()
		a.running = nil
	}
}

const (
	acceptPage  = "Accept: text/html,*/*;q=0.8"
	loadsScript = "Sec-Fetch-Dest: script"
)

// version is that of the app's state.
func (d *dev) version() (number uint64, ready bool) {
	d.Helper()
	var out struct {
		Version uint64
		Ready   bool
	}
	r := d.get("/auth/dev/api/app")
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		d.Fatalf("%s: %v", r.body, err)
	}
	return out.Version, out.Ready
}

func TestTheAppAnswersWhatNoRouteDoesWithItsWebSocket(t *testing.T) {
	var open atomic.Int64
	app := newAppServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			switching(&open)(w, r)
			return
		}
		fmt.Fprintf(w, "the app at %s", r.URL)
	}))
	app.start()
	d := start(t, "app: http://"+app.address+"\nroutes:\n  - { match: /api/x, mock: { text: mocked } }\n  - { match: \"/api/**\", pass: true }\n")
	d.get("/api/x").wants(t, 200, "mocked")
	r := d.get("/notes?a=1")
	r.wants(t, 200, "the app at /notes?a=1")
	if by := r.header.Get("X-Dev-Served-By"); by != "app" {
		t.Errorf("served by %q", by)
	}
	d.get("/api/y").wants(t, 200, "the app at /api/y")
	conn, in, err := upgrade(d, "/hmr")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintln(conn, "update")
	if line, err := in.ReadString('\n'); err != nil || line != "echo update\n" {
		t.Errorf("%q %v", line, err)
	}
}

func TestWhileTheAppIsAwayAPageWaitsAndProgramsAreToldToAskAgain(t *testing.T) {
	app := newAppServer(t, answering("the app"))
	d := start(t, "app: http://"+app.address+"\n")
	page := d.get("/notes", acceptPage)
	page.wants(t, 503, "Your app does not answer yet")
	for name, want := range map[string]string{
		"Retry-After": "1", "Cache-Control": "no-store", "X-Dev-Served-By": "app", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := page.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy is %q", policy)
	}
	d.get("/notes", acceptPage, "Accept-Language: zh").wants(t, 503, "您的应用尚未应答")
	program := d.get("/api/notes", "Sec-Fetch-Dest: empty")
	program.refused(t, "app_starting", app.address+" takes no connections")
	if program.status != 503 || program.header.Get("Retry-After") != "1" {
		t.Errorf("%d %v", program.status, program.header)
	}
	d.post("/api/notes", "{}").refused(t, "app_starting")
	// A WebSocket opens and closes: the console of a page shows a handshake that is refused as an error.
	d.dial("/hmr", "Sec-WebSocket-Protocol: vite-hmr").closed(websocket.StatusServiceRestart, "it will be back")

	// A part of a page waits until the app is back, and so does whoever asks for news.
	known, ready := d.version()
	if ready {
		t.Error("it is ready")
	}
	part, news := make(chan string, 1), make(chan string, 1)
	go func() {
		r, err := d.tryAsk("GET", "/main.js", strings.NewReader(""), loadsScript)
		part <- fmt.Sprint(r.status, r.body, err)
	}()
	go func() {
		r, err := d.tryAsk("GET", fmt.Sprintf("/auth/dev/api/app?after=%d", known), strings.NewReader(""))
		news <- fmt.Sprint(r.body, err)
	}()
	app.start()
	if got := <-part; got != "200the app<nil>" {
		t.Errorf("the part is %s", got)
	}
	if got := <-news; !strings.Contains(got, `"ready":true`) {
		t.Errorf("the news are %s", got)
	}
	d.get("/notes", acceptPage).wants(t, 200, "the app")
}

func TestAnAppInAFolderHasItsRoutesAndReloadsWhenAFileChanges(t *testing.T) {
	d := start(t, "app: ./dist\nroutes:\n  - { match: /api/x, mock: { text: mocked } }\n", files{
		"dist/index.html": "<html><HEAD><title>app</title></head><body>app</body></html>", "dist/main.js": "run()", "dist/bare.html": "no head",
	})
	page := d.get("/notes/7", acceptPage)
	page.wants(t, 200, "<title>app</title><script type=\"module\" src=\"/auth/assets/")
	_, rest, _ := strings.Cut(page.body, `src="`)
	src, _, _ := strings.Cut(rest, `"`)
	d.get(src).wants(t, 200, "location.reload()")
	d.get("/bare.html").wants(t, 200, "no head<script")
	d.get("/main.js").wants(t, 200, "run()")
	d.get("/api/x").wants(t, 200, "mocked")
	d.get("/missing.js").refused(t, "route_missing")

	known, _ := d.version()
	news := make(chan reply, 1)
	go func() {
		r, err := d.tryAsk("GET", fmt.Sprintf("/auth/dev/api/app?after=%d", known), strings.NewReader(""))
		if err != nil {
			t.Error(err)
		}
		news <- r
	}()
	files{"dist/main.js": "run(again)"}.write(t, d.folder)
	if r := <-news; strings.Contains(r.body, fmt.Sprintf(`"version":%d,`, known)) {
		t.Errorf("no news: %s", r.body)
	}
}

func TestWhatTheAppKeyOfTheDevFileCannotBeIsToldWithItsLine(t *testing.T) {
	for yaml, says := range map[string]string{
		"app: ./nothing\n":                "lingpai.dev.yaml:1:6: app: there is no folder nothing",
		"app: ftp://localhost\n":          "lingpai.dev.yaml:1:6: app: \"ftp://localhost\" is not an address",
		"app: 5173\n":                     "an address is written like http://localhost:5173",
		"app: [a]\n":                      "app must be a plain value",
		"cors: [http://localhost:5173]\n": "there are no routes",
	} {
		if _, err := try(t, yaml); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", yaml, err)
		}
	}
}

func TestPagesOfOtherOriginsLearnNothingOfTheApp(t *testing.T) {
	app := newAppServer(t, answering("the app"))
	app.start()
	d := start(t, "app: http://"+app.address+"\n")
	if r := d.get("/auth/dev/api/app", "Origin: https://evil.example"); r.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", r.header)
	}
	if r := d.get("/", "Host: evil.example"); r.status != 421 {
		t.Errorf("%d", r.status)
	}
}
