package webauthn

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// MaxAnswer is the longest answer that is read, in bytes. Those of browsers have one or two thousand, with an attestation up to ten.
const MaxAnswer = 64 << 10

// parseAnswer reads the JSON form of a PublicKeyCredential (section 5.1, toJSON), and gives each member of its response to member. It returns the id.
func parseAnswer(answer []byte, member func(name string, v strictjson.Value) error) (id []byte, err error) {
	if len(answer) > MaxAnswer {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, MaxAnswer)
	}
	var text, kind string
	responded := false
	err = strictjson.ParseObject(answer, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "id":
			text, err = v.String()
		case "rawId":
			id, err = octets(v)
		case "type":
			kind, err = v.String()
		case "response":
			responded = true
			err = v.Object(func(name string, v strictjson.Value) error { return named(name, member(name, v)) })
		}
		return named(name, err)
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case !responded || kind != publicKeyType:
		return nil, fmt.Errorf("%w: it is no public-key credential", ErrMalformed)
	case len(id) == 0 || len(id) > maxCredentialID:
		return nil, fmt.Errorf("%w: a credential id of %d bytes", ErrMalformed, len(id))
	case text != base64url.EncodeToString(id):
		return nil, fmt.Errorf("%w: id and rawId differ", ErrMalformed)
	}
	return bytes.Clone(id), nil
}

// base64url has one spelling: no padding, no foreign characters, no bits left over (section 3, Base64url Encoding).
var base64url = base64.RawURLEncoding.Strict()

// octets returns what a string holds in base64url. The decoder would pass over line breaks.
func octets(v strictjson.Value) ([]byte, error) {
	text, err := v.String()
	if err != nil {
		return nil, err
	}
	data, err := base64url.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("not base64url")
	}
	return data, nil
}

// named says of an error which member it is about.
func named(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%.30s: %w", name, err)
	}
	return nil
}
