package dpop

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

const (
	// proofAge is how old a proof may be by its `iat`, and proofSkew how far that may lie ahead: 10 seconds either way must work (FAPI 2.0).
	proofAge  = time.Minute
	proofSkew = 30 * time.Second
	// tryAgain is told to whoever sends a proof that cannot be remembered.
	tryAgain = time.Second
)

// Judge says which proofs are good. It is safe for concurrent use as long as nobody changes it.
type Judge struct {
	// Bases are the addresses under which clients call this server, as [Base] writes them. A proof must be made for one of them, followed
	// by the path of the request.
	Bases []string
	// Nonces that a proof must carry; nil where none are asked for.
	Nonces  *Nonces
	Replays Replays
	Now     func() time.Time
}

// Nonce is the value of the DPoP-Nonce header, or "" where none are asked for.
func (j *Judge) Nonce() string {
	if j.Nonces == nil {
		return ""
	}
	return j.Nonces.Current()
}

// Read reads the proof in the DPoP header of a request and checks that it was made for this method and address, now. A refusal is a
// *fault.Refusal.
func (j *Judge) Read(r *http.Request) (*Proof, error) {
	p, err := readProof(r.Header["Dpop"])
	if err != nil {
		return nil, err
	}
	if err := j.checkRequest(r, p); err != nil {
		return nil, err
	}
	if err := j.checkTime(p); err != nil {
		return nil, err
	}
	return p, nil
}

func (j *Judge) checkRequest(r *http.Request, p *Proof) error {
	if p.method != r.Method {
		return Refuse("it is made for another method", nil)
	}
	path, err := normalPath(r.URL.EscapedPath())
	if err != nil {
		return Refuse("the address of the request does not read", err)
	}
	for _, base := range j.Bases {
		if p.address == base+path {
			return nil
		}
	}
	return Refuse("it is made for another address", nil)
}

// checkTime finds out when the proof was made, as the package doc says, and notes how long it can be accepted.
func (j *Judge) checkTime(p *Proof) error {
	if j.Nonces != nil {
		var ok bool
		if p.until, ok = j.Nonces.until(p.nonce); !ok {
			return fault.Refuse(fault.DPoPNonceRequired)
		}
		return nil
	}
	now := j.Now()
	switch {
	case p.issuedAt.Before(now.Add(-proofAge)):
		return Refuse("it is too old, or a clock is wrong", nil)
	case p.issuedAt.After(now.Add(proofSkew)):
		return Refuse("it comes from the future, so a clock is wrong", nil)
	}
	p.until = p.issuedAt.Add(proofAge)
	return nil
}

// Use uses a proof up, and refuses it when that was done before. Where it cannot be remembered, it is refused as unavailable.
func (j *Judge) Use(ctx context.Context, p *Proof) error {
	first, err := j.Replays.Use(ctx, p.id(), p.until)
	switch {
	case err != nil:
		r := fault.Refuse(fault.Unavailable).Because(fmt.Errorf("remember a DPoP proof: %w", err))
		r.RetryAfter = tryAgain
		return r
	case !first:
		return Refuse("it was used before", nil)
	}
	return nil
}
