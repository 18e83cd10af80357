package app

import (
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/secret"
)

func TestAServerOnAFullDiskWantsNoWorkAndSaysWhy(t *testing.T) {
	s := start(t)
	s.program().get("/readyz").wants(t, 200, "")
	s.app.health.free = func() (uint64, bool) { return LowSpace - 1, true }
	r := s.program().get("/readyz")
	r.wants(t, 503, "disk_full")
	if want := "63 MB are left"; !strings.Contains(r.body, want) {
		t.Errorf("it says %s, not how much is left", r.body)
	}
	s.program().get("/healthz").wants(t, 200, "")
	s.app.health.free = func() (uint64, bool) { return 0, false } // not known is no reason
	s.program().get("/readyz").wants(t, 200, "")
}

func TestFreeSpaceIsThatOfTheDatabase(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		database, folder string
	}{
		{"", "the data folder"}, {"sqlite://" + dir + "/x.db", dir}, {dir + "/x.db", dir}, {"postgres://u:p@h/d", ""},
	} {
		cfg := &config.Config{Data: "the data folder", Database: secret.New(c.database)}
		if got := databaseFolder(cfg); got != c.folder {
			t.Errorf("%q: %q, want %q", c.database, got, c.folder)
		}
	}
	if free, known := FreeSpace(&config.Config{Data: dir}); known && free == 0 {
		t.Error("nothing is free where the test writes")
	}
}
