package token

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// parseClaims reads a claims set in one strict pass: a claim that we know must have the type that its RFC gives it, others are passed
// over. iss, aud, exp and iat must be there.
func parseClaims(payload []byte) (*Claims, error) {
	c := new(Claims)
	var seen int
	err := strictjson.ParseObject(payload, func(name string, v strictjson.Value) error {
		known, err := c.set(name, v)
		if err != nil {
			return fmt.Errorf("claim %s: %w", name, err)
		}
		seen |= known
		return nil
	})
	if err != nil {
		return nil, err
	}
	if seen != hasIss|hasAud|hasExp|hasIat {
		return nil, fmt.Errorf("one of iss, aud, exp, iat is missing")
	}
	return c, nil
}

// Bits that say which required claims were there.
const (
	hasIss = 1 << iota
	hasAud
	hasExp
	hasIat
)

func (c *Claims) set(name string, v strictjson.Value) (known int, err error) {
	switch name {
	case "iss":
		c.Issuer, err = v.String()
		return hasIss, err
	case "aud":
		c.Audience, err = audienceOf(v)
		return hasAud, err
	case "exp":
		c.ExpiresAt, err = numericDate(v)
		return hasExp, err
	case "iat":
		c.IssuedAt, err = numericDate(v)
		return hasIat, err
	case "nbf":
		c.NotBefore, err = numericDate(v)
	case "auth_time":
		c.AuthTime, err = numericDate(v)
	case "sub":
		c.Subject, err = v.String()
	case "jti":
		c.ID, err = v.String()
	case "client_id":
		c.ClientID, err = v.String()
	case "sid":
		c.SessionID, err = v.String()
	case "acr":
		c.ACR, err = v.String()
	case "amr":
		c.AMR, err = v.Strings()
	case "roles":
		c.Roles, err = v.Strings()
	case "scope":
		c.Scopes, err = scopes(v)
	case "act":
		c.Actors, err = actors(v, nil)
	case "authorization_details":
		err = v.Array(func(e strictjson.Value) error {
			c.Details = append(c.Details, e.Raw())
			return nil
		})
	case "cnf":
		err = v.Object(c.confirm)
	}
	return 0, err
}

// numericDate refuses what is no sane time: zero and before, and years that mean milliseconds were written (strictjson's range).
func numericDate(v strictjson.Value) (time.Time, error) {
	t, err := v.NumericDate()
	if err == nil && t.Unix() <= 0 {
		err = fmt.Errorf("not a time after 1970")
	}
	return t, err
}

// audienceOf is who a token is for: somebody, always.
func audienceOf(v strictjson.Value) ([]string, error) {
	out, err := v.StringOrStrings()
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("empty")
	}
	return out, err
}

func scopes(v strictjson.Value) ([]string, error) {
	s, err := v.String()
	return strings.Fields(s), err
}

// maxActors bounds how often a token may be passed on.
const maxActors = 8

// actors unrolls who acts, the last first. Who acts must be named.
func actors(v strictjson.Value, before []string) (all []string, err error) {
	if len(before) == maxActors {
		return nil, fmt.Errorf("more than %d actors", maxActors)
	}
	var subject string
	var next *strictjson.Value
	err = v.Object(func(name string, v strictjson.Value) (err error) {
		switch name {
		case "sub":
			subject, err = v.String()
		case "act":
			next = &v
		}
		return err
	})
	if err != nil || subject == "" {
		return nil, errors.Join(errors.New("an actor without sub"), err)
	}
	before = append(before, subject)
	if next == nil {
		return before, nil
	}
	return actors(*next, before)
}

// confirm reads what the holder of the token has to show (RFC 7800, section 3.1).
func (c *Claims) confirm(method string, v strictjson.Value) (err error) {
	switch method {
	case "jkt":
		c.KeyThumb, err = v.String()
	case "x5t#S256":
		c.CertThumb, err = v.String()
	}
	return err
}
