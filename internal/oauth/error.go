package oauth

import (
	"fmt"
	"net/http"
	"strings"
)

// Code is the `error` of an answer.
type Code string

// The codes.
const (
	InvalidRequest          Code = "invalid_request"           // RFC 6749, section 4.1.2.1 and 5.2
	InvalidClient           Code = "invalid_client"            // 5.2
	InvalidGrant            Code = "invalid_grant"             // 5.2
	UnauthorizedClient      Code = "unauthorized_client"       // 4.1.2.1 and 5.2
	UnsupportedGrantType    Code = "unsupported_grant_type"    // 5.2
	InvalidScope            Code = "invalid_scope"             // 4.1.2.1 and 5.2
	AccessDenied            Code = "access_denied"             // 4.1.2.1
	UnsupportedResponseType Code = "unsupported_response_type" // 4.1.2.1
	ServerError             Code = "server_error"              // 4.1.2.1
	TemporarilyUnavailable  Code = "temporarily_unavailable"   // 4.1.2.1

	UnsupportedTokenType        Code = "unsupported_token_type"        // RFC 7009, section 2.2.1
	InvalidToken                Code = "invalid_token"                 // RFC 6750, section 3.1
	InsufficientScope           Code = "insufficient_scope"            // RFC 6750, section 3.1
	InvalidTarget               Code = "invalid_target"                // RFC 8707, section 2
	InvalidDPoPProof            Code = "invalid_dpop_proof"            // RFC 9449, section 5
	InvalidRedirectURI          Code = "invalid_redirect_uri"          // RFC 7591, section 3.2.2
	InvalidClientMetadata       Code = "invalid_client_metadata"       // the same
	InvalidAuthorizationDetails Code = "invalid_authorization_details" // RFC 9396, section 5
	UseDPoPNonce                Code = "use_dpop_nonce"                // RFC 9449, section 8

	AuthorizationPending Code = "authorization_pending" // RFC 8628, section 3.5
	SlowDown             Code = "slow_down"             // the same
	ExpiredToken         Code = "expired_token"         // the same

	LoginRequired            Code = "login_required"             // OpenID Connect Core, section 3.1.2.6
	InteractionRequired      Code = "interaction_required"       // the same
	ConsentRequired          Code = "consent_required"           // the same
	AccountSelectionRequired Code = "account_selection_required" // the same
	InvalidRequestURI        Code = "invalid_request_uri"        // RFC 9101, section 7
	InvalidRequestObject     Code = "invalid_request_object"     // the same
	RequestNotSupported      Code = "request_not_supported"      // the same
	RequestURINotSupported   Code = "request_uri_not_supported"  // the same
	RegistrationNotSupported Code = "registration_not_supported" // the same

	UnmetAuthenticationRequirements Code = "unmet_authentication_requirements" // OpenID Connect Unmet Authentication Requirements 1.0
)

// Status is the HTTP status where the error is an answer and not a redirect.
func (c Code) Status() int {
	switch c {
	case InvalidClient, InvalidToken:
		return http.StatusUnauthorized
	case InsufficientScope:
		return http.StatusForbidden
	case ServerError:
		return http.StatusInternalServerError
	case TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// Error is a refusal in the words of OAuth. The description is our own wording, or repeats what the refused party sent.
type Error struct {
	Code        Code
	Description string
	// Cause is the inner reason. It is logged and never sent.
	Cause error
}

// Refuse makes an Error.
func Refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Description: legible(fmt.Sprintf(format, args...))}
}

// Because returns a copy of e that carries an inner reason for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Error is for logs. Clients get Code and Description.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Description, e.Cause)
	}
	return string(e.Code) + ": " + e.Description
}

// Unwrap gives the inner reason to errors.Is.
func (e *Error) Unwrap() error { return e.Cause }

// legible keeps a description within what RFC 6749, section 5.2 allows: printable ASCII without quotes and backslashes, and not long.
func legible(s string) string {
	clean := strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return '?'
		}
		return c
	}, s)
	if len(clean) > 300 {
		clean = clean[:300] + "..."
	}
	return clean
}
