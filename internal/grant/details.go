package grant

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// Details are `authorization_details`, each a JSON object as the client wrote it, without spaces (RFC 9396, section 2).
type Details []json.RawMessage

const (
	maxDetails     = 10
	maxDetailBytes = 8 << 10 // of all
)

// ParseDetails reads `authorization_details` of a client. Each has a type, which the client may ask for; the rest is for the API that
// knows the type.
func ParseDetails(c *client.Client, text string) (Details, error) {
	if text == "" {
		return nil, nil
	}
	refuse := func(why string) error {
		return oauth.Refuse(oauth.InvalidAuthorizationDetails, "authorization_details %s", why)
	}
	if len(text) > maxDetailBytes {
		return nil, refuse("is too long")
	}
	var out Details
	// A list is no object; as the one member of an object it is read as strictly as everything else.
	err := strictjson.ParseObject([]byte(`{"details":`+text+`}`), func(_ string, v strictjson.Value) error {
		return v.Array(func(e strictjson.Value) error {
			kind, err := typeOf(e.Raw())
			switch {
			case err != nil:
				return err
			case !slices.Contains(c.DetailTypes, kind):
				return refuse("has a type that the client may not ask for")
			case len(out) == maxDetails:
				return refuse("has more than 10 parts")
			}
			var compact bytes.Buffer
			if err := json.Compact(&compact, e.Raw()); err != nil {
				return err
			}
			var plain bytes.Buffer // as it comes back when it was stored
			json.HTMLEscape(&plain, compact.Bytes())
			out = append(out, plain.Bytes())
			return nil
		})
	})
	switch {
	case oauthError(err):
		return nil, err
	case err != nil:
		return nil, oauth.Refuse(oauth.InvalidAuthorizationDetails, "authorization_details is no list of objects with a type").Because(err)
	}
	return out, nil
}

func typeOf(detail []byte) (kind string, err error) {
	err = strictjson.ParseObject(detail, func(name string, v strictjson.Value) (err error) {
		if name == "type" {
			kind, err = v.String()
		}
		return err
	})
	return kind, err
}

// Only are those of the types that a client may ask for now.
func (d Details) Only(c *client.Client) Details {
	return slices.DeleteFunc(slices.Clone(d), func(detail json.RawMessage) bool {
		kind, err := typeOf(detail)
		return err != nil || !slices.Contains(c.DetailTypes, kind)
	})
}

// Narrowed is what of the details one token is for: all, or those that were asked for again, as they were (RFC 9396, section 6.1).
func (d Details) Narrowed(wanted Details) (Details, error) {
	if len(wanted) == 0 {
		return d, nil
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(d, func(have json.RawMessage) bool { return bytes.Equal(have, w) }) {
			return nil, oauth.Refuse(oauth.InvalidAuthorizationDetails, "that was not allowed")
		}
	}
	return wanted, nil
}
