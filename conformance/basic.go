package main

// Modules of the OpenID Connect plans for a provider whose clients use the code flow and a secret.

import (
	"net/http"
	"strings"
	"time"
)

func basic() plan {
	return plan{
		name: "oidcc-basic-certification-test-plan", title: "Basic OP", setup: webClients, modules: basicModules,
		about: "The code flow, by clients with a secret. The suite sends no PKCE challenge, so the clients are registered as `--insecure-without-pkce`.",
	}
}

// webClients are two clients with secrets.
func webClients(t *T) clients {
	add := func() *client {
		c, err := t.addClient("--profile", "web", "--redirect-uri", callback, "--insecure-without-pkce")
		t.check(err)
		return c
	}
	return clients{add(), add()}
}

var basicModules = []module{
	{"oidcc-server", "OIDC Core, 3.1", "sign-in, tokens and userinfo, twice", happyFlow},
	{"oidcc-response-type-missing", "RFC 6749, 3.1.1", "a request without response_type is an error, told to the app or shown", responseTypeMissing},
	{"oidcc-idtoken-signature", "OIDC Core, 3.1.3.7", "ID tokens are signed by RS256, by a published key", idTokenSignature},
	{"oidcc-idtoken-unsigned", "OIDC Core, 2", "ID tokens without signature, for providers that have them", idTokenUnsigned},
	{"oidcc-userinfo-get", "OIDC Core, 5.3.1", "userinfo by GET", userinfoGet},
	{"oidcc-userinfo-post-header", "OIDC Core, 5.3.1", "userinfo by POST, with the token in the header", userinfoPostHeader},
	{"oidcc-userinfo-post-body", "RFC 6750, 2.2", "userinfo by POST, with the token in the body", userinfoPostBody},
	{"oidcc-ensure-request-without-nonce-succeeds-for-code-flow", "OIDC Core, 3.1.2.1", "nonce may be left out, and is not invented", withoutNonce},
	{"oidcc-scope-profile", "OIDC Core, 5.4", "the scope gives its claims", scope("profile")},
	{"oidcc-scope-email", "OIDC Core, 5.4", "the scope gives its claims", scope("email")},
	{"oidcc-scope-address", "OIDC Core, 5.4", "the scope gives its claims", scope("address")},
	{"oidcc-scope-phone", "OIDC Core, 5.4", "the scope gives its claims", scope("phone")},
	{"oidcc-scope-all", "OIDC Core, 5.4", "the scopes give their claims together", scope("profile", "email", "address", "phone")},
	{"oidcc-alternate-happy-flow", "OIDC Core, 3.1.2.1", "the order of scopes and parameters does not matter", alternateOrder},
	{"oidcc-display-page", "OIDC Core, 3.1.2.1", "display=page is no error", hint("display", "page")},
	{"oidcc-display-popup", "OIDC Core, 3.1.2.1", "display=popup is no error", hint("display", "popup")},
	{"oidcc-prompt-login", "OIDC Core, 3.1.2.1", "prompt=login asks for the password again, and auth_time tells", promptLogin},
	{"oidcc-prompt-none-not-logged-in", "OIDC Core, 3.1.2.6", "prompt=none shows no page, and is login_required for nobody", promptNoneSignedOut},
	{"oidcc-prompt-none-logged-in", "OIDC Core, 3.1.2.1", "prompt=none succeeds silently for who is signed in", promptNoneSignedIn},
	{"oidcc-max-age-1", "OIDC Core, 3.1.2.1", "a sign-in that is older than max_age is made again", maxAge1},
	{"oidcc-max-age-10000", "OIDC Core, 3.1.2.1", "a sign-in that is not older is good, and auth_time stays", maxAge10000},
	{"oidcc-ensure-request-with-unknown-parameter-succeeds", "RFC 6749, 3.1", "a parameter that nobody knows is passed over", hint("extra", "foobar")},
	{"oidcc-id-token-hint", "OIDC Core, 3.1.2.1", "prompt=none with the ID token of who is signed in succeeds", idTokenHint},
	{"oidcc-login-hint", "OIDC Core, 3.1.2.1", "login_hint is no error", hint("login_hint", "bob@example.com")},
	{"oidcc-ui-locales", "OIDC Core, 3.1.2.1", "ui_locales is no error", hint("ui_locales", "se")},
	{"oidcc-claims-locales", "OIDC Core, 5.2", "claims_locales is no error", hint("claims_locales", "se")},
	{"oidcc-ensure-request-with-acr-values-succeeds", "OIDC Core, 3.1.2.1", "acr_values is no error, and acr tells what was done", acrValues},
	{"oidcc-codereuse", "RFC 6749, 4.1.2", "a code is good once", codeReuse},
	{"oidcc-codereuse-30seconds", "RFC 6749, 4.1.2", "a code shown again after 30 seconds ends the tokens that it gave", codeReuse30},
	{"oidcc-ensure-registered-redirect-uri", "OIDC Core, 3.1.2.1", "an address that was not registered gets nothing", unregisteredRedirect},
	{"oidcc-ensure-post-request-succeeds", "OIDC Core, 3.1.2.1", "a request may come by POST", postRequest},
	{"oidcc-server-client-secret-post", "RFC 6749, 2.3.1", "the secret may come in the body", secretPost},
	{"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", "OIDC Core, 6.2", "request_uri works, or is refused as unsupported", requestURI},
	{"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", "OIDC Core, 6.1", "an unsigned request object is read, or refused; never passed over", unsignedRequestObject},
	{"oidcc-claims-essential", "OIDC Core, 5.5", "a claim that is asked for by name is given", claimsEssential},
	{"oidcc-ensure-request-object-with-redirect-uri", "OIDC Core, 6.1", "the address in a request object counts, or the object is refused", requestObjectRedirect},
	{"oidcc-refresh-token", "OIDC Core, 12", "refresh works, keeps who signed in and when, and is the client's alone", refreshToken},
	{"oidcc-ensure-request-with-valid-pkce-succeeds", "RFC 7636, 4", "PKCE breaks nothing", validPKCE},
}

