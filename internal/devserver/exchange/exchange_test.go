package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	signed  = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
	refresh = "lpr_q83vEjRWeJCrze8SNFZ4kKvN7w"
)

// watched answers one request under the eyes of a log.
func watched(t *testing.T, l *Log, r *http.Request, h http.HandlerFunc) {
	t.Helper()
	x, r := l.Watch(httptest.NewRecorder(), r, time.Now, func() Finding { return Finding{By: "mock"} })
	defer x.Close()
	h(x, r)
}

func TestWhatIsShownHoldsNothingThatCouldBeUsedAgain(t *testing.T) {
	l := NewLog()
	r := httptest.NewRequest("POST", "/auth/api/login?code=secret-in-query", strings.NewReader(`{"username":"alice","password":"hunt\"er2","n":1}`))
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Authorization": "Bearer " + signed, "Cookie": "lingpai_refresh=" + refresh + "; app=appsecret",
		"X-Token": signed, "Proxy-Authorization": "Basic YWxpY2U6YWxpY2U=",
	} {
		r.Header.Set(name, value)
	}
	watched(t, l, r, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), `hunt\"er2`) {
			t.Errorf("the handler got %s", body)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("Set-Cookie", "lingpai_refresh="+refresh+"; Path=/; HttpOnly")
		_, _ = io.WriteString(w, `{"access_token":"`+signed+`","refresh_token":"`+refresh+`"}`)
	})
	d, ok := l.Detail(1)
	if !ok {
		t.Fatal("no detail")
	}
	all := d.Request.Line + d.Answer.Line + d.Request.Body + d.Answer.Body
	for _, f := range append(d.Request.Headers, d.Answer.Headers...) {
		all += "\n" + f.Name + ": " + f.Value
	}
	for _, secret := range []string{"c2lnbmF0dXJl", refresh, refresh[12:], "hunt", "er2", "appsecret", "YWxpY2U6", "secret-in-query"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is shown in\n%s", secret, all)
		}
	}
	for _, shown := range []string{
		"POST /auth/api/login HTTP/1.1", "HTTP/1.1 200 OK", `"username":"alice"`, `"n":1`, "Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.…",
		"lingpai_refresh=lpr_q83v…; app=…", "lingpai_refresh=lpr_q83v…; Path=/; HttpOnly", `"refresh_token":"lpr_q83v…"`, "Host: example.com",
	} {
		if !strings.Contains(all, shown) {
			t.Errorf("%q is missing in\n%s", shown, all)
		}
	}
}

func TestFormsLoseTheirPasswordsToo(t *testing.T) {
	const form = "username=alice&password=hunter2&client_secret=x%20y&scope=a"
	if got, want := withoutSecrets(form), "username=alice&password=…&client_secret=…&scope=a"; got != want {
		t.Errorf("%s", got)
	}
}

func TestHowATokenStandsIsToldByWhatWasSaidOfIt(t *testing.T) {
	for code, want := range map[string]Token{
		"": Present, "token_expired": Expired, "token_signature": Altered, "session_ended": Ended, "forbidden_role": Present,
	} {
		r := httptest.NewRequest("GET", "/api/me", nil)
		r.Header.Set("Authorization", "Bearer x")
		if got := tokenOf(r, code); got != want {
			t.Errorf("%s: %s", code, got)
		}
	}
	bare := httptest.NewRequest("GET", "/api/me", nil)
	if got := tokenOf(bare, "token_missing"); got != None {
		t.Errorf("%s", got)
	}
	bare.AddCookie(&http.Cookie{Name: "lingpai_session", Value: "lps_x"})
	if got := tokenOf(bare, ""); got != Cookie {
		t.Errorf("%s", got)
	}
	if got := tokenOf(httptest.NewRequest("POST", "/auth/api/refresh", nil), "session_ended"); got != Refresh {
		t.Errorf("%s", got)
	}
}

func TestLongBodiesAndPagesAreNotKept(t *testing.T) {
	l := NewLog()
	for _, kind := range []string{"application/json", "text/html"} {
		watched(t, l, httptest.NewRequest("GET", "/", nil), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			for range 10 {
				_, _ = io.WriteString(w, strings.Repeat("a", 1000))
			}
		})
	}
	if d, _ := l.Detail(1); len(d.Answer.Body) != shownBytes || !d.Answer.Cut {
		t.Errorf("%d %v", len(d.Answer.Body), d.Answer.Cut)
	}
	if d, _ := l.Detail(2); d.Answer.Body != "" || d.Answer.Line == "" {
		t.Errorf("%+v", d.Answer)
	}
}

func TestAnswersAreWholeAlsoWhereOthersWereBefore(t *testing.T) {
	l := NewLog()
	body := func(n int) string { return strings.Repeat(fmt.Sprintf("%04d ", n), shownBytes/4) }
	answer := func(n int) {
		watched(t, l, httptest.NewRequest(http.MethodGet, "/", http.NoBody), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Length", strconv.Itoa(len(body(n))))
			_, _ = io.WriteString(w, body(n))
			w.(*Witness).Done()
		})
	}
	for n := 1; n <= kept; n++ {
		answer(n)
	}
	held, ok := l.Whole(1)
	if !ok {
		t.Fatal("the first is not known any more")
	}
	for n := kept + 1; n <= 2*kept; n++ {
		answer(n)
		if x, ok := l.Whole(uint64(n)); !ok || string(x.Body) != body(n) {
			t.Fatalf("%d: %t, %.40q", n, ok, x.Body)
		}
	}
	for n := kept + 1; n <= 2*kept; n++ {
		if x, ok := l.Whole(uint64(n)); ok && string(x.Body) != body(n) {
			t.Errorf("%d has become %.40q", n, x.Body)
		}
	}
	if string(held.Body) != body(1) {
		t.Errorf("what was handed out has become %.40q", held.Body)
	}
}

func TestAStreamIsToldWhenItBegins(t *testing.T) {
	l := NewLog()
	watched(t, l, httptest.NewRequest("GET", "/events", nil), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: 1\n\n")
		if all := l.Since(0); len(all) != 1 || !all[0].Goes || all[0].Status != 200 {
			t.Errorf("while it goes: %+v", all)
		}
	})
	if all := l.Since(0); len(all) != 1 {
		t.Errorf("told %d times", len(all))
	}
}

func TestReadersFollow(t *testing.T) {
	l := NewLog()
	nothing := func(http.ResponseWriter, *http.Request) {}
	got := make(chan []Exchange)
	go func() {
		all, _ := l.Next(t.Context(), 0)
		got <- all
		all, _ = l.Next(t.Context(), all[0].Number)
		got <- all
	}()
	for want := range uint64(2) {
		watched(t, l, httptest.NewRequest("GET", "/", nil), nothing)
		if all := <-got; len(all) != 1 || all[0].Number != want+1 || all[0].Status != 0 {
			t.Errorf("%+v", all)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Next(ctx, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if all := l.Since(99); len(all) != 2 {
		t.Errorf("a number of another run: %+v", all)
	}
}

func TestWhatIsForgottenHasNoDetail(t *testing.T) {
	l := NewLog()
	for range kept + 2 {
		watched(t, l, httptest.NewRequest("GET", "/", nil), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	}
	for number, want := range map[uint64]bool{0: false, 2: false, 3: true, kept + 2: true, kept + 3: false} {
		if d, ok := l.Detail(number); ok != want || ok && d.Number != number {
			t.Errorf("%d: %v", number, ok)
		}
	}
}
