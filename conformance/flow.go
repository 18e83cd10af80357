package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// request is an authorization request, and what its client remembers of it.
type request struct {
	client   *client
	params   url.Values
	verifier string     // of PKCE; "" without
	brought  url.Values // what the browser brings, where that is not params: the name of a pushed request
}

// front is what the browser brings to the authorization endpoint.
func (r request) front() url.Values {
	if r.brought != nil {
		return r.brought
	}
	return r.params
}

// beside is the request with one more parameter, or another one, that was not pushed.
func (r request) beside(name, value string) request {
	r.brought.Set(name, value)
	return r
}

// ask is a request of a client for a code, with state and nonce. Most plans of OpenID do without PKCE.
func (t *T) ask(c *client, scope string) request {
	r := request{client: c, params: url.Values{
		"response_type": {"code"}, "client_id": {c.id}, "redirect_uri": {c.redirect}, "scope": {scope}, "state": {random()}, "nonce": {random()},
	}}
	if t.mode != "" {
		r.params.Set("response_mode", t.mode)
	}
	if t.pkce {
		r = r.pkce()
	}
	return r
}

// with is the request with one more parameter, or another value of one.
func (r request) with(name, value string) request {
	return r.change(func(v url.Values) { v.Set(name, value) })
}

func (r request) without(name string) request {
	return r.change(func(v url.Values) { v.Del(name) })
}

func (r request) change(change func(url.Values)) request {
	params := url.Values{}
	for name, all := range r.params {
		params[name] = slices.Clone(all)
	}
	change(params)
	r.params = params
	return r
}

// pkce is the request with a challenge (RFC 7636, section 4.3).
func (r request) pkce() request {
	r.verifier = random() + random()
	return r.with("code_challenge", digest(r.verifier)).with("code_challenge_method", "S256")
}

// open brings a request to the authorization endpoint, and returns where the browser ends.
func (t *T) open(r request) landing {
	l, err := t.browser.visit(t.at("authorization_endpoint") + "?" + r.front().Encode())
	t.check(err)
	return l
}

// authorize opens a request and returns the code that the app is given.
func (t *T) authorize(r request) string { return t.code(r, t.open(r)) }

// code is what an app takes out of the answer to its request.
func (t *T) code(r request, l landing) string {
	values := t.answer(r, l)
	t.must(values.Get("error") == "", "RFC 6749, 4.1.2", "the authorization endpoint answers %s: %s", values.Get("error"), values.Get("error_description"))
	code := values.Get("code")
	t.must(code != "", "RFC 6749, 4.1.2", "the answer has no code")
	t.entropy("authorization code", code)
	return code
}

// denied demands that the app is told one of these errors.
func (t *T) denied(r request, l landing, errors ...string) {
	values := t.answer(r, l)
	t.must(values.Get("code") == "", "RFC 6749, 4.1.2.1", "an answer with a code, where an error was due")
	t.must(slices.Contains(errors, values.Get("error")), "RFC 6749, 4.1.2.1", "the error is %q, not %v", values.Get("error"), errors)
}

// stays demands a page that says what is wrong, and that the browser is sent nowhere.
func (t *T) stays(l landing, section string) {
	t.must(!l.atApp, section, "the browser was sent to %s", l.to)
	t.must(l.status >= http.StatusBadRequest && l.status < http.StatusInternalServerError, section, "the page has the status %d, and no error", l.status)
	t.must(l.text != "", section, "the page of the error is empty")
}

// deniedOrStays demands an error, told to the app or shown to the person.
func (t *T) deniedOrStays(r request, l landing, section string, errors ...string) {
	if l.atApp {
		t.denied(r, l, errors...)
		return
	}
	t.stays(l, section)
}

// tokens is what a client gets from the token endpoint.
type tokens struct {
	access, refresh, kind string
	scope                 string
	id                    string // "" if none came
	claims                object // of the ID token
}

// trade is the call that gives a code for tokens.
func (t *T) trade(r request, code string) call {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {r.params.Get("redirect_uri")}}
	if r.verifier != "" {
		form.Set("code_verifier", r.verifier)
	}
	return call{to: t.endpoint(r.client, "token_endpoint"), form: form, by: r.client}
}

// send sends a call, and fails the module if there is no answer.
func (t *T) send(c call) *reply {
	got, err := t.OP.send(c)
	t.check(err)
	return got
}

// redeem gives a code for tokens, and checks them.
func (t *T) redeem(r request, code string) tokens {
	got := t.tokens(r.client, t.send(t.trade(r, code)))
	t.must(got.id != "", "OIDC Core, 3.1.3.3", "no id_token came")
	got.claims = t.idToken(r, got)
	return got
}

// signIn is a request from the browser to the tokens.
func (t *T) signIn(r request) tokens { return t.redeem(r, t.authorize(r)) }

// renewal is the call that gives a refresh token for tokens.
func (t *T) renewal(c *client, refresh string) call {
	return call{to: t.endpoint(c, "token_endpoint"), by: c, form: url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}}
}

// fetch asks the userinfo endpoint, which is the one API that every provider has. change makes the request another one, or is nil. Where
// the API wants a nonce in the proof, it is asked once more (RFC 9449, section 9).
func (t *T) fetch(c *client, token, scheme string, change func(*http.Request)) *reply {
	for asked := false; ; asked = true {
		r, err := http.NewRequest(http.MethodGet, t.api(c), nil)
		t.check(err)
		r.Header.Set("Authorization", scheme+" "+token)
		if c.proof != nil {
			r.Header.Set("DPoP", t.prove(c.proof, token, nil))
		}
		if change != nil {
			change(r)
		}
		got, err := t.do(r, c)
		t.check(err)
		if asked || !strings.Contains(strings.Join(got.header.Values("WWW-Authenticate"), ","), "use_dpop_nonce") {
			return got
		}
		t.nonce = got.header.Get("DPoP-Nonce")
	}
}

// api is the userinfo endpoint, as a client reaches it whose tokens are bound to its key or its certificate.
func (t *T) api(c *client) string {
	if c.proof != nil {
		return t.at("userinfo_endpoint")
	}
	return t.endpoint(c, "userinfo_endpoint")
}

// prove makes a proof for the userinfo endpoint, with the nonce that it asked for last.
func (t *T) prove(key *signer, token string, change func(header, claims object)) string {
	return key.prove(http.MethodGet, t.at("userinfo_endpoint"), token, t.nonce, change)
}

// userinfo says who signed in.
func (t *T) userinfo(c *client, got tokens) object {
	return t.claimsOf(got, t.fetch(c, got.access, got.kind, nil))
}

// claimsOf checks an answer of the userinfo endpoint.
func (t *T) claimsOf(got tokens, r *reply) object {
	const section = "OIDC Core, 5.3.2"
	t.must(r.status == http.StatusOK, section, "%s answers %d: %s", r.from, r.status, r.body)
	t.must(r.json != nil, section, "the userinfo is not JSON")
	t.must(r.json["sub"] != nil && r.json["sub"] == got.claims["sub"], section, "sub is %v in the userinfo and %v in the ID token", r.json["sub"], got.claims["sub"])
	return r.json
}
