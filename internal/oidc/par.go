package oidc

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
)

// authenticating are the parameters by which a client says who it is, which are no part of what it asks for.
var authenticating = []string{"client_secret", "client_assertion", "client_assertion_type"}

// push takes an authorization request from the client itself and gives it a name for the browser (RFC 9126). So nobody on the way reads
// it or alters it, and what is wrong with it is known before anybody is asked to sign in.
func (h *Handler) push(w http.ResponseWriter, r *http.Request) error {
	p, err := httpd.ReadParams(r)
	if err != nil {
		return err
	}
	c, err := h.clientOf(r, p)
	if err != nil {
		return err
	}
	p = p.Without(authenticating...).With("client_id", c.ID)
	proof, err := h.Guard.Proof(r)
	if err == nil && proof != nil {
		p, err = boundTo(p, proof)
	}
	if err != nil {
		return err
	}
	uri, err := h.Grants.Push(r.Context(), c, p, httpd.Source(r))
	if err == nil {
		err = h.Guard.UseProof(r, proof) // when all else is good, for anybody can be a public client
	}
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusCreated, struct {
		RequestURI string `json:"request_uri"`
		ExpiresIn  int    `json:"expires_in"` // seconds
	}{uri, int(grant.PushedLifetime.Seconds())})
}

// boundTo binds the code that will come of a request to the key whose proof came with it (RFC 9449, section 10.1).
func boundTo(p oauth.Params, proof *dpop.Proof) (oauth.Params, error) {
	if said := p.Get("dpop_jkt"); said != "" && said != proof.Thumbprint() {
		return p, oauth.Refuse(oauth.InvalidRequest, "dpop_jkt is not the key of the proof")
	}
	return p.With("dpop_jkt", proof.Thumbprint()), nil
}
