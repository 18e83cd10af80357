package app

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/fault"
)

// badJSON is no body of any call of the API.
var badJSON = map[string]string{
	"cut off":             `{`,
	"array":               `[]`,
	"array of an object":  `[{}]`,
	"null":                `null`,
	"string":              `"x"`,
	"number":              `1`,
	"two documents":       `{}{}`,
	"trailing text":       `{}x`,
	"comment":             `{/**/}`,
	"single quotes":       `{'scope':'all'}`,
	"trailing comma":      `{"scope":"all",}`,
	"unknown member":      `{"admin":true}`,
	"upper case":          `{"SCOPE":"all","Username":"alice","Password":"x","Refresh_Token":"x"}`,
	"two cases":           `{"scope":"this","Scope":"all","username":"a","Username":"b","refresh_token":"a","Refresh_token":"b"}`,
	"twice":               `{"scope":"this","scope":"all","username":"a","username":"b","refresh_token":"a","refresh_token":"b"}`,
	"twice, once escaped": `{"scope":"this","sc\u006fpe":"all","username":"a","user\u006eame":"b","refresh_token":"a","refresh_\u0074oken":"b"}`,
	"byte order mark":     "\ufeff{}",
	"invalid UTF-8":       "{\"scope\":\"\xff\",\"username\":\"\xff\",\"refresh_token\":\"\xff\"}",
	"lone surrogate":      `{"scope":"\ud800","username":"\ud800","refresh_token":"\ud800"}`,
	"raw control":         "{\"scope\":\"\x01\",\"username\":\"\x01\",\"refresh_token\":\"\x01\"}",
	"raw NUL":             "{\"scope\":\"\x00\",\"username\":\"\x00\",\"refresh_token\":\"\x00\"}\x00",
	"UTF-16":              "{\x00}\x00",
	"number instead":      `{"scope":1,"username":1,"password":1,"keep":1,"confirms":1,"refresh_token":1}`,
	"array instead":       `{"scope":["all"],"username":["a"],"refresh_token":["a"]}`,
	"object instead":      `{"scope":{},"username":{},"refresh_token":{}}`,
	"boolean instead":     `{"scope":true,"username":true,"refresh_token":true}`,
	"not a number":        `{"scope":NaN,"username":NaN,"refresh_token":NaN}`,
	"deep":                `{"scope":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
	"deep without end":    strings.Repeat(`{"a":`, 800),
	"large":               `{"scope":"` + strings.Repeat("a", 20<<10) + `"}`,
	"very large":          `{"scope":"` + strings.Repeat("a", 1<<20) + `"}`,
	"compressed":          "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xaa\xae\x05\x04\x00\x00\xff\xff\x43\xbf\xa6\xa3\x02\x00\x00\x00",
}

// badForms are no form of any page.
var badForms = map[string]string{
	"a field twice": "scope=this&scope=all&username=a&username=b&name=a&name=b&code=a&code=b&current=a&current=b",
	"bad escape":    "scope=%zz&username=%zz",
	"half escape":   "scope=%",
	"semicolons":    "scope=this;username=a",
	"large":         "scope=" + strings.Repeat("a", 20<<10),
	"very large":    "scope=" + strings.Repeat("a", 1<<20),
}

// badTypes are not the media type of any body.
var badTypes = []string{
	"", "text/plain", "application/jwt", "application/json-patch+json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded/x",
	"application / json", "json", ";", "application/json; charset", "*/*", "\"application/json\"",
}

// badHeaders are refused, or passed over, by every route; they never help anybody in.
var badHeaders = map[string][]string{
	"two tokens":           {"Authorization: Bearer a.b.c", "Authorization: Bearer a.b.c"},
	"token and Basic":      {"Authorization: Bearer a.b.c", "Authorization: Basic YTpi"},
	"Basic":                {"Authorization: Basic YWxpY2U6eA=="},
	"no scheme":            {"Authorization: x"},
	"empty":                {"Authorization: "},
	"only a scheme":        {"Authorization: Bearer"},
	"not a token":          {"Authorization: Bearer x"},
	"not ASCII":            {"Authorization: Bearer \xff\xfe"},
	"200 kB of dots":       {"Authorization: Bearer " + strings.Repeat(".", 20<<10)},
	"JSON serialisation":   {`Authorization: Bearer {"payload":"e30","signatures":[]}`},
	"two refresh cookies":  {"Cookie: lingpai_refresh=lpr_a; lingpai_refresh=lpr_b"},
	"two session cookies":  {"Cookie: lingpai_session=lps_a", "Cookie: lingpai_session=lps_b"},
	"quoted cookies":       {`Cookie: lingpai_session="lps_a"; lingpai_refresh="lpr_a"`},
	"garbage cookies":      {"Cookie: lingpai_session=\xff; =x; ;;; lingpai_refresh; $Version=1; lingpai_session=" + strings.Repeat("A", 4000)},
	"well-formed cookies":  {"Cookie: lingpai_session=lps_" + strings.Repeat("A", 43) + "; lingpai_refresh=lpr_" + strings.Repeat("A", 48)},
	"garbage device":       {"Cookie: lingpai_device=lpd_" + strings.Repeat("A", 43)},
	"many cookies":         {"Cookie: " + strings.Repeat("a=b; ", 2000)},
	"garbage language":     {"Accept-Language: ;;q=,,*;q=9e999,zh-\xff", "Cookie: lingpai_lang=../../x; lingpai_theme=<script>"},
	"garbage Accept":       {"Accept: \xff;q=x,,/", "If-None-Match: \"\"\"", "Range: bytes=9-1", "Expect: nothing"},
	"garbage forwarding":   {"X-Forwarded-For: \xff,,;", "X-Forwarded-Host: evil.example", "Forwarded: for=_x;host=evil"},
	"method in a header":   {"X-Http-Method-Override: DELETE", "X-Method-Override: PUT"},
	"garbage agent":        {"User-Agent: \xff\x80<script>" + strings.Repeat("x", 5000)},
	"garbage content type": {"Content-Type: \xff", "Content-Encoding: gzip"},
}

// isRefusal checks that an answer is a 4xx that says why, in the form of its surface.
func isRefusal(t *testing.T, what string, r reply) {
	t.Helper()
	if r.status < 400 || r.status > 499 {
		t.Errorf("%s: %d %s", what, r.status, r.body)
		return
	}
	switch kind := r.header.Get("Content-Type"); kind {
	case "application/problem+json":
		if !slices.Contains(fault.Codes(), fault.Code(r.code())) {
			t.Errorf("%s: no stable code: %s", what, r.body)
		}
	case "text/html; charset=utf-8":
	case "application/json": // of an endpoint for OAuth clients
		if !regexp.MustCompile(`^{"error":"[a-z_]+","error_description":"[^"\\]+"}\n$`).MatchString(r.body) {
			t.Errorf("%s: no error of OAuth: %s", what, r.body)
		}
	default:
		t.Errorf("%s: %d of the type %q: %s", what, r.status, kind, r.body)
	}
}

