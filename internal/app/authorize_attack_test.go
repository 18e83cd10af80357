package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	registry "github.com/lingpai/lingpai/internal/client"
)

// TestAttack38NoAddressIsGuessed: a request without redirect_uri is told to the person, whether one address is registered or more.
func TestAttack38NoAddressIsGuessed(t *testing.T) {
	s := start(t)
	one := s.addClient(registry.Web, nil)
	more := s.addClient(registry.Web, func(set *registry.Settings) { set.RedirectURIs = []string{callback, callback + "2"} })
	one.get(one.request("redirect_uri", "")).wantsPage(t, "one address")
	more.get(more.request("redirect_uri", "")).wantsPage(t, "two addresses")
	more.get(more.request("redirect_uri", "", "prompt", "none")).wantsPage(t, "two addresses, and no page")
}

// TestAttack39AStrangerMakesNoRedirectorOfUs: a client that described itself gets no answer by redirect before somebody has allowed it.
//
// ASVS 10.4.7, 10.7.1
func TestAttack39AStrangerMakesNoRedirectorOfUs(t *testing.T) {
	s := start(t, registrable)
	s.addUser("alice", battery)
	var got map[string]any
	s.register(aBook, s.invite()).json(t, &got)
	a := &rp{client: s.browser(), id: got["client_id"].(string), redirect: callback, verifier: strings.Repeat("v", 43)}
	for _, bad := range [][]string{{"prompt", "none"}, {"response_type", "token"}, {"scope", "everything"}} {
		a.get(a.request(bad...)).wantsPage(t, bad[1])
	}
	a.signIn("alice")
	a.get(a.request("prompt", "none")).wantsPage(t, "signed in, and never asked")
	a.wantsError(a.say(a.get(a.request()), "deny"), "access_denied") // the person has answered
	a.answer(a.allow(a.get(a.request())))
	a.wantsError(a.get(a.request("prompt", "none", "max_age", "0", "scope", "everything")), "invalid_scope")
}

// TestAttack40NothingButACodeIsAnswered: no token travels through the browser, in no mode.
//
// ASVS 10.4.4, 10.6.1
func TestAttack40NothingButACodeIsAnswered(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.SPA, firstParty)
	a.signIn("alice")
	for _, kind := range []string{"token", "id_token", "id_token token", "code token", "code id_token", "code id_token token", "none", "code code"} {
		for _, mode := range []string{"", "query"} {
			a.wantsError(a.get(a.request("response_type", kind, "response_mode", mode)), "unsupported_response_type")
		}
	}
}

// TestAttack42PKCEIsNotStripped: a verifier without a challenge is refused even where PKCE may be left out, and a public client may never.
//
// ASVS 10.2.1, 10.4.6
func TestAttack42PKCEIsNotStripped(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.FirstParty, set.InsecureWithoutPKCE = true, true })
	a.signIn("alice")
	stripped := a.code("code_challenge", "", "code_challenge_method", "")
	a.redeem(stripped).wantsOAuth(t, 400, "invalid_grant")
	a.redeem(stripped, "code_verifier", "").wantsOAuth(t, 400, "invalid_grant") // it is burned
	a.redeem(a.code("code_challenge", "", "code_challenge_method", ""), "code_verifier", "").handed(t)
	a.redeem(a.code(), "code_verifier", "").wantsOAuth(t, 400, "invalid_grant")
	a.wantsError(a.get(a.request("code_challenge", "")), "invalid_request") // a method and no challenge
}

// TestAttack46AnAppKnowsWhoseAnswerItIs: every answer, good or bad and in every mode, names its issuer, so that an app which knows several
// providers sends no code to the wrong one.
//
// ASVS 10.2.2
func TestAttack46AnAppKnowsWhoseAnswerItIs(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, anyMode)
	a.signIn("alice")
	for _, change := range [][]string{{}, {"scope", "everything"}, {"response_type", "token"}, {"prompt", "none"}, {"code_challenge", ""}} {
		a.answer(a.get(a.request(change...))) // checks iss
		fields := a.get(a.request(append(change, "response_mode", "form_post")...)).fields()
		to := a.get(a.request(append(change, "response_mode", "fragment")...)).header.Get("Location")
		if fields["iss"] != s.origin || !strings.Contains(to, "iss="+url.QueryEscape(s.origin)) {
			t.Errorf("%v: %v, %s", change, fields, to)
		}
	}
	if !strings.Contains(s.program().get("/.well-known/openid-configuration").body, `"authorization_response_iss_parameter_supported":true`) {
		t.Error("the metadata does not say so")
	}
}

