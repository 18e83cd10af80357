package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/strictjson"
	"github.com/lingpai/lingpai/internal/user"
)

const (
	// hold is how long sessions are kept from others while their provider is asked: longer than all calls about all that are taken together may
	// take, which is 5 s each.
	hold = 5 * time.Minute
	// atOnce is how many sessions are taken together. What else is due goes to who asks beside it.
	atOnce = 8
	// retry is when a provider that did not answer is asked again, unless it would be its turn before.
	retry = time.Minute
)

// Due is a session whose provider is to be asked again.
type Due struct {
	Session session.ID
	UserID  string
	Subject string
	Refresh []byte    // as it was sealed
	Over    time.Time // since when the session is over; zero while it lives
}

// toAskBy is what a provider will be asked by about a session that begins, and when.
func (s *Service) toAskBy(p *Provider, id session.ID, token string) (sealed []byte, dueAt time.Time) {
	if token == "" {
		s.Logger.Warn("a provider gave no refresh token, so it cannot be asked again; its scopes may need offline_access", slog.String("provider", p.Name))
		return nil, time.Time{}
	}
	return s.sealRefresh(id, token), s.Now().Add(p.Refresh)
}

// Recheck asks providers about the sessions that are due, one after the other, until none is: whether their people may still come in, and with which
// roles (OpenID Connect Core, section 12). A session that its provider refuses to renew ends, and so does one whose person the rules let in no more. A
// provider that does not answer as it should ends nothing, and is asked again later. It is safe for concurrent use, by several processes: a
// session has one question under way at a time.
func (s *Service) Recheck(ctx context.Context) error {
	var failed []error
	for _, p := range s.all {
		if p.Refresh > 0 {
			failed = append(failed, s.recheck(ctx, p))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) recheck(ctx context.Context, p *Provider) error {
	for {
		now := s.Now()
		due, err := s.Connections.TakeDue(ctx, p.Issuer, now, now.Add(hold), atOnce)
		if err != nil {
			return fmt.Errorf("find sessions to ask a provider about: %w", err)
		}
		// One about whom there is never an answer is not always the first.
		rand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] }) //nolint:gosec // nothing is guarded by it
		down := false
		for _, d := range due {
			answered, err := s.askAgain(ctx, p, d, down)
			if err != nil {
				return err
			}
			down = down || !answered
		}
		if len(due) < atOnce || down {
			return nil
		}
	}
}

// askAgain asks about one session, unless its provider is known to be down. It reports whether there was an answer.
func (s *Service) askAgain(ctx context.Context, p *Provider, d Due, down bool) (answered bool, err error) {
	again := s.Now().Add(min(retry, p.Refresh))
	if !d.Over.IsZero() {
		return s.giveBack(ctx, p, d, down)
	}
	if down {
		return false, s.Connections.Renew(ctx, d.Session, d.Refresh, again)
	}
	token, err := s.openRefresh(d)
	if err != nil { // Its key was lost, and will not come back: the session runs to its own end.
		s.complain(p, d, err)
		return true, s.forget(ctx, d)
	}
	id, next, err := p.renew(ctx, d, token)
	switch {
	case errors.Is(err, errGrantOver):
		if err := s.turnOut(ctx, d, err); err != nil {
			return true, err
		}
		return true, s.forget(ctx, d)
	case err != nil && ctx.Err() != nil && next == "":
		return false, ctx.Err() // we stop; somebody will find it due again
	case err != nil:
		s.complain(p, d, err)
		return false, s.keep(ctx, d, cmp.Or(next, token), again)
	}
	if err := s.keep(ctx, d, cmp.Or(next, token), s.Now().Add(p.Refresh)); err != nil {
		return false, err
	}
	return true, s.stillIn(ctx, p, id, d)
}

// complain says what was wrong with an answer. The person notices nothing of it.
func (s *Service) complain(p *Provider, d Due, err error) {
	s.Logger.Warn("a provider could not be asked whether somebody may still come in",
		slog.String("provider", p.Name), slog.String("session", d.Session.String()), slog.Any("error", err))
}

// keep stores what to ask by the next time, before anything else is done and even while we stop: the provider may take the token that it was asked by no
// more.
func (s *Service) keep(ctx context.Context, d Due, token string, dueAt time.Time) error {
	return s.Connections.Renew(context.WithoutCancel(ctx), d.Session, s.sealRefresh(d.Session, token), dueAt)
}

// forget has a provider never asked about a session again.
func (s *Service) forget(ctx context.Context, d Due) error {
	return s.Connections.Renew(ctx, d.Session, nil, time.Time{})
}

