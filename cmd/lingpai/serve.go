package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/config"
)

func newServe(release func()) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: "Run the server until it is told to stop. It needs no configuration: data is kept in the data folder, and a one-time link to\n" +
			"create the first account is printed.\n\n" +
			"What it has to say stands on standard output, the log on standard error. Away from a terminal the greeting is one line, and\n" +
			"two more with the link while there is no account. SIGTERM or Ctrl-C stops it after the requests that have begun; a second one\n" +
			"at once. SIGHUP reads the routes of the gateway again from the configuration file, and drops no connection.",
		Example: "  lingpai serve\n  lingpai serve --listen 127.0.0.1:4401 --data /srv/lingpai",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			return serve(cmd, cfg, release)
		},
	}
	cmd.Flags().String("listen", "", "`HOST:PORT` to listen on (default localhost:4401)")
	return cmd
}

// serve runs until the context ends or serving fails. Once it stops, signals are released, so that the next one ends the process.
func serve(cmd *cobra.Command, cfg *config.Config, release func()) error {
	ctx := cmd.Context()
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	logger := newLogger(cfg, cmd.ErrOrStderr(), slog.LevelDebug)
	a, err := app.New(ctx, cfg, app.Options{Logger: logger, HashWorker: []string{self, hashWorkerName}})
	if err != nil {
		return err
	}
	a.Start()
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP) // before anybody can read that the server is ready
	defer signal.Stop(again)
	newPage(cmd.OutOrStdout()).greet(a, cfg)
	failure := untilDone(cmd, a, again, logger)
	release()
	within := time.Duration(cfg.Shutdown.Delay+cfg.Shutdown.Drain) + 10*time.Second
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	if err := a.Stop(stopCtx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return failure
}

// untilDone waits for the end, and reads the configuration again as often as it is told to, until then.
func untilDone(cmd *cobra.Command, a *app.App, again <-chan os.Signal, logger *slog.Logger) error {
	for {
		select {
		case <-cmd.Context().Done():
			return nil
		case err := <-a.Failed():
			return err
		case <-again:
			reload(cmd, a, logger)
		}
	}
}

// reload puts the gateway of a changed file in force. What is wrong with the file is told, and the old one stays in force.
func reload(cmd *cobra.Command, a *app.App, logger *slog.Logger) {
	cfg, err := loadConfig(cmd)
	var routes int
	if err == nil {
		routes, err = a.Reload(cfg)
	}
	if err != nil {
		logger.ErrorContext(cmd.Context(), "the configuration cannot be used, the old one stays in force", slog.String("problem", err.Error()))
		return
	}
	logger.InfoContext(cmd.Context(), "the routes of the gateway were read again; other settings wait for the next start", slog.Int("routes", routes))
}

// greet says where the server is and what to do next.
func (p *page) greet(a *app.App, cfg *config.Config) {
	link := a.SetupLink()
	if !isTerminal(p.Writer) {
		p.printf("Lingpai is ready at %s\n", a.Issuer())
		if link != "" {
			p.printf("There is no account yet. Create the first one here, within the hour:\n  %s\n", link)
		}
		return
	}
	const plate = "▐██▌"
	p.printf("\n %s\n", p.paint(header, "▗▟▙▖"))
	p.printf(" %s   %s %s\n", p.paint(payload, plate), "Lingpai is ready at", p.paint(strong, a.Issuer()))
	p.printf(" %s   %s\n\n", p.paint(signature, plate), p.paint(faint, "data in "+dataPlace(cfg)))
	if link != "" {
		p.printf("There is no account yet. Create the first one here, within the hour:\n\n  %s\n\n", p.paint(strong, link))
	}
	p.printf("%s\n", p.paint(faint, "Ctrl-C stops it."))
}