// unchanged runs what must leave the database as it was, and must not panic.
func (s *server) unchanged(what string, do func()) {
	s.Helper()
	before := s.dump()
	do()
	if after := s.dump(); after != before {
		s.Errorf("%s: the database changed\nbefore:\n%s\nafter:\n%s", what, before, after)
	}
	if strings.Contains(s.log.String(), "panic") {
		s.Fatalf("%s: a panic:\n%s", what, s.log)
	}
}

// askers are who sends bad input: somebody whom the server does not know, and somebody who is signed in with a second session elsewhere.
func (s *server) askers() map[string]*client {
	s.Helper()
	s.addUser("alice", battery)
	known, _ := s.victim()
	s.program().login("alice", battery, "storage")
	s.addUser("ada", battery, "admin")
	admin := s.browser()
	admin.login("ada", battery, "cookie")
	return map[string]*client{"stranger": s.program(), "alice": known, "admin": admin}
}

func TestBadBodiesAreRefused(t *testing.T) {
	s := start(t)
	for who, c := range s.askers() {
		for _, route := range s.routes() {
			method, path, _ := strings.Cut(route, " ")
			if method != http.MethodPost && method != http.MethodPatch {
				continue
			}
			bodies, media := badForms, "application/x-www-form-urlencoded"
			if strings.HasPrefix(path, "/auth/api/") {
				bodies, media = badJSON, "application/json"
			}
			s.unchanged(who+" "+route, func() {
				for name, body := range bodies {
					isRefusal(t, who+" "+route+" "+name, c.do(method, path, body, "Content-Type: "+media))
				}
				for _, wrong := range badTypes {
					isRefusal(t, fmt.Sprintf("%s %s as %q", who, route, wrong), c.do(method, path, "x", "Content-Type: "+wrong))
				}
			})
		}
	}
}

func TestBodiesWhereNoneBelongsAreRefused(t *testing.T) {
	s := start(t)
	c := s.program()
	for _, route := range s.routes() {
		if method, path, _ := strings.Cut(route, " "); method != http.MethodPost && method != http.MethodPatch {
			s.unchanged(route, func() {
				c.do(method, path, "{}", "Content-Type: application/json").wants(t, 413, codeOf(path, "body_too_large"))
			})
		}
	}
}

