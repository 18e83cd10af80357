package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
)

func newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), cmd)
		},
	}
	cmd.Flags().String("listen", "", "`HOST:PORT` to listen on (default localhost:4401)")
	return cmd
}

// serve runs until the context ends or serving fails.
func serve(ctx context.Context, cmd *cobra.Command) error {
	cfg, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	a, err := app.New(ctx, cfg, app.Options{Logger: newLogger(cfg, cmd.ErrOrStderr()), HashWorker: []string{self, hashWorkerName}})
	if err != nil {
		return err
	}
	a.Start()
	greet(cmd.OutOrStdout(), a)
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-a.Failed():
	}
	stopCtx, cancel := context.WithTimeout(context.Background(), time.Duration(cfg.Shutdown.Delay+cfg.Shutdown.Drain)+10*time.Second)
	defer cancel()
	if err := a.Stop(stopCtx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return failure
}

// greet says where the server is and what to do next.
func greet(w io.Writer, a *app.App) {
	fmt.Fprintf(w, "Lingpai is ready at %s\n", a.Issuer())
	if link := a.SetupLink(); link != "" {
		fmt.Fprintf(w, "\nThere is no account yet. Create the first one here, within the hour:\n  %s\n", link)
	}
}

// version is what the build was made from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
