package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/seal"
)

// giveUp is how long after the end of a session a provider that does not answer is asked to revoke what it gave for it.
const giveUp = time.Hour

// errNotTaken says that a provider does not take a token back, and will not later either.
var errNotTaken = errors.New("the provider does not take the token back")

// giveBack has a provider revoke the refresh token of a session that is over (RFC 7009), and forgets it. Whoever signed out does not wait for it.
//
// A provider may end all that it gave us for a person together with one token (section 2.1). So the token is kept for as long as they are signed in
// elsewhere, or they would be signed out there by the next question.
func (s *Service) giveBack(ctx context.Context, p *Provider, d Due, down bool) (answered bool, err error) {
	now := s.Now()
	others, err := s.Connections.Connected(ctx, p.Issuer, d.Subject, "", now)
	if err != nil {
		return false, fmt.Errorf("find other sessions of a person: %w", err)
	}
	if len(others) > 0 {
		return true, s.Connections.Renew(ctx, d.Session, d.Refresh, now.Add(p.Refresh))
	}
	if down {
		return false, s.Connections.Renew(ctx, d.Session, d.Refresh, now.Add(retry))
	}
	token, err := s.openRefresh(d)
	if err == nil {
		err = p.revoke(ctx, token)
	}
	switch {
	case err == nil:
		return true, s.forget(ctx, d)
	case ctx.Err() != nil:
		return false, ctx.Err() // we stop; somebody will find it due again
	}
	s.Logger.Warn("a provider did not revoke the token of a session that is over",
		slog.String("provider", p.Name), slog.String("session", d.Session.String()), slog.Any("error", err))
	if errors.Is(err, errNotTaken) || errors.Is(err, seal.ErrForeign) || now.Sub(d.Over) > giveUp {
		return true, s.forget(ctx, d)
	}
	return false, s.Connections.Renew(ctx, d.Session, d.Refresh, now.Add(retry))
}

// revoke asks the revocation endpoint, if the provider has one. We prove who we are as at its token endpoint.
func (p *Provider) revoke(ctx context.Context, token string) error {
	meta, err := p.metadata(ctx)
	if err != nil || meta.revocation == "" {
		return err
	}
	form := url.Values{"token": {token}, "token_type_hint": {"refresh_token"}}
	auth, err := p.prove(ctx, meta, form)
	if err != nil {
		return err
	}
	status, doc, err := p.fetch.Ask(ctx, meta.revocation, form, auth)
	switch {
	case err != nil:
		return err
	case status == http.StatusOK:
		return nil
	case status == http.StatusBadRequest:
		return fmt.Errorf("%w: %q", errNotTaken, clip(errorOf(doc)))
	}
	return fmt.Errorf("the revocation endpoint answered %d %q", status, clip(errorOf(doc)))
}
