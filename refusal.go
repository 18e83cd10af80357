package lingpai

import (
	"errors"
	"net/http"
	"time"

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
	CodeForbiddenRole    = string(fault.ForbiddenRole)
	CodeForbiddenScope   = string(fault.ForbiddenScope)
	CodeStepUpRequired   = string(fault.StepUpRequired)
	CodeACRRequired      = string(fault.ACRRequired)
	CodeDPoPProof        = string(fault.DPoPProofInvalid)
	CodeDPoPNonce        = string(fault.DPoPNonceRequired)
	CodeRequestMalformed = string(fault.RequestMalformed)
	CodeUnavailable      = string(fault.Unavailable)
)

// realm is the same for everyone: browsers do not show it for Bearer, and clients know their issuer by other means.
const realm = "lingpai"

// Error says why a request or a token is refused. Get it with errors.AsType[*lingpai.Error].
type Error struct{ refusal fault.Refusal }

// refuse makes the public error of anything that went wrong.
func refuse(err error) *Error { return &Error{*fault.From(err)} }

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
	refusal := fault.From(err)
	if e, ok := errors.AsType[*Error](err); ok {
		refusal = &e.refusal
	}
	h := w.Header()
	h.Add("Vary", "Authorization")
	refusal.SetHeader(h, realm, sendsBearer(r))
	w.WriteHeader(refusal.Code.Status())
	_, _ = w.Write(refusal.Problem(h.Get("X-Request-Id"))) // Whoever has gone away needs no answer.
}
