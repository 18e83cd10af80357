package app

import (
	"time"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/feed"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/statuslist"
)

// statusLists is the address below which the status lists are, or "" for none.
func (a *App) statusLists() string {
	if a.core.Config.StatusLists.Count == 0 {
		return ""
	}
	return a.issuer + feed.StatusPath
}

// statusOf is how tokens say where their status stands; nil without lists.
func (a *App) statusOf() func(place int64) (uri string, index int) {
	base := a.statusLists()
	if base == "" {
		return nil
	}
	return func(place int64) (string, int) {
		p := statuslist.Place(place)
		return statuslist.URI(base, p.List()), p.Index()
	}
}

// listing makes the status lists, if there are to be any.
func (a *App) listing(cfg *config.Config) feed.Lists {
	if cfg.StatusLists.Count == 0 {
		return nil
	}
	return revocation.NewStatusLists(revocation.StatusListOptions{
		Places: a.core.Store, Count: cfg.StatusLists.Count, Base: a.statusLists(), Issuer: a.issuer, Signing: a.core.Keys.Signing,
		TTL: time.Duration(cfg.StatusLists.TTL), Tokens: time.Duration(cfg.Token.Lifetime), Now: a.core.Now,
	})
}
