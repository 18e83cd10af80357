package app

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/mailbox"
)

// restored starts a server on a backup of another one, with its master key, and says how many sessions the restore ended.
func (s *server) restored(t *testing.T, saved string, keepSessions bool) (*server, int) {
	t.Helper()
	data := t.TempDir()
	cfg, err := config.Load("", nil, map[string]string{"data": data})
	if err != nil {
		t.Fatal(err)
	}
	ended, err := RestoreDatabase(t.Context(), cfg, saved, keepSessions, cli)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, "data="+data, "issuer="+s.origin, "master_key_file="+filepath.Join(s.core.Config.Data, "master.key")), ended
}

func TestARestoreSignsNobodyInAgain(t *testing.T) {
	for name, keep := range map[string]bool{"unless told to": false, "told to": true} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.clock.advance(time.Since(s.clock.Now())) // a restore has the clock of the machine
			u := s.addUser("alice", battery)
			left := s.program().login("alice", battery, "storage")
			stayed := s.program().login("alice", battery, "storage")
			page := s.browser()
			page.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
			invited := s.addUser("carol", "")
			link, err := s.core.Mailbox.Invite(t.Context(), invited, mailbox.InviteFor, false, cli)
			if err != nil {
				t.Fatal(err)
			}
			asked := mailbox.SignUp{Email: "dave@example.com", CanonicalEmail: "dave@example.com", Hash: "asked", ExpiresAt: s.clock.Now().Add(mailbox.SignUpFor)}
			if err := s.core.Store.AddSignUp(t.Context(), asked, audit.Event{At: s.clock.Now(), Action: audit.LinkSent}); err != nil {
				t.Fatal(err)
			}
			saved := filepath.Join(t.TempDir(), "saved.db")
			if err := s.core.Store.Backup(t.Context(), saved); err != nil {
				t.Fatal(err)
			}
			s.program().postJSON("/auth/api/logout", "{}", bearer(left.Access)).wants(t, 204, "")

			restored, ended := s.restored(t, saved, keep)
			restored.clock.advance(time.Since(restored.clock.Now()))
			page.s = restored
			if keep {
				restored.program().refresh(left.Refresh).granted(t) // as the flag says
				restored.program().refresh(stayed.Refresh).granted(t)
				if r := page.get("/auth/api/me"); r.status != http.StatusOK || ended != 0 {
					t.Errorf("kept, a session in a cookie is %d, and %d ended", r.status, ended)
				}
				return
			}
			for _, g := range []granted{left, stayed} {
				restored.program().refresh(g.Refresh).wants(t, 401, "session_ended")
				restored.program().me(g.Access).wants(t, 401, "token_signature")
			}
			if r := page.get("/auth/api/me"); r.status != http.StatusUnauthorized || ended != 3 {
				t.Errorf("a session in a cookie is %d, and %d ended", r.status, ended)
			}
			restored.program().login("alice", battery, "storage")
			if r := restored.browser().get(strings.TrimPrefix(link, s.origin)); r.status != http.StatusGone {
				t.Errorf("a link that was mailed before opens %d", r.status)
			}
			if _, err := restored.core.Store.SignUp(t.Context(), asked.Hash); !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("a link for an account that was mailed before: %v", err)
			}
			if n := len(restored.endings(u.ID)); n != 3 {
				t.Errorf("%d endings are in the audit log, want 3", n)
			}
		})
	}
}

func (s *server) endings(userID string) []audit.Event {
	s.Helper()
	events, err := s.core.Store.Events(s.Context(), audit.Query{UserID: userID, Action: audit.SessionEnded})
	if err != nil {
		s.Fatal(err)
	}
	return events
}

func TestAKeyThatWasWithdrawnDoesNotComeBackWithABackup(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	stolen := s.core.Keys.Signing().ID()
	old := s.program().login("alice", battery, "storage").Access
	saved := filepath.Join(t.TempDir(), "saved.db")
	if err := s.core.Store.Backup(t.Context(), saved); err != nil {
		t.Fatal(err)
	}

	restored, _ := s.restored(t, saved, false)
	for _, k := range restored.core.AllKeys() {
		if k.ID == stolen {
			t.Errorf("the key that signed before the backup is there again, %v", k)
		}
	}
	restored.program().me(old).wants(t, 401, "token_signature")
}
