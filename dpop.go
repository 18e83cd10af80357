package lingpai

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

const (
	// proofAge is how old a proof may be, and proofSkew how far its `iat` may lie ahead: 10 seconds either way must work (FAPI 2.0).
	proofAge  = time.Minute
	proofSkew = 30 * time.Second
	// maxProof is the longest proof that is looked at, in bytes. One with an RSA key of 4096 bits has about 2,000.
	maxProof = 8 << 10
)

// DPoPOptions say how a Verifier takes tokens that are bound to a key (RFC 9449).
type DPoPOptions struct {
	// Addresses under which clients call this API, such as "https://api.example.com". A proof must be made for one of them, followed by
	// the path of the request. Where a proxy takes off the begin of the path, that belongs here: "https://example.com/api". At least one
	// is needed; the Host header cannot serve, for whoever holds a proof that was made for another server chooses it.
	Addresses []string
	// Required refuses tokens that are bound to no key.
	Required bool
	// Nonces asks for proofs with a nonce of this server, which shows that they were not made ahead of time. Clients learn it from the
	// DPoP-Nonce header; it changes every two minutes and is good for four at most.
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

// dpop checks proofs. It is nil in a Verifier without the DPoP option.
type dpop struct {
	addresses []string // normalised, without a slash at the end
	required  bool
	nonces    *nonces // nil where none are asked for
	replays   ReplayStore
}

func newDPoP(o *DPoPOptions) (*dpop, error) {
	if o == nil {
		return nil, nil //nolint:nilnil // no DPoP is no mistake
	}
	if len(o.Addresses) == 0 {
		return nil, errors.New("DPoP needs the addresses under which clients call this API")
	}
	d := &dpop{required: o.Required, replays: o.Replays}
	for _, address := range o.Addresses {
		a, err := normalBase(address)
		if err != nil {
			return nil, fmt.Errorf("DPoP address %q: %w", address, err)
		}
		d.addresses = append(d.addresses, a)
	}
	if d.replays == nil {
		d.replays = newReplays(time.Now)
	}
	if !o.Nonces {
		return d, nil
	}
	var err error
	d.nonces, err = newNonces(o.NonceSecret, time.Now)
	return d, err
}

// nonce is the value of the DPoP-Nonce header, or "" for none.
func (d *dpop) nonce() string {
	if d == nil || d.nonces == nil {
		return ""
	}
	return d.nonces.current()
}

// offer adds to a refusal what a client needs to come back with a proof.
func (d *dpop) offer(e *Error) *Error {
	if d != nil {
		e.offered, e.bound, e.nonce = true, d.required, d.nonce()
	}
	return e
}

// bound checks that a token and the scheme it was sent by fit together, and the proof where there must be one.
func (d *dpop) bound(r *http.Request, scheme scheme, accessToken string, c *Claims) error {
	switch {
	case scheme == bearer && c.KeyThumb != "":
		return fault.Refuse(fault.TokenType, "a token bound to a DPoP key, sent without proof")
	case scheme == bearer && d != nil && d.required:
		return fault.Refuse(fault.TokenType, "a token bound to no DPoP key")
	case scheme == bearer:
		return nil
	case c.KeyThumb == "":
		return fault.Refuse(fault.TokenType, "a token bound to no DPoP key, sent as DPoP")
	}
	return d.check(r, accessToken, c.KeyThumb)
}

// check checks the proof of a request. What costs least comes first; the proof is used up only when all else is good.
func (d *dpop) check(r *http.Request, accessToken, thumb string) error {
	p, err := readProof(r.Header["Dpop"])
	if err != nil {
		return err
	}
	if err := d.checkRequest(r, p); err != nil {
		return err
	}
	now := time.Now()
	switch {
	case p.key.Thumbprint() != thumb:
		return badProof("another key made it than the one that the token is bound to", nil)
	case p.ath != tokenHash(accessToken):
		return badProof("it is made for another token", nil)
	case p.issuedAt.Before(now.Add(-proofAge)):
		return badProof("it is too old, or a clock is wrong", nil)
	case p.issuedAt.After(now.Add(proofSkew)):
		return badProof("it comes from the future, so a clock is wrong", nil)
	case d.nonces != nil && !d.nonces.accept(p.nonce):
		return fault.Refuse(fault.DPoPNonceRequired)
	}
	return d.use(r, p)
}

// checkRequest compares method and address.
func (d *dpop) checkRequest(r *http.Request, p *proof) error {
	if p.method != r.Method {
		return badProof("it is made for another method", nil)
	}
	path, err := normalPath(r.URL.EscapedPath())
	if err != nil {
		return badProof("the address of the request does not read", err)
	}
	for _, address := range d.addresses {
		if p.address == address+path {
			return nil
		}
	}
	return badProof("it is made for another address", nil)
}

func (d *dpop) use(r *http.Request, p *proof) error {
	fresh, err := d.replays.Use(r.Context(), p.id(), p.issuedAt.Add(proofAge))
	switch {
	case err != nil:
		return unavailable(fmt.Errorf("remember a DPoP proof: %w", err), time.Second)
	case !fresh:
		return badProof("it was used before", nil)
	}
	return nil
}

func badProof(why string, cause error) error {
	return fault.Refuse(fault.DPoPProofInvalid, why).Because(cause)
}
