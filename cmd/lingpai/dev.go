package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/config"
)

// devFile is the dev file that is taken from the working folder.
const devFile = "lingpai.dev.yaml"

func newDev(release func()) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "dev [flags] [-- COMMAND...]",
		Short: "Run a development server, with users and an API",
		Long: "Run a server to develop with: real login with users who are there already, alice (admin) and bob, whose passwords are their\n" +
			"names; and in front of it an API that is mocked, recorded or passed on to a backend, as lingpai.dev.yaml says. Without that file a\n" +
			"small sample API answers. The file is followed: what you save is what answers next. See docs/dev.md.\n\n" +
			"Behind two dashes, name the command that runs the dev server of your app. It is run beside, started again when it ends and when\n" +
			"packages were installed, and answers, with its hot reloading, what no route does. Its address is found in what it prints, or\n" +
			"stands in the dev file as `app:`.\n\n" +
			"On a terminal a live view shows the routes and who answered what, and keys switch routes and expire tokens; elsewhere, and with\n" +
			"--plain, each request is a line.\n\n" +
			"It listens on this machine only. Without --data nothing is left behind when it stops.",
		Example: "  lingpai dev\n  lingpai dev -- npm run dev\n  lingpai dev --listen localhost:8787 --routes mock/routes.yaml --data .lingpai",
		Args:    behindDashesOnly,
		RunE: func(cmd *cobra.Command, command []string) error {
			// Before the configuration is read, which would advise to name an issuer: dev takes none.
			if f := cmd.Flags().Lookup("listen"); f.Changed {
				if err := app.CheckDevListen(f.Value.String()); err != nil {
					return usageError{err}
				}
			}
			cfg, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			return dev(cmd, cfg, file, command, release)
		},
	}
	cmd.AddCommand(newDevSwitch(), newDevImport())
	cmd.Flags().String("listen", "", "`HOST:PORT` to listen on (default localhost:4401)")
	cmd.Flags().Bool("https", false, "answer by https, with a certificate of an authority that is made for this machine")
	cmd.Flags().Bool("plain", false, "print lines, also on a terminal")
	cmd.Flags().StringVar(&file, "routes", "", "read the routes from `FILE` (default ./"+devFile+", if it is there)")
	return cmd
}

// dev runs until the context ends or serving fails, like serve.
func dev(cmd *cobra.Command, cfg *config.Config, file string, command []string, release func()) (err error) {
	if cfg.Origin("data") == (config.Origin{}) {
		if cfg.Data, err = os.MkdirTemp("", "lingpai-dev-"); err != nil {
			return fmt.Errorf("make data folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(cfg.Data)) }()
	}
	if file, err = routesFile(file); err != nil {
		return err
	}
	t := newDevTerminal(cmd)
	if https, _ := cmd.Flags().GetBool("https"); https {
		if t.authority, err = secureDev(cfg); err != nil {
			return err
		}
	}
	run, err := newChild(command, t)
	if err != nil {
		return err
	}
	a, err := app.NewDev(cmd.Context(), cfg, app.Options{Logger: newLogger(cfg, t.log, slog.LevelInfo)}, file, run)
	if broken, ok := errors.AsType[app.DevFileError](err); ok {
		return usageError{broken}
	}
	if err != nil {
		return err
	}
	a.Start()
	failure := t.follow(cmd.Context(), a)
	release()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), 10*time.Second)
	defer cancel()
	if err := a.Stop(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) { // open streams are cut
		return fmt.Errorf("stop: %w", err)
	}
	return failure
}

// routesFile is the dev file by its full name. One that was named must be there.
func routesFile(name string) (string, error) {
	named := name != ""
	if !named {
		name = devFile
	}
	full, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("find the dev file: %w", err)
	}
	if _, err := os.Stat(full); named && err != nil {
		return "", usage("--routes: there is no file %s", name)
	}
	return full, nil
}

// greetDeveloper says where the server is, who can sign in, and what answers.
func (p *page) greetDeveloper(a *app.App) {
	state := a.Dev().State()
	p.printf("Lingpai dev is ready at %s\n", p.paint(strong, a.Issuer()))
	for _, u := range app.DevUsers {
		role := ""
		if len(u.Roles) > 0 {
			role = " (" + u.Roles[0] + ")"
		}
		p.printf("  sign in as %s%s, password %s\n", p.paint(strong, u.Name), role, u.Name)
	}
	p.printf("%s\n", p.paint(warn, "These passwords are known to everybody. This server is for this machine and for development only."))
	if state.Found {
		p.printf("%s from %s\n", count(len(state.Routes), "route", "routes"), state.File)
		return
	}
	p.printf("There is no %s here, so a sample API answers: /api/hello, /api/me, /api/admin\n", filepath.Base(state.File))
}
