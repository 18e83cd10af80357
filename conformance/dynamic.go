package main

// Modules of the OpenID Connect plan for providers at which clients register themselves (RFC 7591, OpenID Connect Dynamic Client
// Registration 1.0).

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"
)

func dynamic() plan {
	return plan{
		name: "oidcc-dynamic-certification-test-plan", title: "Dynamic OP",
		about: "Clients that register themselves, each with an initial access token of `lingpai client invite`, and sign assertions. They always send a PKCE challenge, which every client without an operator must.",
		setup: func(t *T) clients {
			t.needs("registration_endpoint")
			return clients{t.newcomer(nil), t.newcomer(nil)}
		},
		each: func(t *T) { t.pkce = true },
		modules: []module{
			{"oidcc-discovery-endpoint-verification", "OIDC Discovery, 3", "the metadata names the endpoint", func(t *T) { t.needs("registration_endpoint") }},
			{"oidcc-server", "OIDC Registration, 3", "a client that registered itself signs somebody in", happyFlow},
			{"oidcc-ensure-client-assertion-with-iss-aud-succeeds", "RFC 7523, 3", "assertions for the issuer are good", happyFlow},
			{"oidcc-idtoken-rs256", "OIDC Registration, 2", "ID tokens are signed as the client registered", func(t *T) {
				t.first = t.newcomer(func(m object) { m["id_token_signed_response_alg"] = "RS256" })
				idTokenSignature(t)
			}},
			{"oidcc-idtoken-unsigned", "OIDC Core, 2", "ID tokens without signature, for providers that have them", idTokenUnsigned},
			{"oidcc-userinfo-rs256", "OIDC Core, 5.3.2", "the userinfo is signed as the client registered, for providers that sign it", func(t *T) {
				if !t.lists("userinfo_signing_alg_values_supported", "RS256") {
					t.skip("the userinfo is never signed")
				}
				userinfoSigned(t)
			}},
			{"oidcc-ensure-redirect-uri-in-authorization-request", "OIDC Core, 3.1.2.1", "a request without redirect_uri leads nowhere", func(t *T) {
				t.stays(t.open(t.ask(t.first, "openid").without("redirect_uri")), "OIDC Core, 3.1.2.1")
			}},
			{"oidcc-redirect-uri-query-OK", "RFC 6749, 3.1.2", "an address with a query keeps it", redirectQuery},
			{"oidcc-redirect-uri-query-mismatch", "OIDC Core, 3.1.2.1", "another query leads nowhere", redirectOther(callback+"?foo=bar", callback+"?foo=baz")},
			{"oidcc-redirect-uri-query-added", "OIDC Core, 3.1.2.1", "neither does one that was added", redirectOther(callback, callback+"?foo=bar")},
			{"oidcc-redirect-uri-regfrag", "OIDC Registration, 2", "an address with a fragment is not registered", func(t *T) {
				t.refused(t.register(func(m object) { m["redirect_uris"] = []string{callback + "#foobar"} }), "invalid_redirect_uri", "invalid_client_metadata")
			}},
			{"oidcc-registration-logo-uri", "OIDC Registration, 2", "a logo may be registered, and is shown or not", registrationURI("logo_uri")},
			{"oidcc-registration-policy-uri", "OIDC Registration, 2", "the privacy policy is linked where people decide", registrationURI("policy_uri")},
			{"oidcc-registration-tos-uri", "OIDC Registration, 2", "so are the terms", registrationURI("tos_uri")},
			{"oidcc-registration-jwks-uri", "OIDC Registration, 2", "keys may be given by address", registrationKeys},
			{"oidcc-registration-sector-uri", "OIDC Registration, 5", "a sector identifier is checked", registrationSector(true)},
			{"oidcc-registration-sector-bad", "OIDC Registration, 5", "and refused if it does not name the client's address", registrationSector(false)},
			{"oidcc-server-rotate-keys", "OIDC Core, 10.1.1", "a new key is published, and the old one stays for what it signed", rotateKeys},
			{"oidcc-refresh-token", "OIDC Core, 12", "refresh works for a client that registered itself", refreshToken},
			{"oidcc-refresh-token-rp-key-rotation", "OIDC Core, 10.1.1", "and goes on with the client's next key", rotateClientKeys},
			{"oidcc-request-uri-unsigned", "OIDC Core, 6.2", "a request by address, for providers that fetch it", requestByAddress},
			{"oidcc-request-uri-signed-rs256", "OIDC Core, 6.2", "the same, signed", requestByAddress},
			{"oidcc-ensure-request-object-with-redirect-uri", "OIDC Core, 6.1", "the address in a request object counts, or the object is refused", requestObjectRedirect},
		},
	}
}

