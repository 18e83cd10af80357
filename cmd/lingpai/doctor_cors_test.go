package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// command runs a command in this process, and gives its exit code and what it printed.
func command(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot(func() {})
	root.SetOut(&out)
	root.SetErr(&errs)
	code := execute(context.Background(), root, args, &errs)
	return code, out.String(), errs.String()
}

// allowing is a backend that does all that browsers ask for.
func allowing(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	h.Set("Vary", "Origin")
	h.Set("Access-Control-Allow-Credentials", "true")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "PUT")
		h.Set("Access-Control-Allow-Headers", "authorization, content-type")
		w.WriteHeader(http.StatusNoContent)
	}
}

func TestDoctorSaysWhatABackendMustSendToAPageOfAnotherOrigin(t *testing.T) {
	page := "http://localhost:5173"
	for name, tt := range map[string]struct {
		backend http.HandlerFunc
		args    []string
		code    int
		says    []string
	}{
		"all is well": {allowing, []string{"--method", "PUT", "--header", "Authorization", "--header", "Content-Type: application/json", "--credentials"}, 0,
			[]string{"Another origin: domain, port differ.", "asks first (OPTIONS), because PUT is none of GET, HEAD and POST", "the page may read the answer"}},
		"nothing said": {func(http.ResponseWriter, *http.Request) {}, nil, 1,
			[]string{"no Access-Control-Allow-Origin came with it", "Access-Control-Allow-Origin: " + page, "Vary: Origin", "lingpai dev", `match: "/api/**"`}},
		"401 to OPTIONS": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, []string{"--header", "Authorization"}, 1,
			[]string{"OPTIONS is refused with 401: the backend wants a token", "answer OPTIONS before the login is looked at", "hides this 401", "sign in or refresh"}},
		"a star with cookies": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Access-Control-Allow-Origin", "*") }, []string{"--credentials"}, 1,
			[]string{"is *, which does not count for requests with cookies", "Access-Control-Allow-Credentials: true"}},
		"a broken line": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, 1,
			[]string{"nothing was answered: the connection broke off", "no matter of CORS"}},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere/", http.StatusMovedPermanently)
		}, []string{"--method", "PUT"}, 1,
			[]string{"OPTIONS is answered by a redirect (301 to /elsewhere/)"}},
	} {
		t.Run(name, func(t *testing.T) {
			backend := httptest.NewServer(tt.backend)
			defer backend.Close()
			code, out, errs := command(t, append([]string{"doctor", backend.URL + "/api/notes?x=1", "--origin", page}, tt.args...)...)
			if code != tt.code || errs != "" {
				t.Errorf("exit code %d, want %d; %s", code, tt.code, errs)
			}
			for _, s := range tt.says {
				if !strings.Contains(out, s) {
					t.Errorf("it does not say %q:\n%s", s, out)
				}
			}
		})
	}
}

func TestDoctorFollowsNoRedirectAndChangesNothingAtABackend(t *testing.T) {
	var methods []string
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods = append(methods, r.Method)
		allowing(w, r)
	}))
	defer backend.Close()
	code, out, _ := command(t, "doctor", backend.URL, "--origin", "https://app.example.com", "--method", "DELETE", "--json")
	var d struct {
		Differs  []string
		Findings []struct{ What string }
		Allowed  bool
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	if code != 1 || d.Allowed || len(d.Differs) != 3 || !strings.Contains(d.Findings[0].What, "the method DELETE is not allowed") {
		t.Errorf("%d %+v", code, d)
	}
	if got := strings.Join(methods, " "); got != "OPTIONS GET" {
		t.Errorf("it sent %s", got)
	}
}

func TestDoctorRefusesWhatIsNoAddress(t *testing.T) {
	for _, args := range [][]string{{"localhost:8080", "--origin", "http://localhost"}, {"http://localhost:1"}, {"http://localhost:1", "--origin", "localhost"}} {
		if code, _, errs := command(t, append([]string{"doctor"}, args...)...); code != 2 || !strings.HasPrefix(errs, "lingpai: ") {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	if code, out, _ := command(t, "doctor", "http://127.0.0.1:1/x", "--origin", "http://localhost:5173"); code != 1 || !strings.Contains(out, "nothing takes connections there") {
		t.Errorf("%d %s", code, out)
	}
}
