package app

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/sqlstore"
)

// LowSpace is how many bytes must be free on the disk of the embedded database for a server to want work. Below it a commit may fail at
// any moment, and what fails then is a sign-in or a refresh.
const LowSpace = 64 << 20

// FreeSpace is how many bytes are free on the disk of the embedded database. It is not known where the data is in a database server, and on
// systems that do not tell.
func FreeSpace(cfg *config.Config) (bytes uint64, known bool) {
	dir := databaseFolder(cfg)
	if dir == "" {
		return 0, false
	}
	return sqlstore.FreeBytes(dir)
}

// databaseFolder is where the embedded database is, or "".
func databaseFolder(cfg *config.Config) string {
	dsn := cfg.Database.Reveal()
	if dsn == "" {
		return cfg.Data
	}
	path, isFile := strings.CutPrefix(dsn, "sqlite://")
	if !isFile && strings.Contains(dsn, "://") {
		return ""
	}
	path, _, _ = strings.Cut(path, "?")
	return filepath.Dir(path)
}

// Space says how many bytes that is, as people do.
func Space(bytes uint64) string {
	if bytes < 10<<30 {
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d GB", bytes>>30)
}