func happyFlow(t *T) {
	for range 2 {
		got := t.signIn(t.ask(t.first, "openid"))
		t.userinfo(t.first, got)
		t.browser.forget()
	}
}

func responseTypeMissing(t *T) {
	r := t.ask(t.first, "openid").without("response_type")
	t.deniedOrStays(r, t.open(r), "RFC 6749, 3.1.1", "invalid_request", "unsupported_response_type")
}

func idTokenSignature(t *T) {
	got := t.signIn(t.ask(t.first, "openid"))
	header, _ := t.verify(got.id, t.algorithms()...)
	t.must(header.Algorithm == "RS256", "OIDC Core, 2", "the ID token of a client that asked for nothing else is signed by %s", header.Algorithm)
}

func idTokenUnsigned(t *T) {
	if !t.lists("id_token_signing_alg_values_supported", "none") {
		t.skip("ID tokens are always signed")
	}
	t.must(false, "OIDC Core, 2", "ID tokens may go unsigned")
}

func userinfoGet(t *T) { t.userinfo(t.first, t.signIn(t.ask(t.first, "openid"))) }

func userinfoPostHeader(t *T) {
	got := t.signIn(t.ask(t.first, "openid"))
	t.claimsOf(got, t.fetch(t.first, got.access, got.kind, func(r *http.Request) { r.Method = http.MethodPost }))
}

func userinfoPostBody(t *T) {
	got := t.signIn(t.ask(t.first, "openid"))
	r, err := post(t.at("userinfo_endpoint"), map[string][]string{"access_token": {got.access}})
	t.check(err)
	answer, err := t.do(r, t.first)
	t.check(err)
	t.claimsOf(got, answer)
}

func withoutNonce(t *T) { t.signIn(t.ask(t.first, "openid").without("nonce")) }

// standardClaims are the claims of a scope (OpenID Connect Core, section 5.4).
var standardClaims = map[string][]string{
	"profile": {
		"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender", "birthdate",
		"zoneinfo", "locale", "updated_at",
	},
	"email":   {"email", "email_verified"},
	"address": {"address"},
	"phone":   {"phone_number", "phone_number_verified"},
}

func scope(names ...string) func(*T) {
	return func(t *T) {
		got := t.signIn(t.ask(t.first, "openid "+strings.Join(names, " ")))
		claims := t.userinfo(t.first, got)
		for _, name := range names {
			t.must(claims[standardClaims[name][0]] != nil, "OIDC Core, 5.4", "the scope %s gives no %s", name, standardClaims[name][0])
			absent := missing(claims, standardClaims[name]...)
			t.should(len(absent) == 0, "OIDC Core, 5.4", "the scope %s does not give %s, which the server does not keep", name, strings.Join(absent, ", "))
		}
	}
}

func alternateOrder(t *T) {
	r := t.ask(t.first, "email openid")
	reversed := "state=" + r.params.Get("state")
	for _, name := range []string{"scope", "nonce", "redirect_uri", "client_id", "response_type", "response_mode"} {
		if r.params.Has(name) {
			reversed += "&" + name + "=" + escape(r.params.Get(name))
		}
	}
	l, err := t.browser.visit(t.at("authorization_endpoint") + "?" + reversed)
	t.check(err)
	got := t.redeem(r, t.code(r, l))
	t.must(t.userinfo(t.first, got)["email"] != nil, "OIDC Core, 5.4", "the scope email gives no email")
}

