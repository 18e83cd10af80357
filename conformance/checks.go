package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// discover reads metadata and keys, as every module does first.
func (t *T) discover() {
	const section = "OIDC Discovery, 4.2"
	got, err := t.get(t.issuer + "/.well-known/openid-configuration")
	t.check(err)
	t.must(got.status == http.StatusOK && got.json != nil, section, "%s answers %d and not JSON", got.from, got.status)
	t.meta = got.json
	t.must(t.at("issuer") == t.issuer, "OIDC Discovery, 4.3", "issuer is %q and the address %q", t.at("issuer"), t.issuer)
	for _, member := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri"} {
		t.must(t.at(member) != "", "OIDC Discovery, 3", "%s is missing", member)
	}
	for member, value := range t.meta {
		address, isText := value.(string)
		if isText && (strings.HasSuffix(member, "_endpoint") || strings.HasSuffix(member, "_uri")) {
			t.must(strings.HasPrefix(address, "https://"), "OIDC Discovery, 3", "%s is not https", member)
		}
	}
	for member, word := range map[string]string{"scopes_supported": "openid", "response_types_supported": "code", "id_token_signing_alg_values_supported": "RS256"} {
		t.must(t.lists(member, word), "OIDC Discovery, 3", "%s is without %s", member, word)
	}
	t.must(t.lists("subject_types_supported", "public") || t.lists("subject_types_supported", "pairwise"), "OIDC Discovery, 3", "subject_types_supported names neither public nor pairwise")
	t.readKeys()
}

// readKeys reads the key set. Keys have different names, and nothing of them is private.
func (t *T) readKeys() {
	got, err := t.get(t.at("jwks_uri"))
	t.check(err)
	t.keys = jose.JSONWebKeySet{}
	t.check(json.Unmarshal(got.body, &t.keys))
	t.must(got.status == http.StatusOK && len(t.keys.Keys) > 0, "RFC 7517, 5", "the key set is empty")
	seen := map[string]bool{}
	for _, k := range t.keys.Keys {
		t.must(k.Valid() && k.IsPublic(), "RFC 7517, 5", "key %q is not a valid public key", k.KeyID)
		t.must(k.KeyID != "" && !seen[k.KeyID], "OIDC Core, 10.1", "two keys have the same kid, or one has none")
		seen[k.KeyID] = true
	}
}

// legalDescription is what an error_description may be made of (RFC 6749, section 4.1.2.1).
var legalDescription = regexp.MustCompile(`^[\x20-\x21\x23-\x5b\x5d-\x7e]*$`)

// answer checks the answer of the authorization endpoint and returns its parameters.
func (t *T) answer(r request, l landing) url.Values {
	const section = "RFC 6749, 4.1.2"
	t.must(l.atApp, section, "the browser did not come back to the app, but to a page with the status %d", l.status)
	t.must(l.to == r.client.redirect, section, "the answer went to %s", l.to)
	t.must(len(l.fragment) == 0, "OAuth Multiple Response Types, 2.1", "the answer to response_type=code is in the fragment")
	values := l.query
	if t.mode == "form_post" {
		values = l.form
		t.must(l.method == http.MethodPost && len(l.query) == 0, "OAuth Form Post Response Mode, 2", "the answer is not in the body of a POST alone")
	}
	for name, all := range values {
		t.must(len(all) == 1, section, "%s comes %d times", name, len(all))
	}
	t.must(values.Get("state") == r.params.Get("state") && values.Has("state") == r.params.Has("state"), section, "state was not given back as it was")
	promised := t.meta["authorization_response_iss_parameter_supported"] == true
	t.must(values.Get("iss") == t.issuer || !values.Has("iss") && !promised, "RFC 9207, 2.4", "iss is %q", values.Get("iss"))
	t.must(!values.Has("access_token") && !values.Has("id_token"), section, "the answer to response_type=code has a token")
	t.must(values.Has("code") != values.Has("error"), section, "the answer has both or neither of code and error")
	t.must(legalDescription.MatchString(values.Get("error_description")), "RFC 6749, 4.1.2.1", "error_description has characters that it may not have")
	return values
}

// tokens checks the answer of the token endpoint.
func (t *T) tokens(c *client, r *reply) tokens {
	const section = "RFC 6749, 5.1"
	t.must(r.status == http.StatusOK, section, "%s answers %d %s: %s", r.from, r.status, r.text("error"), r.text("error_description"))
	t.must(r.json != nil, section, "the tokens are not JSON")
	t.must(strings.Contains(r.header.Get("Cache-Control"), "no-store"), section, "the tokens may be cached")
	out := tokens{access: r.text("access_token"), refresh: r.text("refresh_token"), kind: r.text("token_type"), scope: r.text("scope"), id: r.text("id_token")}
	t.must(out.access != "", section, "access_token is missing")
	t.entropy("access token", out.access)
	if out.refresh != "" {
		t.entropy("refresh token", out.refresh)
	}
	kind := "Bearer"
	if c.proof != nil {
		kind = "DPoP"
	}
	t.must(strings.EqualFold(out.kind, kind), section, "token_type is %q, not %s", out.kind, kind)
	seconds, ok := r.json["expires_in"].(float64)
	t.must(ok && seconds > 0 && seconds == math.Trunc(seconds), section, "expires_in is not a number of seconds")
	return out
}

