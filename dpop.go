package lingpai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/mtls"
)

// DPoPOptions say how a Verifier takes tokens that are bound to a key (RFC 9449).
type DPoPOptions struct {
	// Addresses under which clients call this API, such as "https://api.example.com". A proof must be made for one of them, followed by
	// the path of the request. Where a proxy takes off the begin of the path, that belongs here: "https://example.com/api". At least one
	// is needed; the Host header cannot serve, for whoever holds a proof that was made for another server chooses it.
	Addresses []string
	// Required refuses tokens that are bound to no key: to none of DPoP, nor to a client certificate. See also [RequireBound].
	Required bool
	// Nonces asks for proofs with a nonce of this server, which shows that they were not made ahead of time. Clients learn it from the
	// DPoP-Nonce header; it changes every two minutes and is good for four at most. It then says when a proof was made, so that a client
	// whose clock is wrong is not refused for that.
	Nonces bool
	// NonceSecret lets several servers take one another's nonces: the same 32 random bytes or more for all. Without it, the Verifier
	// makes one of its own.
	NonceSecret []byte
	// Replays remembers used proofs. Without it, the Verifier does so by itself, which is enough for one process.
	Replays ReplayStore
}

// DPoP lets [Verifier.Middleware] and [Verifier.Authenticate] take tokens that are bound to a key, sent as `Authorization: DPoP` with a
// proof in the DPoP header that the client holds the key (RFC 9449). Without this option, bound tokens are refused. With or without
// it, a bound token never passes as Bearer, nor an unbound one as DPoP.
func DPoP(o DPoPOptions) Option {
	return func(s *settings) { s.dpop = &o }
}

// ReplayStore remembers used proofs, so that none passes twice. Several servers that share one address share one store.
type ReplayStore interface {
	// Use records a proof and reports whether it is the first time. Of any number of calls at a time, exactly one is told so. The proof
	// may be forgotten after until. On an error, the request is answered with 503.
	Use(ctx context.Context, proof [32]byte, until time.Time) (first bool, err error)
}

// proofs checks them. It is nil in a Verifier without the DPoP option.
type proofs struct {
	judge    dpop.Judge
	required bool
}

func newProofs(o *DPoPOptions) (*proofs, error) {
	if o == nil {
		return nil, nil //nolint:nilnil // no DPoP is no mistake
	}
	if len(o.Addresses) == 0 {
		return nil, errors.New("DPoP needs the addresses under which clients call this API")
	}
	p := &proofs{judge: dpop.Judge{Replays: o.Replays, Now: time.Now}, required: o.Required}
	for _, address := range o.Addresses {
		base, err := dpop.Base(address)
		if err != nil {
			return nil, fmt.Errorf("DPoP address %q: %w", address, err)
		}
		p.judge.Bases = append(p.judge.Bases, base)
	}
	if o.Nonces {
		var err error
		if p.judge.Nonces, err = dpop.NewNonces(o.NonceSecret, time.Now); err != nil {
			return nil, err
		}
	}
	if o.Replays == nil {
		p.judge.Replays = dpop.NewMemory(p.judge.Nonces, time.Now)
	}
	return p, nil
}

// nonce is the value of the DPoP-Nonce header, or "" for none.
func (p *proofs) nonce() string {
	if p == nil {
		return ""
	}
	return p.judge.Nonce()
}

// offer adds to a refusal what a client needs to come back with a proof.
func (p *proofs) offer(e *Error) *Error {
	if p != nil {
		e.offered, e.bound, e.nonce = true, p.required, p.nonce()
	}
	return e
}

// bound checks that a token and the scheme it was sent by fit together, the certificate that it is bound to, and the proof where there must be
// one.
func (p *proofs) bound(r *http.Request, scheme scheme, accessToken string, c *Claims) error {
	if c.CertThumb != "" {
		if err := mtls.Check(r, c.CertThumb, time.Now()); err != nil {
			return err
		}
	}
	switch {
	case scheme == bearer && c.KeyThumb != "":
		return fault.Refuse(fault.TokenType, "a token bound to a DPoP key, sent without proof")
	case scheme == bearer && p != nil && p.required && !c.Bound():
		return fault.Refuse(fault.TokenUnbound)
	case scheme == bearer:
		return nil
	case c.KeyThumb == "":
		return fault.Refuse(fault.TokenType, "a token bound to no DPoP key, sent as DPoP")
	}
	return p.check(r, accessToken, c.KeyThumb)
}

// check checks the proof of a request, and uses it up when all else is good.
func (p *proofs) check(r *http.Request, accessToken, thumb string) error {
	proof, err := p.judge.Read(r)
	if err != nil {
		return err
	}
	if err := proof.Fits(accessToken, thumb); err != nil {
		return err
	}
	return p.judge.Use(r.Context(), proof)
}
