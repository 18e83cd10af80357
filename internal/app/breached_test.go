package app

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

const stolenElsewhere = "nine lives of a grey cat"

// stolenName is how lists call stolenElsewhere.
func stolenName() string { return fmt.Sprintf("%X", sha1.Sum([]byte(stolenElsewhere))) }

// choose lets alice choose a password on the page of her account.
func choose(s *server, fresh string) reply {
	c := s.browser()
	c.login("alice", battery, "cookie")
	return c.postForm("/auth/account/password", map[string]string{"current": battery, "new": fresh})
}

// ASVS 6.2.12
func TestAPasswordOnTheListOfStolenOnesIsRefused(t *testing.T) {
	list := filepath.Join(t.TempDir(), "stolen.txt")
	if err := os.WriteFile(list, []byte(strings.Repeat("0", 40)+":2\r\n"+stolenName()+":1\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "password.breached_file="+list)
	s.addUser("alice", battery)
	if r := choose(s, stolenElsewhere); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "stolen from another service") {
		t.Errorf("stolen: %d %s", r.status, r.body)
	}
	if r := choose(s, "ten lives of a grey cat"); r.status != http.StatusSeeOther {
		t.Errorf("another: %d %s", r.status, r.body)
	}
}

// ranges is a service of stolen passwords that knows stolenElsewhere, and what it was asked.
func ranges(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) (address string, asked *atomic.Value) {
	asked = &atomic.Value{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.Path + " " + r.Header.Get("Add-Padding"))
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/range/", asked
}

// ASVS 6.2.12
func TestAServiceIsAskedForStolenPasswordsAndToldNoMoreThanFiveDigits(t *testing.T) {
	address, asked := ranges(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, "%s:0\r\n%s:42\r\n", strings.Repeat("A", 35), stolenName()[5:])
	})
	s := start(t, "password.breached_service="+address)
	s.addUser("alice", battery)
	if r := choose(s, "tooshort"); r.status != http.StatusUnprocessableEntity {
		t.Errorf("short: %d %s", r.status, r.body)
	}
	if got, want := asked.Load(), "/range/"; strings.HasPrefix(fmt.Sprint(got), want+stolenName()[:5]) {
		t.Errorf("it was asked %v for a password that is refused anyway", got)
	}
	if r := choose(s, stolenElsewhere); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "stolen from another service") {
		t.Errorf("stolen: %d %s", r.status, r.body)
	}
	if got, want := asked.Load(), "/range/"+stolenName()[:5]+" true"; got != want {
		t.Errorf("it was asked %v, not %s", got, want)
	}
}

func TestAServiceThatFailsKeepsNobodyFromAGoodPassword(t *testing.T) {
	t.Parallel()
	for what, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"an error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"a page":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<!doctype html>")) },
		"too much": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2<<20)) },
		"silence":  func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			address, asked := ranges(t, answer)
			s := start(t, "password.breached_service="+address)
			s.addUser("alice", battery)
			if r := choose(s, stolenElsewhere); r.status != http.StatusSeeOther {
				t.Errorf("%d %s", r.status, r.body)
			}
			if asked.Load() == nil {
				t.Error("it was not asked")
			}
			log := s.log.String()
			if !strings.Contains(log, "not looked up among the stolen ones") {
				t.Errorf("the log does not tell: %s", log)
			}
			if strings.Contains(log, stolenName()[:5]) {
				t.Error("the log holds digits of the hash")
			}
		})
	}
}
