package main

// Modules of the FAPI 2.0 Security Profile plan: clients, discovery, and the way from a pushed request to tokens that are bound to a key.
// fapi2_par.go has those about pushed requests, fapi2_token.go those about the token endpoint, dpop.go the wrong proofs.

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// variant is how the clients of a FAPI plan prove who they are, and what their tokens are bound to.
type variant struct{ auth, constrain string }

const fapi2Prefix = "fapi2-security-profile-final-"

func fapi2(v variant) plan {
	p := plan{
		name:  "fapi2-security-profile-final-test-plan",
		title: "FAPI 2.0 Security Profile, " + v.auth + " and " + v.constrain,
		about: "Unsigned requests that are pushed, plain responses, OpenID Connect. The names begin with `" + fapi2Prefix + "`. Profiles of countries are left out.",
		setup: func(t *T) clients { return v.clients(t) },
		each:  func(t *T) { t.strict = true },
	}
	for _, m := range slices.Concat(fapi2Modules, fapi2PARModules, fapi2TokenModules) {
		if v.has(m.name) {
			p.modules = append(p.modules, m)
		}
	}
	return p
}

// has leaves out the modules about proofs where tokens are bound to certificates, and those about assertions where there are none.
func (v variant) has(module string) bool {
	aboutProofs := strings.Contains(module, "dpop")
	aboutAssertions := strings.Contains(module, "assertion") || strings.HasSuffix(module, "as-audience-fails")
	return (v.constrain == "dpop" || !aboutProofs) && (v.auth == "private_key_jwt" || !aboutAssertions)
}

// clients are two clients of the profile fapi2.
func (v variant) clients(t *T, flags ...string) clients {
	t.needs("pushed_authorization_request_endpoint")
	if v.auth == "mtls" && !t.lists("token_endpoint_auth_methods_supported", "self_signed_tls_client_auth") {
		panic(stop{notBuilt, "the metadata does not name self_signed_tls_client_auth"})
	}
	if v.constrain == "mtls" {
		t.needs("tls_client_certificate_bound_access_tokens")
	}
	return clients{v.client(t, "one", flags), v.client(t, "two", flags)}
}

// client registers one client with the public halves of its keys.
func (v variant) client(t *T, name string, flags []string) *client {
	key, second := newSigner(name, "ES256"), newSigner(name+"-rsa", "PS256")
	set := []object{key.public(), second.public()}
	cert, err := selfSigned(name + ".example")
	t.check(err)
	flags = append([]string{"--profile", "fapi2", "--redirect-uri", callback}, flags...)
	if v.auth == "mtls" {
		data, err := jose.JSONWebKey{Key: cert.Leaf.PublicKey, KeyID: name, Algorithm: "ES256", Use: "sig"}.MarshalJSON()
		t.check(err)
		jwk := object{}
		t.check(json.Unmarshal(data, &jwk))
		jwk["x5c"] = [][]byte{cert.Leaf.Raw}
		set = []object{jwk}
		flags = append(flags, "--auth", "self_signed_tls_client_auth")
	}
	if v.constrain == "mtls" {
		flags = append(flags, "--certificate-bound")
	}
	file := filepath.Join(t.dir, random()+".json")
	data, err := json.Marshal(object{"keys": set})
	t.check(err)
	t.check(os.WriteFile(file, data, 0o600))
	c, err := t.addClient(append(flags, "--jwks", file)...)
	if err != nil && strings.Contains(err.Error(), "--profile says") {
		panic(stop{notBuilt, "there is no profile fapi2"})
	}
	t.check(err)
	c.auth, c.key, c.spare = "private_key_jwt", key, second
	if v.auth == "mtls" {
		c.auth = "self_signed_tls_client_auth"
	}
	if v.constrain == "dpop" {
		c.proof = newSigner("", "ES256")
	}
	if v.auth == "mtls" || v.constrain == "mtls" {
		c.conn = t.httpClient(cert)
	}
	return c
}

