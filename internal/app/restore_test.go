package app

import (
	"path/filepath"
	"testing"

	"github.com/lingpai/lingpai/internal/config"
)

func TestAKeyThatWasWithdrawnDoesNotComeBackWithABackup(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	stolen := s.core.Keys.Signing().ID()
	old := s.program().login("alice", battery, "storage").Access
	saved := filepath.Join(t.TempDir(), "saved.db")
	if err := s.core.Store.Backup(t.Context(), saved); err != nil {
		t.Fatal(err)
	}

	data := t.TempDir()
	cfg, err := config.Load("", nil, map[string]string{"data": data})
	if err != nil {
		t.Fatal(err)
	}
	if err := RestoreDatabase(t.Context(), cfg, saved); err != nil {
		t.Fatal(err)
	}
	restored := start(t, "data="+data, "issuer="+s.origin, "master_key_file="+filepath.Join(s.core.Config.Data, "master.key"))
	for _, k := range restored.core.AllKeys() {
		if k.ID == stolen {
			t.Errorf("the key that signed before the backup is there again, %v", k)
		}
	}
	restored.program().me(old).wants(t, 401, "token_signature")
}
