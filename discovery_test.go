package lingpai_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/jose"
)

// serve starts a server whose handler knows its own address.
func serve(t *testing.T, h func(self string, w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	var self string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h(self, w, r) }))
	t.Cleanup(s.Close)
	self = s.URL
	return self
}

func discovery(issuer, jwksURI string) string {
	return fmt.Sprintf(`{"issuer":%q,"jwks_uri":%q}`, issuer, jwksURI)
}

// ASVS 9.1.3, 10.5.3
func TestHostileDiscoveryIsRefused(t *testing.T) {
	elsewhere := serve(t, func(self string, w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s left the issuer's origin", r.Method, r.URL)
	})
	for _, tt := range []struct {
		name   string
		answer func(self string, w http.ResponseWriter, r *http.Request)
		want   string
	}{
		{"not found", func(_ string, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, "status 404"},
		{"wrong issuer", func(self string, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, discovery(self+"/", self+"/jwks.json"))
		}, "belongs to another issuer"},
		{"no issuer", func(self string, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"jwks_uri":%q}`, self+"/jwks.json")
		}, "belongs to another issuer"},
		{"issuer twice", func(self string, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"issuer":"https://evil.example",%s`, discovery(self, self)[1:])
		}, "read "},
		{"issuer is a number", func(self string, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"issuer":1,"jwks_uri":%q}`, self)
		}, "read "},
		{"HTML", func(_ string, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!doctype html><title>Hi</title>")
		}, "read "},
		{"10 MB", func(_ string, w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte(" "), 10<<20))
		}, "more than 262144 bytes"},
		{"cut short", func(_ string, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
		}, "unexpected EOF"},
		{"redirect elsewhere", func(_ string, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere+r.URL.Path, http.StatusFound)
		}, "redirect not followed"},
		{"redirect in a circle", func(_ string, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}, "redirect not followed"},
		{"keys elsewhere over http", func(self string, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, discovery(self, elsewhere+"/jwks.json"))
		}, "neither https nor of the issuer's origin"},
		{"keys in a file", func(self string, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, discovery(self, "file:///etc/passwd"))
		}, "is not an address"},
		{"no keys address", func(self string, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"issuer":%q}`, self)
		}, "is not an address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := lingpai.NewVerifier(t.Context(), serve(t, tt.answer))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want something about %q", err, tt.want)
			}
		})
	}
}

func TestHostileKeysAreRefused(t *testing.T) {
	key := string(newKey(t).JWK())
	for _, tt := range []struct{ name, keys string }{
		{"HTML", "<html>"},
		{"no set", key},
		{"one kid twice (attack 13)", `{"keys":[` + key + "," + key + `]}`},
		{"trailing data", `{"keys":[` + key + `]}{}`},
		{"10 MB", `{"keys":[` + strings.Repeat(" ", 10<<20) + `]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := serve(t, func(self string, w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/jwks" {
					fmt.Fprint(w, tt.keys)
					return
				}
				fmt.Fprint(w, discovery(self, self+"/jwks"))
			})
			if _, err := lingpai.NewVerifier(t.Context(), at); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestRedirectWithinTheOriginIsFollowed(t *testing.T) {
	set, err := jose.NewKeySet(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	at := serve(t, func(self string, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			fmt.Fprint(w, discovery(self, self+"/jwks"))
		case "/jwks":
			_ = json.NewEncoder(w).Encode(set)
		default:
			http.Redirect(w, r, "/moved", http.StatusMovedPermanently)
		}
	})
	if _, err := lingpai.NewVerifier(t.Context(), at); err != nil {
		t.Error(err)
	}
}
