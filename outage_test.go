package lingpai_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/busytest"
)

func TestAServerThatRestartsIsFollowedAgain(t *testing.T) {
	s := startLogin(t)
	v := s.verifier(lingpai.Staleness(lingpai.Strict))
	before, after := s.login(), s.login()
	s.logout(before)
	refused(t, v, before)
	s.wire.cut() // as if the process had been killed: nobody says goodbye
	s.stop()
	s.wire.lead("")
	expect(t, v, after, "") // short troubles are nobody's concern
	expect(t, v, before, lingpai.CodeSessionEnded)
	eventually(t, patience, "the trouble is told", func() bool { return v.Health().Error != "" })
	s.start()
	followed(t, v)
	s.logout(after)
	refused(t, v, after)
	expect(t, v, before, lingpai.CodeSessionEnded)
}

func TestALogoutDuringAPartitionArrivesAfterIt(t *testing.T) {
	s := startLogin(t)
	v := s.verifier()
	tok := s.login()
	expect(t, v, tok, "")
	s.wire.swallow(true) // connections stay open, and nothing comes
	s.logout(tok)
	eventually(t, patience, "the feed is stale", func() bool { h := v.Health(); return h.Stale && h.Error != "" })
	expect(t, v, tok, "") // within the grace
	s.wire.swallow(false)
	s.wire.cut()
	followed(t, v)
	expect(t, v, tok, lingpai.CodeSessionEnded)
}

// A backup does not know what was called back since; a verifier does, and learns of all that was issued before the restore.
func TestAServerRestoredFromABackupUnRevokesNothing(t *testing.T) {
	s := startLogin(t)
	v := s.verifier()
	backup := filepath.Join(t.TempDir(), "backup.db")
	s.core(func(c *app.Core) {
		if err := c.Store.Backup(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
	})
	ended, living := s.login(), s.login()
	s.logout(ended)
	refused(t, v, ended)
	expect(t, v, living, "")

	s.stop()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(app.DatabaseFile(s.cfg) + suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if _, err := app.RestoreDatabase(t.Context(), s.cfg, backup, true, audit.Source{Actor: "cli"}); err != nil { // The worst case: sessions are kept.
		t.Fatal(err)
	}
	s.start()
	followed(t, v)
	afterwards := []string{lingpai.CodeTokenRevoked, lingpai.CodeTokenSignature} // All was called back, and every key of the backup is over.
	if code := refused(t, v, living); !slices.Contains(afterwards, code) {
		t.Errorf("code %s", code)
	}
	_, err := v.Verify(t.Context(), ended)
	if code := codeOf(t, err); code != lingpai.CodeSessionEnded && !slices.Contains(afterwards, code) {
		t.Errorf("code %q", code)
	}
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // A token of the very second of the restore is not spared.
	expect(t, v, s.login(), "")
}

// Attack 102: a key that is withdrawn is dead at once, in whatever cache its tokens are, and the next signs without a gap.
func TestAttack102WithdrawnKeyIsDeadWithinASecond(t *testing.T) {
	s := startLogin(t)
	v := s.verifier()
	busytest.Within(t, time.Second, func() time.Duration {
		tok := s.login()
		claims, err := v.Verify(t.Context(), tok)
		if err != nil {
			t.Fatal(err)
		}
		s.core(func(c *app.Core) {
			if _, err := c.WithdrawKey(t.Context(), claims.KeyID, audit.Source{Actor: "cli"}); err != nil {
				t.Fatal(err)
			}
		})
		expect(t, v, s.login(), "")
		withdrawn := time.Now()
		if code := refused(t, v, tok); code != lingpai.CodeTokenRevoked {
			t.Errorf("code %s", code)
		}
		return time.Since(withdrawn)
	})
}

// An answer that is slow in coming delays nobody's requests, and no logout for longer than it is slow.
func TestASlowIssuerDelaysNoRequest(t *testing.T) {
	s := startLogin(t)
	v := s.verifier()
	other := s.login()
	expect(t, v, other, "")
	busytest.Within(t, 400*time.Millisecond, func() time.Duration {
		tok := s.login()
		expect(t, v, tok, "")
		s.wire.slow(500 * time.Millisecond)
		defer s.wire.slow(0)
		stop, slowest := make(chan struct{}), make(chan time.Duration)
		go func() { slowest <- slowestUntil(t, stop, v, other) }()
		s.logout(tok)
		refused(t, v, tok)
		close(stop)
		return <-slowest
	})
	followed(t, v)
}

// slowestUntil asks with a token again and again, and returns how long the slowest answer took.
func slowestUntil(t *testing.T, stop <-chan struct{}, v *lingpai.Verifier, token string) (slowest time.Duration) {
	for {
		select {
		case <-stop:
			return slowest
		default:
		}
		began := time.Now()
		if w := ask(v.Middleware(greet), "Bearer "+token); w.Code != http.StatusOK {
			t.Errorf("%d", w.Code)
		}
		slowest = max(slowest, time.Since(began))
	}
}
