package devserver_test

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/porttest"
)

func TestTheProxyStripsRewritesAndKeepsWhatItIsNotToldToChange(t *testing.T) {
	upstream := backend(t, echoing)
	d := start(t, `
routes:
  - { match: "/plain/**", proxy: `+upstream+` }
  - { match: "/api/**", proxy: { target: "`+upstream+`/base", strip: /api, headers: { X-Add: added, User-Agent: "" } } }
  - { match: "/re/**", proxy: { target: `+upstream+`, rewrite: { "^/re/(v\\d+)": "/$1/re", "//+": "/" } } }
  - { match: "/host/**", proxy: { target: `+upstream+`, host: keep } }
`)
	for path, want := range map[string]string{
		"/plain/a%2Fb?x=1&y=a;b": "/plain/a%2Fb?x=1&y=a;b", "/plain//a/../b": "/plain//a/../b", "/plain/%E4%BB%A4": "/plain/%E4%BB%A4",
		"/api/users?a=1": "/base/users?a=1", "/api": "/base/", "/api/": "/base/", "/re/v2//x": "/v2/re/x",
	} {
		r := d.get(path)
		if got := r.header.Get("X-Path"); got != want {
			t.Errorf("%s leads to %s, want %s (%d %s)", path, got, want, r.status, r.body)
		}
	}
	host := strings.TrimPrefix(upstream, "http://")
	if got := d.get("/plain/").header.Get("X-Host"); got != host {
		t.Errorf("the backend is asked as %q", got)
	}
	if got := d.get("/host/").header.Get("X-Host"); got != strings.TrimPrefix(d.origin, "http://") {
		t.Errorf("the backend is asked as %q", got)
	}
	if got := d.get("/api/x").header.Get("X-Added"); got != "added" {
		t.Errorf("added header is %q", got)
	}
	if got := d.get("/plain/", "Accept-Encoding: br").header.Get("X-Encoding"); got != "br" {
		t.Errorf("the backend is offered the encoding %q", got)
	}
}

// P47: "localhost" of a backend is whichever loopback family it listens on.
func TestABackendOnEitherLoopbackFamilyIsReached(t *testing.T) {
	for network, address := range map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"} {
		l, err := net.Listen(network, address)
		if network == "tcp6" && (errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)) {
			t.Logf("this machine has no IPv6: %v", err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: answering(network)}}
		s.Start()
		defer s.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		d := start(t, "routes:\n  - { match: /x, proxy: \"http://localhost:"+port+"\" }\n")
		d.get("/x").wants(t, 200, network)
	}
}

// P48: Origin is kept unless the dev file says otherwise, and then it changes together with Referer.
func TestOriginIsKeptOrChangedAsTheDevFileSays(t *testing.T) {
	upstream := backend(t, echoing)
	d := start(t, "routes:\n  - { match: /keep, proxy: "+upstream+" }\n  - { match: /target, proxy: { target: "+upstream+", origin: target } }\n")
	headers := []string{"Origin: " + d.origin, "Referer: " + d.origin + "/page?x=1"}
	r := d.post("/keep", "{}", headers...)
	if r.header.Get("X-Origin") != d.origin || r.header.Get("X-Referer") != d.origin+"/page?x=1" {
		t.Errorf("kept: %v", r.header)
	}
	r = d.post("/target", "{}", headers...)
	if r.header.Get("X-Origin") != upstream || r.header.Get("X-Referer") != upstream+"/page" {
		t.Errorf("changed: %v", r.header)
	}
	socket := []string{"Connection: Upgrade", "Upgrade: websocket", "Origin: " + d.origin}
	for path, want := range map[string]string{"/keep": d.origin, "/target": upstream} {
		if r := d.get(path, socket...); r.header.Get("X-Origin") != want {
			t.Errorf("the handshake of a WebSocket at %s has Origin %q, want %q", path, r.header.Get("X-Origin"), want)
		}
	}
	if r := d.get("/target"); r.header.Get("X-Origin") != "" {
		t.Errorf("an Origin was made up: %v", r.header)
	}
	if r := d.post("/target", "{}", "Origin: https://evil.example"); r.header.Get("X-Origin") != "https://evil.example" {
		t.Errorf("a page of another origin passes for one of the backend's own: %v", r.header)
	}
}

