package main

import (
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
)

func newMigrate() *cobra.Command {
	return newFamily("migrate", "See and update the schema of the database", newMigrateStatus(), newMigrateUp())
}

func newMigrateStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say which schema the database has",
		Args:  takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			current, latest, err := schema(cmd)
			if err != nil {
				return err
			}
			p := newPage(cmd.OutOrStdout())
			switch {
			case asJSON:
				return p.json(struct {
					Current  int64 `json:"current"`
					Latest   int64 `json:"latest"`
					UpToDate bool  `json:"up_to_date"`
				}{current, latest, current == latest})
			case current == latest:
				p.printf("The schema is up to date (version %d).\n", current)
			default:
				p.printf("The schema has version %d, this Lingpai wants %d. The next start of the server updates it, or: lingpai migrate up\n", current, latest)
			}
			return nil
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

// schema reads the versions without changing anything.
func schema(cmd *cobra.Command) (current, latest int64, err error) {
	cfg, err := loadConfig(cmd)
	if err != nil {
		return 0, 0, err
	}
	if err := requireData(cfg); err != nil {
		return 0, 0, err
	}
	store, err := app.OpenUnmigrated(cmd.Context(), cfg)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return store.MigrationStatus(cmd.Context())
}

func newMigrateUp() *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Bring the schema up to date; serve does so by itself",
		Long: "Bring the schema of the database up to date, as the next start of the server does by itself. A SQLite database is saved beside\n" +
			"it before, and the log says where: an older Lingpai does not open it afterwards, but restores what was saved.",
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			store, err := app.OpenStore(cmd.Context(), cfg, newLogger(cfg, cmd.ErrOrStderr(), slog.LevelWarn))
			if err != nil {
				return err
			}
			current, _, err := store.MigrationStatus(cmd.Context())
			if err = errors.Join(err, store.Close()); err != nil {
				return err
			}
			newPage(cmd.OutOrStdout()).printf("The schema is up to date (version %d).\n", current)
			return nil
		},
	}
}
