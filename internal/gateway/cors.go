package gateway

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
)

// allowReading sets the CORS headers of an answer, refusals included, where the route has origins. Others leave CORS to the app.
func (rt *route) allowReading(h http.Header, r *http.Request) {
	if len(rt.Origins) == 0 {
		return
	}
	h.Add("Vary", "Origin")
	if o := r.Header.Get("Origin"); slices.Contains(rt.Origins, o) {
		h.Set("Access-Control-Allow-Origin", o)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", httpd.Exposed)
	}
}

// preflight answers without asking for a login, since browsers send none with it, and without the app.
func (rt *route) preflight(w http.ResponseWriter, r *http.Request) error {
	if !slices.Contains(rt.Origins, r.Header.Get("Origin")) {
		return fault.Refuse(fault.OriginRefused, "another origin")
	}
	methods := rt.Methods
	if len(methods) == 0 {
		methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	}
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	if want := r.Header.Get("Access-Control-Request-Headers"); want != "" && !strings.ContainsFunc(want, notInList) {
		h.Set("Access-Control-Allow-Headers", want)
	}
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func notInList(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-_, ", c)
}
