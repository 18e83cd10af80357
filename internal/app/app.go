// Package app makes a server of the parts: it wires them, binds the addresses, starts, and stops. It is the only package that knows all
// the others, and the only one that starts goroutines which outlive a call.
//
// New binds and wires, Start serves, Stop drains and closes, in that order, each once. What New has done halfway when it fails is
// undone by the same stack of cleanups that Stop uses.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/api"
	"github.com/lingpai/lingpai/internal/backchannel"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/devserver"
	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/feed"
	"github.com/lingpai/lingpai/internal/gateway"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/mail"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/webui"
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
	if err := a.core.prepareIDKeys(ctx); err != nil {
		return err
	}
	if err := a.core.noteLifetime(ctx); err != nil {
		return err
	}
	if err := a.addDevUsers(ctx); err != nil {
		return err
	}
	a.hub = revocation.NewHub(revocation.Options{
		Set: a.core.Revoked, Feed: a.core.Feed, Issuer: a.issuer, Signing: a.core.Keys.Latest,
		Limit: cfg.Revocations.Subscribers, Share: cfg.Revocations.SubscribersPerAddress,
		Board: a.core.Store, Name: nodeName(a.listeners[0]), Logger: a.logger, Now: o.Now,
	})
	a.tabs = api.NewTabs(api.TabOptions{
		Revoked: a.core.Revoked, Limit: cfg.Events.Streams, PerSession: cfg.Events.StreamsPerSession, Now: o.Now,
	})
	a.health = &health{ping: a.core.Store.Ping, free: func() (uint64, bool) { return FreeSpace(cfg) }}
	if a.setup, err = login.NewSetup(ctx, a.core.Store, o.Now); err != nil {
		return err
	}
	a.sendLetters()
	handler, err := a.handler(cfg)
	if err != nil {
		return err
	}
	a.server = newServer(cfg, handler, a.logger)
	a.metrics.gauge("lingpai_revocations", "Revocations that living tokens can meet.", func() float64 { return float64(a.core.Revoked.Len()) })
	a.metrics.gauge("lingpai_gateway_requests", "Requests that are with apps for somebody.", func() float64 { return float64(a.gate.Open()) })
	a.metrics.gauge("lingpai_event_streams", "Tabs that listen for the end of their session.", func() float64 { return float64(a.tabs.Len()) })
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

