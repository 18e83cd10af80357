package httpd

import (
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/mtls"
	"github.com/lingpai/lingpai/internal/token"
)

// credentials are what an Authorization header says.
type credentials struct {
	token string
	// proven holds for the scheme DPoP (RFC 9449, section 7.1), by which a token comes with a proof; else it is Bearer (RFC 6750).
	proven bool
}

// readCredentials reads the one Authorization header. A token in the query or the body is not looked for.
func readCredentials(h http.Header) (credentials, error) {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return credentials{}, fault.Refuse(fault.RequestMalformed, "it has more than one Authorization header")
	}
	scheme, raw, _ := strings.Cut(values[0], " ")
	proven := strings.EqualFold(scheme, "DPoP")
	if !proven && !strings.EqualFold(scheme, "Bearer") {
		return credentials{}, token.NoScheme(values[0])
	}
	raw = strings.TrimLeft(raw, " ")
	if raw == "" {
		return credentials{}, fault.Refuse(fault.TokenMalformed, "it is empty")
	}
	return credentials{raw, proven}, nil
}

// holds checks that a token came by the scheme that it is for, with the certificate that it is bound to, and with a proof where it is bound to a
// key. The scheme never falls back.
func (g *Guard) holds(r *http.Request, sent credentials, c *token.Claims) error {
	if c.CertThumb != "" {
		if err := mtls.Check(r, c.CertThumb, g.Rules.Now()); err != nil {
			return err
		}
	}
	switch keyThumb := c.KeyThumb; {
	case !sent.proven && keyThumb != "":
		return fault.Refuse(fault.TokenType, "a token bound to a DPoP key, sent without proof")
	case !sent.proven:
		return nil
	case keyThumb == "":
		return fault.Refuse(fault.TokenType, "a token bound to no DPoP key, sent as DPoP")
	}
	p, err := g.Proofs.Read(r)
	if err != nil {
		return err
	}
	if err := p.Fits(sent.token, c.KeyThumb); err != nil {
		return err
	}
	return g.Proofs.Use(r.Context(), p)
}

// Proof reads the DPoP proof of a request that carries no access token, and returns nil where it brings none. Use it up with
// [Guard.UseProof] once all else is good.
func (g *Guard) Proof(r *http.Request) (*dpop.Proof, error) {
	if !bringsProof(r) {
		return nil, nil //nolint:nilnil // no proof is no mistake
	}
	return g.Proofs.Read(r)
}

// UseProof uses up what [Guard.Proof] returned. A proof that was used before is refused.
func (g *Guard) UseProof(r *http.Request, p *dpop.Proof) error {
	if p == nil {
		return nil
	}
	return g.Proofs.Use(r.Context(), p)
}

func bringsProof(r *http.Request) bool { return len(r.Header.Values("DPoP")) > 0 }

// challenged reports whether a refusal is challenged by the scheme DPoP: the client speaks it, or has to.
func challenged(r *http.Request, refusal *fault.Refusal) bool {
	if refusal.Code == fault.DPoPProofInvalid || refusal.Code == fault.DPoPNonceRequired {
		return true
	}
	sent, err := readCredentials(r.Header)
	return err == nil && sent.proven || bringsProof(r) || eventOf(r).bound
}

// giveNonce tells a client the nonce for its next proof (RFC 9449, section 8.2).
func (g *Guard) giveNonce(h http.Header) {
	if nonce := g.Proofs.Nonce(); nonce != "" {
		h.Set("DPoP-Nonce", nonce)
	}
}
