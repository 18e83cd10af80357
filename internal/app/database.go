package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/sqlstore"
)

// OpenStore opens the configured database, making it if there is none, and brings its schema up to date, which logger is
// told.
func OpenStore(ctx context.Context, cfg *config.Config, logger *slog.Logger) (*sqlstore.Store, error) {
	store, err := openUnmigrated(ctx, cfg, logger)
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		_ = store.Close() // The first error is the one to tell.
		return nil, fmt.Errorf("migrate database: %w", err)
	}
	return store, nil
}

// OpenUnmigrated opens the configured database and leaves its schema alone, for those who want to know about that first.
func OpenUnmigrated(ctx context.Context, cfg *config.Config) (*sqlstore.Store, error) {
	return openUnmigrated(ctx, cfg, nil)
}

func openUnmigrated(ctx context.Context, cfg *config.Config, logger *slog.Logger) (*sqlstore.Store, error) {
	dsn := cfg.Database.Reveal()
	if dsn == "" {
		if err := makeDataFolder(cfg.Data); err != nil {
			return nil, err
		}
		dsn = DatabaseFile(cfg)
	}
	return sqlstore.Open(ctx, dsn, sqlstore.Options{
		SessionKeep: time.Duration(cfg.Retention.Sessions), AuditKeep: time.Duration(cfg.Retention.Audit),
		Logger: logger,
	})
}

// DatabaseFile is where the embedded database is kept.
func DatabaseFile(cfg *config.Config) string { return filepath.Join(cfg.Data, "lingpai.db") }

// RestoringFile is where [RestoreDatabase] makes the database until it is complete.
func RestoringFile(cfg *config.Config) string { return sqlstore.RestoringFile(DatabaseFile(cfg)) }

// HasDatabase reports whether there is a database to open. A server, as PostgreSQL is one, is taken at its word.
func HasDatabase(cfg *config.Config) bool {
	if !cfg.Database.Empty() {
		return true
	}
	_, err := os.Stat(DatabaseFile(cfg))
	return !errors.Is(err, fs.ErrNotExist)
}

// RestoreDatabase puts a file that sqlstore.Store.Backup wrote in the place of the embedded database, which must not exist. Access
// tokens that were issued until now are called back, and sessions are ended unless they are to be kept: the backup does not know which of
// them were. It returns how many sessions ended. No master key is needed.
func RestoreDatabase(ctx context.Context, cfg *config.Config, backup string, keepSessions bool, src audit.Source) (ended int, err error) {
	if !cfg.Database.Empty() {
		return 0, &sqlstore.OpenError{Text: "the configuration names a database of its own: restore it with that database's tools"}
	}
	if err := makeDataFolder(cfg.Data); err != nil {
		return 0, err
	}
	now := time.Now()
	past := revocation.Record{Kind: revocation.All, At: now, Until: now.Add(longestToken + verifierLeeway)}
	err = sqlstore.Restore(ctx, backup, DatabaseFile(cfg), past, func(ctx context.Context, store *sqlstore.Store) (err error) {
		if !keepSessions {
			sessions := &session.Service{Store: store, Revocations: unserved{}, RevokeFor: longestToken + verifierLeeway, Now: time.Now}
			ended, err = sessions.EndEverybody(ctx, src)
		}
		return err
	})
	return ended, err
}

// unserved stands for the revocations that a server has in memory where no server is.
type unserved struct{}

func (unserved) CatchUp(context.Context) error { return nil }

func makeDataFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w; choose another with --data", err)
	}
	return nil
}