// closer closes a listener that may have been closed by its server before.
func closer(l net.Listener) func(context.Context) error {
	return func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

// handler makes the adapters and puts them behind the edge.
func (a *App) handler(cfg *config.Config) (http.Handler, error) {
	c := a.core
	_, host, _ := strings.Cut(a.issuer, "://")
	ui, err := webui.New(webui.Options{Host: host, Now: c.Now, PasswordMinimum: cfg.Password.MinLength})
	if err != nil {
		return nil, fmt.Errorf("parse pages: %w", err)
	}
	proofs, err := a.proofs()
	if err != nil {
		return nil, err
	}
	audience := cfg.AudienceOf(a.issuer)
	guard := &httpd.Guard{
		Rules: rulesOf(c, a.issuer, withIssuer(audience, a.issuer)), About: rulesOf(c, a.issuer, nil),
		Revoked: c.Revoked, Sessions: c.Sessions, Cookies: httpd.Cookies{Secure: strings.HasPrefix(a.issuer, "https://")},
		Proofs: proofs,
	}
	edge := &httpd.Edge{
		Issuer: a.issuer, Origins: cfg.CORS.Origins, Proxies: cfg.TrustedProxies, Guard: guard,
		Observe: a.metrics.observe, Logger: a.logger, Now: c.Now,
	}
	tokens := &token.Issuer{
		Name: a.issuer, Audience: audience, Lifetime: time.Duration(cfg.Token.Lifetime), Signing: c.Keys.Signing, Status: a.statusOf(), Now: c.Now,
	}
	pages := &login.Handler{
		UI: ui, Name: cfg.Name, Setup: a.setup, Password: c.Password, Devices: c.Devices, Users: c.Users,
		Sessions: c.Sessions, Grants: c.Grants, Mailbox: c.Mailbox, Guard: guard, Keys: c.Public, ReturnTo: edge.ReturnTo, Now: c.Now,
		Providers: c.Providers, Issuer: a.issuer, Provoked: edge.Provoked, Caught: a.caughtAt(),
	}
	edge.Page = pages.Refused
	first := &api.Handler{
		Password: c.Password, Devices: c.Devices, Sessions: c.Sessions, Mailbox: c.Mailbox, Tokens: tokens, Guard: guard, Told: a.hub, Tabs: a.tabs, Now: c.Now,
	}
	known := a.clients(cfg, guard, tokens, pages)
	pages.Asking, pages.Frames = known.Asking, known.Frames
	a.logouts = a.logoutSender(known)
	told := &feed.Handler{Hub: a.hub, Lists: a.listing(cfg), Guard: guard}
	if a.gate, err = a.newGateway(cfg, edge, tokens); err != nil {
		return nil, err
	}
	handler, err := a.edgeHandler(edge, pages, routes(a.health.routes(), known.Routes(), told.Routes(), first.Routes(), a.gate.Routes(), pages.Routes()))
	if err != nil {
		return nil, err
	}
	certified, err := edge.Handler(known.ForCertificates())
	if err != nil {
		return nil, err
	}
	a.mutual.server = newServer(cfg, certified, a.logger)
	return a.gate.Besides(handler), nil
}

// proofs makes the judge of DPoP proofs. Clients make them for the issuer, whatever name a proxy asks us by, or for where they show certificates.
func (a *App) proofs() (*dpop.Judge, error) {
	var bases []string
	for _, origin := range []string{a.issuer, a.mutual.origin} {
		if origin == "" {
			continue
		}
		base, err := dpop.Base(origin)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w", origin, err)
		}
		bases = append(bases, base)
	}
	c := a.core
	return &dpop.Judge{Bases: bases, Nonces: c.Nonces, Replays: c.replays(), Now: c.Now}, nil
}

func routes(tables ...[]httpd.Route) (all []httpd.Route) {
	for _, t := range tables {
		all = append(all, t...)
	}
	return all
}

func newServer(cfg *config.Config, handler http.Handler, logger *slog.Logger) *http.Server {
	s := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: time.Duration(cfg.Limits.Header), ReadTimeout: time.Duration(cfg.Limits.Request),
		WriteTimeout: time.Duration(cfg.Limits.Answer), IdleTimeout: time.Duration(cfg.Limits.Idle),
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	if cfg.Gateway.ExtAuthz { // gRPC without TLS is HTTP/2 from the first byte on
		s.Protocols = new(http.Protocols)
		s.Protocols.SetHTTP1(true)
		s.Protocols.SetHTTP2(true)
		s.Protocols.SetUnencryptedHTTP2(true)
	}
	return s
}

// secure wraps the listeners in TLS when there is a certificate.
func (a *App) secure(cfg *config.Config) error {
	if cfg.TLS.Certificate == "" {
		return nil
	}
	cert, err := newCertificate(cfg.TLS.Certificate, cfg.TLS.Key, a.logger)
	if err != nil {
		return err
	}
	a.server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get, NextProtos: []string{"h2", "http/1.1"}}
	for i, l := range a.listeners {
		a.listeners[i] = tls.NewListener(l, a.server.TLSConfig)
	}
	a.askForCertificates(a.server.TLSConfig)
	return nil
}

// Start serves. It returns at once; [App.Failed] tells when serving ended by itself.
func (a *App) Start() {
	if a.hashing == nil {
		makeRoomForHashing(a.core.Hasher)
	}
	a.work = newBackground(a.logger)
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

// makeRoomForHashing is for a server without a hashing process: one more processor for each thread that may hash, so that hashing never
// takes the last one from requests, and a soft limit of memory, so that the garbage of hashing does not double the heap.
func makeRoomForHashing(h *password.Hasher) {
	runtime.GOMAXPROCS(runtime.NumCPU() + h.Workers())
	debug.SetMemoryLimit(h.MemoryBytes() + 96<<20)
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

func shutDown(ctx context.Context, s *http.Server) error {
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
		return a.issuer + "/auth/setup?code=" + code
	}
	return ""
}
