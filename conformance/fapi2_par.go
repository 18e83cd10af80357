package main

// Modules of the FAPI 2.0 Security Profile plan that are about authorization requests: what may be pushed, and what the browser may bring.

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

var fapi2PARModules = []module{
	{fapi2Prefix + "ensure-different-nonce-inside-and-outside-request-object", "RFC 9101, 6.3", "of two nonces, the pushed one counts", fapi2OtherNonce},
	{fapi2Prefix + "ensure-different-state-inside-and-outside-request-object", "RFC 9101, 6.3", "of two states, the pushed one counts", fapi2OtherState},
	{fapi2Prefix + "state-only-outside-request-object-not-used", "RFC 9101, 6.3", "a state that was not pushed does not count", fapi2StateOutside},
	{fapi2Prefix + "ensure-request-object-without-redirect-uri-fails", "FAPI 2.0 SP, 5.3.2.2", "an address beside a pushed request does not stand in for one within", fapi2RedirectOutside},
	{fapi2Prefix + "ensure-registered-redirect-uri", "RFC 9126, 2.4", "an address that was not registered is refused", fapi2UnregisteredRedirect},
	{fapi2Prefix + "plain-fapi-tolerate-unregistered-redirect-uri", "RFC 9126, 2.4", "or, as pushed requests allow, taken all the way: never half", fapi2TolerateRedirect},
	{fapi2Prefix + "ensure-redirect-uri-in-authorization-request", "FAPI 2.0 SP, 5.3.2.2", "without an address there is no request", fapi2NoRedirect},
	{fapi2Prefix + "ensure-unsigned-authorization-request-without-using-par-fails", "FAPI 2.0 SP, 5.3.2.2", "a request that was not pushed is refused", fapi2NotPushed},
	{fapi2Prefix + "ensure-response-type-code-idtoken-fails", "FAPI 2.0 SP, 5.3.2.2", "code id_token is refused", fapi2ResponseType("code id_token")},
	{fapi2Prefix + "ensure-response-type-token-fails", "FAPI 2.0 SP, 5.3.2.2", "token is refused", fapi2ResponseType("token")},
	{fapi2Prefix + "par-ensure-reused-request-uri-prior-to-auth-completion-succeeds", "FAPI 2.0 SP, 5.3.2.2", "a pushed request may be opened again until it is answered", fapi2ReopenedBefore},
	{fapi2Prefix + "par-attempt-reuse-request_uri", "RFC 9126, 4", "and not after", fapi2ReopenedAfter},
	{fapi2Prefix + "par-attempt-to-use-expired-request_uri", "RFC 9126, 4", "nor when its time is over", fapi2ExpiredPush},
	{fapi2Prefix + "par-attempt-to-use-request_uri-for-different-client", "RFC 9126, 4", "nor by another client", fapi2PushOfAnother},
	{fapi2Prefix + "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted", "FAPI 2.0 SP, 5.3.2.1", "a clock may be 8 seconds ahead", fapi2AssertionFrom(8, true)},
	{fapi2Prefix + "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails", "FAPI 2.0 SP, 5.3.2.1", "and not more than 60", fapi2AssertionFrom(70, false)},
	{fapi2Prefix + "par-authorization-request-containing-request_uri-form-param", "RFC 9126, 2.1", "a push with request_uri is refused", fapi2PushedName},
	{fapi2Prefix + "par-attempt-invalid-http-method", "RFC 9126, 2.3", "nothing is pushed by PUT", fapi2PushByPut},
	{fapi2Prefix + "par-without-duplicate-parameters", "RFC 9126, 4", "the browser brings client_id and request_uri, and nothing else", func(t *T) { t.use(t.first, t.sign(t.fapi(t.first))) }},
	{fapi2Prefix + "par-ensure-pkce-required", "FAPI 2.0 SP, 5.3.2.2", "a push without code_challenge is refused", fapi2NoPKCE},
	{fapi2Prefix + "par-plain-pkce-rejected", "FAPI 2.0 SP, 5.3.2.2", "a push with the method plain is refused", fapi2PlainPKCE},
	{fapi2Prefix + "par-test-array-as-audience-fails", "FAPI 2.0 SP, 5.3.2.1", "an assertion for several servers is refused", fapi2Audience(func(t *T) any { return []string{t.issuer} })},
	{fapi2Prefix + "par-test-par-endpoint-url-as-audience-fails", "FAPI 2.0 SP, 5.3.2.1", "an assertion for the address of the endpoint is refused", fapi2Audience(func(t *T) any { return t.at("pushed_authorization_request_endpoint") })},
	{fapi2Prefix + "par-test-token-endpoint-url-as-audience-fails", "FAPI 2.0 SP, 5.3.2.1", "an assertion for the address of the token endpoint is refused", fapi2Audience(func(t *T) any { return t.at("token_endpoint") })},
}

