package provider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// Connection is what a provider calls a session that began there.
type Connection struct {
	Issuer, Subject string
	// Session is its `sid`, or "".
	Session string
	// IDToken is what it gets back when we sign out there.
	IDToken string
	// Refresh is what it is asked by whether the person may still come in, sealed by us; nil for nothing. DueAt is when; zero for never.
	Refresh []byte
	DueAt   time.Time
}

// Connections remembers what providers call our sessions, for as long as these are remembered.
type Connections interface {
	// StartConnected is session.Writer.StartSession, and remembers the connection in the same act.
	StartConnected(ctx context.Context, o session.Opening, c Connection) error
	// Connection returns that of a session; fault.ErrNotFound when it has none.
	Connection(ctx context.Context, id session.ID) (Connection, error)
	// Connected lists the sessions of an issuer's subject, of its session, or of both where both are given, that live at now; not both may be "".
	Connected(ctx context.Context, issuer, subject, sid string, now time.Time) ([]session.ID, error)
	// TakeDue returns up to most sessions of an issuer that are due at now, the longest due first, and makes each due again at again: of any
	// number of concurrent calls one gets a session. One that was due at some time becomes due when it ends.
	TakeDue(ctx context.Context, issuer string, now, again time.Time, most int) ([]Due, error)
	// Renew stores what is asked by the next time, and when that is; zero for never. A session that is not remembered any more is no error.
	Renew(ctx context.Context, id session.ID, refresh []byte, dueAt time.Time) error
}

// Start begins a session of somebody who was admitted. Beginning says the rest.
func (s *Service) Start(ctx context.Context, b session.Beginning, id *Identity) (session.Started, error) {
	b.AMR, b.AuthTime = id.methods(), id.AuthTime
	c := Connection{Issuer: id.Issuer, Subject: id.subject, Session: id.Session, IDToken: id.raw}
	return s.Sessions.StartBy(b, func(o session.Opening) error {
		if p := s.ByIssuer(id.Issuer); p != nil && p.Refresh > 0 {
			c.Refresh, c.DueAt = s.toAskBy(p, o.Session.ID, id.refresh)
		}
		return s.Connections.StartConnected(ctx, o, c)
	})
}

// Logout says where a browser signs out of the provider that a session came from (OpenID Connect RP-Initiated Logout, section 2), and leads back from
// there. It returns nil if that is not wanted, or not possible: a provider that is down keeps nobody from signing out here.
func (s *Service) Logout(ctx context.Context, id session.ID, back, state string) (p *Provider, address string, err error) {
	c, err := s.Connections.Connection(ctx, id)
	if errors.Is(err, fault.ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("find connection: %w", err)
	}
	p = s.ByIssuer(c.Issuer)
	if p == nil || !p.Settings.Logout {
		return nil, "", nil
	}
	meta, err := p.metadata(ctx)
	if err != nil || meta.endSession == "" {
		return nil, "", nil //nolint:nilerr // see above
	}
	q := url.Values{"id_token_hint": {c.IDToken}, "client_id": {p.ClientID}, "post_logout_redirect_uri": {back}}
	if state != "" {
		q.Set("state", state)
	}
	return p, with(meta.endSession, q), nil
}

// logoutEvent is the member of `events` that makes a token a logout token.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutToken is what a provider says of a sign-out.
type logoutToken struct {
	idToken
	id               string
	isLogout, nonced bool
}

func (c *logoutToken) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "jti":
		c.id, err = v.String()
	case "nonce":
		c.nonced = true
	case "events":
		err = v.Object(func(name string, v strictjson.Value) error {
			c.isLogout = c.isLogout || name == logoutEvent && v.Kind() == strictjson.Object
			return nil
		})
	default:
		return c.idToken.set(name, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// maxLogoutToken is how long a logout token is believed after it was issued, and so how long its id is remembered.
const maxLogoutToken = 5 * time.Minute

// Backchannel ends the sessions that a logout token of the provider names (OpenID Connect Back-Channel Logout, section 2.6), and returns how many. Every
// refusal is fault.ProviderLogout; that there is none to end is no error.
func (s *Service) Backchannel(ctx context.Context, p *Provider, raw string, src audit.Source) (int, error) {
	c, err := p.readLogoutToken(ctx, raw)
	if err != nil {
		return 0, fault.Refuse(fault.ProviderLogout).Because(err)
	}
	err = s.Spent.SpendID(ctx, stateID(p.Issuer+" "+c.id), p.now().Add(maxLogoutToken+2*skew))
	if errors.Is(err, fault.ErrConflict) {
		return 0, fault.Refuse(fault.ProviderLogout).Because(errors.New("its jti was used before"))
	}
	if err != nil {
		return 0, fmt.Errorf("spend logout token: %w", err)
	}
	ids, err := s.Connections.Connected(ctx, p.Issuer, c.subject, c.session, s.Now())
	if err != nil {
		return 0, fmt.Errorf("find sessions: %w", err)
	}
	src.Actor = audit.System
	for _, id := range ids {
		if err := s.Sessions.EndFor(ctx, id, session.ReasonProvider, audit.SessionEnded, src); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

func (p *Provider) readLogoutToken(ctx context.Context, raw string) (*logoutToken, error) {
	meta, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	payload, _, err := p.verify(ctx, meta, raw, "logout+jwt", "jwt", "")
	if err != nil {
		return nil, err
	}
	c := new(logoutToken)
	if err := strictjson.ParseObject(payload, c.set); err != nil {
		return nil, err
	}
	return c, p.judgeLogout(c)
}

func (p *Provider) judgeLogout(c *logoutToken) error {
	now := p.now()
	switch {
	case c.issuer != p.Issuer:
		return fmt.Errorf("iss is %q, not %q", clip(c.issuer), p.Issuer)
	case len(c.audience) != 1 || c.audience[0] != p.ClientID:
		return errors.New("aud is not us alone")
	case !c.isLogout || c.nonced:
		return errors.New("it is no logout token")
	case c.id == "" || c.subject == "" && c.session == "":
		return errors.New("jti is missing, or both sub and sid are")
	case c.issued.IsZero() || c.issued.After(now.Add(skew)) || now.Sub(c.issued) > maxLogoutToken+skew:
		return errors.New("iat is missing, too old, or in the future")
	case !c.expires.IsZero() && !now.Before(c.expires.Add(skew)):
		return errors.New("it has expired")
	}
	return nil
}