// hint is a module that adds a parameter, which is to change nothing.
func hint(name, value string) func(*T) {
	return func(t *T) { t.signIn(t.ask(t.first, "openid").with(name, value)) }
}

const signInPage = "/auth/login"

func promptLogin(t *T) {
	first := t.signIn(t.ask(t.first, "openid"))
	t.wait(1100 * time.Millisecond)
	r := t.ask(t.first, "openid").with("prompt", "login").with("max_age", "15000")
	code := t.authorize(r)
	t.must(t.browser.wasShown(signInPage), "OIDC Core, 3.1.2.1", "prompt=login did not ask for the password")
	second := t.redeem(r, code)
	t.must(authTime(second.claims) > authTime(first.claims), "OIDC Core, 2", "auth_time did not move")
	t.must(second.claims["sub"] == first.claims["sub"], "OIDC Core, 2", "sub changed")
}

func promptNoneSignedOut(t *T) {
	r := t.ask(t.first, "openid").with("prompt", "none")
	t.denied(r, t.open(r), "login_required", "interaction_required", "account_selection_required", "consent_required")
	t.must(len(t.browser.shown) == 0, "OIDC Core, 3.1.2.1", "prompt=none showed a page")
}

func promptNoneSignedIn(t *T) {
	first := t.signIn(t.ask(t.first, "openid"))
	r := t.ask(t.first, "openid").with("prompt", "none")
	t.same(first, t.silently(r))
}

// silently is a sign-in that shows no page to the person.
func (t *T) silently(r request) tokens {
	code := t.authorize(r)
	t.must(len(t.browser.shown) == 0, "OIDC Core, 3.1.2.1", "the person was asked something")
	return t.redeem(r, code)
}

// same demands that two ID tokens are about one sign-in.
func (t *T) same(a, b tokens) {
	t.must(a.claims["sub"] == b.claims["sub"], "OIDC Core, 2", "sub changed")
	t.must(authTime(a.claims) == authTime(b.claims), "OIDC Core, 2", "auth_time changed from %.0f to %.0f", authTime(a.claims), authTime(b.claims))
}

func maxAge1(t *T) {
	first := t.signIn(t.ask(t.first, "openid"))
	t.wait(2100 * time.Millisecond)
	r := t.ask(t.first, "openid").with("max_age", "1")
	code := t.authorize(r)
	t.must(t.browser.wasShown(signInPage), "OIDC Core, 3.1.2.1", "max_age=1 did not ask for the password")
	second := t.redeem(r, code)
	t.must(authTime(second.claims) > authTime(first.claims), "OIDC Core, 2", "auth_time did not move")
}

func maxAge10000(t *T) {
	first := t.signIn(t.ask(t.first, "openid").with("max_age", "10000"))
	t.same(first, t.silently(t.ask(t.first, "openid").with("max_age", "10000")))
}

func idTokenHint(t *T) {
	first := t.signIn(t.ask(t.first, "openid"))
	t.same(first, t.silently(t.ask(t.first, "openid").with("prompt", "none").with("id_token_hint", first.id)))
}

func acrValues(t *T) {
	acr := "urn:mace:incommon:iap:silver"
	if all, _ := t.meta["acr_values_supported"].([]any); len(all) > 0 {
		acr, _ = all[0].(string)
	}
	got := t.signIn(t.ask(t.first, "openid").with("acr_values", acr))
	t.should(got.claims["acr"] == acr, "OIDC Core, 2", "acr is %v", got.claims["acr"])
	t.browser.forget()
	t.signIn(t.ask(t.first, "openid").with("acr_values", "urn:mace:incommon:iap:silver")) // voluntary, so one that nobody offers is no error
}

func codeReuse(t *T) {
	r := t.ask(t.first, "openid")
	code := t.authorize(r)
	t.redeem(r, code)
	t.refused(t.send(t.trade(r, code)), "invalid_grant")
}

func codeReuse30(t *T) {
	r := t.ask(t.first, "openid")
	code := t.authorize(r)
	got := t.redeem(r, code)
	t.userinfo(t.first, got)
	t.wait(30 * time.Second)
	t.refused(t.send(t.trade(r, code)), "invalid_grant")
	after := t.fetch(t.first, got.access, got.kind, nil)
	t.should(after.status == http.StatusUnauthorized, "RFC 6749, 4.1.2", "the access token of a code that came twice is still good")
}

