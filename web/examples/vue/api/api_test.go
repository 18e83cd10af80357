package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai"
)

// as sends a request to the routes as somebody whom a door has let in.
func as(t *testing.T, h http.Handler, who *lingpai.Claims, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(lingpai.NewContext(r.Context(), who)))
	return w
}

func wrote(t *testing.T, w *httptest.ResponseRecorder, status int) note {
	t.Helper()
	var n note
	if w.Code != status || json.Unmarshal(w.Body.Bytes(), &n) != nil {
		t.Fatalf("got %d %s, want %d and a note", w.Code, w.Body, status)
	}
	return n
}

func TestNotesBelongToWhoWroteThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		routes := (&notes{of: map[string][]note{}, now: time.Now}).routes()
		alice, bob := &lingpai.Claims{Subject: "u_alice"}, &lingpai.Claims{Subject: "u_bob"}
		first := wrote(t, as(t, routes, alice, "POST", "/api/notes", `{"title":"one","text":""}`), http.StatusCreated)
		time.Sleep(time.Second)
		wrote(t, as(t, routes, alice, "POST", "/api/notes", `{"title":"two","text":""}`), http.StatusCreated)
		time.Sleep(time.Second)
		wrote(t, as(t, routes, alice, "PUT", "/api/notes/"+first.ID, `{"title":"one, changed","text":"now"}`), http.StatusOK)
		if got := as(t, routes, bob, "GET", "/api/notes", "").Body.String(); got != "[]\n" {
			t.Errorf("Bob reads %s", got)
		}
		if got := as(t, routes, bob, "PUT", "/api/notes/"+first.ID, `{"title":"mine","text":""}`).Code; got != http.StatusNotFound {
			t.Errorf("Bob's change of Alice's note: %d", got)
		}
		as(t, routes, bob, "DELETE", "/api/notes/"+first.ID, "")
		var mine []note
		if err := json.Unmarshal(as(t, routes, alice, "GET", "/api/notes", "").Body.Bytes(), &mine); err != nil {
			t.Fatal(err)
		}
		if len(mine) != 2 || mine[0].Title != "one, changed" || mine[1].Title != "two" {
			t.Errorf("Alice reads %+v, want the newest change first", mine)
		}
		as(t, routes, alice, "DELETE", "/api/notes/"+first.ID, "")
		if got := as(t, routes, alice, "DELETE", "/api/notes/"+first.ID, "").Code; got != http.StatusNoContent {
			t.Errorf("deleting twice: %d", got)
		}
	})
}

func TestOnlyAnAdministratorCounts(t *testing.T) {
	routes := (&notes{of: map[string][]note{"u_alice": {{}, {}}}, now: time.Now}).routes()
	if got := as(t, routes, &lingpai.Claims{Subject: "u_bob"}, "GET", "/api/admin/people", ""); got.Code != http.StatusForbidden ||
		!strings.Contains(got.Body.String(), "forbidden_role") {
		t.Errorf("a user gets %d %s", got.Code, got.Body)
	}
	admin := &lingpai.Claims{Subject: "u_alice", Roles: []string{"admin"}}
	if got := as(t, routes, admin, "GET", "/api/admin/people", "").Body.String(); got != `[{"user":"u_alice","notes":2}]`+"\n" {
		t.Errorf("an administrator gets %s", got)
	}
}

func TestWrongPINIsNoMatterOfTheToken(t *testing.T) {
	routes := (&notes{of: map[string][]note{}, now: time.Now}).routes()
	who := &lingpai.Claims{Subject: "u_alice"}
	w := as(t, routes, who, "POST", "/api/vault", `{"pin":"1234"}`)
	if w.Code != http.StatusUnauthorized || strings.Contains(w.Header().Get("WWW-Authenticate"), "Bearer") || !strings.Contains(w.Body.String(), "pin_wrong") {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := as(t, routes, who, "POST", "/api/vault", `{"pin":"2468"}`); w.Code != http.StatusOK {
		t.Errorf("the right PIN: %d", w.Code)
	}
}

func TestBadBodiesChangeNothing(t *testing.T) {
	n := &notes{of: map[string][]note{}, now: time.Now}
	routes, who := n.routes(), &lingpai.Claims{Subject: "u_alice"}
	for body, status := range map[string]int{
		``:                              http.StatusBadRequest,
		`[]`:                            http.StatusBadRequest,
		`{"title":"a","owner":"u_bob"}`: http.StatusBadRequest,
		`{"title":"a"} {"title":"b"}`:   http.StatusBadRequest,
		`{"text":"` + strings.Repeat("x", 40<<10) + `"}`:          http.StatusBadRequest,
		`{"title":"` + strings.Repeat("字", mostTitle+1) + `"}`:    http.StatusUnprocessableEntity,
		`{"title":"","text":"` + strings.Repeat("字", 5001) + `"}`: http.StatusUnprocessableEntity,
	} {
		if w := as(t, routes, who, "POST", "/api/notes", body); w.Code != status {
			t.Errorf("%.40s: %d, want %d", body, w.Code, status)
		}
	}
	for range mostNotes {
		as(t, routes, who, "POST", "/api/notes", `{"title":"a"}`)
	}
	if w := as(t, routes, who, "POST", "/api/notes", `{"title":"one more"}`); w.Code != http.StatusConflict {
		t.Errorf("note 201: %d", w.Code)
	}
	if got := len(n.of["u_alice"]); got != mostNotes {
		t.Errorf("%d notes", got)
	}
}

// login plays the login server: it knows one cookie.
func login(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /auth/api/me", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("lingpai_session"); err != nil || c.Value != "good" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"code":"session_ended"}`)
			return
		}
		_, _ = io.WriteString(w, `{"session":{"id":"s1"},"user":{"id":"u_alice","roles":["admin"]}}`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestCookieIsJudgedByTheLoginServer(t *testing.T) {
	s := login(t)
	api, err := newHandler(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	get := func(cookie, site string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/api/notes", strings.NewReader(`{"title":"a"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", site)
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: "lingpai_session", Value: cookie})
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w
	}
	if w := get("good", "same-origin"); w.Code != http.StatusCreated {
		t.Errorf("a good cookie: %d %s", w.Code, w.Body)
	}
	if w := get("bad", "same-origin"); w.Code != http.StatusUnauthorized || w.Body.String() != `{"code":"session_ended"}` {
		t.Errorf("a cookie that is over: %d %s", w.Code, w.Body)
	}
	if w := get("good", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("a good cookie that another site sent along: %d", w.Code)
	}
	if w := get("", "same-origin"); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "token_missing") {
		t.Errorf("no cookie: %d %s", w.Code, w.Body)
	}
	s.Close()
	if w := get("good", "same-origin"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("with the login server gone: %d, want 503, which signs nobody out", w.Code)
	}
}
