package oidc

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/mtls"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// binding is what the tokens of an answer are bound to: a key, by DPoP, a certificate, or neither.
type binding struct {
	proof *dpop.Proof  // nil without DPoP
	cert  string       // thumbprint of the certificate, or ""
	prove func() error // uses the proof up, where that is still to be done
}

// bindingOf is what tokens for this request are bound to, which the client has shown that it holds. A proof is used up, but for that of a public client:
// anybody can be one, and must not fill the memory of used proofs, so theirs is used up with what is found good ([binding.once]).
func (h *Handler) bindingOf(r *http.Request, c *client.Client) (binding, error) {
	if c.CertificateBound {
		return h.byCertificate(r)
	}
	proof, err := h.Guard.Proof(r)
	switch {
	case err != nil:
		return binding{}, err
	case proof == nil && c.MustBind():
		return binding{}, oauth.Refuse(oauth.InvalidDPoPProof, "tokens of this client are bound to a key: send a DPoP proof")
	}
	if c.Public() {
		return binding{proof: proof, prove: func() error { return h.Guard.UseProof(r, proof) }}, nil
	}
	return binding{proof: proof}, h.Guard.UseProof(r, proof)
}

// once uses the proof up, if it was not.
func (b binding) once() error {
	if b.prove == nil {
		return nil
	}
	return b.prove()
}

// byCertificate binds to the certificate that the client showed when it connected, whoever signed it (RFC 8705, section 3).
func (h *Handler) byCertificate(r *http.Request) (binding, error) {
	switch cert := mtls.Certificate(r); {
	case len(r.Header.Values("DPoP")) > 0:
		return binding{}, oauth.Refuse(oauth.InvalidRequest, "tokens of this client are bound to its certificate: leave the DPoP proof out")
	case cert == nil:
		return binding{}, oauth.Refuse(oauth.InvalidRequest,
			"tokens of this client are bound to its certificate: show it, at the address that mtls_endpoint_aliases names")
	case !mtls.Current(cert, h.Now()):
		return binding{}, oauth.Refuse(oauth.InvalidRequest, "the certificate of the client has expired, or is not good yet")
	default:
		return binding{cert: mtls.Thumbprint(cert)}, nil
	}
}

// session is what the session of a client is bound to. The refresh tokens of a client that proves who it is are its own by that; so it may
// change its certificate and keep them (RFC 8705, section 7.1).
func (b binding) session(c *client.Client) string {
	if b.cert != "" && c.Public() {
		return session.ByCertificate(b.cert)
	}
	return b.proof.Thumbprint()
}