// refused demands that an endpoint refuses, in the form of RFC 6749, section 5.2, for one of these reasons.
func (t *T) refused(r *reply, errors ...string) {
	const section = "RFC 6749, 5.2"
	t.must(r.status == http.StatusBadRequest || r.status == http.StatusUnauthorized, section, "%s answers %d, where 400 or 401 was due", r.from, r.status)
	t.must(r.json != nil, section, "the refusal is not JSON")
	t.must(slices.Contains(errors, r.text("error")), section, "%s answers %q, not %v", r.from, r.text("error"), errors)
	t.must(legalDescription.MatchString(r.text("error_description")), section, "error_description has characters that it may not have")
	t.must(r.json["access_token"] == nil && r.json["request_uri"] == nil, section, "the refusal grants something")
	t.must(!r.basic || r.text("error") != "invalid_client" || r.status == http.StatusUnauthorized && r.header.Get("WWW-Authenticate") != "",
		section, "a client that came by the Authorization header is refused by %d, and is to be by 401 with WWW-Authenticate", r.status)
}

// measured bits below which a secret of 128 bits or more would be very unlikely to fall.
const leastBits = 96

// entropy checks that a secret is long and various enough (RFC 6749, section 10.10).
func (t *T) entropy(what, secret string) {
	counts := map[rune]float64{}
	for _, c := range secret {
		counts[c]++
	}
	bits, n := 0.0, float64(len(secret))
	for _, count := range counts {
		bits -= count * math.Log2(count/n)
	}
	t.must(bits >= leastBits, "RFC 6749, 10.10", "the %s has %.0f measured bits", what, bits)
}

// verify judges a signed token by the keys of the server, and returns header and claims.
func (t *T) verify(raw string, algorithms ...jose.SignatureAlgorithm) (jose.Header, object) {
	token, err := jose.ParseSigned(raw, algorithms)
	t.check(err)
	header := token.Signatures[0].Header
	found := t.keys.Key(header.KeyID)
	if len(found) == 0 { // a client that meets a new name reads the keys again (OpenID Connect Core, section 10.1.1)
		t.readKeys()
		found = t.keys.Key(header.KeyID)
	}
	t.must(len(found) == 1, "OIDC Core, 10.1", "the key %q of a token is not in the key set", header.KeyID)
	payload, err := token.Verify(found[0])
	t.check(err)
	claims := object{}
	t.check(json.Unmarshal(payload, &claims))
	return header, claims
}

// idToken judges an ID token as OpenID Connect Core, section 3.1.3.7 wants it, and returns its claims.
func (t *T) idToken(r request, got tokens) object {
	const section = "OIDC Core, 3.1.3.7"
	header, claims := t.verify(got.id, t.algorithms()...)
	t.must(t.lists("id_token_signing_alg_values_supported", header.Algorithm), section, "the ID token is signed by %s, which the metadata does not name", header.Algorithm)
	t.must(claims["iss"] == t.issuer, section, "iss is %v", claims["iss"])
	t.must(audience(claims, r.client.id), section, "aud is %v, not the client alone", claims["aud"])
	t.must(claims["azp"] == nil || claims["azp"] == r.client.id, section, "azp is %v", claims["azp"])
	now := float64(time.Now().Unix())
	expires, _ := claims["exp"].(float64)
	issued, _ := claims["iat"].(float64)
	t.must(expires > now, section, "exp is over")
	t.must(issued > now-300 && issued <= now+5, section, "iat is not now")
	nonce, _ := claims["nonce"].(string)
	t.must(nonce == r.params.Get("nonce"), section, "nonce is %q and was %q", nonce, r.params.Get("nonce"))
	sub, _ := claims["sub"].(string)
	t.must(sub != "" && len(sub) <= 255, "OIDC Core, 2", "sub is empty, or longer than 255 characters")
	t.must(claims["at_hash"] == nil || claims["at_hash"] == halfHash(header.Algorithm, got.access), "OIDC Core, 3.1.3.6", "at_hash does not fit the access token")
	_, timed := claims["auth_time"].(float64)
	t.must(timed || !r.params.Has("max_age"), "OIDC Core, 2", "auth_time was asked for by max_age, and is missing")
	return claims
}

// audience reports whether a token is for this client and nobody else.
func audience(claims object, id string) bool {
	switch aud := claims["aud"].(type) {
	case string:
		return aud == id
	case []any:
		return len(aud) == 1 && aud[0] == id
	}
	return false
}

// algorithms are those that a token may be signed by: what the metadata names, and never none.
func (t *T) algorithms() (out []jose.SignatureAlgorithm) {
	all, _ := t.meta["id_token_signing_alg_values_supported"].([]any)
	for _, a := range all {
		if name, _ := a.(string); name != "none" && (!t.strict || slices.Contains(strong, name)) {
			out = append(out, jose.SignatureAlgorithm(name))
		}
	}
	return out
}

// halfHash is the left half of the hash of a token (OpenID Connect Core, section 3.1.3.6).
func halfHash(algorithm, token string) string {
	if strings.HasPrefix(algorithm, "Ed") || strings.HasSuffix(algorithm, "512") {
		sum := sha512.Sum512([]byte(token))
		return encode(sum[:32])
	}
	sum := sha256.Sum256([]byte(token))
	return encode(sum[:16])
}

// authTime is when somebody proved who they are, in seconds.
func authTime(claims object) float64 {
	seconds, _ := claims["auth_time"].(float64)
	return seconds
}

// missing lists those of names that claims do not have.
func missing(claims object, names ...string) []string {
	have := slices.Collect(maps.Keys(claims))
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(have, n) })
}

// payload reads the claims of a token without judging it.
func payload(raw string) object {
	parts := strings.Split(raw, ".")
	claims := object{}
	if len(parts) == 3 {
		data, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(data, &claims)
	}
	return claims
}
