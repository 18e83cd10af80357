package timemachine

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/route"
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
	kept := &kept{header: w.Header().Clone()}
	next.ServeHTTP(kept, r)
	kept.WriteHeader(http.StatusOK) // where it wrote nothing
	if kept.status == http.StatusOK && f.take(func(a *Armed) *int { return &a.Lose }) {
		struck(r)
		panic(http.ErrAbortHandler)
	}
	clear(w.Header())
	maps.Copy(w.Header(), kept.header)
	w.WriteHeader(kept.status)
	_, _ = w.Write(kept.body.Bytes()) // The client may be gone; nobody is left to tell.
}

// kept is an answer that has not been sent.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader implements http.ResponseWriter.
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

// Write implements http.ResponseWriter.
func (k *kept) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}
