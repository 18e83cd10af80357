// Package app makes a server of the parts: it wires them, binds the addresses, starts, and stops. It is the only package that knows all
// the others, and the only one that starts goroutines which outlive a call.
//
// New binds and wires, Start serves, Stop drains and closes, in that order, each once. What New has done halfway when it fails is
// undone by the same stack of cleanups that Stop uses.
//
//	app.go        the order of starting and stopping, and all work in the background
//	core.go       the capabilities on a store, for the server and for commands
//	handler.go    the adapters, behind the edge
//	lifecycle.go  background work and cleanups
//	dev.go        what `lingpai dev` has besides
//
// Every other file is one capability or adapter, from its part of the configuration to its turns in the background.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/api"
	"github.com/lingpai/lingpai/internal/backchannel"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/devserver"
	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/gateway"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/mail"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/trace"
)

// Options are what a process brings along besides its configuration.
type Options struct {
	Logger *slog.Logger
	Now    func() time.Time // nil: time.Now
	// HashWorker is the command line of a program that calls password.ServeWorker; nil hashes passwords in this process.
	HashWorker []string

	dev *devserver.Server // set by NewDev alone
}

// App is one server.
type App struct {
	core    *Core
	hub     *revocation.Hub
	tabs    *api.Tabs
	logouts *backchannel.Sender
	errands *errands
	outbox  *mail.Outbox      // nil when no letters are sent
	dev     *devserver.Server // nil but for NewDev
	child   *child.Child      // the app's own dev server, if dev runs it
	gate    *gateway.Gateway
	issuer  string
	setup   *login.Setup
	health  *health
	logger  *slog.Logger

	listeners []net.Listener
	metricsAt net.Listener // nil when off
	mutual    mutual
	server    *http.Server
	figures   *http.Server // serves metrics; nil when off
	metrics   *metrics
	traces    *trace.Tracer    // nil when off
	garbage   *garbage         // nil where somebody else decides
	hashing   *password.Worker // nil when passwords are hashed here
	work      *background
	onStop    cleanups
	failed    chan error // what ended serving before Stop
}

// New binds the addresses and wires the server; nothing is answered yet.
func New(ctx context.Context, cfg *config.Config, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &App{logger: o.Logger, dev: o.dev, failed: make(chan error, 4), garbage: newGarbage(), metrics: newMetrics(), errands: newErrands(o.Logger)}
	if err := a.build(ctx, cfg, o); err != nil {
		return nil, errors.Join(err, a.onStop.unwind(ctx))
	}
	return a, nil
}

func (a *App) build(ctx context.Context, cfg *config.Config, o Options) (err error) {
	if err := refuseDevData(cfg, o.dev); err != nil {
		return err
	}
	if err := a.bind(ctx, cfg); err != nil {
		return err
	}
	if a.issuer, err = cfg.ResolveIssuer(portOf(a.listeners[0])); err != nil {
		return err
	}
	if a.mutual.origin, err = a.mutualOrigin(cfg); err != nil {
		return err
	}
	if len(o.HashWorker) > 0 {
		a.hashing = password.NewWorker(a.logger, o.HashWorker...)
		a.onStop.add("end hashing process", func(context.Context) error { return a.hashing.Close() })
	}
	if a.core, err = openCore(ctx, cfg, a.logger, o.Now, a.hashing); err != nil {
		return err
	}
	a.onStop.add("close database", func(context.Context) error { return a.core.Close() })
	if err := a.nameOthers(ctx); err != nil {
		return err
	}
	if err := a.core.prepareIDKeys(ctx); err != nil {
		return err
	}
	if err := a.addDevUsers(ctx); err != nil {
		return err
	}
	noted := aside(func() error { return a.core.noteLifetime(ctx) }) // which waits for the disk
	err = a.wire(ctx, cfg)
	return errors.Join(err, <-noted)
}

// wire makes the adapters on the core, and the server on the listeners.
func (a *App) wire(ctx context.Context, cfg *config.Config) (err error) {
	now := a.core.Now
	a.hub = revocation.NewHub(revocation.Options{
		Set: a.core.Revoked, Feed: a.core.Feed, Issuer: a.issuer, Signing: a.core.Keys.Latest,
		Limit: cfg.Revocations.Subscribers, Share: cfg.Revocations.SubscribersPerAddress,
		Board: a.core.Store, Name: nodeName(a.listeners[0]), Logger: a.logger, Now: now,
	})
	a.tabs = api.NewTabs(api.TabOptions{
		Revoked: a.core.Revoked, Limit: cfg.Events.Streams, PerSession: cfg.Events.StreamsPerSession, Now: now,
	})
	a.health = &health{ping: a.core.Store.Ping, free: func() (uint64, bool) { return FreeSpace(cfg) }}
	if a.setup, err = login.NewSetup(ctx, a.core.Store, now); err != nil {
		return err
	}
	a.sendLetters()
	if a.traces, err = a.newTracer(cfg); err != nil {
		return err
	}
	handler, err := a.handler(cfg)
	if err != nil {
		return err
	}
	a.server = newServer(cfg, handler, a.logger)
	a.gauges()
	a.shorten(cfg, handler)
	return a.secure(cfg) //nolint:contextcheck // a handshake, which reads the certificate, brings none
}

