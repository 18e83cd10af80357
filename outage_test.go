package lingpai_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/audit"
)

func TestAServerThatRestartsIsFollowedAgain(t *testing.T) {
	s := startLogin(t)
	v := s.verifier(lingpai.Staleness(lingpai.Strict))
	before, after := s.login(), s.login()
	s.logout(before)
	refusedWithin(t, v, before, time.Second)
	s.wire.cut() // as if the process had been killed: nobody says goodbye
	s.stop()
	s.wire.lead("")
	expect(t, v, after, "") // short troubles are nobody's concern
	expect(t, v, before, lingpai.CodeSessionEnded)
	eventually(t, 10*time.Second, "the trouble is told", func() bool { return v.Health().Error != "" })
	s.start()
	followed(t, v)
	s.logout(after)
	refusedWithin(t, v, after, time.Second)
	expect(t, v, before, lingpai.CodeSessionEnded)
}

func TestALogoutDuringAPartitionArrivesAfterIt(t *testing.T) {
	s := startLogin(t)
	v := s.verifier()
	tok := s.login()
	expect(t, v, tok, "")
	s.wire.swallow(true) // connections stay open, and nothing comes
	s.logout(tok)
	eventually(t, 15*time.Second, "the feed is stale", func() bool { h := v.Health(); return h.Stale && h.Error != "" })
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
	refusedWithin(t, v, ended, time.Second)
	expect(t, v, living, "")

	s.stop()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(app.DatabaseFile(s.cfg) + suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if err := app.RestoreDatabase(t.Context(), s.cfg, backup); err != nil {
		t.Fatal(err)
	}
	s.start()
	followed(t, v)
	afterwards := []string{lingpai.CodeTokenRevoked, lingpai.CodeTokenSignature} // All was called back, and every key of the backup is over.
	if code := refusedWithin(t, v, living, time.Second); !slices.Contains(afterwards, code) {
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
	if code := refusedWithin(t, v, tok, time.Second); code != lingpai.CodeTokenRevoked {
		t.Errorf("code %s", code)
	}
}

// An answer that is slow in coming delays nobody's requests, and no logout for longer than it is slow.
func TestASlowIssuerDelaysNoRequest(t *testing.T) {
	s := startLogin(t)
	v := s.verifier()
	tok, other := s.login(), s.login()
	expect(t, v, tok, "")
	expect(t, v, other, "")
	s.wire.slow(500 * time.Millisecond)
	var slowest atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			began := time.Now()
			if w := ask(v.Middleware(greet), "Bearer "+other); w.Code != http.StatusOK {
				t.Errorf("%d", w.Code)
				return
			}
			slowest.Store(max(slowest.Load(), int64(time.Since(began))))
		}
	}()
	s.logout(tok)
	refusedWithin(t, v, tok, 3*time.Second)
	close(stop)
	<-done
	if d := time.Duration(slowest.Load()); d > 400*time.Millisecond {
		t.Errorf("a request took %v", d)
	}
	followed(t, v)
}