// TestAttack50NoPageIsFramed: neither consent nor sign-in nor sign-out, and a silent answer tells only the registered address.
func TestAttack50NoPageIsFramed(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, nil)
	pages := []reply{a.get(a.get(a.request()).header.Get("Location")), a.get("/auth/logout")}
	a.signIn("alice")
	pages = append(pages, a.get(a.request()), a.get("/auth/logout"), a.get(a.request("response_mode", "form_post", "scope", "everything")), a.get(a.request("redirect_uri", "x")))
	for i, page := range pages {
		if page.header.Get("X-Frame-Options") != "DENY" || !strings.Contains(page.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("page %d may be framed: %d %v", i, page.status, page.header)
		}
	}
}

// TestAnAppKeepsTheWindowThatItOpened: a browser cuts a window off from its opener at the first answer that wants it so, redirects included.
func TestAnAppKeepsTheWindowThatItOpened(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.SPA, nil)
	asked := a.get(a.request())
	page := a.get(asked.header.Get("Location"))
	to, err := url.Parse(asked.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	form := map[string]string{"username": "alice", "password": "wrong", "return_to": to.Query().Get("return_to")}
	refused := a.postForm("/auth/login", form)
	form["password"] = battery
	signedIn := a.postForm("/auth/login", form)
	consent := a.get(signedIn.header.Get("Location"))
	allowed := a.allow(consent)
	got := a.redeem(a.answer(allowed).Get("code")).handed(t)
	left := a.get("/auth/end_session?" + url.Values{"id_token_hint": {got.IDToken}}.Encode())
	for i, r := range []reply{asked, page, refused, signedIn, consent, allowed, left} {
		if got := r.header.Get("Cross-Origin-Opener-Policy"); got != "unsafe-none" {
			t.Errorf("answer %d cuts the window off: %d %q", i, r.status, got)
		}
	}
	for _, path := range []string{"/auth/login", "/auth/logout", a.request("redirect_uri", "https://evil.example"), "/auth/login?return_to=/auth/account"} {
		if got := a.get(path).header.Get("Cross-Origin-Opener-Policy"); got != "same-origin" {
			t.Errorf("%s lets its opener stay: %q", path, got)
		}
	}
}

// TestAttack53APasswordIsNeverPostedOn: what follows a form is asked for by GET, and says nothing of where it came from.
func TestAttack53APasswordIsNeverPostedOn(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, nil)
	to, err := url.Parse(a.get(a.request()).header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	signedIn := a.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": to.Query().Get("return_to")})
	allowed := a.allow(a.get(signedIn.header.Get("Location")))
	posted := s.program().postForm("/auth/authorize", map[string]string{"client_id": a.id})
	for _, r := range []reply{signedIn, allowed, posted} {
		if r.status != http.StatusSeeOther {
			t.Errorf("a form is answered %d", r.status)
		}
	}
	if allowed.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the app learns the address: %q", allowed.header.Get("Referrer-Policy"))
	}
}

// TestAttack72NobodyIsSignedOutByAnImage: without an ID token of the app, only the person signs out.
//
// ASVS 10.6.2
func TestAttack72NobodyIsSignedOutByAnImage(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	const bye = "https://app.example.com/bye"
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.FirstParty, set.PostLogoutRedirectURIs = true, []string{bye} })
	a.signIn("alice")
	for _, path := range []string{
		"/auth/logout", "/auth/end_session", "/auth/end_session?post_logout_redirect_uri=" + url.QueryEscape(bye), "/auth/end_session?state=x",
		"/auth/end_session?client_id=" + a.id + "&post_logout_redirect_uri=" + url.QueryEscape(bye),
	} {
		if r := a.get(path, "Sec-Fetch-Site: cross-site"); strings.HasPrefix(r.header.Get("Location"), "http") {
			t.Errorf("%s leads to %s", path, r.header.Get("Location"))
		}
	}
	r := a.postForm("/auth/logout", map[string]string{"scope": "this"}, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site")
	if r.status != http.StatusForbidden {
		t.Errorf("a form of another site: %d", r.status)
	}
	if a.answer(a.get(a.request("prompt", "none"))).Get("code") == "" {
		t.Error("the person was signed out")
	}
}

// TestAttack84WhatOthersWriteIsText: names, hints and states of an app are shown as they are, and do nothing.
func TestAttack84WhatOthersWriteIsText(t *testing.T) {
	const script = `"><script>alert(1)</script>`
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.Name = script })
	changes := []string{"state", script, "login_hint", script, "ui_locales", script, "nonce", script, "claims_locales", script}
	pages := []reply{a.get(a.get(a.request(changes...)).header.Get("Location"))}
	a.signIn("alice")
	pages = append(pages, a.get(a.request(changes...)), a.get("/auth/account"), a.get(a.request("redirect_uri", script)),
		a.get(a.request(append(changes, "response_mode", "form_post", "scope", "x")...)), a.get("/auth/authorize?"+url.QueryEscape(script)+"=1&client_id="+url.QueryEscape(script)))
	for i, page := range pages {
		if strings.Contains(page.body, "<script>alert") || !strings.Contains(page.header.Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("page %d runs what others wrote: %s", i, page.body)
		}
	}
}
