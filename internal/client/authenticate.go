package client

import (
	"context"
	"crypto/x509"
	"errors"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/secret"
)

// Credentials is how a request says who its client is, by one way and no more.
type Credentials struct {
	ID     string
	Secret secret.String
	// Assertion is a `client_assertion` of the type that [oauth.AssertionType] names.
	Assertion string
	// Certificates are those that it showed when it connected, its own first. They say who it is only if it was registered for that.
	Certificates []*x509.Certificate
}

// Authenticate returns the client that a request comes from. Whatever is wrong, the error is the same [oauth.InvalidClient]; which it was
// stands in its cause.
func (r *Registry) Authenticate(ctx context.Context, cred Credentials) (Client, error) {
	c, err := r.Find(ctx, cred.ID)
	unknown := errors.Is(err, fault.ErrNotFound)
	if err != nil && !unknown {
		return Client{}, err
	}
	// An unknown client costs what a known one does: its secret is compared all the same.
	fits := cred.Secret.Empty() || r.matches(&c, cred.Secret.Reveal())
	switch {
	case unknown:
		return Client{}, refuse("no such client")
	case cred.Assertion != "":
		return c, r.verifyAssertion(ctx, &c, cred.Assertion)
	case c.Auth.ByCertificate() && cred.Secret.Empty():
		return c, r.verifyCertificate(ctx, &c, cred.Certificates)
	case c.Public() && cred.Secret.Empty():
		return c, nil
	case c.Auth != oauth.SecretBasic && c.Auth != oauth.SecretPost:
		return Client{}, refuse("another way was registered")
	case cred.Secret.Empty():
		return Client{}, refuse("no secret came")
	case !fits:
		return Client{}, refuse("wrong secret")
	}
	return c, nil
}

func refuse(why string) error {
	return oauth.Refuse(oauth.InvalidClient, "The client is not known here, or did not prove who it is.").Because(errors.New(why))
}
