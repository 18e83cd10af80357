package main

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/lingpai/lingpai"
)

// sessionCookies are the names of the login server's session cookie, on loopback http and on https.
var sessionCookies = []string{"lingpai_session", "__Host-Http-lingpai_session"}

// withCookie is the second door. With `keep: cookie` no token reaches the page; the browser adds the session cookie to what it sends
// to this origin, and the login server says whose it is. A cookie travels by itself, so requests that a page of another origin caused
// are refused. Whoever brings a token goes through the first door.
func withCookie(issuer string, routes, byToken http.Handler) http.Handler {
	client := &http.Client{Timeout: 10 * time.Second}
	byCookie := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := ask(client, issuer, r, w)
		switch {
		case err != nil:
			w.Header().Set("Retry-After", "2")
			refuse(w, http.StatusServiceUnavailable, "unavailable", "The login server cannot be asked. Try again in 2 seconds.")
		case claims != nil:
			routes.ServeHTTP(w, r.WithContext(lingpai.NewContext(r.Context(), claims)))
		}
	})
	guarded := http.NewCrossOriginProtection().Handler(byCookie)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" && sessionCookie(r) != nil {
			guarded.ServeHTTP(w, r)
			return
		}
		byToken.ServeHTTP(w, r)
	})
}

func sessionCookie(r *http.Request) *http.Cookie {
	for _, name := range sessionCookies {
		if c, err := r.Cookie(name); err == nil {
			return c
		}
	}
	return nil
}

// ask returns whose cookie a request carries. When the login server refuses it, its refusal is the answer, and the claims are nil.
func ask(client *http.Client, issuer string, r *http.Request, w http.ResponseWriter) (*lingpai.Claims, error) {
	question, err := http.NewRequestWithContext(r.Context(), http.MethodGet, issuer+"/auth/api/me", nil)
	if err != nil {
		return nil, err
	}
	question.AddCookie(sessionCookie(r))
	said, err := client.Do(question)
	if err != nil {
		return nil, err
	}
	defer said.Body.Close()
	if said.StatusCode != http.StatusOK {
		for _, name := range []string{"Content-Type", "WWW-Authenticate", "Retry-After"} {
			w.Header()[name] = said.Header[http.CanonicalHeaderKey(name)]
		}
		w.WriteHeader(said.StatusCode)
		_, _ = io.Copy(w, io.LimitReader(said.Body, 16<<10)) // Whoever has gone away needs no answer.
		return nil, nil                                      //nolint:nilnil // no claims and no error: the request is answered
	}
	var me struct {
		Session struct{ ID string }
		User    struct {
			ID    string
			Roles []string
		}
	}
	if err := json.NewDecoder(io.LimitReader(said.Body, 16<<10)).Decode(&me); err != nil {
		return nil, err
	}
	return &lingpai.Claims{Issuer: issuer, Subject: me.User.ID, SessionID: me.Session.ID, Roles: me.User.Roles}, nil
}
