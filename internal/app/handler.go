package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/api"
	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/feed"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/webui"
)

// handler makes the adapters and puts them behind the edge.
func (a *App) handler(cfg *config.Config) (http.Handler, error) {
	c := a.core
	_, host, _ := strings.Cut(a.issuer, "://")
	ui, err := webui.New(webui.Options{Host: host, Now: c.Now, PasswordMinimum: cfg.Password.MinLength})
	if err != nil {
		return nil, fmt.Errorf("parse pages: %w", err)
	}
	audience := cfg.AudienceOf(a.issuer)
	guard, err := a.newGuard(audience)
	if err != nil {
		return nil, err
	}
	edge := &httpd.Edge{
		Issuer: a.issuer, Origins: cfg.CORS.Origins, Proxies: cfg.TrustedProxies, Guard: guard,
		Observe: a.metrics.observe, Traces: a.traces, Logger: a.logger, Now: c.Now,
	}
	tokens := &token.Issuer{
		Name: a.issuer, Audience: audience, Lifetime: time.Duration(cfg.Token.Lifetime), Signing: c.Keys.Signing, Status: a.statusOf(), Now: c.Now,
	}
	if err := c.Passkeys.Serve(cfg.Name, a.issuer); err != nil {
		return nil, err
	}
	passkeys := &authn.Passkeys{Password: c.Password, Keys: c.Passkeys}
	pages := &login.Handler{
		UI: ui, Name: cfg.Name, Setup: a.setup, Password: c.Password, SecondStep: c.SecondStep, OTP: c.OTP, Passkeys: passkeys, Devices: c.Devices, Users: c.Users,
		Sessions: c.Sessions, Grants: c.Grants, Mailbox: c.Mailbox, Guard: guard, Keys: c.Public, ReturnTo: edge.ReturnTo, Now: c.Now,
		Providers: c.Providers, Issuer: a.issuer, Provoked: edge.Provoked, Caught: a.caughtAt(), InsecureKnown: a.knownToAll(),
	}
	if a.dev != nil {
		pages.InsecureCode, c.OTP.InsecureReuse = c.OTP.InsecureCode, true
	}
	edge.Page = pages.Refused
	first := &api.Handler{
		Password: c.Password, SecondStep: c.SecondStep, Passkeys: passkeys, Devices: c.Devices, Sessions: c.Sessions, Mailbox: c.Mailbox,
		Tokens: tokens, Guard: guard, Told: a.hub, Tabs: a.tabs, Now: c.Now,
	}
	known := a.newOIDC(cfg, guard, tokens, pages)
	pages.Asking, pages.Frames = known.Asking, known.Frames
	a.logouts = a.logoutSender(known)
	rooms := a.newAdmin(pages)
	told := &feed.Handler{Hub: a.hub, Lists: a.listing(cfg), Guard: guard}
	if a.gate, err = a.newGateway(cfg, edge, tokens); err != nil {
		return nil, err
	}
	all := routes(a.health.routes(), known.Routes(), told.Routes(), first.Routes(), rooms.Routes(), a.gate.Routes(), pages.Routes())
	handler, err := a.edgeHandler(edge, pages, all)
	if err != nil {
		return nil, err
	}
	if err := a.serveMutual(cfg, edge, known.ForCertificates()); err != nil {
		return nil, err
	}
	return a.gate.Besides(handler), nil
}

// newGuard makes what finds out who a request comes from.
func (a *App) newGuard(audience []string) (*httpd.Guard, error) {
	proofs, err := a.proofs()
	if err != nil {
		return nil, err
	}
	c := a.core
	return &httpd.Guard{
		Rules: rulesOf(c, a.issuer, withIssuer(audience, a.issuer)), About: rulesOf(c, a.issuer, nil),
		Revoked: c.Revoked, Sessions: c.Sessions, Cookies: httpd.Cookies{Secure: strings.HasPrefix(a.issuer, "https://")},
		Proofs: proofs,
	}, nil
}

// rulesOf are those by which tokens of ours are judged; without audience, whoever they were sent to. Some thousand that were found good are kept, 2 kB
// each, because most tokens are shown many times.
func rulesOf(c *Core, issuer string, audience []string) *token.Rules {
	return &token.Rules{
		Issuer: issuer, Audience: audience, AnyAudience: audience == nil, Keys: c.Keys.Find, Withdrawn: c.Revoked.Withdrawn,
		Cache: token.NewCache(2048), Now: c.Now,
	}
}

// withIssuer adds the issuer to who tokens are for: the userinfo endpoint takes tokens that are for itself.
func withIssuer(audience []string, issuer string) []string {
	if slices.Contains(audience, issuer) {
		return audience
	}
	return append(slices.Clone(audience), issuer)
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
