package grant

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// asked are the parameters that count: those of the pushed request, those of the signed request object, or those that came. Of the first
// two, nothing that stands beside them counts (RFC 9101, section 6.3; RFC 9126, section 4). An *oauth.Error may be told to the
// client, if its address stands beside and is registered.
func (s *Service) asked(ctx context.Context, c *client.Client, p oauth.Params, began time.Time) (oauth.Params, error) {
	hash, pushed := pushedHash(p)
	switch {
	case p.Has("request") && p.Has("request_uri"):
		return p, oauth.Refuse(oauth.InvalidRequest, "request and request_uri exclude each other")
	case pushed:
		return s.pushed(ctx, c, hash, began)
	case p.Has("request_uri"):
		return p, oauth.Refuse(oauth.RequestURINotSupported, "request_uri is an address that /auth/par gave, and nothing else")
	case p.Has("request"):
		return s.readObject(ctx, c, p, began)
	case c.RequireSignedRequest:
		return p, oauth.Refuse(oauth.InvalidRequest, "the client signs its requests, and this one is not signed")
	}
	return p, nil
}

// readObject reads a signed request object (RFC 9101). began is when it reached us first.
func (s *Service) readObject(ctx context.Context, c *client.Client, p oauth.Params, began time.Time) (oauth.Params, error) {
	payload, err := s.Clients.VerifyRequest(ctx, c, p.Get("request"))
	if errors.Is(err, client.ErrNoKeys) {
		return p, oauth.Refuse(oauth.RequestNotSupported, "the client has no keys here that a request object could be signed by").Because(err)
	}
	if err != nil {
		return p, badObject("it is not signed by a key of the client").Because(err)
	}
	o := object{values: url.Values{}}
	if err := strictjson.ParseObject(payload, o.set); err != nil {
		return p, badObject("its claims cannot be read").Because(err)
	}
	if why := o.misfit(c, s.Clients.Issuer, began); why != "" {
		return p, badObject(why)
	}
	o.values.Set("client_id", c.ID)
	asked, err := oauth.FromValues(o.values)
	if err != nil {
		return p, badObject("its claims are no request").Because(err)
	}
	return asked, nil
}

func badObject(why string) *oauth.Error {
	return oauth.Refuse(oauth.InvalidRequestObject, "the request object is not good: %s", why)
}

// object is what a request object says: about itself, and as a request.
type object struct {
	issuer, subject, clientID  string
	audience                   []string
	expires, notBefore, issued time.Time
	nested                     bool
	values                     url.Values
}

func (o *object) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "iss":
		o.issuer, err = v.String()
	case "sub":
		o.subject, err = v.String()
	case "client_id":
		o.clientID, err = v.String()
	case "aud":
		o.audience, err = v.StringOrStrings()
	case "exp":
		o.expires, err = v.NumericDate()
	case "nbf":
		o.notBefore, err = v.NumericDate()
	case "iat":
		o.issued, err = v.NumericDate()
	case "jti":
	case "request", "request_uri":
		o.nested = true
	default:
		return o.param(name, v)
	}
	return err
}

// param takes a claim as a parameter: JSON that is no string goes in as it is written (RFC 9101, section 4).
func (o *object) param(name string, v strictjson.Value) error {
	if name == "resource" {
		all, err := v.StringOrStrings()
		o.values[name] = all
		return err
	}
	text, err := strings.TrimSpace(string(v.Raw())), error(nil)
	if v.Kind() == strictjson.String {
		text, err = v.String()
	}
	o.values.Set(name, text)
	return err
}

const (
	// objectSkew is how far clocks may differ.
	objectSkew = 30 * time.Second
	// maxObject is how old a request object may be, and how far ahead it may end, for a client that must sign (FAPI 2.0 Message Signing,
	// section 5.3.1).
	maxObject = time.Hour
)

// misfit says why the object is not good for this client, at this server, then; or "".
func (o *object) misfit(c *client.Client, issuer string, at time.Time) string {
	late, early := at.Add(objectSkew), at.Add(-objectSkew)
	switch {
	case o.nested:
		return "it has a request of its own"
	case o.issuer == "" && o.clientID == "", o.issuer != "" && o.issuer != c.ID, o.clientID != "" && o.clientID != c.ID:
		return "it is of another client"
	case o.subject == c.ID:
		return "it could pass for a client assertion" // RFC 9101, section 10.8
	case !oauth.Scope(o.audience).Has(issuer):
		return "it is not for this issuer"
	case !o.expires.IsZero() && !early.Before(o.expires):
		return "it has expired"
	case o.notBefore.After(late), o.issued.After(late):
		return "it begins in the future"
	case !c.RequireSignedRequest:
		return ""
	case o.expires.IsZero() || o.notBefore.IsZero():
		return "exp or nbf is missing"
	case o.expires.After(late.Add(maxObject)), o.notBefore.Before(early.Add(-maxObject)):
		return "it is good for more than an hour"
	}
	return ""
}

// unanswerable words an error for the person in front of the browser, which must not be sent anywhere.
func unanswerable(err error) error {
	if oe, ok := errors.AsType[*oauth.Error](err); ok {
		return refusePage(oe)
	}
	return fmt.Errorf("read request: %w", err)
}
