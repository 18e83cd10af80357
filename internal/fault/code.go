package fault

// Code is the stable name of a refusal. Codes are part of the API: a client may switch on them, so they are never renamed.
type Code string

// The codes, in the order in which docs/refusals.md lists them.
const (
	TokenMissing     Code = "token_missing"
	TokenMalformed   Code = "token_malformed"
	TokenSignature   Code = "token_signature"
	TokenAlgorithm   Code = "token_algorithm"
	TokenExpired     Code = "token_expired"
	TokenNotYetValid Code = "token_not_yet_valid"
	TokenIssuer      Code = "token_issuer"
	TokenAudience    Code = "token_audience"
	TokenType        Code = "token_type"
	TokenRevoked     Code = "token_revoked"

	DPoPProofInvalid  Code = "dpop_proof_invalid"
	DPoPNonceRequired Code = "dpop_nonce_required"

	CertificateInvalid Code = "certificate_invalid"
	TokenUnbound       Code = "token_unbound"

	SessionEnded   Code = "session_ended"
	SessionExpired Code = "session_expired"
	RefreshInvalid Code = "refresh_invalid"
	RefreshReused  Code = "refresh_reused"

	CredentialsInvalid Code = "credentials_invalid"
	AccountDisabled    Code = "account_disabled"
	CodeRequired       Code = "code_required"
	CodeInvalid        Code = "code_invalid"
	TwoStepRequired    Code = "two_step_required"
	OfferVoid          Code = "offer_void"

	PasskeyInvalid      Code = "passkey_invalid"
	PasskeyRequired     Code = "passkey_required"
	ChallengeVoid       Code = "challenge_void"
	PasskeyKnown        Code = "passkey_known"
	PasskeyLast         Code = "passkey_last"
	PasskeyLimit        Code = "passkey_limit"
	PasskeysUnavailable Code = "passkeys_unavailable"

	PasswordRejected Code = "password_rejected"
	RateLimited      Code = "rate_limited"
	TooBusy          Code = "too_busy"
	DiskFull         Code = "disk_full"

	ForbiddenRole    Code = "forbidden_role"
	ForbiddenScope   Code = "forbidden_scope"
	StepUpRequired   Code = "step_up_required"
	ACRRequired      Code = "acr_required"
	OwnAccount       Code = "own_account"
	ClientFixed      Code = "client_fixed"
	ChangedMeanwhile Code = "changed_meanwhile"
	ConnectionLast   Code = "connection_last"
	KeyLimit         Code = "key_limit"
	OriginRefused    Code = "origin_refused"
	CSRFRefused      Code = "csrf_refused"

	BodyMalformed    Code = "body_malformed"
	BodyTooLarge     Code = "body_too_large"
	MediaType        Code = "media_type"
	FieldInvalid     Code = "field_invalid"
	UsernameTaken    Code = "username_taken"
	EmailTaken       Code = "email_taken"
	SetupClosed      Code = "setup_closed"
	LinkVoid         Code = "link_void"
	NotFound         Code = "not_found"
	MethodNotAllowed Code = "method_not_allowed"
	RequestMalformed Code = "request_malformed"
	HostRefused      Code = "host_refused"
	ClientUnknown    Code = "client_unknown"
	RedirectRefused  Code = "redirect_refused"
	DeviceUnknown    Code = "device_unknown"

	ProviderState       Code = "provider_state"
	ProviderRefused     Code = "provider_refused"
	ProviderFailed      Code = "provider_failed"
	ProviderNotAdmitted Code = "provider_not_admitted"
	ProviderLogout      Code = "provider_logout"
	AccountUnknown      Code = "account_unknown"
	AccountExists       Code = "account_exists"

	RouteMissing    Code = "route_missing"
	MockFailed      Code = "mock_failed"
	UpstreamFailed  Code = "upstream_failed"
	AppStarting     Code = "app_starting"
	UpgradeRequired Code = "upgrade_required"
	UpstreamTimeout Code = "upstream_timeout"
	RuleMissing     Code = "rule_missing"
	AddressRefused  Code = "address_refused"
	Maintenance     Code = "maintenance"
	Unavailable     Code = "unavailable"
	Internal        Code = "internal_error"
)