// register sends what a client says of itself, with an invitation. change makes it say something else.
func (t *T) register(change func(metadata object)) *reply {
	invitation, err := t.command("", "client", "invite")
	t.check(err)
	metadata := object{
		"client_name": "Newcomer", "redirect_uris": []string{callback}, "grant_types": []string{"authorization_code", "refresh_token"},
		"response_types": []string{"code"}, "token_endpoint_auth_method": "private_key_jwt",
	}
	if change != nil {
		change(metadata)
	}
	body, err := json.Marshal(metadata)
	t.check(err)
	r, err := http.NewRequest(http.MethodPost, t.at("registration_endpoint"), bytes.NewReader(body))
	t.check(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(invitation)))
	got, err := t.do(r, nil)
	t.check(err)
	return got
}

// newcomer registers a client, and demands that it is told what was registered.
func (t *T) newcomer(change func(metadata object)) *client {
	key := newSigner("one", "ES256")
	return t.welcomed(key, t.register(func(m object) {
		m["jwks"] = object{"keys": []object{key.public()}}
		if change != nil {
			change(m)
		}
	}))
}

func (t *T) welcomed(key *signer, r *reply) *client {
	const section = "RFC 7591, 3.2.1"
	t.must(r.status == http.StatusCreated && r.json != nil, section, "%s answers %d %s: %s", r.from, r.status, r.text("error"), r.text("error_description"))
	t.must(r.text("client_id") != "", section, "client_id is missing")
	t.must(strings.Contains(r.header.Get("Cache-Control"), "no-store"), section, "the answer may be cached")
	addresses, _ := r.json["redirect_uris"].([]any)
	t.must(len(addresses) == 1, section, "redirect_uris is not given back")
	address, _ := addresses[0].(string)
	return &client{id: r.text("client_id"), auth: "private_key_jwt", key: key, redirect: address}
}

func userinfoSigned(t *T) {
	const section = "OIDC Core, 5.3.2"
	c := t.newcomer(func(m object) { m["userinfo_signed_response_alg"] = "RS256" })
	got := t.signIn(t.ask(c, "openid"))
	r := t.fetch(c, got.access, got.kind, nil)
	t.must(r.status == http.StatusOK && r.header.Get("Content-Type") == "application/jwt", section, "%s answers %d %s", r.from, r.status, r.header.Get("Content-Type"))
	_, claims := t.verify(string(r.body), "RS256")
	t.must(claims["iss"] == t.issuer && claims["aud"] == c.id, section, "the userinfo is of %v for %v", claims["iss"], claims["aud"])
	t.must(claims["sub"] == got.claims["sub"], section, "sub is %v in the userinfo and %v in the ID token", claims["sub"], got.claims["sub"])
}

func redirectQuery(t *T) {
	c := t.newcomer(func(m object) { m["redirect_uris"] = []string{callback + "?foo=bar"} })
	r := t.ask(c, "openid")
	c.redirect = callback
	l := t.open(r)
	t.must(l.query.Get("foo") == "bar", "RFC 6749, 3.1.2", "the query of the address was lost")
	t.redeem(r, t.code(r, l))
}