// P48: whoever is refused for the Origin is told.
func TestABackendThatRefusesTheOriginIsHinted(t *testing.T) {
	upstream := backend(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })
	d := start(t, "routes:\n  - { match: /keep, proxy: "+upstream+" }\n")
	d.post("/keep", "{}", "Origin: "+d.origin)
	eventually(t, "the hint is there", func() bool {
		return strings.Contains(d.get("/auth/dev/api/exchanges").body, "`origin: target` on this proxy sends the backend's own")
	})
}

// P49: redirects of the backend to itself stay with us, others do not.
func TestRedirectsOfTheBackendLeadBackToUs(t *testing.T) {
	var upstream string
	upstream = backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", strings.ReplaceAll(r.URL.Query().Get("to"), "SELF", upstream))
		w.WriteHeader(302)
	})
	d := start(t, "routes:\n  - { match: \"/api/**\", proxy: { target: "+upstream+"/base, strip: /api } }\n  - { match: \"/**\", proxy: "+upstream+" }\n")
	for path, want := range map[string]string{
		"/x?to=SELF/login?a=1":           "/login?a=1",
		"/x?to=/login":                   "/login",
		"/x?to=login":                    "login",
		"/x?to=https://other.example/a":  "https://other.example/a",
		"/x?to=SELF//other.example/a":    upstream + "//other.example/a",
		"/api/x?to=SELF/base/login":      "/api/login",
		"/api/x?to=/base/a%252Fb":        "/api/a%2Fb",
		"/api/x?to=//other.example/base": "//other.example/base",
	} {
		if got := d.get(path).header.Get("Location"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// P50, features 29 and 30: a browser on http://localhost takes the backend's cookies, and the backend gets them back under their names.
func TestCookiesOfTheBackendAreMadeGoodForHTTPAndBack(t *testing.T) {
	upstream := backend(t, func(w http.ResponseWriter, r *http.Request) {
		for _, c := range []string{
			"a=1; Domain=api.example.com; Path=/; Secure; HttpOnly", "b=2; SameSite=None; Secure; Partitioned", "__Host-c=3; Path=/; Secure",
			"__Secure-d=4; Secure; SameSite=Strict; Max-Age=5",
		} {
			w.Header().Add("Set-Cookie", c)
		}
		w.Header().Set("X-Cookie", r.Header.Get("Cookie"))
	})
	d := start(t, "routes:\n  - { match: /x, proxy: "+upstream+" }\n  - { match: /keep, proxy: { target: "+upstream+", cookies: keep } }\n")
	got := d.get("/x").header["Set-Cookie"]
	want := []string{"a=1; Path=/; HttpOnly", "b=2; SameSite=Lax", "dev-__Host-c=3; Path=/", "dev-__Secure-d=4; SameSite=Strict; Max-Age=5"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("cookies are\n%q\nwant\n%q", got, want)
	}
	r := d.get("/x", "Cookie: a=1; dev-__Host-c=3; dev-__Secure-d=4; dev-mine=5; lingpai_session=lps_secret; lingpai_refresh=lpr_secret; lingpai_lang=en")
	if r.header.Get("X-Cookie") != "a=1; __Host-c=3; __Secure-d=4; dev-mine=5; lingpai_lang=en" {
		t.Errorf("the backend got %q", r.header.Get("X-Cookie"))
	}
	if got := d.get("/keep").header["Set-Cookie"]; !strings.Contains(got[0], "Domain=api.example.com") {
		t.Errorf("kept: %q", got)
	}
}

// P53: the browser opens no window for a password.
func TestAChallengeForBasicIsTakenOff(t *testing.T) {
	upstream := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
		w.Header().Add("WWW-Authenticate", `Bearer realm="y"`)
		w.WriteHeader(401)
	})
	d := start(t, "routes:\n  - { match: /x, proxy: "+upstream+" }\n  - { match: /keep, proxy: { target: "+upstream+", basic: true } }\n")
	if got := d.get("/x").header["Www-Authenticate"]; len(got) != 1 || got[0] != `Bearer realm="y"` {
		t.Errorf("%q", got)
	}
	if got := d.get("/keep").header["Www-Authenticate"]; len(got) != 2 {
		t.Errorf("%q", got)
	}
}