var fapi2Modules = []module{
	{fapi2Prefix + "discovery-end-point-verification", "FAPI 2.0 SP, 5.3.1 and 5.3.2", "the metadata promises what the profile demands, at both addresses", fapi2Discovery},
	{fapi2Prefix + "happy-flow", "FAPI 2.0 SP, 5.3", "two clients push, sign in, get bound tokens and use them", fapi2Happy},
	{fapi2Prefix + "user-rejects-authentication", "RFC 6749, 4.1.2.1", "a person who says no leads to access_denied", fapi2Rejects},
	{fapi2Prefix + "ensure-authorization-request-without-state-success", "RFC 6749, 4.1.2", "state may be left out, and is not invented", fapi2Without("state")},
	{fapi2Prefix + "ensure-authorization-request-without-nonce-success", "OIDC Core, 3.1.2.1", "nonce may be left out, and is not invented", fapi2Without("nonce")},
	{fapi2Prefix + "ensure-authorization-request-with-64-char-nonce-success", "FAPI 2.0 SP, 5.3.2.3", "a nonce of 64 characters works", func(t *T) {
		t.use(t.first, t.sign(t.fapi(t.first).with("nonce", strings.Repeat("0123456789abcdef", 4))))
	}},
	{fapi2Prefix + "ensure-authorization-request-with-long-nonce", "OIDC Core, 3.1.2.1", "one of 384 works, or is refused cleanly", fapi2Long("nonce")},
	{fapi2Prefix + "ensure-authorization-request-with-long-state", "RFC 6749, 4.1.1", "a state of 384 characters works, or is refused cleanly", fapi2Long("state")},
	{fapi2Prefix + "ensure-other-scope-order-succeeds", "RFC 6749, 3.3", "the order of scopes does not matter", func(t *T) {
		t.use(t.first, t.sign(t.fapi(t.first).with("scope", "email openid")))
	}},
	{fapi2Prefix + "test-claims-parameter-identity-claims", "OIDC Core, 5.5", "claims that are asked for by name are given, if the metadata says so", fapi2Claims},
	{fapi2Prefix + "test-essential-acr-sca-claim", "OIDC Core, 5.5.1.1", "a class of sign-in that is essential is met, or the request is refused", fapi2ACR},
	{fapi2Prefix + "access-token-type-header-case-sensitivity", "RFC 9110, 11.1", "the scheme of the Authorization header may be written in any case", fapi2Case},
	{fapi2Prefix + "check-dpop-proof-nbf-exp", "RFC 9449, 4.2", "nbf and exp in a proof are tolerated", fapi2ProofTimes},
	{fapi2Prefix + "ensure-dpopproof-with-iat-10seconds-before-succeeds", "FAPI 2.0 SP, 5.3.2.1", "a proof from 10 seconds ago is good everywhere", fapi2ProofAt(-10)},
	{fapi2Prefix + "ensure-dpopproof-with-iat-10seconds-after-succeeds", "FAPI 2.0 SP, 5.3.2.1", "a proof from in 10 seconds is good everywhere", fapi2ProofAt(10)},
	{fapi2Prefix + "ensure-mismatched-dpop-jkt-fails", "RFC 9449, 10.1", "dpop_jkt of one key and a proof of another are refused", fapi2MismatchedPush},
	{fapi2Prefix + "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt", "RFC 9449, 10.1", "a code that was pushed for with a proof is for that key", fapi2BoundByProof},
	{fapi2Prefix + "ensure-token-endpoint-fails-with-mismatched-dpop-jkt", "RFC 9449, 10", "a code that was asked for with dpop_jkt is for that key", fapi2BoundByThumbprint},
	{fapi2Prefix + "ensure-dpopproof-at-par-endpoint-binding-success", "RFC 9449, 10.1", "and the same key works", fapi2ProofAtPush},
	{fapi2Prefix + "ensure-dpop-auth-code-binding-success", "RFC 9449, 10", "and the same key works", func(t *T) {
		t.use(t.first, t.sign(t.fapi(t.first).with("dpop_jkt", t.first.proof.thumbprint())))
	}},
}

// fapi is a request as the profile wants it, before it is pushed.
func (t *T) fapi(c *client) request { return t.ask(c, "openid").pkce() }