// pushing is the call that pushes a request, without a proof.
func (t *T) pushing(r request) call {
	return call{to: t.endpoint(r.client, "pushed_authorization_request_endpoint"), form: r.params, by: r.client, noProof: true}
}

// push pushes a request and returns the address that names it.
func (t *T) push(r request) string { return t.pushed(t.send(t.pushing(r))) }

// pushed checks the answer to a push (RFC 9126, section 2.2).
func (t *T) pushed(r *reply) string {
	const section = "RFC 9126, 2.2"
	t.must(r.status == http.StatusCreated && r.json != nil, section, "%s answers %d %s: %s", r.from, r.status, r.text("error"), r.text("error_description"))
	uri := r.text("request_uri")
	t.must(uri != "", section, "request_uri is missing")
	t.entropy("request_uri", uri)
	seconds, _ := r.json["expires_in"].(float64)
	t.must(seconds > 0 && seconds < 600, "FAPI 2.0 SP, 5.3.2.2", "expires_in is %s, not between 1 and 599", number(r.json["expires_in"]))
	return uri
}

// named is the request as the browser brings it: by the address of the pushed one.
func (t *T) named(r request, uri string) request {
	r.brought = url.Values{"client_id": {r.client.id}, "request_uri": {uri}}
	return r
}

// spoilt demands that a request that the browser brings is refused.
func (t *T) spoilt(r request, l landing, section string) {
	t.deniedOrStays(r, l, section, "invalid_request", "invalid_request_uri", "invalid_request_object", "unauthorized_client", "unsupported_response_type")
}

func fapi2OtherNonce(t *T) {
	r := t.fapi(t.first)
	l := t.open(t.named(r, t.push(r)).beside("nonce", random()))
	t.use(t.first, t.redeem(r, t.code(r, l)))
}

func fapi2OtherState(t *T) {
	r := t.fapi(t.first)
	l := t.open(t.named(r, t.push(r)).beside("state", random()))
	t.use(t.first, t.redeem(r, t.code(r, l)))
}

func fapi2StateOutside(t *T) {
	r := t.fapi(t.first).without("state")
	l := t.open(t.named(r, t.push(r)).beside("state", random()))
	t.use(t.first, t.redeem(r, t.code(r, l)))
}

func fapi2RedirectOutside(t *T) {
	r := t.fapi(t.first)
	inside := r.without("redirect_uri")
	pushed := t.send(t.pushing(inside))
	if pushed.status != http.StatusCreated {
		t.refused(pushed, "invalid_request", "invalid_redirect_uri")
		return
	}
	t.spoilt(r, t.open(t.named(inside, pushed.text("request_uri")).beside("redirect_uri", callback)), "FAPI 2.0 SP, 5.3.2.2")
}

func fapi2UnregisteredRedirect(t *T) {
	r := t.fapi(t.first).with("redirect_uri", "https://other.example/callback")
	t.refused(t.send(t.pushing(r)), "invalid_request", "invalid_redirect_uri")
}

func fapi2TolerateRedirect(t *T) {
	address := callback + "/" + random()
	r := t.fapi(t.first).with("redirect_uri", address)
	pushed := t.send(t.pushing(r))
	if pushed.status != http.StatusCreated {
		t.refused(pushed, "invalid_request", "invalid_redirect_uri")
		return
	}
	l := t.open(t.named(r, pushed.text("request_uri")))
	t.must(l.atApp && l.to == address, "RFC 9126, 2.4", "the address was taken at the push, and the answer went elsewhere")
}

func fapi2NoRedirect(t *T) {
	r := t.fapi(t.first).without("redirect_uri")
	pushed := t.send(t.pushing(r))
	if pushed.status != http.StatusCreated {
		t.refused(pushed, "invalid_request", "invalid_redirect_uri")
		return
	}
	t.spoilt(r, t.open(t.named(r, pushed.text("request_uri"))), "FAPI 2.0 SP, 5.3.2.2")
}