func unregisteredRedirect(t *T) {
	for _, address := range []string{callback + "/" + random(), callback + "?more=1", "https://other.example/callback"} {
		t.stays(t.open(t.ask(t.first, "openid").with("redirect_uri", address)), "OIDC Core, 3.1.2.1")
	}
}

func postRequest(t *T) {
	r := t.ask(t.first, "openid")
	l, err := t.browser.submit(t.at("authorization_endpoint"), r.params)
	t.check(err)
	t.redeem(r, t.code(r, l))
}

func secretPost(t *T) {
	if !t.lists("token_endpoint_auth_methods_supported", "client_secret_post") {
		t.skip("the metadata does not name client_secret_post")
	}
	c := *t.first
	c.auth = "client_secret_post"
	got := t.signIn(t.ask(&c, "openid"))
	t.userinfo(&c, got)
}

func requestURI(t *T) {
	r := t.ask(t.first, "openid").with("request_uri", "https://app.example/request.jwt")
	t.must(t.meta["request_uri_parameter_supported"] == false, "OIDC Discovery, 3", "request_uri is said to be supported, and nobody can fetch one here")
	t.deniedOrStays(r, t.open(r), "OIDC Core, 6.2", "request_uri_not_supported", "invalid_request_uri")
}

func unsignedRequestObject(t *T) {
	r := t.ask(t.first, "openid")
	inside := object{"iss": t.first.id, "aud": t.issuer}
	for name := range r.params {
		inside[name] = r.params.Get(name)
	}
	r = r.with("request", unsigned(object{}, inside))
	t.denied(r, t.open(r), "request_not_supported", "invalid_request_object")
}

func claimsEssential(t *T) {
	if t.meta["claims_parameter_supported"] != true {
		t.skip("the metadata does not name the parameter claims")
	}
	got := t.signIn(t.ask(t.first, "openid").with("claims", `{"userinfo":{"name":{"essential":true}}}`))
	t.must(t.userinfo(t.first, got)["name"] != nil, "OIDC Core, 5.5.1", "the userinfo has no name")
}

func requestObjectRedirect(t *T) {
	r := t.ask(t.first, "openid")
	inside := object{"iss": t.first.id, "aud": t.issuer, "client_id": t.first.id, "response_type": "code", "redirect_uri": callback}
	l := t.open(r.with("redirect_uri", "https://other.example/callback").with("request", unsigned(object{}, inside)))
	t.must(!l.atApp || l.to == callback, "OIDC Core, 6.1", "the browser was sent to %s, which was not registered", l.to)
	t.deniedOrStays(r, l, "OIDC Core, 6.1", "request_not_supported", "invalid_request_object")
}

func refreshToken(t *T) {
	first := t.signIn(t.ask(t.first, "openid offline_access").with("prompt", "consent"))
	t.must(first.refresh != "", "OIDC Core, 11", "offline_access gave no refresh token")
	t.wait(1100 * time.Millisecond)
	second := t.renewed(t.first, first)
	t.userinfo(t.first, second)
	t.refused(t.send(t.renewal(t.second, second.refresh)), "invalid_grant")
	t.renewed(t.first, second) // it was not spent by that
}

// renewed refreshes, and demands that the new tokens are of the same sign-in (OpenID Connect Core, section 12.2).
func (t *T) renewed(c *client, old tokens) tokens {
	const section = "OIDC Core, 12.2"
	got := t.tokens(c, t.send(t.renewal(c, old.refresh)))
	t.must(got.access != old.access, "RFC 6749, 6", "the access token is the old one")
	if got.refresh == "" {
		got.refresh = old.refresh
	}
	if got.claims = old.claims; got.id != "" {
		_, got.claims = t.verify(got.id, t.algorithms()...)
		for _, name := range []string{"iss", "sub", "azp", "auth_time"} {
			t.must(got.claims[name] == old.claims[name], section, "%s changed", name)
		}
		t.must(audience(got.claims, c.id), section, "aud changed")
		t.must(got.claims["nonce"] == nil || got.claims["nonce"] == old.claims["nonce"], section, "nonce changed")
		was, _ := old.claims["iat"].(float64)
		is, _ := got.claims["iat"].(float64)
		t.must(is >= was, section, "iat is that of the old ID token")
	}
	return got
}

func validPKCE(t *T) {
	r := t.ask(t.first, "openid").pkce()
	t.signIn(r)
	code := t.authorize(r)
	r.verifier = ""
	t.refused(t.send(t.trade(r, code)), "invalid_grant", "invalid_request")
}
