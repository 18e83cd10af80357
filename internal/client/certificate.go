package client

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/lingpai/lingpai/internal/mtls"
	"github.com/lingpai/lingpai/internal/oauth"
)

// Certificates says that clients are asked for certificates when they connect, and whose are believed.
type Certificates struct {
	// Authorities sign the certificates of clients with TLSClientAuth; nil where there are none of these.
	Authorities *x509.CertPool
}

// CheckServed says what keeps a client from being served here: whether clients are asked for certificates at all, and whether there are
// authorities that sign them, is for the configuration to say.
func (s *Settings) CheckServed(asked, authorities bool) error {
	switch {
	case !asked && s.Auth.ByCertificate():
		return fmt.Errorf("%s needs an address where clients are asked for certificates; set mtls.listen", s.Auth)
	case !asked && s.CertificateBound:
		return errors.New("tokens are bound to certificates only where clients are asked for them; set mtls.listen")
	case !authorities && s.Auth == oauth.TLSClientAuth:
		return errors.New("tls_client_auth needs the authorities that sign the certificates of clients; set mtls.authorities")
	}
	return nil
}

// CheckServed is that rule for what this registry was set up with.
func (r *Registry) CheckServed(s *Settings) error {
	err := s.CheckServed(r.Certificates != nil, r.Certificates != nil && r.Certificates.Authorities != nil)
	return flawed("token_endpoint_auth_method", "", err)
}

// verifyCertificate judges the certificates that a client showed when it connected, its own first (RFC 8705, section 2). That it holds the key
// was proved by the handshake.
func (r *Registry) verifyCertificate(ctx context.Context, c *Client, shown []*x509.Certificate) error {
	switch {
	case len(shown) == 0:
		return refuse("the connection shows no certificate")
	case !mtls.Current(shown[0], r.Now()):
		return refuse("its certificate has expired, or is not good yet")
	case c.Auth == oauth.SelfSignedTLS:
		return r.verifyOwn(ctx, c, shown[0])
	}
	return r.verifyIssued(c, shown)
}

// verifyOwn takes a certificate whose key the client has registered; who signed it does not matter (RFC 8705, section 2.2).
func (r *Registry) verifyOwn(ctx context.Context, c *Client, own *x509.Certificate) error {
	if _, err := r.findKey(ctx, c, byPublicKey(own.PublicKey)); err != nil {
		return refuse("the key of its certificate: " + err.Error())
	}
	return nil
}

// verifyIssued takes a certificate for clients that an authority of ours has signed, and that has the name which was registered (RFC 8705,
// section 2.1).
func (r *Registry) verifyIssued(c *Client, shown []*x509.Certificate) error {
	if r.Certificates == nil || r.Certificates.Authorities == nil {
		return refuse("no authority signs certificates of clients here")
	}
	between := x509.NewCertPool()
	for _, cert := range shown[1:] {
		between.AddCert(cert)
	}
	_, err := shown[0].Verify(x509.VerifyOptions{
		Roots: r.Certificates.Authorities, Intermediates: between, CurrentTime: r.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return refuse(err.Error())
	}
	if name, ok := parseCertificateName(c.CertificateName); !ok || !name.fits(shown[0]) {
		return refuse("its certificate has another name than was registered")
	}
	return nil
}