// sign is a request from its push to the tokens.
func (t *T) sign(r request) tokens { return t.redeem(r, t.allowed(r)) }

// allowed pushes a request and returns its code.
func (t *T) allowed(r request) string { return t.code(r, t.open(t.named(r, t.push(r)))) }

// use asks the userinfo endpoint with tokens, which must be bound: without the proof they open nothing.
func (t *T) use(c *client, got tokens) {
	t.userinfo(c, got)
	thief := *c
	thief.proof, thief.conn = nil, nil
	status := t.fetch(&thief, got.access, "Bearer", nil).status
	t.must(status == http.StatusUnauthorized || status == http.StatusBadRequest, "FAPI 2.0 SP, 5.3.4", "a token without its key is answered by %d", status)
}

func fapi2Discovery(t *T) {
	const section = "FAPI 2.0 SP, 5.3.2.2"
	other, err := t.get(t.issuer + "/.well-known/oauth-authorization-server")
	t.check(err)
	t.must(other.json != nil && other.json["issuer"] == t.issuer, "RFC 8414, 3", "there is no metadata at oauth-authorization-server")
	t.must(t.at("pushed_authorization_request_endpoint") != "", section, "pushed_authorization_request_endpoint is missing")
	t.must(t.lists("code_challenge_methods_supported", "S256"), section, "S256 is missing")
	t.must(t.meta["authorization_response_iss_parameter_supported"] == true, section, "iss in responses is not promised")
	t.must(t.lists("grant_types_supported", "authorization_code"), section, "the code grant is missing")
	t.must(t.lists("token_endpoint_auth_methods_supported", t.first.auth), section, "%s is missing", t.first.auth)
	if t.first.proof != nil {
		t.onlyStrong("dpop_signing_alg_values_supported")
	} else {
		t.must(t.meta["tls_client_certificate_bound_access_tokens"] == true, section, "tokens bound to certificates are not promised")
	}
	t.must(t.lists("token_endpoint_auth_signing_alg_values_supported", "PS256") || t.lists("token_endpoint_auth_signing_alg_values_supported", "ES256"),
		"FAPI 2.0 SP, 5.4.1", "assertions may be signed by neither PS256 nor ES256")
	t.must(t.lists("id_token_signing_alg_values_supported", "ES256") || t.lists("id_token_signing_alg_values_supported", "PS256") || t.lists("id_token_signing_alg_values_supported", "EdDSA"),
		"FAPI 2.0 SP, 5.4.1", "ID tokens are signed by none of PS256, ES256, EdDSA")
}

// strong are the algorithms of the profile (FAPI 2.0 Security Profile, section 5.4.1). Ed25519 is the full name of its EdDSA (RFC 9864).
var strong = []string{"PS256", "ES256", "EdDSA", "Ed25519"}

func (t *T) onlyStrong(member string) {
	all, _ := t.meta[member].([]any)
	t.must(len(all) > 0, "FAPI 2.0 SP, 5.4.1", "%s is missing", member)
	for _, algorithm := range all {
		name, _ := algorithm.(string)
		t.must(slices.Contains(strong, name), "FAPI 2.0 SP, 5.4.1", "%s names %s", member, name)
	}
}

func fapi2Happy(t *T) {
	for _, c := range []*client{t.first, t.second} {
		t.use(c, t.sign(t.fapi(c)))
		t.browser.forget()
	}
}

func fapi2Rejects(t *T) {
	t.browser.denies = true
	r := t.fapi(t.first).with("prompt", "consent")
	t.denied(r, t.open(t.named(r, t.push(r))), "access_denied")
}

func fapi2Without(name string) func(*T) {
	return func(t *T) { t.use(t.first, t.sign(t.fapi(t.first).without(name))) }
}

func fapi2Long(name string) func(*T) {
	return func(t *T) {
		r := t.fapi(t.first).with(name, strings.Repeat("0123456789abcdef", 24))
		pushed := t.send(t.pushing(r))
		if pushed.status != http.StatusCreated {
			t.refused(pushed, "invalid_request")
			return
		}
		t.use(t.first, t.redeem(r, t.code(r, t.open(t.named(r, pushed.text("request_uri"))))))
	}
}

