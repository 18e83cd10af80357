package client

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/secret"
)

// SelfDescription is what a client says of itself that nobody has checked. A client that has one was registered by itself.
type SelfDescription struct {
	URI           string   `json:"uri,omitzero"`
	Logo          string   `json:"logo,omitzero"`
	Policy        string   `json:"policy,omitzero"`
	Terms         string   `json:"terms,omitzero"`
	Contacts      []string `json:"contacts,omitzero"`
	InitiateLogin string   `json:"initiate_login,omitzero"`
}

const (
	invitationPrefix   = "lpi_"
	registrationPrefix = "lpg_"
)

// Invite makes an initial access token (RFC 7591, section 1.2): whoever holds it registers one client, until then. Nothing is stored until it
// is used.
func (r *Registry) Invite(until time.Time) secret.String {
	b := make([]byte, 16, 16+8+sha256.Size)
	rand.Read(b) // never fails since Go 1.24
	b = binary.BigEndian.AppendUint64(b, uint64(until.Unix()))
	return secret.New(invitationPrefix + base64.RawURLEncoding.EncodeToString(append(b, r.seal("invitation", string(b))...)))
}

// Invitation is an initial access token that was read, and is good unless it was used.
type Invitation struct {
	id    string
	until time.Time
}

var errInvitation = oauth.Refuse(oauth.InvalidToken, "The initial access token is not good: it was used, has expired, or is none of ours.")

// ReadInvitation reads an initial access token, and uses nothing up. The error is an [oauth.InvalidToken].
func (r *Registry) ReadInvitation(token string) (Invitation, error) {
	text, ok := strings.CutPrefix(token, invitationPrefix)
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(b) != 24+sha256.Size || subtle.ConstantTimeCompare(b[24:], r.seal("invitation", string(b[:24]))) != 1 {
		return Invitation{}, errInvitation
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(b[16:24])), 0)
	if !r.Now().Before(until) {
		return Invitation{}, errInvitation.Because(errors.New("it has expired"))
	}
	return Invitation{base64.RawURLEncoding.EncodeToString(b[:16]), until}, nil
}

// AcceptInvitation uses up an initial access token. The error is an [oauth.InvalidToken].
func (r *Registry) AcceptInvitation(ctx context.Context, i Invitation) error {
	err := r.Store.SpendID(ctx, "invitation "+i.id, i.until)
	if errors.Is(err, fault.ErrConflict) {
		return errInvitation.Because(err)
	}
	return err
}

func (r *Registry) seal(purpose, text string) []byte {
	mac := hmac.New(sha256.New, r.Key)
	mac.Write([]byte(purpose + "\x00" + text))
	return mac.Sum(nil)
}

// RegistrationToken is what a client reads and changes its own registration by (RFC 7592, section 3). It follows from the id, which is never
// given twice, so nothing is stored of it.
func (r *Registry) RegistrationToken(id string) secret.String {
	return secret.New(registrationPrefix + base64.RawURLEncoding.EncodeToString(r.seal("registration", id)))
}

// Registered returns the client that registered itself under an id and holds this token. The error is an [oauth.InvalidToken], alike for all
// that can be wrong.
func (r *Registry) Registered(ctx context.Context, id, token string) (Client, error) {
	bad := oauth.Refuse(oauth.InvalidToken, "The registration access token is not that of a client here.")
	if subtle.ConstantTimeCompare([]byte(token), []byte(r.RegistrationToken(id).Reveal())) != 1 {
		return Client{}, bad
	}
	c, err := r.stored(ctx, id)
	switch {
	case errors.Is(err, fault.ErrNotFound), errors.Is(err, ErrConfigured):
		return Client{}, bad.Because(err)
	case err != nil:
		return Client{}, err
	case c.Self == nil:
		return Client{}, bad.Because(errNotSelf)
	}
	return c, nil
}

// Change replaces what a client says of itself. The way in which it proves who it is stays.
func (r *Registry) Change(ctx context.Context, c Client, s Settings, src audit.Source) (Client, error) {
	if s.Auth != c.Auth {
		return Client{}, badMetadata("token_endpoint_auth_method cannot change; register anew")
	}
	was := c.Settings
	c.Settings = s
	defer r.known.forget(c.ID)
	if err := r.Store.ReplaceSettings(ctx, c.ID, was, s, r.event(audit.ClientChanged, c.ID, src)); err != nil {
		return Client{}, fmt.Errorf("change client: %w", err)
	}
	return c, nil
}
