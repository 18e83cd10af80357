package httpd

import (
	"log/slog"
	"net/http"
	"testing"
	"time"
)

func TestARouteStatesEveryRule(t *testing.T) {
	whole := Route{
		Pattern: "POST /x", Surface: API, Auth: Public, CSRF: SameOrigin, CORS: Configured, Cache: NoStore, Body: 1,
		Handle: func(http.ResponseWriter, *http.Request) error { return nil },
	}
	if err := whole.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Route){
		"pattern":            func(r *Route) { r.Pattern = "" },
		"method":             func(r *Route) { r.Pattern = "/x" },
		"path":               func(r *Route) { r.Pattern = "POST x" },
		"surface":            func(r *Route) { r.Surface = 0 },
		"auth":               func(r *Route) { r.Auth = 0 },
		"csrf":               func(r *Route) { r.CSRF = 0 },
		"cors":               func(r *Route) { r.CORS = 0 },
		"cache":              func(r *Route) { r.Cache = Cache{} },
		"body":               func(r *Route) { r.Body = 0 },
		"handler":            func(r *Route) { r.Handle = nil },
		"a safe POST":        func(r *Route) { r.CSRF = Safe },
		"a stored secret":    func(r *Route) { r.Auth, r.Cache = Signed, PublicFor(time.Hour) },
		"a page across CORS": func(r *Route) { r.Surface = Browser },
	} {
		r := whole
		change(&r)
		if r.Check() == nil {
			t.Errorf("%s: a route with this gap passes", name)
		}
		e := &Edge{Issuer: ownOrigin, Guard: &Guard{}, Logger: slog.New(slog.DiscardHandler), Now: time.Now}
		if _, err := e.Handler([]Route{r}); err == nil {
			t.Errorf("%s: an edge takes a route with this gap", name)
		}
	}
}