func redirectOther(registered, asked string) func(*T) {
	return func(t *T) {
		c := t.newcomer(func(m object) { m["redirect_uris"] = []string{registered} })
		t.stays(t.open(t.ask(c, "openid").with("redirect_uri", asked)), "OIDC Core, 3.1.2.1")
	}
}

// registrationURI is a module that registers an address for people, which they should see where they are asked.
func registrationURI(member string) func(*T) {
	return func(t *T) {
		address := "https://app.example/" + member
		c := t.newcomer(func(m object) { m[member] = address })
		t.signIn(t.ask(c, "openid"))
		t.should(strings.Contains(strings.Join(t.browser.pages, "\n"), address), "OIDC Registration, 2", "people are not shown what %s names", member)
	}
}

// published serves JSON at an address of this machine, as long as the program runs.
func (t *T) published(value func() any) string {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(value())
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{t.certificate}}
	s.StartTLS()
	return s.URL
}

// byAddress registers a client whose keys are found at an address.
func (t *T) byAddress(keys func() any, first *signer) *client {
	return t.welcomed(first, t.register(func(m object) { m["jwks_uri"] = t.published(keys) }))
}

func registrationKeys(t *T) {
	key := newSigner("one", "ES256")
	c := t.byAddress(func() any { return object{"keys": []object{key.public()}} }, key)
	t.userinfo(c, t.signIn(t.ask(c, "openid")))
}

func rotateClientKeys(t *T) {
	old, next := newSigner("one", "ES256"), newSigner("two", "ES256")
	keys := make(chan *signer, 1)
	keys <- old
	c := t.byAddress(func() any {
		key := <-keys
		defer func() { keys <- key }()
		return object{"keys": []object{key.public()}}
	}, old)
	got := t.signIn(t.ask(c, "openid offline_access"))
	<-keys
	keys <- next
	c.key = next
	t.wait(31 * time.Second) // an address is not asked more often, whatever names of keys are made up
	t.renewed(c, got)
}

func registrationSector(good bool) func(*T) {
	return func(t *T) {
		listed := []string{callback}
		if !good {
			listed = []string{"https://other.example/callback"}
		}
		sector := t.published(func() any { return listed })
		got := t.register(func(m object) {
			m["jwks"] = object{"keys": []object{newSigner("one", "ES256").public()}}
			m["subject_type"], m["sector_identifier_uri"] = "pairwise", sector
		})
		if !good {
			t.refused(got, "invalid_client_metadata", "invalid_redirect_uri")
			return
		}
		t.welcomed(nil, got)
	}
}

func rotateKeys(t *T) {
	before := t.signIn(t.ask(t.first, "openid"))
	header, _ := t.verify(before.id, t.algorithms()...)
	_, err := t.command("", "key", "rotate", "--now")
	t.check(err)
	known := len(t.keys.Keys)
	t.aside(func() {
		for deadline := time.Now().Add(time.Minute); len(t.keys.Keys) <= known && time.Now().Before(deadline); time.Sleep(time.Second) {
			t.readKeys()
		}
	})
	t.must(len(t.keys.Keys) > known, "OIDC Core, 10.1.1", "no key was added to the %d that there were", known)
	t.must(len(t.keys.Key(header.KeyID)) == 1, "OIDC Core, 10.1.1", "the key of tokens that are still good is gone")
	t.signIn(t.ask(t.first, "openid"))
}

func requestByAddress(t *T) {
	if t.meta["request_uri_parameter_supported"] == false {
		t.skip("no request is fetched from an address")
	}
	r := t.ask(t.first, "openid")
	r.brought = url.Values{"client_id": {t.first.id}, "request_uri": {t.published(func() any { return nil })}}
	t.deniedOrStays(r, t.open(r), "OIDC Core, 6.2", "invalid_request_uri", "request_uri_not_supported")
}
