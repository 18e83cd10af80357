package lingpai

import (
	"net/http"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/token"
)

// RequireACR makes a middleware that lets those pass whose sign-in was of one of these classes (`acr`); without any class named, nobody.
// Others get a 401 `acr_required`, whose challenge names the classes, so that the client can send the person to sign in again (RFC 9470).
// `urn:lingpai:password` also lets those pass who have shown a second factor besides (`urn:lingpai:mfa`).
// It belongs behind [Verifier.Middleware]; without that before it, it answers 500 to everyone.
func RequireACR(classes ...string) func(http.Handler) http.Handler {
	refusal := fault.Refuse(fault.ACRRequired, strings.Join(classes, " "))
	return require(refusal, func(c *Claims) bool { return token.MeetsACR(c.ACR, classes) })
}

// MaxAge makes a middleware that lets those pass who signed in (`auth_time`) no longer ago than d; a refresh is no sign-in. Others, and
// tokens that do not say when, get a 401 `step_up_required`, whose challenge names the age in whole seconds, rounded up (RFC 9470).
// It belongs behind [Verifier.Middleware]; without that before it, it answers 500 to everyone.
func MaxAge(d time.Duration) func(http.Handler) http.Handler {
	refusal := fault.Refuse(fault.StepUpRequired, d)
	return require(refusal, func(c *Claims) bool { return !c.AuthTime.IsZero() && time.Since(c.AuthTime) <= d })
}