// P54, feature 20: events come through as they are sent, uncompressed.
func TestEventsComeThroughTheProxyOneByOne(t *testing.T) {
	release := make(chan struct{})
	upstream := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: 1\n\n")
		_ = http.NewResponseController(w).Flush()
		<-release
		_, _ = io.WriteString(w, "data: 2\n\n")
	})
	d := start(t, "routes:\n  - { match: /x, proxy: "+upstream+" }\n")
	r, err := http.NewRequestWithContext(t.Context(), "GET", d.origin+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	began := time.Now()
	res, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	if line, err := lines.ReadString('\n'); err != nil || line != "data: 1\n" {
		t.Errorf("%q %v", line, err)
	}
	t.Logf("first event after %s", time.Since(began))
	if res.Header.Get("Content-Encoding") != "" || res.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("%v", res.Header)
	}
	close(release)
	if rest, err := io.ReadAll(lines); err != nil || !strings.Contains(string(rest), "data: 2") {
		t.Errorf("%q %v", rest, err)
	}
}

func TestABackendThatDoesNotAnswerIsToldInOneSentence(t *testing.T) {
	gone := porttest.Address(t)
	untrusted := httptest.NewUnstartedServer(answering("secure"))
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	untrusted.StartTLS()
	defer untrusted.Close()
	hangs := backend(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	breaks := backend(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	plainly := backend(t, answering("plain"))
	d := start(t, fmt.Sprintf(`
routes:
  - { match: /gone, proxy: "http://%s" }
  - { match: /untrusted, proxy: %s }
  - { match: /trusted, proxy: { target: %s, insecure_skip_verify: true } }
  - { match: /hangs, proxy: { target: %s, timeout: 100ms } }
  - { match: /breaks, proxy: %s }
  - { match: /plain, proxy: %s }
  - { match: /nowhere, proxy: "http://no-such-host.invalid" }
  - { match: /fine, mock: { text: fine } }
`, gone, untrusted.URL, untrusted.URL, hangs, breaks, strings.Replace(plainly, "http:", "https:", 1)))
	for path, says := range map[string]string{
		"/gone": "takes no connections, so it does not seem to run.", "/untrusted": "shows a certificate that is not trusted", "/hangs": "did not begin to answer in time",
		"/breaks": "broke the connection off", "/plain": "does not speak TLS", "/nowhere": "the name no-such-host.invalid is not known",
	} {
		r := d.get(path)
		if r.status != 502 {
			t.Errorf("%s: %d", path, r.status)
		}
		r.refused(t, "upstream_failed", says)
	}
	d.get("/trusted").wants(t, 200, "secure")
	d.get("/fine").wants(t, 200, "fine")
}

// upgrade opens a WebSocket as far as the proxy is concerned: after the handshake, bytes go both ways.
func upgrade(d *dev, path string) (net.Conn, *bufio.Reader, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.origin, "http://"))
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n",
		path, base64.StdEncoding.EncodeToString([]byte(rand.Text()[:16])))
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	if err == nil && !strings.Contains(line, "101") {
		err = fmt.Errorf("answer is %q", line)
	}
	if err == nil {
		_, err = textproto.NewReader(in).ReadMIMEHeader()
	}
	return conn, in, err
}

// switching is a backend that echoes lines over upgraded connections.
func switching(open *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		open.Add(1)
		defer open.Add(-1)
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		for {
			line, err := buffered.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "echo "+line)
		}
	}
}