// codeOf is the code of a refusal at a path: pages do not answer in JSON.
func codeOf(path, code string) string {
	if strings.HasPrefix(path, "/auth/api/") || strings.HasPrefix(path, "/.well-known/") || strings.HasSuffix(path, "z") ||
		path == "/auth/userinfo" || path == askToAdd || strings.HasSuffix(path, "/backchannel") {
		return code
	}
	return ""
}

func TestBadHeadersNeverHelp(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	for _, route := range s.routes() {
		method, path, _ := strings.Cut(route, " ")
		s.unchanged(route, func() {
			for name, headers := range badHeaders {
				r := s.program().do(method, path, "", headers...)
				if r.status >= 500 || method != http.MethodGet && r.status < 400 && path != "/auth/logout" && path != askToSignIn {
					t.Errorf("%s %s: %d %s", route, name, r.status, r.body)
				}
			}
		})
	}
	r := s.program().get("/auth/api/me", "Authorization: Bearer "+strings.Repeat("a", 64<<10))
	if r.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("64 KiB of header: %d", r.status)
	}
}

func TestWrongMethodsAreToldWhichAreRight(t *testing.T) {
	s := start(t)
	allowed := map[string][]string{}
	for _, route := range s.routes() {
		method, path, _ := strings.Cut(route, " ")
		allowed[path] = append(allowed[path], method)
		if method == http.MethodGet {
			allowed[path] = append(allowed[path], http.MethodHead)
		}
	}
	for path, methods := range allowed {
		slices.Sort(methods)
		s.unchanged(path, func() {
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X-Y"} {
				if slices.Contains(methods, method) {
					continue
				}
				r := s.program().do(method, path, "")
				r.wants(t, 405, codeOf(path, "method_not_allowed"))
				if got := r.header.Get("Allow"); got != strings.Join(methods, ", ") {
					t.Errorf("%s %s: Allow is %q, want %q", method, path, got, methods)
				}
			}
		})
	}
}

func TestWrongAddressesAreNotFound(t *testing.T) {
	s := start(t)
	c := s.askers()["alice"]
	access := s.program().login("alice", battery, "storage").Access
	for _, path := range []string{
		"/x", "/auth/x", "/auth/api/", "/auth/api/x", "/auth/api/me/", "/auth/api/ME", "/AUTH/login", "/auth/login/x", "/auth/assets/",
		"/.well-known/", "/.well-known/x", "/auth/api/me%00", "/auth/api/me;x=1", "/auth/api%2fme", "/favicon.ico", "/%ff",
		"/" + strings.Repeat("a", 5000), "/auth/admin/", "/auth/api/admin", "/auth/api/admin/x", "/.env", "/lingpai.db", "/auth/account/sessions/x", "/metrics", "/debug/pprof/",
	} {
		s.unchanged(path, func() {
			for _, method := range []string{"GET", "POST", "DELETE"} {
				for _, body := range []string{"", "{}"} {
					r := c.do(method, path, body, "Content-Type: application/json")
					if r.status != 404 {
						t.Errorf("%s %s: %d", method, path, r.status)
					}
				}
			}
		})
	}
	for _, path := range []string{"/auth/assets/x", "/auth/assets/..%2f..%2fgo.mod", "/auth/assets/%00"} {
		if r := c.get(path); r.status != 404 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	for _, id := range []string{"x", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "%00", "%2e%2e", strings.Repeat("A", 3000), "AAAAAAAAAAAAAAAAAAAAA=", "'%20OR%201=1--"} {
		s.unchanged(id, func() {
			s.program().do("DELETE", "/auth/api/sessions/"+id, "", bearer(access)).wants(t, 404, "not_found")
			if r := c.postForm("/auth/account/sessions/"+id+"/end", nil); r.status != 404 {
				t.Errorf("%s: %d", id, r.status)
			}
		})
	}
}

func TestAWrongAddressAnswersAPageToAPersonAndAProblemToAProgram(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/x", "/auth/x", "/.well-known/x"} {
		s.program().get(path, "Accept: */*").wants(t, 404, "not_found")
		r := s.browser().get(path, "Accept: text/html,*/*;q=0.8")
		if r.status != 404 || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: a person got %d and %s", path, r.status, r.header.Get("Content-Type"))
		}
	}
}

func TestAnUnknownMemberIsNamed(t *testing.T) {
	s := start(t)
	for name, want := range map[string]string{
		"pasword": `\"pasword\"`, "\u202eevil": `\"\\u202eevil\"`, strings.Repeat("x", 500): strings.Repeat("x", 40) + `...\"`,
	} {
		r := s.program().postJSON("/auth/api/login", `{"username":"alice","`+name+`":1}`)
		r.wants(t, 400, "body_malformed")
		if !strings.Contains(r.body, want) {
			t.Errorf("%q is not named: %s", name, r.body)
		}
	}
}
