package main

// The modules that FAPI 2.0 Message Signing adds to those of the Security Profile: requests that clients sign (RFC 9101).

import (
	"net/url"
	"time"
)

func messageSigning() plan {
	v := variant{"private_key_jwt", "dpop"}
	return plan{
		name: "fapi2-message-signing-final-test-plan", title: "FAPI 2.0 Message Signing, signed requests",
		about: "What the plan adds to that of the Security Profile: request objects that are pushed. Profiles of countries are left out.",
		setup: func(t *T) clients {
			t.needs("request_object_signing_alg_values_supported")
			return v.clients(t, "--require-signed-request")
		},
		each: func(t *T) { t.strict = true },
		modules: []module{
			{fapi2Prefix + "ensure-request-object-with-multiple-aud-succeeds", "RFC 9101, 4", "aud may name others besides", signedRequest(good, func(t *T, _, claims object) {
				claims["aud"] = []string{"https://other.example", t.issuer}
			})},
			{fapi2Prefix + "ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted", "FAPI 2.0 MS, 5.3.1", "a clock may be 8 seconds ahead", signedRequest(good, times("nbf", 8*time.Second))},
			{fapi2Prefix + "ensure-request-object-without-exp-fails", "FAPI 2.0 MS, 5.3.1", "exp is required", signedRequest(bad, without("exp"))},
			{fapi2Prefix + "ensure-request-object-without-nbf-fails", "FAPI 2.0 MS, 5.3.1", "nbf is required", signedRequest(bad, without("nbf"))},
			{fapi2Prefix + "ensure-expired-request-object-fails", "FAPI 2.0 MS, 5.3.1", "a request object that is over is refused", signedRequest(bad, times("exp", -5*time.Minute))},
			{fapi2Prefix + "ensure-request-object-with-bad-aud-fails", "FAPI 2.0 MS, 5.3.1", "one for another server is refused", signedRequest(bad, func(_ *T, _, claims object) {
				claims["aud"] = "https://other.example"
			})},
			{fapi2Prefix + "ensure-request-object-with-exp-over-60-fails", "FAPI 2.0 MS, 5.3.1", "one that is good for more than an hour is refused", signedRequest(bad, times("exp", 70*time.Minute))},
			{fapi2Prefix + "ensure-request-object-with-nbf-over-60-fails", "FAPI 2.0 MS, 5.3.1", "one that has been good for more than an hour is refused", signedRequest(bad, times("nbf", -70*time.Minute))},
			{fapi2Prefix + "ensure-signed-request-object-with-RS256-fails", "FAPI 2.0 SP, 5.4.1", "one that is signed by RS256 is refused", signedBy(func(t *T, header, claims object) string {
				key := newSigner(t.first.spare.kid, "RS256")
				header["alg"], header["kid"] = key.alg, key.kid
				return key.sign(header, claims)
			})},
			{fapi2Prefix + "ensure-request-object-signature-algorithm-is-not-none", "RFC 9101, 10.2", "one that is not signed is refused", signedBy(func(_ *T, header, claims object) string { return unsigned(header, claims) })},
			{fapi2Prefix + "ensure-request-object-with-invalid-signature-fails", "RFC 9101, 6.2", "one whose signature is wrong is refused", signedBy(func(t *T, header, claims object) string {
				return newSigner(t.first.key.kid, "ES256").sign(header, claims)
			})},
			{fapi2Prefix + "ensure-matching-key-in-authorization-request", "RFC 9101, 6.2", "one that another client signed is refused", signedBy(func(t *T, header, claims object) string {
				header["kid"] = t.second.key.kid
				return t.second.key.sign(header, claims)
			})},
			{fapi2Prefix + "ensure-unsigned-request-at-par-endpoint-fails", "FAPI 2.0 MS, 5.3.1", "plain parameters are refused", func(t *T) {
				t.refused(t.send(t.pushing(t.fapi(t.first))), "invalid_request", "invalid_request_object")
			}},
			{fapi2Prefix + "par-authorization-request-containing-request_uri", "RFC 9126, 3", "a request object that names another is refused", signedRequest(bad, func(_ *T, _, claims object) {
				claims["request_uri"] = "urn:ietf:params:oauth:request_uri:" + random()
			})},
		},
	}
}

const good, bad = true, false

// object makes the request object of a request (RFC 9101, section 4).
func (t *T) object(r request) (header, claims object) {
	now := time.Now().Unix()
	claims = object{"iss": r.client.id, "aud": t.issuer, "iat": now, "nbf": now, "exp": now + 300}
	for name := range r.params {
		claims[name] = r.params.Get(name)
	}
	return object{"typ": "oauth-authz-req+jwt", "alg": r.client.key.alg, "kid": r.client.key.kid}, claims
}

// signedPush is the call that pushes a request object.
func (t *T) signedPush(r request, signed string) call {
	push := t.pushing(r)
	push.form = url.Values{"request": {signed}}
	return push
}

// signedRequest is a module whose request object was changed before it was signed.
func signedRequest(accepted bool, change func(t *T, header, claims object)) func(*T) {
	return func(t *T) {
		r := t.fapi(t.first)
		header, claims := t.object(r)
		change(t, header, claims)
		push := t.signedPush(r, r.client.key.sign(header, claims))
		if !accepted {
			t.refused(t.send(push), "invalid_request_object", "invalid_request")
			return
		}
		t.use(t.first, t.redeem(r, t.code(r, t.open(t.named(r, t.pushed(t.send(push)))))))
	}
}

// signedBy is a module whose request object is signed by somebody else, or by nobody.
func signedBy(sign func(t *T, header, claims object) string) func(*T) {
	return func(t *T) {
		r := t.fapi(t.first)
		header, claims := t.object(r)
		t.refused(t.send(t.signedPush(r, sign(t, header, claims))), "invalid_request_object", "invalid_request", "invalid_client")
	}
}

func times(claim string, from time.Duration) func(*T, object, object) {
	return func(_ *T, _, claims object) { claims[claim] = time.Now().Add(from).Unix() }
}

func without(claim string) func(*T, object, object) {
	return func(_ *T, _, claims object) { delete(claims, claim) }
}
