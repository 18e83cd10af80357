package main

// Modules of the FAPI 2.0 Security Profile plan that are about the token endpoint: whose a code is, and how clients prove who they are.

import (
	"net/http"
	"time"
)

var fapi2TokenModules = []module{
	{fapi2Prefix + "ensure-client-id-in-token-endpoint", "RFC 6749, 4.1.3", "client_id of another client beside one's own proof is refused", fapi2ForeignID},
	{fapi2Prefix + "ensure-holder-of-key-required", "FAPI 2.0 SP, 5.3.2.1", "no tokens without a key to bind them to; no old TLS", fapi2NoKey},
	{fapi2Prefix + "ensure-authorization-code-is-bound-to-client", "RFC 6749, 4.1.3", "the code of one client is of no use to another", fapi2ForeignCode},
	{fapi2Prefix + "attempt-reuse-authorization-code-after-one-second", "RFC 6749, 4.1.2", "a code is good once", fapi2CodeReuse},
	{fapi2Prefix + "ensure-token-endpoint-fails-with-expired-auth-code", "FAPI 2.0 SP, 5.3.2.1", "a code is good for a minute at most", fapi2OldCode},
	{fapi2Prefix + "ensure-pkce-code-verifier-required", "RFC 7636, 4.6", "no tokens without code_verifier", fapi2Verifier("")},
	{fapi2Prefix + "incorrect-pkce-code-verifier-rejected", "RFC 7636, 4.6", "no tokens for another code_verifier", fapi2Verifier(random() + random())},
	{fapi2Prefix + "ensure-signed-client-assertion-with-RS256-fails", "FAPI 2.0 SP, 5.4.1", "an assertion that is signed by RS256 is refused", fapi2AssertionRS256},
	{fapi2Prefix + "ensure-client-assertion-in-token-endpoint", "FAPI 2.0 SP, 5.3.2.1", "no tokens without an assertion", fapi2NoAssertion},
	{fapi2Prefix + "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails", "RFC 7523, 3", "an assertion that has expired is refused", fapi2Assertion(func(_, claims object) {
		claims["iat"], claims["exp"] = time.Now().Unix()-360, time.Now().Unix()-300
	})},
	{fapi2Prefix + "ensure-client-assertion-with-wrong-aud-fails", "RFC 7523, 3", "an assertion for another server is refused", fapi2Assertion(func(_, claims object) {
		claims["aud"] = "https://other.example"
	})},
	{fapi2Prefix + "ensure-client-assertion-with-no-sub-fails", "RFC 7523, 3", "an assertion about nobody is refused", fapi2Assertion(func(_, claims object) { delete(claims, "sub") })},
	{fapi2Prefix + "dpop-negative-tests", "RFC 9449, 4.3", "the 32 blocks of the plan above, with a client of this profile", fapi2NegativeProofs},
	{fapi2Prefix + "refresh-token", "FAPI 2.0 SP, 5.3.2.1", "refresh tokens are for their client, and are of no use without its proof", fapi2Refresh},
}

func fapi2ForeignID(t *T) {
	r := t.fapi(t.first)
	trade := t.trade(r, t.allowed(r))
	trade.form.Set("client_id", t.second.id)
	t.refused(t.send(trade), "invalid_client", "invalid_request", "invalid_grant")
}

func fapi2NoKey(t *T) {
	t.must(t.oldTLS() != nil, "FAPI 2.0 SP, 5.2.1", "the server speaks TLS 1.1")
	r := t.fapi(t.first)
	trade := t.trade(r, t.allowed(r))
	trade.noProof = true
	if t.first.proof == nil {
		bare := *t.first
		bare.conn = nil
		trade.by = &bare
	}
	t.refused(t.send(trade), "invalid_dpop_proof", "invalid_request", "invalid_grant", "invalid_client")
}

func fapi2ForeignCode(t *T) {
	r := t.fapi(t.first)
	trade := t.trade(r, t.allowed(r))
	trade.by = t.second
	t.refused(t.send(trade), "invalid_grant")
}

func fapi2CodeReuse(t *T) {
	r := t.fapi(t.first)
	code := t.allowed(r)
	got := t.redeem(r, code)
	t.wait(time.Second)
	t.refused(t.send(t.trade(r, code)), "invalid_grant")
	after := t.fetch(t.first, got.access, got.kind, nil)
	t.should(after.status == http.StatusUnauthorized, "RFC 6749, 4.1.2", "the access token of a code that came twice is still good")
}

func fapi2OldCode(t *T) {
	r := t.fapi(t.first)
	code := t.allowed(r)
	t.wait(62 * time.Second)
	t.refused(t.send(t.trade(r, code)), "invalid_grant")
}

func fapi2Verifier(verifier string) func(*T) {
	return func(t *T) {
		r := t.fapi(t.first)
		code := t.allowed(r)
		r.verifier = verifier
		t.refused(t.send(t.trade(r, code)), "invalid_grant", "invalid_request")
	}
}

func fapi2AssertionRS256(t *T) {
	strong := *t.first
	strong.key = t.first.spare
	t.push(t.fapi(&strong)) // the key is known, and good for PS256
	weak := strong
	weak.key = newSigner(strong.key.kid, "RS256")
	t.refused(t.send(t.pushing(t.fapi(&weak))), "invalid_client")
}

func fapi2NoAssertion(t *T) {
	r := t.fapi(t.first)
	trade := t.trade(r, t.allowed(r))
	trade.noAuth = true
	trade.form.Set("client_id", t.first.id)
	t.refused(t.send(trade), "invalid_client", "invalid_request")
}

// fapi2Assertion is a module whose client shows a wrong assertion with a good code.
func fapi2Assertion(change func(header, claims object)) func(*T) {
	return func(t *T) {
		r := t.fapi(t.first)
		trade := t.trade(r, t.allowed(r))
		trade.assertion = change
		t.refused(t.send(trade), "invalid_client", "invalid_request")
	}
}

// fapi2NegativeProofs shows all with one token, in their order, so that the last one shows that it was good all along.
func fapi2NegativeProofs(t *T) {
	got := t.sign(t.fapi(t.first))
	for _, b := range blocks {
		t.try(b, got)
	}
}

func fapi2Refresh(t *T) {
	got := t.sign(t.fapi(t.first))
	if got.refresh == "" {
		t.skip("the profile gives no refresh tokens")
	}
	t.wait(1100 * time.Millisecond)
	got = t.renewed(t.first, got)
	t.use(t.first, got)
	t.refused(t.send(t.renewal(t.second, got.refresh)), "invalid_grant")
	without := t.renewal(t.first, got.refresh)
	without.noAuth = true
	without.form.Set("client_id", t.first.id)
	if t.first.conn != nil {
		bare := *t.first
		bare.conn = nil
		without.by = &bare
	}
	t.refused(t.send(without), "invalid_client", "invalid_request", "invalid_grant")
	t.renewed(t.first, got)
}
