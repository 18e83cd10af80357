package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/config"
)

// loadConfig reads the configuration that the flags of a command name, or LINGPAI_CONFIG.
func loadConfig(cmd *cobra.Command) (*config.Config, error) {
	overrides := map[string]string{}
	for _, name := range []string{"data", "listen"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			overrides[name] = f.Value.String()
		}
	}
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, usageError{err}
	}
	cfg, err := config.Load(cmp.Or(file, os.Getenv("LINGPAI_CONFIG")), os.Environ(), overrides)
	if err != nil {
		return nil, usageError{err}
	}
	return cfg, nil
}

func newLogger(cfg *config.Config, w io.Writer, atLeast slog.Level) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		level = slog.LevelInfo // config.Load has checked it
	}
	o := &slog.HandlerOptions{Level: max(level, atLeast)}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// onData runs f on the data, which must be there: a misspelt --data shall not make a second, empty database.
func onData(cmd *cobra.Command, f func(ctx context.Context, c *app.Core) error) error {
	return openData(cmd, f, requireData)
}

// onNewData runs f on the data, and makes the database if there is none.
func onNewData(cmd *cobra.Command, f func(ctx context.Context, c *app.Core) error) error {
	return openData(cmd, f, func(*config.Config) error { return nil })
}

// onUnkeyedData runs f on data that is read only and for which no key is needed.
func onUnkeyedData(cmd *cobra.Command, f func(ctx context.Context, c *app.Core) error) (err error) {
	cfg, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	if err := requireData(cfg); err != nil {
		return err
	}
	ctx := cmd.Context()
	c, err := app.OpenUnkeyed(ctx, cfg, newLogger(cfg, cmd.ErrOrStderr(), slog.LevelWarn), time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return f(ctx, c)
}

func openData(cmd *cobra.Command, f func(ctx context.Context, c *app.Core) error, check func(*config.Config) error) (err error) {
	cfg, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	if err := check(cfg); err != nil {
		return err
	}
	ctx := cmd.Context()
	c, err := app.OpenCore(ctx, cfg, newLogger(cfg, cmd.ErrOrStderr(), slog.LevelWarn), time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return f(ctx, c)
}

func requireData(cfg *config.Config) error {
	if app.HasDatabase(cfg) {
		return nil
	}
	return fmt.Errorf("there is no database in %s yet; make one with: lingpai serve, or name another folder with --data", cfg.Data)
}

// byOperator is the source of what is done at the command line, for the audit log.
var byOperator = audit.Source{Actor: audit.CommandLine}
