package gateway

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/fault"
)

func TestPathsWithOneReadingPass(t *testing.T) {
	for raw, want := range map[string]string{
		"/": "/", "/a": "/a", "/a/": "/a/", "/a%20b": "/a b", "/%E4%BB%A4": "/令", "/~x": "/~x", "/%7Ex": "/~x", "/a+b": "/a+b", "/100%25": "/100%",
		"/a:b@c,d=e&f!g'(h)*": "/a:b@c,d=e&f!g'(h)*", "/...": "/...", "/.well": "/.well", "/a..b": "/a..b", "/[x]|^": "/[x]|^", "/a%3Fb": "/a?b",
	} {
		if got, err := cleanPath(raw); err != nil || got != want {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
}

// Case 90 of the catalogue, and its kin.
func TestAttack90PathsWithTwoReadingsAreRefused(t *testing.T) {
	for _, raw := range []string{
		"", "a", "*", "http://x/a", "/public/../admin", "/public/..%2fadmin", "/public/%2e%2e/admin", "/public/%2E./admin", "/%252e%252e/admin", "/a%25%32%66b",
		"//admin", "/a//b", "/admin;/x", "/admin;x=1", "/admin%3b/x", "/admin%00", "/./admin", "/.", "/..", "/a/.", "/a/..", `/\admin`, `/a\..\admin`, "/%5cadmin",
		"/%5C..%5Cadmin", "/%61dmin", "/adm%49n", "/%2Fadmin", "/a%2fb", "/a\x00", "/a b", "/a\tb", "/a\r\nb", "/a%0d%0aX:y", "/a%", "/a%4", "/a%zz", "/é",
		"/%c0%ae%c0%ae/admin", "/%ff", "/%EF%BC%8F..", "/%EF%BC%8E%EF%BC%8E/admin", "/%E2%80%A5/admin", "/a#b", "/a?b", "/%2e", "/%2d", "/a/%2e%2e%2f", "/{x}",
	} {
		if got, err := cleanPath(raw); !fault.Is(err, fault.RequestMalformed) {
			t.Errorf("%q is read as %q, %v", raw, got, err)
		}
	}
}

func TestAttack93HostsHaveOneForm(t *testing.T) {
	for host, want := range map[string]string{
		"App.Example.com": "app.example.com", "app.example.com.": "app.example.com", "app.example.com:8443": "app.example.com", "127.0.0.1:80": "127.0.0.1",
		"[::1]:80": "[::1]", "[0:0::1]": "[::1]", "localhost": "localhost",
	} {
		if got, _, err := cleanHost(host); err != nil || got != want {
			t.Errorf("%s: %q, %v", host, got, err)
		}
	}
	for _, host := range []string{"", ".", ":80", "a..b", ".a", "a b", "a/b", "a@b", "a:b", "a:80:80", "[::1", "::1", "[fe80::1%25eth0]", "a,b", "é.example", "a%00", "a:999999", "[1.2.3.4]"} {
		if got, _, err := cleanHost(host); err == nil {
			t.Errorf("%q is read as %q", host, got)
		}
	}
}

func TestOriginIsThatOfTheBrowser(t *testing.T) {
	for _, c := range []struct{ scheme, host, want string }{
		{"https", "App.example.com:443", "https://app.example.com"}, {"https", "app.example.com.:8443", "https://app.example.com:8443"},
		{"http", "localhost:80", "http://localhost"}, {"http", "localhost:443", "http://localhost:443"},
	} {
		if a, _, err := askedBy("GET", c.host, "/", c.scheme); err != nil || a.origin != c.want {
			t.Errorf("%+v: %v, %v", c, a, err)
		}
	}
}

func TestAttack98TokenInAnAddressIsRefused(t *testing.T) {
	for _, query := range []string{"access_token=x", "a=1&access_token=x", "access%5Ftoken=x", "a;access_token=x", "%61ccess_token", "a#b", "a b", "a\x00"} {
		if _, _, err := askedBy("GET", "a", "/?"+query, "http"); err == nil {
			t.Errorf("%s passes", query)
		}
	}
	for _, query := range []string{"", "token=x", "a=access_token", "access_tokens=1", "a=%zz"} {
		if _, _, err := askedBy("GET", "a", "/?"+query, "http"); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func tableOf(t testing.TB, routes ...Route) *table {
	t.Helper()
	for i := range routes {
		routes[i].Upstream, routes[i].Concurrent = nil, 1
	}
	tab, err := new(Gateway).compile(routes, &table{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// found is the first pattern of the route for a request, or "" where it is refused.
func (t *table) found(method, host, raw string, h http.Header) string {
	a, _, err := askedBy(method, host, raw, "http")
	if err != nil {
		return ""
	}
	r, err := t.find(a, h)
	if err != nil {
		return ""
	}
	return r.Match[0]
}

func TestFirstRouteThatFitsJudges(t *testing.T) {
	tab := tableOf(t, Route{Match: []string{"/a/*/c"}}, Route{Match: []string{"/a/**", "/b"}}, Route{Match: []string{"admin.example.com/**"}},
		Route{Match: []string{"*.example.com/x/**"}}, Route{Match: []string{"/m"}, Methods: []string{"GET"}}, Route{Match: []string{"/m"}, Methods: []string{"POST"}}, Route{Match: []string{"/"}})
	for request, want := range map[string]string{
		"GET h /a/b/c": "/a/*/c", "GET h /a/b/c/": "", "GET h /a/b/c/d": "/a/**", "GET h /a": "/a/**", "GET h /a/": "/a/**", "GET h /ab": "", "GET h /b": "/a/**", "GET h /b/": "", "GET h /m/": "",
		"GET h /b/c": "", "GET admin.example.com:80 /z": "admin.example.com/**", "GET x.example.com /x": "*.example.com/x/**", "GET y.x.example.com /x": "",
		"GET example.com /x": "", "GET h /m": "/m", "HEAD h /m": "/m", "PUT h /m": "", "GET h /": "/", "TRACE h /a": "", "CONNECT h /a": "",
	} {
		f := strings.Fields(request)
		if got := tab.found(f[0], f[1], f[2], nil); got != want {
			t.Errorf("%s: %q, want %q", request, got, want)
		}
	}
}

func TestPathThatMeetsAnotherRouteByCaseAloneIsRefused(t *testing.T) {
	tab := tableOf(t, Route{Match: []string{"/admin/**"}}, Route{Match: []string{"/Docs/**"}}, Route{Match: []string{"/**"}})
	for raw, want := range map[string]string{"/ADMIN": "", "/Admin/x": "", "/admin/X": "/admin/**", "/Other": "/**", "/Docs/x": "/Docs/**", "/docs/x": "", "/x/ADMIN": "/**"} {
		if got := tab.found("GET", "h", raw, nil); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestAttack91MethodOverrideCannotReachAnotherRoute(t *testing.T) {
	tab := tableOf(t, Route{Match: []string{"/x"}, Methods: []string{"GET", "POST"}}, Route{Match: []string{"/x"}, Methods: []string{"DELETE"}}, Route{Match: []string{"/**"}})
	for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		if got := tab.found("POST", "h", "/x", http.Header{name: {"DELETE"}}); got != "" {
			t.Errorf("%s: DELETE passes by the rule of POST", name)
		}
		if got := tab.found("POST", "h", "/y", http.Header{name: {"delete"}}); got != "/**" {
			t.Errorf("%s: refused although one rule is for both", name)
		}
	}
}

func TestAttack91AParameterThatIsAMethodCannotReachAnotherRoute(t *testing.T) {
	tab := tableOf(t, Route{Match: []string{"/x"}, Methods: []string{"GET", "POST"}}, Route{Match: []string{"/x"}, Methods: []string{"DELETE"}}, Route{Match: []string{"/**"}})
	for _, query := range []string{"_method=DELETE", "a=b&_method=delete", "a;_method=DELETE", "%5Fmethod=DELETE", "_metho%64=%44ELETE", ".method=DELETE", "%20_method=DELETE", "_method=GET&_method=DELETE"} {
		if got := tab.found("POST", "h", "/x?"+query, nil); got != "" {
			t.Errorf("%s: DELETE passes by the rule of POST", query)
		}
		if got := tab.found("POST", "h", "/y?"+query, nil); got != "/**" {
			t.Errorf("%s: refused although one rule is for both", query)
		}
	}
	for _, query := range []string{"_method=GET", "method=DELETE", "_methods=DELETE", "x_method=DELETE", "a=_method=DELETE", "_method%5B%5D=DELETE", ""} {
		if got := tab.found("POST", "h", "/x?"+query, nil); got != "/x" {
			t.Errorf("%s: refused", query)
		}
	}
}

// crumbs are what paths are made of that mean one thing here and another there.
var crumbs = []string{
	"admin", "ADMIN", "Admin", "public", "x", "/", "/", "/", "/", "//", ".", "..", "...", "%2e", "%2E", "%2f", "%2F", "%5c", "%5C", `\`, ";", ";x=1", "%3b", "%00", "%25", "%252e",
	"%252f", "%2561", "%61", "%41", "%20", " ", "\t", "é", "%C3%A9", "%c0%ae", "%c0%af", "%EF%BC%8F", "%EF%BC%8E", "%E2%80%A5", "?", "#", "*", "~", "%7e", "%", "%4", "+", "%2b", ":", "@", "%0a", "%09", "\x7f",
}

func crumble(r *rand.Rand) string {
	var b strings.Builder
	b.WriteByte('/')
	for range 1 + r.IntN(7) {
		b.WriteString(crumbs[r.IntN(len(crumbs))])
	}
	return b.String()
}

// pathsToTry is how many paths are made up: LINGPAI_TEST_PATHS=10000000 for the number that the design asks for.
func pathsToTry(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("LINGPAI_TEST_PATHS"))
	if err != nil {
		return 200_000
	}
	t.Logf("%d paths", n)
	return n
}

// The rule is that of the path that the app sees, however the app reads: as Go's mux does, decoded up to twice, dots resolved, slashes
// merged, parameters cut off, backslashes turned, or without regard to case.
func TestVerdictAndAppNeverDifferOnAPath(t *testing.T) {
	tab := tableOf(t, Route{Match: []string{"/admin/**"}}, Route{Match: []string{"/public/admin"}}, Route{Match: []string{"/**"}})
	mux := http.NewServeMux()
	for _, pattern := range []string{"/admin/", "/public/admin", "/"} {
		mux.Handle(pattern, http.NotFoundHandler())
	}
	r := rand.New(rand.NewPCG(1, uint64(os.Getpid())))
	passed := 0
	for range pathsToTry(t) {
		raw := crumble(r)
		got := tab.found("GET", "h", raw, nil)
		if got == "" {
			continue
		}
		passed++
		if why := differs(mux, raw, got); why != "" {
			t.Fatalf("%q is judged by %s, but %s", raw, got, why)
		}
	}
	t.Logf("%d passed, and all were read alike", passed)
	if passed < 100 {
		t.Errorf("only %d paths passed: the test shows nothing", passed)
	}
}

func FuzzVerdictAndAppNeverDiffer(f *testing.F) {
	for _, raw := range []string{"/admin/x", "/public/..%2fadmin", "/ADMIN;x", "/%61dmin", "/a%252f"} {
		f.Add(raw)
	}
	tab := tableOf(f, Route{Match: []string{"/admin/**"}}, Route{Match: []string{"/public/admin"}}, Route{Match: []string{"/**"}})
	mux := http.NewServeMux()
	for _, pattern := range []string{"/admin/", "/public/admin", "/"} {
		mux.Handle(pattern, http.NotFoundHandler())
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if got := tab.found("GET", "h", raw, nil); got != "" {
			if why := differs(mux, raw, got); why != "" {
				t.Errorf("%q is judged by %s, but %s", raw, got, why)
			}
		}
	})
}

// differs says which reader of a path takes it for one of another route.
func differs(mux *http.ServeMux, raw, judged string) string {
	if !strings.ContainsAny(raw, "\r\n ") {
		req, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + raw + " HTTP/1.1\r\nHost: h\r\n\r\n")))
		if err != nil {
			return "Go does not read it: " + err.Error()
		}
		if _, pattern := mux.Handler(req); routeOfMux[pattern] != judged {
			return "Go's mux takes it for " + pattern
		}
	}
	raw, _, _ = strings.Cut(raw, "?")
	for decode := range 3 {
		for bits := range 16 {
			seen := view(raw, decode, bits)
			if seen != "" && routeOfView(seen) != judged {
				return fmt.Sprintf("a reader sees %q (decoded %d times, %04b)", seen, decode, bits)
			}
		}
	}
	return ""
}

var routeOfMux = map[string]string{"/admin/": "/admin/**", "/public/admin": "/public/admin", "/": "/**"}

func view(raw string, decode, bits int) string {
	p := raw
	for range decode {
		plain, err := url.PathUnescape(p)
		if err != nil {
			return "" // this reader refuses it
		}
		p = plain
	}
	if bits&1 != 0 {
		p = strings.ReplaceAll(p, `\`, "/")
	}
	if bits&2 != 0 {
		segments := strings.Split(p, "/")
		for i, s := range segments {
			segments[i], _, _ = strings.Cut(s, ";")
		}
		p = strings.Join(segments, "/")
	}
	if bits&4 != 0 {
		p = path.Clean(p)
	}
	if bits&8 != 0 {
		p = strings.ToLower(p)
	}
	return p
}

func routeOfView(p string) string {
	switch {
	case p == "/admin" || strings.HasPrefix(p, "/admin/"):
		return "/admin/**"
	case p == "/public/admin":
		return "/public/admin"
	}
	return "/**"
}
