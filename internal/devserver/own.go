package devserver

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/held"
)

// globals are what scripts know beside Node's names: a way to ask Lingpai itself, of which the library makes the object `lingpai`.
func (s *Server) globals() map[string]any { return map[string]any{"__lingpai": s.own} }

// own asks Lingpai's own API within this process, as an app's backend would over the network: real sign-ins, real tokens, real refusals.
func (s *Server) own(method, path, token, body string) (map[string]any, error) {
	ours := s.ours.Load()
	if ours == nil {
		return nil, errors.New("the login does not answer yet; ask it when a request comes, not while the file is read")
	}
	r, err := http.NewRequestWithContext(context.Background(), method, "http://localhost"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.RequestURI, r.RemoteAddr = path, "127.0.0.1:0"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := held.New(nil)
	(*ours).ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK) // where it wrote nothing
	return map[string]any{"status": w.Status, "body": w.Body.String()}, nil
}
