package app

import (
	"context"

	"github.com/lingpai/lingpai/internal/backchannel"
	"github.com/lingpai/lingpai/internal/oidc"
)

// logoutSenders is how many turns of telling apps run beside one another, so that one app which does not answer keeps no other waiting.
const logoutSenders = 4

func (a *App) logoutSender(known *oidc.Handler) *backchannel.Sender {
	c := a.core
	return &backchannel.Sender{
		Store: c.Store, Clients: c.Clients, Sign: known.Sign, Post: a.traced("tell an app of a sign-out", c.Fetch.Post),
		Issuer: a.issuer, Logger: a.logger, Now: c.Now,
	}
}

// tellApps is a turn of telling apps of sign-outs. Each of these is in the log of revocations too, which is read anyway, so the store is only asked
// for those to tell of when the log has grown, and now and then, for those that an app did not take and those that another node left.
func (a *App) tellApps() func(ctx context.Context) error {
	const nowAndThen = 10
	turn, read := 0, int64(-1)
	return func(ctx context.Context) error {
		turn++
		seq := a.core.Revoked.Seq()
		if seq == read && turn%nowAndThen != 0 {
			return nil
		}
		read = seq
		return a.logouts.Send(ctx)
	}
}
