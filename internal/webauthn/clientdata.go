package webauthn

import (
	"crypto/subtle"
	"fmt"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// The types of client data (section 5.8.1).
const (
	typeCreate = "webauthn.create"
	typeGet    = "webauthn.get"
)

// clientData is what the browser says of the page that has asked (section 5.8.1, CollectedClientData). The authenticator signs its hash.
type clientData struct {
	raw                     []byte
	kind, challenge, origin string
	// framed says that the page was inside one of another origin (crossOrigin), whichever that is (topOrigin).
	framed bool
}

// parseClientData reads JSON in UTF-8, in any order and with members that are not known: the standard keeps that open.
func parseClientData(raw []byte) (clientData, error) {
	c := clientData{raw: raw}
	err := strictjson.ParseObject(raw, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "type":
			c.kind, err = v.String()
		case "challenge":
			c.challenge, err = v.String()
		case "origin":
			c.origin, err = v.String()
		case "crossOrigin":
			var crossed bool
			crossed, err = v.Bool()
			c.framed = c.framed || crossed
		case "topOrigin":
			c.framed = true
		}
		return named(name, err)
	})
	if err != nil {
		return clientData{}, fmt.Errorf("%w: client data: %w", ErrMalformed, err)
	}
	return c, nil
}

// check is steps 7 to 11 of section 7.1, and 10 to 14 of section 7.2.
func (c clientData) check(kind, challenge, origin string) error {
	switch {
	case c.kind != kind:
		return ErrType
	case challenge == "" || subtle.ConstantTimeCompare([]byte(c.challenge), []byte(challenge)) == 0:
		return ErrChallenge
	case c.origin != origin:
		return fmt.Errorf("%w: %.200q", ErrOrigin, c.origin)
	case c.framed:
		return ErrFrame
	}
	return nil
}
