package grant

import (
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// Claims are claims asked for by name (OpenID Connect Core, section 5.5), of those that there are.
type Claims struct {
	UserInfo []string `json:"userinfo,omitzero"`
	IDToken  []string `json:"id_token,omitzero"`
	// Subject must be who is signed in, if it is not empty.
	Subject string `json:"sub,omitzero"`
	// ACR are the classes of sign-in of which one must be met; empty for any.
	ACR []string `json:"acr,omitzero"`
}

const maxClaims = 8 << 10

// parseClaims reads `claims`. Names that mean nothing here are passed over, as the specification wants.
func parseClaims(text string) (c Claims, err error) {
	if text == "" {
		return c, nil
	}
	if len(text) > maxClaims {
		return c, oauth.Refuse(oauth.InvalidRequest, "claims is longer than %d bytes", maxClaims)
	}
	err = strictjson.ParseObject([]byte(text), func(name string, v strictjson.Value) error {
		switch name {
		case "userinfo":
			return v.Object(func(claim string, v strictjson.Value) error { return c.want(&c.UserInfo, claim, v) })
		case "id_token":
			return v.Object(func(claim string, v strictjson.Value) error { return c.want(&c.IDToken, claim, v) })
		}
		return nil
	})
	if err != nil {
		return Claims{}, oauth.Refuse(oauth.InvalidRequest, "claims is not the JSON object that it should be").Because(err)
	}
	return c, nil
}

// want notes one claim. Its value is null, or an object that says how much it is wanted.
func (c *Claims) want(list *[]string, name string, v strictjson.Value) error {
	*list = append(*list, name)
	if v.Kind() != strictjson.Object {
		return nil
	}
	var essential bool
	var values []string
	err := v.Object(func(member string, v strictjson.Value) (err error) {
		switch member {
		case "essential":
			essential, err = v.Bool()
		case "value":
			if v.Kind() == strictjson.String {
				var one string
				one, err = v.String()
				values = append(values, one)
			}
		case "values":
			values, err = v.Strings()
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case name == "sub" && len(values) == 1:
		c.Subject = values[0]
	case name == "acr" && essential:
		c.ACR = values
	}
	return nil
}