func TestAThousandIdleWebSocketsStayOpen(t *testing.T) {
	var open atomic.Int64
	upstream := backend(t, switching(&open))
	d := start(t, "routes:\n  - { match: /ws, proxy: "+upstream+" }\n  - { match: /fine, mock: { text: fine } }\n")
	const many = 1000
	conns, readers := make([]net.Conn, many), make([]*bufio.Reader, many)
	for i := range many {
		conn, in, err := upgrade(d, "/ws")
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer conn.Close()
		conns[i], readers[i] = conn, in
	}
	if open.Load() != many {
		t.Errorf("%d are open at the backend", open.Load())
	}
	d.get("/fine").wants(t, 200, "fine")
	for i := range many {
		fmt.Fprintf(conns[i], "hello %d\n", i)
	}
	for i := range many {
		if line, err := readers[i].ReadString('\n'); err != nil || line != fmt.Sprintf("echo hello %d\n", i) {
			t.Fatalf("connection %d: %q %v", i, line, err)
		}
		conns[i].Close()
	}
	eventually(t, "the backend sees all of them end", func() bool { return open.Load() == 0 })
}

// endless gives as many bytes as it is told without having them.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.left)
	e.left -= n
	return int(n), nil
}

func TestAnUploadOf2GBIsStreamed(t *testing.T) {
	const size = 2 << 30
	var peak atomic.Uint64
	upstream := backend(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, watching{r.Body, &peak})
		fmt.Fprintf(w, "%d %v", n, err)
	})
	d := start(t, "routes:\n  - { match: /up, body: { a: b }, mock: { text: looked } }\n  - { match: /up, before: ./b.js }\n  - { match: /up, proxy: "+upstream+" }\n",
		files{"b.js": "module.exports = app => app.post('/up', (req, res) => res.send('looked'))"})
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r, err := d.tryAsk("POST", "/up", &endless{size}, "Content-Type: application/octet-stream")
	if err != nil {
		t.Fatal(err)
	}
	r.wants(t, 200, fmt.Sprintf("%d <nil>", size))
	if grown := int64(peak.Load()) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	} else {
		t.Logf("the heap grew by %d MiB at most", grown>>20)
	}
}

// watching looks at the heap from time to time while a body is read.
type watching struct {
	io.Reader
	peak *atomic.Uint64
}

var reads atomic.Int64

// Read implements io.Reader.
func (w watching) Read(p []byte) (int, error) {
	if reads.Add(1)%4096 == 0 {
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		w.peak.Store(max(w.peak.Load(), now.HeapAlloc))
	}
	return w.Reader.Read(p)
}

func TestABackendBehindDevHearsWhichTraceARequestBelongsTo(t *testing.T) {
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	heard := make(chan http.Header, 1)
	upstream := backend(t, func(_ http.ResponseWriter, r *http.Request) { heard <- r.Header })
	collector := backend(t, func(http.ResponseWriter, *http.Request) {})
	routes := "routes:\n  - { match: \"/api/**\", proxy: " + upstream + " }\n"
	start(t, routes).get("/api/1", "traceparent: "+parent, "tracestate: a=1")
	if h := <-heard; h.Get("Traceparent") != parent || h.Get("Tracestate") != "a=1" {
		t.Errorf("untraced, the backend hears %v", h)
	}
	traced, err := configured(t, map[string]string{"traces.endpoint": collector, "traces.sample": "1", "trusted_proxies": "127.0.0.1"}, t.TempDir(), nil, routes)
	if err != nil {
		t.Fatal(err)
	}
	traced.get("/api/1", "traceparent: "+parent, "tracestate: a=1")
	h := <-heard
	if got := h.Get("Traceparent"); got == parent || !strings.HasPrefix(got, parent[:36]) || h.Get("Tracestate") != "a=1" {
		t.Errorf("traced, the backend hears %v", h)
	}
}