// stillIn holds what the provider says now against the rules, as at a sign-in. id is nil when it said nothing but that the session goes on there.
func (s *Service) stillIn(ctx context.Context, p *Provider, id *Identity, d Due) error {
	if id == nil {
		return nil
	}
	if err := p.mayEnter(id); err != nil {
		return s.turnOut(ctx, d, err)
	}
	u, err := s.Links.LinkedUser(ctx, p.Issuer, d.Subject)
	switch {
	case errors.Is(err, fault.ErrNotFound), err == nil && (u.ID != d.UserID || u.Disabled):
		return nil // they disconnected it, and its word on their roles counts no more
	case err != nil:
		return fmt.Errorf("find account: %w", err)
	}
	_, err = s.believe(ctx, p, id, u, audit.Source{Actor: audit.System})
	if errors.Is(err, fault.ErrNotFound) { // disconnected meanwhile
		return nil
	}
	return err
}

// turnOut ends a session that its provider does not vouch for any more.
func (s *Service) turnOut(ctx context.Context, d Due, why error) error {
	s.Logger.Info("a provider vouches for somebody no more", slog.String("session", d.Session.String()), slog.Any("reason", why))
	return s.Sessions.EndFor(ctx, d.Session, session.ReasonProviderRefused, audit.SessionEnded, audit.Source{Actor: audit.System})
}

// errGrantOver says that a provider takes a refresh token no more (RFC 6749, section 5.2).
var errGrantOver = errors.New("the provider answered invalid_grant")

// renew asks by a refresh token (OpenID Connect Core, section 12). It returns who the person is by now, if the provider says, and the token for the
// next time, if it is another; that one also when the rest of the answer is wrong.
func (p *Provider) renew(ctx context.Context, d Due, token string) (id *Identity, next string, err error) {
	meta, err := p.metadata(ctx)
	if err != nil {
		return nil, "", err
	}
	t, err := p.trade(ctx, meta, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	if err != nil {
		return nil, "", err
	}
	id, err = p.person(ctx, meta, t, d.Subject)
	return id, t.refresh, err
}

// person is who tokens of a renewal speak of, or nil.
func (p *Provider) person(ctx context.Context, meta *metadata, t tokens, subject string) (*Identity, error) {
	if t.id == "" && (meta.userinfo == "" || t.access == "") {
		return nil, nil //nolint:nilnil // it says nothing, which is no mistake
	}
	id := &Identity{Issuer: p.Issuer, person: person{claim: p.RolesClaim, subject: subject}}
	if t.id != "" {
		c, err := p.readRenewed(ctx, meta, t)
		if err != nil {
			return nil, fmt.Errorf("ID token: %w", err)
		}
		if c.subject != subject {
			return nil, errors.New("ID token: sub is that of somebody else")
		}
		id.person = c.person
	}
	if err := p.addUserinfo(ctx, meta, t, id); err != nil {
		return nil, fmt.Errorf("userinfo: %w", err)
	}
	return id, nil
}

// readRenewed verifies an ID token that a refresh token was answered with: it has no sign-in of ours that it must be for.
func (p *Provider) readRenewed(ctx context.Context, meta *metadata, t tokens) (*idToken, error) {
	payload, alg, err := p.verify(ctx, meta, t.id, "", "jwt")
	if err != nil {
		return nil, err
	}
	c := &idToken{person: person{claim: p.RolesClaim}}
	if err := strictjson.ParseObject(payload, c.set); err != nil {
		return nil, err
	}
	return c, errors.Join(p.judge(c), c.judgeHash(alg, t.access))
}

// believe takes over what a provider says of the person of an account: that their address is theirs, and their roles.
func (s *Service) believe(ctx context.Context, p *Provider, id *Identity, u user.User, src audit.Source) (user.User, error) {
	if err := s.Users.Vouch(ctx, u, p.emailOf(id), src); err != nil {
		return user.User{}, err
	}
	u, err := s.withRoles(ctx, p, id, u, src)
	for errors.Is(err, fault.ErrConflict) { // Somebody else has changed their roles meanwhile, and may have disconnected them.
		if u, err = s.Links.LinkedUser(ctx, id.Issuer, id.subject); err == nil {
			u, err = s.withRoles(ctx, p, id, u, src)
		}
	}
	return u, err
}

// sealRefresh makes a refresh token good for the row of one session, and readable by us alone.
func (s *Service) sealRefresh(id session.ID, token string) []byte {
	return s.Box.Seal(rowOf(id), []byte(token))
}

// openRefresh returns seal.ErrForeign when what was stored can be read no more.
func (s *Service) openRefresh(d Due) (string, error) {
	token, err := s.Box.Open(rowOf(d.Session), d.Refresh)
	if err != nil {
		return "", fmt.Errorf("open refresh token: %w", err)
	}
	return string(token), nil
}

func rowOf(id session.ID) string { return "provider_sessions refresh " + id.String() }
