package passkey

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/webauthn"
)

// newParty returns nil where the issuer has an address of numbers: no browser makes passkeys for one (Web Authentication, section 5.1.3, step 7).
func newParty(name, issuer string) (*webauthn.Party, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil, fmt.Errorf("read issuer: %w", err)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, nil //nolint:nilnil // it is no mistake
	}
	return &webauthn.Party{ID: strings.ToLower(u.Hostname()), Name: name, Origin: issuer}, nil
}

// Owner is whose passkeys they are.
type Owner struct{ ID, Username, Name string }

// user is the account as devices know it.
func (o Owner) user() webauthn.User {
	u := webauthn.User{ID: []byte(o.ID), Name: o.Username, DisplayName: o.Name}
	if u.DisplayName == "" {
		u.DisplayName = o.Username
	}
	return u
}

// record is what the judge of answers wants to know of a passkey.
func (c *Credential) record() webauthn.Credential {
	id, _ := base64.RawURLEncoding.DecodeString(c.ID) // we wrote it
	return webauthn.Credential{
		ID: id, PublicKey: c.PublicKey, SignCount: c.SignCount, Transports: c.Transports, BackupEligible: c.BackupEligible, BackedUp: c.BackedUp,
	}
}

func records(list []Credential) []webauthn.Credential {
	out := make([]webauthn.Credential, 0, len(list))
	for i := range list {
		out = append(out, list[i].record())
	}
	return out
}

// ErrCopied is why a passkey is refused whose device did not count on.
var ErrCopied = errors.New("the signature counter went back: there may be a copy of the passkey")

// refusal is what is said of an answer that breaks a rule.
func refusal(err error) error {
	switch {
	case errors.Is(err, webauthn.ErrMalformed):
		return fault.Refuse(fault.BodyMalformed, "it has no answer of a passkey").Because(err)
	case errors.Is(err, webauthn.ErrChallenge):
		return fault.Refuse(fault.ChallengeVoid).Because(err)
	case errors.Is(err, webauthn.ErrCounter):
		return fault.Refuse(fault.PasskeyInvalid).Because(ErrCopied)
	}
	return fault.Refuse(fault.PasskeyInvalid).Because(err)
}
