package main

// Modules of OpenID Connect RP-Initiated Logout 1.0.

import (
	"net/http"
	"net/url"
	"strings"
)

// goodbye is where apps let a sign-out lead.
const goodbye = "https://app.example/goodbye"

func rpLogout() plan {
	return plan{
		name: "oidcc-rp-initiated-logout-certification-test-plan", title: "RP-Initiated Logout OP", about: "An app signs a person out.",
		setup: func(t *T) clients {
			c, err := t.addClient("--profile", "web", "--redirect-uri", callback, "--post-logout-redirect-uri", goodbye, "--insecure-without-pkce")
			t.check(err)
			return clients{first: c}
		},
		modules: []module{
			{"oidcc-rp-initiated-logout-discovery-endpoint-verification", "RP-Initiated Logout, 2.1", "the metadata names the endpoint", func(t *T) { t.needs("end_session_endpoint") }},
			{"oidcc-rp-initiated-logout", "RP-Initiated Logout, 2", "the browser goes where the app wants, with state, and is signed out", logout},
			{"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", "RP-Initiated Logout, 3", "an address that was not registered gets nothing", logoutTo("https://other.example/goodbye")},
			{"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", "RP-Initiated Logout, 3", "neither does one with a query added", logoutTo(goodbye + "?foo=bar")},
			{"oidcc-rp-initiated-logout-modified-id-token-hint", "RP-Initiated Logout, 4", "an ID token whose signature was taken off leads nowhere", logoutModified},
			{"oidcc-rp-initiated-logout-bad-id-token-hint", "RP-Initiated Logout, 4", "an ID token that somebody else signed leads nowhere", logoutForeign},
			{"oidcc-rp-initiated-logout-no-id-token-hint", "RP-Initiated Logout, 2", "without an ID token the person is asked", logoutWithoutHint},
			{"oidcc-rp-initiated-logout-no-params", "RP-Initiated Logout, 2", "without anything there is a page of ours", logoutPage()},
			{"oidcc-rp-initiated-logout-no-post-logout-redirect-uri", "RP-Initiated Logout, 2", "without an address there is a page of ours", logoutNoAddress},
			{"oidcc-rp-initiated-logout-no-state", "RP-Initiated Logout, 3", "without state the browser goes without one", logoutNoState},
			{"oidcc-rp-initiated-logout-only-state", "RP-Initiated Logout, 2", "with a state alone there is a page of ours", logoutPage("state", "x")},
		},
	}
}

// leave brings the browser to the end_session endpoint.
func (t *T) leave(pairs ...string) landing {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	l, err := t.browser.visit(t.at("end_session_endpoint") + "?" + q.Encode())
	t.check(err)
	return l
}

// signedOut demands that the browser's session is over.
func (t *T) signedOut() {
	r := t.ask(t.first, "openid").with("prompt", "none")
	t.denied(r, t.open(r), "login_required", "interaction_required", "account_selection_required", "consent_required")
}

// left demands that the browser ended at the app with just this state.
func (t *T) left(l landing, state string) {
	const section = "RP-Initiated Logout, 3"
	t.must(l.atApp && l.to == goodbye, section, "the browser ended at %s", l.to)
	t.must(l.query.Get("state") == state && len(l.query) == len(strings.Fields(state)), section, "the app was given %v", l.query)
}

// remains demands that the browser stays with the server, on a page of ours.
func (t *T) remains(l landing, section string) {
	t.must(!l.atApp, section, "the browser was sent to %s", l.to)
	t.must(l.status < http.StatusInternalServerError && l.text != "", section, "the page has the status %d", l.status)
}

func logout(t *T) {
	got := t.signIn(t.ask(t.first, "openid"))
	state := random()
	t.left(t.leave("id_token_hint", got.id, "post_logout_redirect_uri", goodbye, "state", state), state)
	t.signedOut()
}

func logoutTo(address string) func(*T) {
	return func(t *T) {
		got := t.signIn(t.ask(t.first, "openid"))
		t.remains(t.leave("id_token_hint", got.id, "post_logout_redirect_uri", address, "state", "x"), "RP-Initiated Logout, 3")
	}
}

func logoutModified(t *T) {
	got := t.signIn(t.ask(t.first, "openid"))
	bad := unsigned(object{"typ": "JWT"}, payload(got.id))
	t.remains(t.leave("id_token_hint", bad, "post_logout_redirect_uri", goodbye, "state", "x"), "RP-Initiated Logout, 4")
}

func logoutForeign(t *T) {
	got := t.signIn(t.ask(t.first, "openid"))
	header, _ := t.verify(got.id, t.algorithms()...)
	bad := newSigner("", "RS256").sign(object{"typ": "JWT", "alg": "RS256", "kid": header.KeyID}, payload(got.id))
	t.remains(t.leave("id_token_hint", bad, "post_logout_redirect_uri", goodbye, "state", "x"), "RP-Initiated Logout, 4")
}

func logoutWithoutHint(t *T) {
	t.signIn(t.ask(t.first, "openid"))
	t.remains(t.leave("post_logout_redirect_uri", goodbye, "state", "x"), "RP-Initiated Logout, 2")
	t.must(t.browser.wasShown("/auth/logout"), "RP-Initiated Logout, 2", "the person was not asked")
}

// logoutPage is a module in which the person is asked, says yes, and is signed out, on pages of ours.
func logoutPage(pairs ...string) func(*T) {
	return func(t *T) {
		t.signIn(t.ask(t.first, "openid"))
		t.remains(t.leave(pairs...), "RP-Initiated Logout, 2")
		t.signedOut()
	}
}

func logoutNoAddress(t *T) {
	got := t.signIn(t.ask(t.first, "openid"))
	t.remains(t.leave("id_token_hint", got.id), "RP-Initiated Logout, 2")
	t.signedOut()
}

func logoutNoState(t *T) {
	got := t.signIn(t.ask(t.first, "openid"))
	t.left(t.leave("id_token_hint", got.id, "post_logout_redirect_uri", goodbye), "")
	t.signedOut()
}
