package token

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// IdentityType is the `typ` of an identity: what the gateway tells an app about who is asking. It is no access token, and none is an
// identity: [Rules.Judge] refuses the one, [Rules.JudgeIdentity] the other.
const IdentityType = "identity+jwt"

// Profile is what an identity says of the account besides the claims of an access token.
type Profile struct {
	Username string // preferred_username
	Name     string // name, or ""
	Email    string // email, if it is verified, or ""
}

// Identity is who is asking.
type Identity struct {
	Claims
	Profile
}

// identityWire is an identity as JSON, for writing.
type identityWire struct {
	wire
	Username string `json:"preferred_username,omitempty"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
}

// IssueIdentity signs an identity for a grant, which must name an audience and a lifetime.
func (i *Issuer) IssueIdentity(g Grant, p Profile) (Access, error) {
	w, expires := i.wire(g)
	payload, err := json.Marshal(identityWire{w, p.Username, p.Name, p.Email})
	if err != nil {
		return Access{}, fmt.Errorf("encode identity: %w", err)
	}
	signed, err := jose.Sign(i.Signing(), IdentityType, payload)
	if err != nil {
		return Access{}, fmt.Errorf("sign identity: %w", err)
	}
	return Access{Token: signed, ID: w.ID, ExpiresAt: expires}, nil
}

// wire is what a token for a grant says, and until when.
func (i *Issuer) wire(g Grant) (wire, time.Time) {
	now := i.Now().Truncate(time.Second)
	expires := now.Add(i.Lifetime)
	if g.Lifetime > 0 && g.Lifetime < i.Lifetime {
		expires = now.Add(g.Lifetime)
	}
	if !g.NotAfter.IsZero() && g.NotAfter.Before(expires) {
		expires = g.NotAfter.Truncate(time.Second)
	}
	aud := g.Audience
	if aud == nil {
		aud = i.Audience
	}
	w := wire{
		Issuer: i.Name, Subject: g.Subject, Audience: aud, ExpiresAt: expires.Unix(), IssuedAt: now.Unix(), ID: newID(g.Counter),
		ClientID: g.ClientID, SessionID: g.SessionID, ACR: g.ACR, AMR: g.AMR, Scope: g.Scope, Roles: g.Roles, Act: chain(g.Actors), Details: g.Details,
	}
	if !g.AuthTime.IsZero() {
		w.AuthTime = g.AuthTime.Unix()
	}
	if g.KeyThumb != "" || g.CertThumb != "" {
		w.Cnf = &cnf{g.KeyThumb, g.CertThumb}
	}
	if g.StatusPlace != 0 && i.Status != nil {
		w.Status = new(status)
		w.Status.List.URI, w.Status.List.Index = i.Status(g.StatusPlace)
	}
	return w, expires
}

// JudgeIdentity verifies an identity by the rules of an access token, but for its type. Errors are as those of [Rules.Judge].
func (r *Rules) JudgeIdentity(ctx context.Context, identity string) (*Identity, error) {
	v, payload, err := r.verdict(ctx, identity, checkIdentityType)
	if err != nil {
		return nil, err
	}
	p, err := parseProfile(payload)
	if err != nil {
		return nil, fault.Refuse(fault.TokenMalformed, "its claims do not read").Because(err)
	}
	return &Identity{*v.Claims, p}, nil
}

func checkIdentityType(typ string) error {
	if typ != IdentityType {
		return fault.Refuse(fault.TokenType, "a token that is no identity of the gateway")
	}
	return nil
}

func parseProfile(payload []byte) (p Profile, err error) {
	err = strictjson.ParseObject(payload, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "preferred_username":
			p.Username, err = v.String()
		case "name":
			p.Name, err = v.String()
		case "email":
			p.Email, err = v.String()
		}
		return err
	})
	return p, err
}
