package app

import (
	"net/http"
	"testing"
	"time"
)

// signOut signs in and out again, and returns for how long that is remembered.
func (s *server) signOut() time.Duration {
	s.Helper()
	return s.callBack(s.program().login("alice", battery, "storage").Access)
}

// callBack signs out the session of a token, and returns for how long that is remembered.
func (s *server) callBack(accessToken string) time.Duration {
	s.Helper()
	s.program().do(http.MethodPost, "/auth/api/logout", "", bearer(accessToken)).wants(s, http.StatusNoContent, "")
	records, err := s.core.Store.Since(s.Context(), 0)
	if err != nil {
		s.Fatal(err)
	}
	last := records[len(records)-1]
	return last.Until.Sub(last.At)
}

// ASVS 7.4.1
func TestLogoutOutlastsTokensOfALongerLifetime(t *testing.T) {
	data := "data=" + t.TempDir()
	const issuer, longest, shortest = "issuer=http://localhost:4401", 2*time.Hour + verifierLeeway, time.Minute + verifierLeeway
	long := start(t, data, issuer, "token.lifetime=2h")
	long.addUser("alice", battery)
	old := long.program().login("alice", battery, "storage").Access

	short := start(t, data, issuer, "token.lifetime=1m") // another node, or the same after its configuration was changed
	if got := short.callBack(old); got != longest {
		t.Errorf("the end of a token of 2 hours is remembered for %v, want %v", got, longest)
	}
	if _, err := short.core.Keys.Rotate(t.Context(), cli, true); err != nil {
		t.Fatal(err)
	}
	if got := short.core.Keys.List()[1].ExpiresAt.Sub(short.clock.Now()); got < longest {
		t.Errorf("the key that signed tokens of 2 hours is kept for %v", got)
	}

	short.clock.advance(3 * time.Hour) // No token of the first node is about any more, and it has not said that it goes on.
	if got := short.signOut(); got != shortest {
		t.Errorf("the longest token lives for a minute, and its end is remembered for %v, want %v", got, shortest)
	}
	long.clock.advance(3 * time.Hour)
	if err := long.core.noteLifetime(t.Context()); err != nil { // as it does every 10 minutes
		t.Fatal(err)
	}
	if got := short.signOut(); got != longest {
		t.Errorf("the other node goes on, and the end of a session is remembered for %v, want %v", got, longest)
	}
}
