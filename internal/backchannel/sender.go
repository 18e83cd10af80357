package backchannel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
)

const (
	// Type is the `typ` of a logout token (section 2.4).
	Type = "logout+jwt"
	// event names what happened, in the claim `events`.
	event = "http://schemas.openid.net/event/backchannel-logout"
	// goodFor is how long a logout token is good: two minutes, as section 2.4 recommends.
	goodFor = 2 * time.Minute
	// hold is for how long a notice is kept from others while it is sent: longer than one call may take.
	hold = time.Minute
	// atOnce is how many notices are taken together. What else is due goes to who sends beside it.
	atOnce = 8
)

// waits are the pauses after each failure. After the last, the app is given up: it has had a day.
var waits = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour,
}

// Sender sends what is due. It is safe for concurrent use, by several processes.
type Sender struct {
	Store   Store
	Clients interface {
		// Find returns fault.ErrNotFound when there is none.
		Find(ctx context.Context, id string) (client.Client, error)
	}
	// Sign signs a JWT as the ID tokens of a client are signed (section 2.4).
	Sign func(ctx context.Context, c client.Client, typ string, payload []byte) (string, error)
	// Post sends a form and returns the status of the answer.
	Post   func(ctx context.Context, address string, form url.Values) (status int, err error)
	Issuer string
	Logger *slog.Logger
	Now    func() time.Time
}

// Send sends what is due, one after the other, until nothing is. An app that does not answer holds it up for as long as a call may take.
func (s *Sender) Send(ctx context.Context) error {
	down := map[string]bool{} // apps that did not answer
	for {
		now := s.Now()
		due, err := s.Store.TakeLogouts(ctx, now, now.Add(hold), atOnce)
		if err != nil {
			return fmt.Errorf("take sign-outs to tell of: %w", err)
		}
		if len(due) == 0 {
			return nil
		}
		for _, n := range due {
			if err := s.tell(ctx, n, down); err != nil {
				return err
			}
		}
	}
}

func (s *Sender) tell(ctx context.Context, n Notice, down map[string]bool) error {
	if down[n.ClientID] {
		return s.Store.RetryLogout(ctx, n.ID, s.Now().Add(waits[0]))
	}
	c, err := s.Clients.Find(ctx, n.ClientID)
	switch {
	case errors.Is(err, fault.ErrNotFound) && client.IsDocumentID(n.ClientID):
		down[n.ClientID] = true // its document cannot be had, which says nothing of tomorrow
		return s.putOff(ctx, n, 0, err)
	case errors.Is(err, fault.ErrNotFound), err == nil && c.BackchannelLogoutURI == "":
		return s.Store.ForgetLogout(ctx, n.ID) // nobody is there to be told
	case err != nil:
		return fmt.Errorf("find client: %w", err)
	}
	jwt, err := s.token(ctx, c, n)
	if err != nil {
		return err
	}
	status, err := s.Post(ctx, c.BackchannelLogoutURI, url.Values{"logout_token": {jwt}})
	if err == nil && (status == http.StatusOK || status == http.StatusNoContent) {
		return s.Store.ForgetLogout(ctx, n.ID)
	}
	down[c.ID] = err != nil
	return s.putOff(ctx, n, status, err)
}

// putOff makes a notice due later, or gives it up. The app's own answer is not logged, only its status.
func (s *Sender) putOff(ctx context.Context, n Notice, status int, why error) error {
	if ctx.Err() != nil {
		return ctx.Err() // we stop; somebody will find it due again
	}
	log := s.Logger.With(slog.String("client", n.ClientID), slog.String("session", n.SessionID.String()), slog.Int("status", status), slog.Any("error", why))
	if n.Tries >= len(waits) {
		log.Error("an app was not told of a sign-out, and is given up")
		return s.Store.ForgetLogout(ctx, n.ID)
	}
	log.Warn("an app could not be told of a sign-out; it will be tried again", slog.Duration("in", waits[n.Tries]))
	return s.Store.RetryLogout(ctx, n.ID, s.Now().Add(waits[n.Tries]))
}

// token is a logout token (section 2.4). It never has a nonce, so that it passes for no ID token.
func (s *Sender) token(ctx context.Context, c client.Client, n Notice) (string, error) {
	now := s.Now().Truncate(time.Second)
	payload, err := json.Marshal(struct {
		Issuer    string         `json:"iss"`
		Subject   string         `json:"sub"`
		Audience  string         `json:"aud"`
		IssuedAt  int64          `json:"iat"`
		ExpiresAt int64          `json:"exp"`
		ID        string         `json:"jti"`
		SessionID string         `json:"sid"`
		Events    map[string]any `json:"events"`
	}{
		s.Issuer, n.Subject, c.ID, now.Unix(), now.Add(goodFor).Unix(), n.ID, n.SessionID.String(), map[string]any{event: struct{}{}},
	})
	if err != nil {
		return "", fmt.Errorf("encode logout token: %w", err)
	}
	jwt, err := s.Sign(ctx, c, Type, payload)
	if err != nil {
		return "", fmt.Errorf("sign logout token: %w", err)
	}
	return jwt, nil
}
