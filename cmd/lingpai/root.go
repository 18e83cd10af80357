package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/config"
)

// Exit codes. They are documented in `lingpai help` and stay as they are.
const (
	exitOK     = 0
	exitFailed = 1 // what was asked could not be done
	exitUsage  = 2 // the command line or the configuration is wrong
)

// usageError marks an error of the command line or the configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// newRoot builds the command tree. Each command has a file of its own.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "lingpai",
		Short: "Token login for web apps, in one binary",
		Long: "Lingpai signs people in, issues tokens, and refuses what has none.\n\n" +
			"Exit codes: 0 done, 1 it could not be done, 2 the command line or the configuration is wrong.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
	}
	root.SetVersionTemplate("lingpai {{.Version}}\n")
	root.PersistentFlags().String("config", "", "configuration `FILE` (YAML); see `lingpai config print`")
	root.PersistentFlags().String("data", "", "data `DIR`ectory")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newServe(), newHashWorker())
	return root
}

// execute runs the command tree and says in one sentence what went wrong.
func execute(ctx context.Context, root *cobra.Command, stderr io.Writer) int {
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "lingpai: "+err.Error())
	if _, ok := err.(usageError); ok { //nolint:errorlint // usageError is never wrapped
		return exitUsage
	}
	return exitFailed
}

// loadConfig reads the configuration that the flags of a command name.
func loadConfig(cmd *cobra.Command) (*config.Config, error) {
	overrides := map[string]string{}
	for _, name := range []string{"data", "listen"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			overrides[name] = f.Value.String()
		}
	}
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load(file, os.Environ(), overrides)
	if err != nil {
		return nil, usageError{err}
	}
	return cfg, nil
}

func newLogger(cfg *config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		level = slog.LevelInfo // config.Load has checked it
	}
	o := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