// entry is one row of the table between inner kinds and wire answers.
type entry struct {
	code   Code
	status int
	// bearer is the `error` of RFC 6750 section 3.1, or "" where the code is no matter of the token.
	bearer string
	// text is the sentence; advice says what to do about it.
	text, advice string
}

// table is the one place where a code gets its status, its wording and its advice. docs/refusals.md is made from it.
var table = []entry{
	{TokenMissing, 401, "", "No token came with this request.", "Sign in, then send the access token as `Authorization: Bearer …`."},
	{TokenMalformed, 401, "invalid_token", "This is not a token: %s.", "Send the access token as it was issued, without quotes or line breaks."},
	{TokenSignature, 401, "invalid_token", "The signature does not fit what it signs.", "Send the access token exactly as it was issued. If it was not altered, its key is no longer published: sign in again."},
	{TokenAlgorithm, 401, "invalid_token", "The token says %s, which is not what its key is for.", "Use a token that this issuer signed."},
	{TokenExpired, 401, "invalid_token", "The token expired %s ago.", "Refresh once, then send the request again."},
	{TokenNotYetValid, 401, "invalid_token", "The token is good only in %s; a clock is wrong.", "Set the clocks of the issuer and of this server by NTP."},
	{TokenIssuer, 401, "invalid_token", "The token comes from %s, which is not trusted here.", "Sign in at the issuer that this API names."},
	{TokenAudience, 401, "invalid_token", "The token is meant for %s, not for this API.", "Ask for a token with this API as its audience."},
	{TokenType, 401, "invalid_token", "This is %s; an access token belongs here.", "Send the `access_token` of the sign-in answer."},
	{TokenRevoked, 401, "invalid_token", "The token was called back %s ago.", "Sign in again."},
	{DPoPProofInvalid, 401, "invalid_dpop_proof", "The DPoP proof does not fit this request: %s.", "Make a new proof for every request, with the key that the token is bound to."},
	{DPoPNonceRequired, 401, "use_dpop_nonce", "The DPoP proof lacks the nonce that this server asks for now.", "Put the value of the `DPoP-Nonce` header into a new proof, as `nonce`, and send the request again."},
	{CertificateInvalid, 401, "invalid_token", "The token is bound to a client certificate: %s.", "Connect with the certificate that the token was issued to, at an address that asks for one."},
	{TokenUnbound, 401, "invalid_token", "The token is bound to no key, so whoever finds it could use it.", "Ask for a token with a DPoP proof or a client certificate, and send it the same way."},
	{SessionEnded, 401, "invalid_token", "The session was ended %s ago.", "Sign in again."},
	{SessionExpired, 401, "invalid_token", "The session is over: it %s.", "Sign in again."},
	{RefreshInvalid, 401, "invalid_token", "This is not a refresh token of this server.", "Sign in again."},
	{RefreshReused, 401, "invalid_token", "This refresh token was used before, so the session was ended.", "Sign in again. If you did not cause this, somebody else held the token: change the password."},
	{CredentialsInvalid, 401, "", "That name and password do not go together.", "Check Caps Lock, then try again."},
	{AccountDisabled, 403, "", "This account is closed for now.", "Ask whoever runs this server."},
	{CodeRequired, 401, "", "The password is right; a code is needed besides.", "Send name, password and the code that the authenticator app shows, or a recovery code, as `code`."},
	{CodeInvalid, 401, "", "This code is not good, or not any more.", "Wait for the next code of the app: each is good once. Check the clock of the device. A recovery code is good once as well."},
	{TwoStepRequired, 403, "", "This account needs two-step sign-in, and it is not set up yet.", "Sign in once at `/auth/login`: the page leads through it."},
	{OfferVoid, 410, "", "This picture was shown too long ago.", "Begin again, and scan the new one."},
	{PasskeyInvalid, 401, "", "This passkey does not open an account here.", "Sign in another way. If the passkey was removed from the account, remove it from the device as well."},
	{PasskeyRequired, 403, "", "The password is right, and this account needs its passkey instead.", "Sign in with the passkey: by the button at `/auth/login`, or by `POST /auth/api/passkey`."},
	{ChallengeVoid, 410, "", "This took too long, was used already, or was begun in another window.", "Try the passkey again."},
	{PasskeyKnown, 409, "", "This passkey is there already.", "There is nothing to do. For another one, use another device."},
	{PasskeyLast, 409, "", "Nothing else opens this account.", "Add another passkey first, or set a password."},
	{PasskeyLimit, 409, "", "This account has as many passkeys as it may.", "Remove one that is not used any more."},
	{PasskeysUnavailable, 404, "", "There are no passkeys here: they need a server with a name, and this one has an address of numbers.", "Reach the server by a name, and set `issuer`."},
	{PasswordRejected, 422, "", "This password cannot be used: %s.", "Choose 15 characters or more. Four or five words you will remember do well."},
	{RateLimited, 429, "", "Too many tries. Try again in %s.", "Wait; the password was not checked."},
	{TooBusy, 503, "", "The server is at its limit. Try again in %s.", "Wait and send the request again; nothing was changed."},
	{DiskFull, 503, "", "The disk that holds the data is nearly full: %s are left.", "Make room on it; the server goes on by itself."},
	{ForbiddenRole, 403, "insufficient_scope", "This needs the role %s.", "Ask whoever runs this server for the role."},
	{ForbiddenScope, 403, "insufficient_scope", "This needs the scope %s.", "Ask for the scope when signing in."},
	{StepUpRequired, 401, "insufficient_user_authentication", "This needs a sign-in of the last %s.", "Sign in again, then repeat the request."},
	{ACRRequired, 401, "insufficient_user_authentication", "This needs a sign-in of the class %s.", "Sign in again with the `acr_values` of the challenge, then repeat the request."},
	{OwnAccount, 409, "", "Administrators do not close, remove or demote their own account.", "Another administrator can, or whoever runs this server, by the command `lingpai user`."},
	{ClientFixed, 409, "", "This app cannot be changed here: %s.", "An app of the configuration is changed there. One that registered itself changes itself."},
	{ChangedMeanwhile, 409, "", "Somebody else has changed this just now, so nothing was changed.", "Read it again, then send the change again."},
	{ConnectionLast, 409, "", "Nothing else opens this account, so it stays connected.", "Send its person a link for a password first, and let them use it."},
	{KeyLimit, 409, "", "As many keys are published as may be, so none was made.", "Wait until the retired ones are removed: `GET /auth/api/admin/keys` says when."},
	{OriginRefused, 403, "", "Pages of %s may not ask here.", "Add the origin to `cors.origins`, or serve the page and this server from one origin."},
	{CSRFRefused, 403, "", "Another site sent this request, so it was not carried out.", "Send it from a page of this site, or add that page's origin to `cors.origins`."},
	{BodyMalformed, 400, "", "The body cannot be read: %s.", "Send one JSON object with the documented members."},
	{BodyTooLarge, 413, "", "The body is larger than the %d bytes allowed here.", "Send less."},
	{MediaType, 415, "", "The body must be %s.", "Set the Content-Type header."},
	{FieldInvalid, 422, "", "%s", "Mend the named field and send it again."},
	{UsernameTaken, 409, "", "The username %s is taken.", "Choose another."},
	{EmailTaken, 409, "", "The email address %s belongs to another account.", "Use another address."},
	{SetupClosed, 410, "", "This setup link is no longer good.", "If an account exists, sign in. Otherwise restart the server: it prints a new link."},
	{LinkVoid, 410, "", "This link is no longer good.", "A link is good once and for a while, and the newest replaces the others. Ask for a new one."},
	{NotFound, 404, "", "There is nothing at this address.", "Check the address."},
	{MethodNotAllowed, 405, "", "This address does not take %s.", "See the Allow header."},
	{RequestMalformed, 400, "", "The request cannot be read: %s.", "Mend the request and send it again."},
	{HostRefused, 421, "", "This server does not answer for %s.", "Use the address of `issuer:`, or set it to this one."},
	{RouteMissing, 404, "", "No route answers %s. %s", "Write the route that stands in `add`, or mend the one that came near."},
	{MockFailed, 500, "", "The mock did not answer: %s.", "Mend it and save: the next request is answered by the new one."},
	{UpstreamFailed, 502, "", "The backend did not answer: %s.", "Start the backend, or mend its address."},
	{AppStarting, 503, "", "The app's dev server does not answer yet: %s.", "Ask again in a moment; it is started by itself."},
	{UpgradeRequired, 426, "", "This address answers WebSockets only.", "Open it with `new WebSocket(…)`, or another client that asks for the upgrade."},
	{UpstreamTimeout, 504, "", "The backend did not begin to answer within %s.", "See what the backend was busy with, or raise the `timeout` of its route."},
	{RuleMissing, 403, "", "No route of the gateway is for this address, so nobody is let through.", "Add a route for it to `gateway.routes`; one with `public: true` lets everybody through."},
	{AddressRefused, 403, "", "This app is not open to your network.", "Add the network to `require.addresses` of the route. Behind a proxy, name the proxy in `trusted_proxies`."},
	{Maintenance, 503, "", "This app is being worked on.", "Take `maintenance: true` out of the route, and let the server read its routes again."},
	{ClientUnknown, 400, "", "The app that sent you here is not known.", "Go back to it and try again. If it stays, its `client_id` is wrong: tell whoever runs the app."},
	{RedirectRefused, 400, "", "The app asks to return to an address that is not registered for it.", "Tell whoever runs the app: its `redirect_uri` must be one of those that were registered, letter for letter."},
	{DeviceUnknown, 422, "", "No device waits for that code.", "Compare it with the device, letter by letter. A code is good for ten minutes and once: begin again at the device if need be."},
	{ProviderState, 400, "", "This sign-in was not begun in this browser, or too long ago.", "Begin again at the sign-in page. If it stays, let the browser keep cookies of this site, and let the proxy in front pass the `Host` header on."},
	{ProviderRefused, 403, "", "%s did not sign you in.", "The provider answered with an `error`, which stands in the log beside the request id."},
	{ProviderFailed, 502, "", "%s did not answer as it should.", "The log says what was wrong, beside the request id."},
	{ProviderNotAdmitted, 403, "", "%s knows you, but you may not come in here.", "`domains` and `require` of the provider say who may come in."},
	{ProviderLogout, 400, "", "This is no logout token for here.", "Send a logout token by OpenID Connect Back-Channel Logout, as `logout_token`. What was wrong with it is in the log."},
	{AccountUnknown, 403, "", "%s knows you, but you have no account here.", "`create: true` of the provider makes an account at the first sign-in."},
	{AccountExists, 409, "", "There is an account with your name or address already, and it is not connected to %s.", "Accounts are never joined by an address alone: whoever owns it at the provider need not own it here."},
	{Unavailable, 503, "", "The server cannot answer right now.", "Try again shortly."},
	{Internal, 500, "", "The server could not finish this. Nothing was changed.", "Try again. If it stays, give the request id to whoever runs this server."},
}

// byCode is built once; the table is the source.
var byCode = func() map[Code]entry {
	m := make(map[Code]entry, len(table))
	for _, e := range table {
		m[e.code] = e
	}
	return m
}()

func (c Code) entry() entry {
	if e, ok := byCode[c]; ok {
		return e
	}
	return byCode[Internal]
}

// Status is the HTTP status of the code.
func (c Code) Status() int { return c.entry().status }

// BearerError is the `error` parameter for WWW-Authenticate (RFC 6750, section 3.1; RFC 9470), or "".
func (c Code) BearerError() string { return c.entry().bearer }

// Text is the English sentence, with verbs for the arguments.
func (c Code) Text() string { return c.entry().text }

// Advice says in English what to do about it.
func (c Code) Advice() string { return c.entry().advice }

// Codes lists every code in the order of the table.
func Codes() []Code {
	out := make([]Code, len(table))
	for i, e := range table {
		out[i] = e.code
	}
	return out
}
