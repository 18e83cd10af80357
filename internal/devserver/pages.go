package devserver

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/webui"
)

// The addresses of the pages.
const (
	storyPath   = "/auth/dev"
	backendPath = "/auth/dev/backend"
	// MailPath shows the letters that were caught.
	MailPath = "/auth/dev/mail"
)

// pageRoutes are the pages. They may be linked to from anywhere, as they do nothing by themselves; whoever is signed in is named on them,
// so that they answer under names of this machine only.
func (s *Server) pageRoutes() []httpd.Route {
	page := func(path string, h httpd.Handler) httpd.Route {
		return httpd.Route{
			Pattern: "GET " + path, Surface: httpd.Browser, Auth: httpd.OptionalUser, CSRF: httpd.Safe, CORS: httpd.OwnOrigin,
			Cache: httpd.NoStore, Body: httpd.NoBody,
			Handle: func(w http.ResponseWriter, r *http.Request) error { return s.login.Speaking(h)(w, r) },
		}
	}
	return []httpd.Route{page(storyPath, s.storyPage), page(backendPath, s.backendPage), page(MailPath, s.mailPage)}
}

// brings is what the modules of the pages know from the beginning.
type brings struct {
	Issuer  string       `json:"issuer"`
	API     string       `json:"api"`  // what the story asks for
	User    string       `json:"user"` // who signs in there; the password is the name
	Dev     State        `json:"dev"`
	Machine MachineState `json:"machine"`
}

func (s *Server) brings() brings {
	return brings{s.login.Edge.Issuer, s.storyAPI(), "alice", s.State(), s.Machine()}
}

func (s *Server) storyPage(w http.ResponseWriter, r *http.Request) error {
	page := webui.Story{Frame: s.login.Frame(r, storyPath), Keep: s.keep(r), Brings: s.brings()}
	return httpd.WritePage(w, http.StatusOK, s.login.UI.Story, page)
}

func (s *Server) backendPage(w http.ResponseWriter, r *http.Request) error {
	st := s.State()
	page := webui.Backend{Frame: s.login.Frame(r, backendPath), File: filepath.Base(st.File), Found: st.Found, Brings: s.brings()}
	return httpd.WritePage(w, http.StatusOK, s.login.UI.Backend, page)
}

// keep is where the story keeps its session. Cookies are shared with the developer's own app: where it is signed in, the story leaves them
// alone unless it is told otherwise.
func (s *Server) keep(r *http.Request) string {
	cookies := s.login.Edge.Guard.Cookies
	if cookies.Session(r) != "" || cookies.Refresh(r) != "" {
		return "storage"
	}
	return "memory"
}

// storyAPI is an address of the API that wants a token and nothing else, or, where the routes have none, one of Lingpai's own.
func (s *Server) storyAPI() string {
	for _, e := range s.table.Load().routes {
		if e.auth != nil && e.auth.admitsAdmin() && e.kind() != Off && e.isPlain() && e.pattern.TakesMethod(http.MethodGet) {
			return e.pattern.Prefix()
		}
	}
	return "/auth/api/me"
}

// isPlain reports whether a route is for one address, without further conditions.
func (e *entry) isPlain() bool {
	methods := strings.Join(e.pattern.Methods(), "|")
	return e.when.Empty() && e.pattern.String() == strings.TrimSpace(methods+" "+e.pattern.Prefix())
}

// Help is the address at which the story shows a request that was refused, with the token that it brought and what was wrong with it; "" for
// a request that the log does not keep. The token itself is not in it.
func (s *Server) Help(r *http.Request) string {
	if n, ok := r.Context().Value(noteKey{}).(*note); !ok || n.hidden {
		return ""
	}
	return s.login.Edge.Issuer + storyPath + "#" + httpd.RequestID(r)
}

// welcome answers / with the story where nothing else does.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != "/" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	noteOf(r).hidden = true
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = storyPath, ""
	(*s.ours.Load()).ServeHTTP(w, r)
	return true
}

// admitsAdmin reports whether whoever signs in for the story may pass.
func (a *auth) admitsAdmin() bool { return len(a.roles) == 0 || slices.Contains(a.roles, "admin") }
