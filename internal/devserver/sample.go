package devserver

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/route"
	"github.com/lingpai/lingpai/internal/httpd"
)

// sample adds the API that answers while there is no dev file: one address for everybody, one for who is signed in, one for admins.
func (t *table) sample(now func() time.Time) {
	for _, s := range []struct {
		match string
		auth  *auth
		do    sampleSource
	}{
		{"GET /api/hello", nil, func(*http.Request) any {
			return map[string]any{"hello": "world", "time": now().UTC().Truncate(time.Second)}
		}},
		{"GET /api/me", &auth{}, func(r *http.Request) any {
			u := httpd.From(r).Session.Holder
			return map[string]any{"username": u.Username, "roles": append([]string{}, u.Roles...)}
		}},
		{"GET /api/admin", &auth{roles: []string{"admin"}}, func(r *http.Request) any {
			return map[string]any{"secret": "only admins read this", "for": httpd.From(r).Session.Holder.Username}
		}},
	} {
		p, err := route.Parse(s.match)
		if err != nil {
			panic(err) // the patterns stand above
		}
		e := &entry{number: len(t.routes) + 1, pattern: p, auth: s.auth}
		e.add(Mock, s.do)
		t.routes = append(t.routes, e)
	}
}

type sampleSource func(r *http.Request) any

func (s sampleSource) answer(w http.ResponseWriter, r *http.Request, _ *entry, _ map[string]string) (bool, error) {
	body, err := json.Marshal(s(r))
	if err != nil {
		return true, err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(append(body, '\n'))
	return true, err
}

func (e *entry) label() string { return strconv.Itoa(e.number) }
