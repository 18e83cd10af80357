package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/devserver"
	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/loopback"
	"github.com/lingpai/lingpai/internal/mail"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// DevUser is an account whose password everybody knows: its own name.
type DevUser struct {
	Name  string
	Roles []string
}

// DevUsers are the people that `lingpai dev` begins with.
var DevUsers = []DevUser{{"alice", []string{"admin"}}, {"bob", nil}}

// DevFileError says what is wrong with a dev file, a line each.
type DevFileError struct{ error }

// Unwrap serves errors.As.
func (e DevFileError) Unwrap() error { return e.error }

// devMark is a file in the data folders of `lingpai dev`. It keeps dev from adding its users to real data, and serve from serving them.
const devMark = "made-by-lingpai-dev"

// NewDev is New for `lingpai dev`: with users whose passwords are known, and with the routes of a dev file before the world. It works on
// loopback alone, and on data that it made itself.
// Its own dev server, if there is a run, is kept running until the App stops.
func NewDev(ctx context.Context, cfg *config.Config, o Options, file string, run *child.Child) (*App, error) {
	if err := checkDev(cfg); err != nil {
		return nil, err
	}
	if err := markDev(cfg); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	dev, err := devserver.New(devserver.Options{File: file, Child: run, Logger: o.Logger, Now: o.Now})
	if err != nil {
		return nil, DevFileError{err}
	}
	o.dev, o.Now = dev, dev.Now
	a, err := New(ctx, cfg, o)
	if err != nil {
		dev.Close()
		return nil, err
	}
	a.child = run
	a.onStop.add("close dev routes", func(context.Context) error { dev.Close(); return nil })
	return a, nil
}

// checkDev refuses what would show the known passwords to others.
func checkDev(cfg *config.Config) error {
	if err := CheckDevListen(cfg.Listen); err != nil {
		return err
	}
	if cfg.Issuer != "" {
		return errors.New("dev goes by its own address on this machine; leave issuer out of the configuration")
	}
	if !cfg.Database.Empty() {
		return errors.New("dev keeps its data in a folder; leave database out of the configuration")
	}
	return nil
}

// CheckDevListen refuses an address at which other machines reach the dev server.
func CheckDevListen(listen string) error {
	host, port, err := net.SplitHostPort(listen)
	switch {
	case err != nil:
		return fmt.Errorf("listen: %q is not host:port", listen)
	case loopback.Is(host):
		return nil
	}
	return fmt.Errorf("dev has users whose passwords are their names, so it listens on this machine only, and %s can be reached from others; "+
		"write --listen localhost:%s", listen, port)
}

// markDev makes the data folder one of dev.
func markDev(cfg *config.Config) error {
	mark := filepath.Join(cfg.Data, devMark)
	if HasDatabase(cfg) {
		if _, err := os.Stat(mark); err != nil {
			return fmt.Errorf("the data in %s was not made by lingpai dev, which would add users with known passwords to it; name another folder with --data", cfg.Data)
		}
		return nil
	}
	if err := makeDataFolder(cfg.Data); err != nil {
		return err
	}
	const text = "The users in this folder have passwords that everybody knows. Only lingpai dev works on it.\n"
	if err := os.WriteFile(mark, []byte(text), 0o600); err != nil {
		return fmt.Errorf("mark data folder: %w", err)
	}
	return nil
}

// refuseDevData keeps every other server off the data of dev.
func refuseDevData(cfg *config.Config, dev *devserver.Server) error {
	if dev != nil || !cfg.Database.Empty() {
		return nil
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, devMark)); err == nil {
		return fmt.Errorf("the data in %s was made by lingpai dev: its users have passwords that everybody knows; name another folder with --data", cfg.Data)
	}
	return nil
}

// addDevUsers adds who is missing, if this is dev. The password goes past the policy as an imported hash does.
func (a *App) addDevUsers(ctx context.Context) error {
	if a.dev == nil {
		return nil
	}
	for _, u := range DevUsers {
		hash, err := a.core.Hasher.Hash(ctx, u.Name)
		if err != nil {
			return fmt.Errorf("add dev users: %w", err)
		}
		_, err = a.core.Users.Add(ctx, user.New{
			Username: u.Name, Name: strings.ToUpper(u.Name[:1]) + u.Name[1:], Email: u.Name + "@example.com", EmailVerified: true,
			Roles: u.Roles, Imported: hash, Source: audit.Source{Actor: audit.CommandLine},
		})
		if err != nil && !fault.Is(err, fault.UsernameTaken) {
			return fmt.Errorf("add dev users: %w", err)
		}
	}
	return nil
}

// knownToAll are the people that `lingpai dev` begins with, for its sign-in page; none for a server.
func (a *App) knownToAll() (out []webui.Known) {
	if a.dev == nil {
		return nil
	}
	for _, u := range DevUsers {
		out = append(out, webui.Known{Name: u.Name, Roles: u.Roles})
	}
	return out
}

// edgeHandler is the edge over the tables of routes; for dev, with the dev routes beside them and a witness before all.
func (a *App) edgeHandler(edge *httpd.Edge, pages *login.Handler, tables []httpd.Route) (http.Handler, error) {
	if a.dev == nil {
		return edge.Handler(tables)
	}
	ours, err := edge.Handler(append(tables, a.dev.Routes()...))
	if err != nil {
		return nil, err
	}
	a.dev.Behind(devserver.Login{
		Edge: edge, Ours: ours, Sessions: a.core.Sessions, Keys: a.core.Keys, Lifetime: time.Duration(a.core.Config.Token.Lifetime),
		UI: pages.UI, Frame: pages.Frame, Speaking: pages.Speaking,
	})
	edge.Help = a.dev.Help
	return a.dev.Watch(edge.Besides(a.dev.Own(ours), a.dev)), nil
}

// devFrom is who letters come from in dev, where nobody needs to have configured it.
func (a *App) devFrom() mail.From {
	if from, err := letterFrom(a.core.Config); err == nil {
		return from
	}
	return mail.From{Name: a.core.Config.Name, Address: "no-reply@localhost"}
}

// caughtAt leads to the letters that were caught, or is "" where they are sent.
func (a *App) caughtAt() string {
	if a.dev == nil {
		return ""
	}
	return devserver.MailPath
}

// Dev is the server of the dev routes, or nil.
func (a *App) Dev() *devserver.Server { return a.dev }

// ImportDevFile makes a dev file of the configuration of webpack, Vue CLI or vite.
func ImportDevFile(file string) (string, error) { return devserver.Import(file, time.Now) }
