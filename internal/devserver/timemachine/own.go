package timemachine

import (
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/route"
	"github.com/lingpai/lingpai/internal/held"
)

// Lingpai's addresses that a fault concerns.
const (
	refreshPath = "/auth/api/refresh"
	tokenPath   = "/auth/token"
	keysPath    = "/.well-known/jwks.json"
)

// OfLogin stands in the way of requests to Lingpai itself: answers to a refresh are lost, and keys come late. struck is told the request
// that is concerned.
func (f *Faults) OfLogin(next http.Handler, struck func(r *http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case f.Armed().Lose > 0 && isRefresh(r):
			f.lose(w, r, next, struck)
			return
		case r.URL.Path == keysPath:
			if d := f.Armed().KeysDelay; d > 0 {
				struck(r)
				wait(r, d)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// isRefresh looks into the form at the token endpoint, which serves other grants as well.
func isRefresh(r *http.Request) bool {
	if r.Method != http.MethodPost || r.URL.Path != tokenPath {
		return r.Method == http.MethodPost && r.URL.Path == refreshPath
	}
	route.Rewindable(r)
	body, err := route.Peek(r)
	if err != nil {
		return false
	}
	form, err := url.ParseQuery(string(body))
	return err == nil && form.Get("grant_type") == "refresh_token"
}

func wait(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// lose lets the server do all that is asked, and cuts the connection in place of its answer. A refusal is no renewal, so it is passed on
// and the fault stays armed.
func (f *Faults) lose(w http.ResponseWriter, r *http.Request, next http.Handler, struck func(r *http.Request)) {
	kept := held.New(w.Header().Clone())
	next.ServeHTTP(kept, r)
	kept.WriteHeader(http.StatusOK) // where it wrote nothing
	if kept.Status == http.StatusOK && f.take(func(a *Armed) *int { return &a.Lose }) {
		struck(r)
		panic(http.ErrAbortHandler)
	}
	clear(w.Header())
	maps.Copy(w.Header(), kept.Header())
	w.WriteHeader(kept.Status)
	_, _ = w.Write(kept.Body.Bytes()) // The client may be gone; nobody is left to tell.
}
