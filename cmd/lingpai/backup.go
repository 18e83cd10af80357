package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/keys"
)

func newBackup() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Save the database to a new file, also while a server runs",
		Long: "Save the database, as it is at this moment, to a new file that only you may read. A running server goes on.\n\n" +
			"The signing keys in it stay sealed: they open only with the master key, which is not in the file. Keep a copy of that apart.",
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := loadConfig(cmd)
			if err == nil {
				err = requireData(cfg)
			}
			if err != nil {
				return err
			}
			sealedBy, err := save(cmd.Context(), cfg, args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			info, err := os.Stat(args[0])
			if err != nil {
				return fmt.Errorf("look at backup: %w", err)
			}
			p := newPage(cmd.OutOrStdout())
			p.printf("Saved %s (%d kB).\n", args[0], (info.Size()+1023)/1024)
			if sealedBy != "" {
				p.printf("Its signing keys open with master key %s, which is not in the file: keep a copy of it apart.\n", sealedBy)
			}
			return nil
		},
	}
}

// save writes the backup without the master key, so that a lost key does not keep anybody from saving the rest.
func save(ctx context.Context, cfg *config.Config, to string, terminal io.Writer) (sealedBy string, err error) {
	store, err := app.OpenUnmigrated(ctx, cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	size, err := store.BackupSize(ctx)
	if err != nil {
		return "", err
	}
	if err := whileItGrows(terminal, to, size, "waiting for the disk", func() error { return store.Backup(ctx, to) }); err != nil {
		return "", err
	}
	return masterOf(ctx, store)
}

func newRestore() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a saved database into an empty data folder",
		Long: "Put a database that lingpai backup saved into the data folder, in which there must not be one yet. It is checked first, and\n" +
			"appears complete or not at all. The signing keys in it open with the master key that it was saved under; put that in its\n" +
			"place as well, because the server does not start without it.\n\n" +
			"A backup does not know what was called back after it was made. So access tokens that were issued until now are refused, and the\n" +
			"next start makes new signing keys: one that was withdrawn since does not come back. Sessions are ended, and links that were mailed\n" +
			"open nothing any more. With --keep-sessions people stay signed in, and whoever signed out since the backup is signed in again,\n" +
			"stolen sessions that were ended included. Accounts, roles and passwords are those of the backup in any case.",
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			ended, err := restore(cmd, cfg, args[0], keep)
			if err != nil {
				return err
			}
			p := newPage(cmd.OutOrStdout())
			p.printf("Restored %s into %s.\n", args[0], cfg.Data)
			p.tellPast(keep, ended)
			return p.tellMaster(cmd.Context(), cfg)
		},
	}
	cmd.Flags().BoolVar(&keep, "keep-sessions", false, "keep people signed in, also those who have signed out since the backup")
	return cmd
}

// restore shows how far the copy is, and then that it is checked, which takes longer.
func restore(cmd *cobra.Command, cfg *config.Config, from string, keep bool) (ended int, err error) {
	size := int64(0)
	if info, err := os.Stat(from); err == nil {
		size = info.Size() // that there is none is said by what follows
	}
	err = whileItGrows(cmd.ErrOrStderr(), app.RestoringFile(cfg), size, "checking it", func() (err error) {
		ended, err = app.RestoreDatabase(cmd.Context(), cfg, from, keep, byOperator)
		return err
	})
	return ended, err
}

// tellPast says what became of what a backup does not know of.
func (p *page) tellPast(keep bool, ended int) {
	if keep {
		p.printf("The backup does not know what was called back since. So access tokens that were issued until now are refused, and the next start\n" +
			"makes new signing keys; clients get new tokens by a refresh. Whoever signed out since the backup is signed in again.\n")
		return
	}
	p.printf("The backup does not know who signed out since. So its sessions are ended (%d), tokens that were issued until now are refused, and\n"+
		"the next start makes new signing keys: everybody signs in again.\n", ended)
}

// tellMaster says whether the master key that is configured opens the database.
func (p *page) tellMaster(ctx context.Context, cfg *config.Config) error {
	store, err := app.OpenUnmigrated(ctx, cfg)
	if err != nil {
		return err
	}
	needed, err := masterOf(ctx, store)
	if err = errors.Join(err, store.Close()); err != nil || needed == "" {
		return err
	}
	master, where, err := app.LoadMaster(cfg)
	switch {
	case err != nil:
		p.printf("Its signing keys open with master key %s. Before you start the server, put that into %s, or name it with master_key_file.\n", needed, where)
	case keys.Fingerprint(master) != needed:
		p.printf("Its signing keys open with master key %s, but %s holds %s: replace it before you start the server.\n", needed, where, keys.Fingerprint(master))
	default:
		p.printf("Its signing keys open with the master key in %s.\n", where)
	}
	return nil
}

// keyHolder is what the newest signing key is read from, sealed as it is.
type keyHolder interface {
	NewestSealedKey(ctx context.Context) ([]byte, error)
}

// masterOf is the fingerprint of the master key that a database needs; "" for one without keys.
func masterOf(ctx context.Context, from keyHolder) (string, error) {
	sealed, err := from.NewestSealedKey(ctx)
	if err != nil || sealed == nil {
		return "", err
	}
	return keys.MasterOf(sealed), nil
}