func fapi2NotPushed(t *T) {
	r := t.fapi(t.first)
	t.spoilt(r, t.open(r), "FAPI 2.0 SP, 5.3.2.2")
}

func fapi2ResponseType(kind string) func(*T) {
	return func(t *T) {
		r := t.fapi(t.first).with("response_type", kind)
		pushed := t.send(t.pushing(r))
		if pushed.status != http.StatusCreated {
			t.refused(pushed, "invalid_request", "unsupported_response_type", "unauthorized_client")
			return
		}
		t.spoilt(r, t.open(t.named(r, pushed.text("request_uri"))), "FAPI 2.0 SP, 5.3.2.2")
	}
}

func fapi2ReopenedBefore(t *T) {
	r := t.fapi(t.first)
	named := t.named(r, t.push(r))
	for range 2 { // a preview, or a person who comes back to the page
		seen, err := t.get(t.at("authorization_endpoint") + "?" + named.front().Encode())
		t.check(err)
		t.must(seen.status < http.StatusBadRequest, "FAPI 2.0 SP, 5.3.2.2", "the request is answered by %d before anybody signed in", seen.status)
	}
	t.use(t.first, t.redeem(r, t.code(r, t.open(named))))
}

func fapi2ReopenedAfter(t *T) {
	r := t.fapi(t.first)
	named := t.named(r, t.push(r))
	t.redeem(r, t.code(r, t.open(named)))
	t.spoilt(r, t.open(named), "RFC 9126, 4")
}

func fapi2ExpiredPush(t *T) {
	r := t.fapi(t.first)
	pushed := t.send(t.pushing(r))
	named := t.named(r, t.pushed(pushed))
	seconds, _ := pushed.json["expires_in"].(float64)
	t.wait(time.Duration(seconds+3) * time.Second)
	t.spoilt(r, t.open(named), "RFC 9126, 4")
}

func fapi2PushOfAnother(t *T) {
	r := t.fapi(t.first)
	named := t.named(r, t.push(r))
	t.spoilt(r, t.open(named.beside("client_id", t.second.id)), "RFC 9126, 4")
}

// fapi2AssertionFrom is a module with an assertion that begins so many seconds from now.
func fapi2AssertionFrom(seconds int64, good bool) func(*T) {
	return func(t *T) {
		r := t.fapi(t.first)
		push := t.pushing(r)
		push.assertion = func(_, claims object) {
			now := time.Now().Unix()
			claims["iat"], claims["nbf"], claims["exp"] = now, now+seconds, now+seconds+60
		}
		if !good {
			t.refused(t.send(push), "invalid_client")
			return
		}
		t.use(t.first, t.redeem(r, t.code(r, t.open(t.named(r, t.pushed(t.send(push)))))))
	}
}

func fapi2PushedName(t *T) {
	r := t.fapi(t.first)
	t.refused(t.send(t.pushing(r.with("request_uri", t.push(r)))), "invalid_request", "invalid_request_uri")
}

func fapi2PushByPut(t *T) {
	r, err := post(t.at("pushed_authorization_request_endpoint"), t.fapi(t.first).params)
	t.check(err)
	r.Method = http.MethodPut
	got, err := t.do(r, t.first)
	t.check(err)
	t.must(slices.Contains([]int{http.StatusMethodNotAllowed, http.StatusBadRequest, http.StatusNotFound}, got.status), "RFC 9126, 2.3", "PUT is answered by %d", got.status)
}

func fapi2NoPKCE(t *T) {
	t.refused(t.send(t.pushing(t.ask(t.first, "openid"))), "invalid_request")
}

func fapi2PlainPKCE(t *T) {
	r := t.ask(t.first, "openid").with("code_challenge", random()+random()).with("code_challenge_method", "plain")
	t.refused(t.send(t.pushing(r)), "invalid_request")
}

func fapi2Audience(of func(*T) any) func(*T) {
	return func(t *T) {
		push := t.pushing(t.fapi(t.first))
		push.assertion = func(_, claims object) { claims["aud"] = of(t) }
		t.refused(t.send(push), "invalid_client")
	}
}
