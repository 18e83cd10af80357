package app

import (
	"time"

	"github.com/lingpai/lingpai/internal/admin"
	"github.com/lingpai/lingpai/internal/login"
)

// newAdmin makes the adapter of administrators. Its pages look like all others.
func (a *App) newAdmin(pages *login.Handler) *admin.Handler {
	c := a.core
	return &admin.Handler{
		Users: c.Users, Sessions: c.Sessions, Presences: c.Store, SecondStep: c.SecondStep, OTP: c.OTP, Passkeys: c.Passkeys, Openers: c.Store,
		Providers: c.Providers, Mailbox: c.Mailbox, Clients: c.Clients, Keys: c.Keys, IDKeys: c.IDKeys, WithdrawKey: c.WithdrawKey, Log: c.Store,
		PublishBefore: time.Duration(c.Config.Keys.PublishBefore), LogKeptFor: time.Duration(c.Config.Retention.Audit),
		UI: pages.UI, Frame: pages.Frame, Speaking: pages.Speaking, Now: c.Now,
	}
}
