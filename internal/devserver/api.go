package devserver

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/lingpai/lingpai/internal/devserver/exchange"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
)

// State is what the dev server does just now.
type State struct {
	File     string       `json:"file"`  // as it was named
	Found    bool         `json:"found"` // false: the sample API answers
	Problems []string     `json:"problems"`
	Routes   []RouteState `json:"routes"`
	App      *AppState    `json:"app,omitempty"`
	Mail     int          `json:"mail"` // the number of the newest letter
}

// RouteState is one route.
type RouteState struct {
	Number int      `json:"number"`
	File   string   `json:"file,omitempty"` // where it was written, if not in the dev file
	Line   int      `json:"line,omitempty"`
	Match  string   `json:"match"`
	Use    Kind     `json:"use"`
	Wrote  Kind     `json:"written"` // in use unless switched
	Kinds  []Kind   `json:"kinds"`
	Roles  []string `json:"roles,omitempty"`
	Auth   bool     `json:"auth"`
	Yields bool     `json:"yields,omitempty"` // switched to real, it is off, and what stands behind it answers
}

// State says which routes there are, what answers them, and what is wrong with the newest version of the file.
func (s *Server) State() State {
	s.mu.Lock()
	st := State{File: s.options.File, Found: s.found, Problems: []string{}, Routes: []RouteState{}, App: s.App(), Mail: s.mail.newest()}
	for _, p := range s.bad {
		st.Problems = append(st.Problems, p.String())
	}
	s.mu.Unlock()
	for _, e := range s.table.Load().routes {
		rs := RouteState{
			Number: e.number, File: e.file, Line: e.line, Match: e.pattern.String(), Use: e.kind(), Wrote: e.first, Kinds: e.kinds,
			Auth: e.auth != nil, Yields: e.yields,
		}
		if e.auth != nil {
			rs.Roles = e.auth.roles
		}
		st.Routes = append(st.Routes, rs)
	}
	return st
}

// apiPath is where programs press the buttons.
const apiPath = "/auth/dev/api/"

// Routes are the addresses under /auth/dev. They answer under names of this machine and to pages of this origin only: whoever may press a
// button here could otherwise do so from any page that the developer happens to look at.
func (s *Server) Routes() []httpd.Route {
	const path = apiPath
	at := func(pattern string, body int64, h httpd.Handler) httpd.Route {
		return httpd.Route{
			Pattern: pattern, Surface: httpd.API, Auth: httpd.Public, CSRF: httpd.SameOrigin, CORS: httpd.OwnOrigin,
			Cache: httpd.NoStore, Body: body, Handle: h,
		}
	}
	return append(slices.Concat(s.pageRoutes(), s.machineRoutes(at), s.mailRoutes(at)),
		at("GET "+path+"routes", httpd.NoBody, s.listRoutes),
		at("POST "+path+"routes", 4<<10, s.switchRoute),
		at("GET "+path+"exchanges", httpd.NoBody, s.listExchanges),
		at("GET "+path+"exchanges/{id}", httpd.NoBody, s.showExchange),
		at("POST "+path+"exchanges/{id}/mock", 4<<10, s.makeMock),
		at("GET "+path+"app", httpd.NoBody, s.showApp),
		at("GET "+path+"cors", httpd.NoBody, s.listCrossOrigin),
		at("GET "+path+"events", httpd.NoBody, s.events),
	)
}

func (s *Server) listRoutes(w http.ResponseWriter, _ *http.Request) error { return write(w, s.State()) }

func (s *Server) switchRoute(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Route int    `json:"route"`
		Use   string `json:"use"`
	}](r)
	if err != nil {
		return err
	}
	if err := s.Switch(in.Route, in.Use); err != nil {
		return fault.Refuse(fault.FieldInvalid, err.Error())
	}
	return write(w, s.State())
}

// listExchanges lists what came after the exchange whose number is in the query, as ?since=.
func (s *Server) listExchanges(w http.ResponseWriter, r *http.Request) error {
	since, err := sinceOf(r)
	if err != nil {
		return err
	}
	return write(w, map[string]any{"exchanges": s.log.Since(since)})
}

func sinceOf(r *http.Request) (uint64, error) {
	text := r.URL.Query().Get("since")
	if text == "" {
		return 0, nil
	}
	since, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fault.Refuse(fault.RequestMalformed, "since is not a number").Because(err)
	}
	return since, nil
}

// showExchange shows one, by its number or by the id of its request.
func (s *Server) showExchange(w http.ResponseWriter, r *http.Request) error {
	d, ok := s.log.Detail(s.numberOf(r))
	if !ok {
		return fault.Refuse(fault.NotFound)
	}
	return write(w, struct {
		exchange.Detail
		Sentence string `json:"sentence,omitempty"` // why, in the language of who asks
	}{d, sentence(s.login.Frame(r, "").Lang, d.Why)})
}

// numberOf is the number of the exchange that an address names, by it or by the id of its request.
func (s *Server) numberOf(r *http.Request) uint64 {
	id := r.PathValue("id")
	number, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return s.log.Number(id)
	}
	return number
}

func write(w http.ResponseWriter, v any) error { return httpd.WriteJSON(w, http.StatusOK, v) }