func fapi2Claims(t *T) {
	if t.meta["claims_parameter_supported"] != true {
		t.skip("the metadata does not name the parameter claims")
	}
	got := t.sign(t.fapi(t.first).with("claims", `{"id_token":{"given_name":{"essential":true}},"userinfo":{"family_name":null}}`))
	t.must(got.claims["given_name"] != nil, "OIDC Core, 5.5", "the ID token has no given_name")
	t.must(t.userinfo(t.first, got)["family_name"] != nil, "OIDC Core, 5.5", "the userinfo has no family_name")
}

func fapi2ACR(t *T) {
	const acr = "urn:openbanking:psd2:sca"
	r := t.fapi(t.first).with("claims", `{"id_token":{"acr":{"essential":true,"value":"`+acr+`"}}}`)
	pushed := t.send(t.pushing(r))
	if pushed.status != http.StatusCreated {
		t.refused(pushed, "unmet_authentication_requirements", "invalid_request", "access_denied")
		return
	}
	l := t.open(t.named(r, pushed.text("request_uri")))
	if values := t.answer(r, l); values.Has("error") {
		t.denied(r, l, "unmet_authentication_requirements", "access_denied", "invalid_request", "login_required")
		return
	}
	got := t.redeem(r, t.code(r, l))
	t.must(got.claims["acr"] == acr, "OIDC Core, 5.5.1.1", "acr is %v, and was essential", got.claims["acr"])
}

func fapi2Case(t *T) {
	got := t.sign(t.fapi(t.first))
	for _, scheme := range []string{strings.ToLower(got.kind), strings.ToUpper(got.kind)} {
		t.claimsOf(got, t.fetch(t.first, got.access, scheme, nil))
	}
}

// proving is a way from push to userinfo with proofs that change makes different.
func (t *T) proving(change func(header, claims object)) {
	r := t.fapi(t.first)
	push := t.pushing(r)
	push.noProof, push.proof = false, change
	trade := t.trade(r, t.code(r, t.open(t.named(r, t.pushed(t.send(push))))))
	trade.proof = change
	got := t.tokens(t.first, t.send(trade))
	got.claims = t.idToken(r, got)
	t.claimsOf(got, t.shown(got, func() string { return t.prove(t.first.proof, got.access, change) }))
}

func fapi2ProofTimes(t *T) {
	t.proving(func(_, claims object) {
		now := time.Now().Unix()
		claims["nbf"], claims["exp"] = now-10, now+60
	})
}

func fapi2ProofAt(seconds int64) func(*T) {
	return func(t *T) { t.proving(func(_, claims object) { claims["iat"] = time.Now().Unix() + seconds }) }
}

func fapi2MismatchedPush(t *T) {
	push := t.pushing(t.fapi(t.first).with("dpop_jkt", newSigner("", "ES256").thumbprint()))
	push.noProof = false
	t.refused(t.send(push), "invalid_dpop_proof", "invalid_request")
}

func fapi2BoundByProof(t *T) {
	r := t.fapi(t.first)
	push := t.pushing(r)
	push.noProof = false
	t.otherKey(r, t.code(r, t.open(t.named(r, t.pushed(t.send(push))))))
}

func fapi2BoundByThumbprint(t *T) {
	r := t.fapi(t.first).with("dpop_jkt", t.first.proof.thumbprint())
	t.otherKey(r, t.allowed(r))
}

// otherKey demands that a code is refused to whoever proves another key.
func (t *T) otherKey(r request, code string) {
	trade := t.trade(r, code)
	trade.proofKey = newSigner("", "ES256")
	t.refused(t.send(trade), "invalid_dpop_proof", "invalid_grant", "invalid_request")
}

func fapi2ProofAtPush(t *T) { t.proving(nil) }

func number(v any) string {
	n, _ := v.(float64)
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// oldTLS tries a version of TLS that is not to be spoken any more.
func (t *T) oldTLS() error {
	c, err := tls.Dial("tcp", strings.TrimPrefix(t.issuer, "https://"), &tls.Config{RootCAs: t.roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	if err == nil {
		_ = c.Close()
	}
	return err
}
