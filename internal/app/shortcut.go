package app

import (
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/gateway"
	"github.com/lingpai/lingpai/internal/wire"
)

// shorten has the checks of proxies answered on their connections, beneath the server: a proxy asks before each request that it passes on. Where TLS is ours,
// proxies are answered as everybody is.
func (a *App) shorten(cfg *config.Config, handler http.Handler) {
	if cfg.TLS.Certificate != "" || len(cfg.TrustedProxies) == 0 {
		return
	}
	s := &wire.Shortcut{
		Handler: handler, Takes: gateway.IsCheck, Idle: time.Duration(cfg.Limits.Idle), Answer: time.Duration(cfg.Limits.Answer),
		From: func(peer netip.Addr) bool {
			return slices.ContainsFunc(cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(peer) })
		},
	}
	a.server.ConnState = s.Changed
	for i, l := range a.listeners {
		a.listeners[i] = s.Listen(l)
	}
}
