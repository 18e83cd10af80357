package devserver

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/cors"
	"github.com/lingpai/lingpai/internal/httpd"
)

// CrossOrigin is a page of another origin that was not allowed to read our answers.
type CrossOrigin struct {
	cors.Diagnosis
	Count int       `json:"count"`
	Last  time.Time `json:"last"`
	// DevFile is what to write into the dev file, OneOrigin what else to do.
	DevFile   string `json:"dev_file"`
	OneOrigin string `json:"one_origin"`
}

// corsKept is how many different cases are remembered.
const corsKept = 20

// corsDoctor notices requests of pages of other origins, and judges our answers as their browsers do. It is safe for concurrent use.
type corsDoctor struct {
	mu    sync.Mutex // guards cases
	cases []CrossOrigin
}

// list has the newest case first.
func (c *corsDoctor) list() []CrossOrigin {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := slices.Clone(c.cases)
	slices.Reverse(out)
	return append([]CrossOrigin{}, out...)
}

// note keeps a case, and reports whether it is a new one.
func (c *corsDoctor) note(d cors.Diagnosis, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, old := range c.cases {
		if old.Page == d.Page && old.Target == d.Target && old.Summary() == d.Summary() {
			old.Diagnosis, old.Count, old.Last = d, old.Count+1, now
			c.cases = append(slices.Delete(c.cases, i, i+1), old)
			return false
		}
	}
	c.cases = append(c.cases, CrossOrigin{
		Diagnosis: d, Count: 1, Last: now, DevFile: "cors: [" + d.Page + "]",
		OneOrigin: "Open `" + d.Target + "` instead of `" + d.Page + "`, and put `app: " + d.Page + "` into the dev file.",
	})
	c.cases = c.cases[max(0, len(c.cases)-corsKept):]
	return true
}

// crossOrigin judges an answer of ours to a page of another origin. It returns why the page cannot read it, and whether the case is new; nil
// if all is well.
func (s *Server) crossOrigin(r *http.Request, answer http.Header) (hidden *cors.Diagnosis, isNew bool) {
	d, ok := diagnose(r, answer)
	if !ok || d.Allowed {
		return nil, false
	}
	return &d, s.doctor.note(d, s.options.Now())
}

func diagnose(r *http.Request, answer http.Header) (cors.Diagnosis, bool) {
	page, err := cors.ParseOrigin(r.Header.Get("Origin"))
	if err != nil || r.Header.Get("Sec-Fetch-Mode") == "navigate" || r.Header.Get("Upgrade") != "" {
		return cors.Diagnosis{}, false // no page, or nothing that CORS has to do with
	}
	target, err := cors.ParseOrigin(scheme(r) + r.Host)
	if err != nil || page == target {
		return cors.Diagnosis{}, false
	}
	ask := cors.Ask{
		Page: page, Target: target, Path: r.URL.Path, Method: r.Method, Credentials: answer.Get("Access-Control-Allow-Credentials") != "",
	}
	reply := &cors.Answer{Status: http.StatusOK, Header: answer}
	if !httpd.IsPreflight(r) {
		return cors.Diagnose(ask, nil, reply), true
	}
	ask.Method = r.Header.Get("Access-Control-Request-Method")
	ask.Headers = strings.Split(r.Header.Get("Access-Control-Request-Headers"), ",")
	return cors.Diagnose(ask, reply, nil), true
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https://"
	}
	return "http://"
}

func (s *Server) listCrossOrigin(w http.ResponseWriter, _ *http.Request) error {
	return write(w, map[string]any{"cases": s.doctor.list()})
}
