package lingpai

import (
	"errors"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
)

// Codes of the refusals that this package makes; the package documentation says what each means.
const (
	CodeTokenMissing     = string(fault.TokenMissing)
	CodeTokenMalformed   = string(fault.TokenMalformed)
	CodeTokenAlgorithm   = string(fault.TokenAlgorithm)
	CodeTokenSignature   = string(fault.TokenSignature)
	CodeTokenType        = string(fault.TokenType)
	CodeTokenIssuer      = string(fault.TokenIssuer)
	CodeTokenAudience    = string(fault.TokenAudience)
	CodeTokenNotYetValid = string(fault.TokenNotYetValid)
	CodeTokenExpired     = string(fault.TokenExpired)
	CodeTokenRevoked     = string(fault.TokenRevoked)
	CodeSessionEnded     = string(fault.SessionEnded)
	CodeForbiddenRole    = string(fault.ForbiddenRole)
	CodeForbiddenScope   = string(fault.ForbiddenScope)
	CodeStepUpRequired   = string(fault.StepUpRequired)
	CodeACRRequired      = string(fault.ACRRequired)
	CodeDPoPProof        = string(fault.DPoPProofInvalid)
	CodeDPoPNonce        = string(fault.DPoPNonceRequired)
	CodeCertificate      = string(fault.CertificateInvalid)
	CodeTokenUnbound     = string(fault.TokenUnbound)
	CodeRequestMalformed = string(fault.RequestMalformed)
	CodeUnavailable      = string(fault.Unavailable)
)

// realm is the same for everyone: browsers do not show it for Bearer, and clients know their issuer by other means.
const realm = "lingpai"

// Error says why a request or a token is refused. Get it with errors.AsType[*lingpai.Error].
type Error struct {
	refusal fault.Refusal
	// bound says that the challenge is of the scheme DPoP alone, offered that it also names DPoP. nonce is the DPoP-Nonce, or "".
	bound, offered bool
	nonce          string
}

// refuse makes the public error of anything that went wrong, for the caller alone.
func refuse(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		c := *e
		return &c
	}
	return &Error{refusal: *fault.From(err)}
}

// Code is the stable name of the refusal, one of the Code constants.
func (e *Error) Code() string { return string(e.refusal.Code) }

// Status is the HTTP status that belongs to the code.
func (e *Error) Status() int { return e.refusal.Code.Status() }

// Detail is one English sentence for people. It never holds a part of a token or of a key.
func (e *Error) Detail() string { return e.refusal.Detail() }

// RetryAfter says how long to wait before the request is worth repeating as it is, or 0 where it never will be.
func (e *Error) RetryAfter() time.Duration { return e.refusal.RetryAfter }

// Error is for logs: the code, and the inner reason that no client is told.
func (e *Error) Error() string { return "lingpai: " + e.refusal.Error() }

// Unwrap gives the inner reason to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.refusal.Cause }

// WriteError answers a request with a refusal: status, challenge and problem JSON. An error that is not an [*Error] becomes a 500
// `internal_error` that tells nothing about it.
//
// If the response header already has an X-Request-Id, the body repeats it as request_id; what the client sent under that name is not used.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	e := refuse(err)
	h := w.Header()
	h.Add("Vary", "Authorization")
	sent := schemeOf(r.Header.Get("Authorization"))
	e.refusal.SetHeader(h, realm, sent == bearer || sent == dpopScheme && (e.bound || e.offered))
	e.setDPoP(h, sent)
	w.WriteHeader(e.refusal.Code.Status())
	_, _ = w.Write(e.refusal.Problem(h.Get("X-Request-Id"))) // Whoever has gone away needs no answer.
}

// setDPoP makes the challenge that of RFC 9449, section 7.1, or adds one to that of RFC 6750.
func (e *Error) setDPoP(h http.Header, sent scheme) {
	if e.nonce != "" {
		h.Set("DPoP-Nonce", e.nonce)
	}
	switch {
	case e.bound, e.offered && sent == dpopScheme:
		dpop.Challenge(h)
	case e.offered:
		dpop.Offer(h)
	}
}