func (a *App) bind(ctx context.Context, cfg *config.Config) (err error) {
	if a.listeners, err = listen(ctx, cfg.Listen); err != nil {
		return err
	}
	for _, l := range a.listeners {
		a.onStop.add("close listener", closer(l))
	}
	if err := a.bindMutual(ctx, cfg); err != nil {
		return err
	}
	if cfg.Metrics.Listen == "" {
		return nil
	}
	at, err := listen(ctx, cfg.Metrics.Listen)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	a.metricsAt = at[0]
	for _, l := range at[1:] {
		_ = l.Close() // One family is enough for a scraper.
	}
	a.onStop.add("close metrics listener", closer(a.metricsAt))
	return nil
}

// Start serves. It returns at once; [App.Failed] tells when serving ended by itself.
func (a *App) Start() {
	if a.hashing == nil {
		makeRoomForHashing(a.core.Hasher)
	}
	a.work = newBackground(a.logger)
	a.sendTraces()
	if a.outbox != nil {
		a.onStop.add("send the last letters", a.outbox.Flush)
	}
	a.onStop.add("look up the last to write to", a.errands.flush)
	a.onStop.add("stop background work", a.work.stop)
	a.work.every("follow revocations", 100*time.Millisecond, a.core.Revoked.CatchUp)
	a.work.run("send revocations", a.hub.Run)
	a.work.run("tell how far revocations have come", a.hub.Answer)
	a.work.every("watch sessions of open tabs", 100*time.Millisecond, a.tabs.Watch)
	a.work.every("watch sessions with open requests", 100*time.Millisecond, a.gate.Watch)
	if a.garbage != nil {
		a.work.every("give garbage room", time.Second, a.garbage.decide)
	}
	a.work.every("notice changes of accounts", 200*time.Millisecond, a.gate.Notice)
	a.work.every("look after apps", time.Second, a.gate.Follow)
	if a.dev != nil {
		a.work.every("follow the dev file", 200*time.Millisecond, a.dev.Follow)
	}
	if a.child != nil {
		a.work.run("run the app's dev server", a.child.Run)
	}
	a.work.every("note lifetime of tokens", noteEvery, a.core.noteLifetime)
	for range logoutSenders {
		a.work.every("tell apps of sign-outs", 200*time.Millisecond, a.tellApps())
	}
	a.work.every("find sessions of apps that ran out", time.Minute, func(ctx context.Context) error {
		return a.core.Store.AddExpiredLogouts(ctx, a.core.Now())
	})
	a.askProviders()
	a.runLetters()
	a.work.every("maintain keys", time.Minute, a.core.Keys.Maintain)
	a.work.every("maintain keys of ID tokens", time.Minute, a.core.IDKeys.Maintain)
	a.work.every("prune", time.Hour, func(ctx context.Context) error { return a.core.Store.Prune(ctx, a.core.Now()) })
	a.serve("serve", a.server, a.listeners...)
	a.serve("serve clients with certificates", a.mutual.server, a.mutual.listeners...)
	if a.metricsAt != nil {
		a.figures = &http.Server{Handler: a.metrics.handler(), ReadHeaderTimeout: 5 * time.Second}
		a.serve("serve metrics", a.figures, a.metricsAt)
		a.onStop.add("close metrics", func(context.Context) error { return a.figures.Close() })
	}
	a.onStop.add("drain", a.drain)
}

func (a *App) serve(name string, s *http.Server, at ...net.Listener) {
	for _, l := range at {
		a.work.run(name, func(context.Context) error {
			err := s.Serve(l)
			if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
				return nil
			}
			a.failed <- err
			return err
		})
	}
}

// drain lets load balancers look elsewhere, then waits for requests that have begun.
func (a *App) drain(ctx context.Context) error {
	a.health.draining.Store(true)
	select {
	case <-time.After(time.Duration(a.core.Config.Shutdown.Delay)):
	case <-ctx.Done():
	}
	a.hub.Close()
	a.tabs.Close()
	if a.dev != nil {
		a.dev.EndStreams()
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(a.core.Config.Shutdown.Drain))
	defer cancel()
	return errors.Join(shutDown(ctx, a.server), shutDown(ctx, a.mutual.server))
}

// shutDown waits for the requests of a server; nil serves none.
func shutDown(ctx context.Context, s *http.Server) error {
	if s == nil {
		return nil
	}
	if err := s.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests did not end in time and were cut: %w", err), s.Close())
	}
	return nil
}

// Stop drains and closes everything. It takes no longer than shutdown.delay and shutdown.drain and the closing of the database.
func (a *App) Stop(ctx context.Context) error { return a.onStop.unwind(ctx) }

// Failed delivers an error when serving ended by itself.
func (a *App) Failed() <-chan error { return a.failed }

// Addr is the address that the first listener has in fact.
func (a *App) Addr() net.Addr { return a.listeners[0].Addr() }

// Issuer is the origin that the server goes by.
func (a *App) Issuer() string { return a.issuer }

// SetupLink is the one-time link to create the first account, or "" when there is one.
func (a *App) SetupLink() string {
	if code := a.setup.Code(); code != "" {
		return a.issuer + httpd.SetupPath + "?code=" + code
	}
	return ""
}
