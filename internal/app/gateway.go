package app

import (
	"context"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/gateway"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/token"
)

// newGateway makes the adapter that stands before apps. For dev, which has routes of its own, it answers other proxies alone.
func (a *App) newGateway(cfg *config.Config, edge *httpd.Edge, tokens *token.Issuer) (*gateway.Gateway, error) {
	c := a.core
	var routes []gateway.Route
	if a.dev == nil {
		routes = gatewayRoutes(cfg)
	}
	g, err := gateway.New(gateway.Options{
		Edge: edge, Guard: edge.Guard, Tokens: tokens, Sessions: c.Sessions, Sealed: c.Sessions.Sealed, Revoked: c.Revoked, Changes: c.Store,
		ExtAuthz: cfg.Gateway.ExtAuthz, Logger: a.logger, Now: c.Now,
	}, routes)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	a.onStop.add("close connections to apps", func(context.Context) error { g.Close(); return nil })
	return g, nil
}

// Reload puts the routes of another configuration in force, without a request noticing, and returns how many they are. Everything else of it
// takes effect at the next start. On an error, the routes stay as they are.
func (a *App) Reload(cfg *config.Config) (routes int, err error) {
	if err := a.gate.Reload(gatewayRoutes(cfg)); err != nil {
		return 0, fmt.Errorf("gateway: %w", err)
	}
	return a.gate.Len(), nil
}

func gatewayRoutes(cfg *config.Config) []gateway.Route {
	out := make([]gateway.Route, 0, len(cfg.Gateway.Routes))
	for _, r := range cfg.Gateway.Routes {
		out = append(out, gateway.Route{
			Match: r.Match, Methods: r.Methods, Upstream: r.Upstream, Public: r.Public, Token: r.Token, Audience: r.Audience, Host: r.Host,
			Timeout: time.Duration(r.Timeout), Body: int64(r.Body), Concurrent: r.Concurrent, Health: r.Health, Origins: r.Origins,
			Maintenance: r.Maintenance,
			Require: gateway.Requirements{
				Roles: r.Require.Roles, Scopes: r.Require.Scopes, ACR: r.Require.ACR, MaxAge: time.Duration(r.Require.MaxAge),
				Addresses: r.Require.Addresses,
			},
		})
	}
	return out
}
