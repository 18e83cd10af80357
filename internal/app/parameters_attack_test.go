package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	registry "github.com/lingpai/lingpai/internal/client"
)

// TestAttack37NothingIsAskedTwice: of two values, we and the app or a proxy might take another one each. Neither counts.
func TestAttack37NothingIsAskedTwice(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	for _, name := range []string{"client_id", "redirect_uri", "state", "scope", "response_type", "nonce", "code_challenge", "response_mode", "prompt"} {
		a.get(a.request("prompt", "login", "response_mode", "query")+"&"+name+"=x").wantsPage(t, "two of "+name)
	}
	_, query, _ := strings.Cut(a.request(), "?")
	form := func(path, body string) reply {
		return s.program().do("POST", path, body, "Content-Type: application/x-www-form-urlencoded")
	}
	form("/auth/authorize", query+"&redirect_uri=https%3A%2F%2Fevil.example").wantsPage(t, "two in a form")
	form("/auth/authorize?redirect_uri=https%3A%2F%2Fevil.example", query).wantsPage(t, "one in the address, one in the form")
	form("/auth/end_session?state=x", "state=y").wantsPage(t, "one in the address, one in the form, to sign out")
	known := "client_id=" + a.id + "&client_secret=" + a.secret
	code := a.code()
	for path, body := range map[string]string{
		"/auth/par":        query + "&client_secret=" + a.secret + "&scope=openid",
		"/auth/token":      known + "&grant_type=authorization_code&code=x&code=" + code + "&code_verifier=" + a.verifier,
		"/auth/introspect": known + "&token=x&token=y",
		"/auth/revoke":     known + "&token=x&token=y",
	} {
		form(path, body).wantsOAuth(t, 400, "invalid_request")
		once := strings.Replace(strings.Replace(body, "&scope=openid", "", 1), "=x&code=", "=", 1)
		form(path+"?scope=openid&token=z", strings.Replace(once, "&token=y", "", 1)).wantsOAuth(t, 400, "invalid_request")
	}
	a.redeem(code).handed(t) // nothing of that has touched it
}

// TestAttack41PKCEIsDoneWhollyOrNotAtAll: without a challenge, by plain, with one that is no SHA-256, or a verifier that RFC 7636 does not know.
func TestAttack41PKCEIsDoneWhollyOrNotAtAll(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	for _, profile := range []registry.Profile{registry.SPA, registry.Web} {
		a := s.addClient(profile, firstParty)
		a.signIn("alice")
		for _, change := range [][]string{
			{"code_challenge", ""}, {"code_challenge", "", "code_challenge_method", ""}, {"code_challenge_method", ""}, {"code_challenge_method", "plain"},
			{"code_challenge_method", "s256"}, {"code_challenge", strings.Repeat("a", 42)}, {"code_challenge", strings.Repeat("a", 129)},
			{"code_challenge", strings.Repeat("a", 42) + "+"}, {"code_challenge", strings.Repeat("a", 43) + "="}, {"code_challenge", a.verifier, "code_challenge_method", "plain"},
		} {
			a.wantsError(a.get(a.request(change...)), "invalid_request")
		}
		for _, verifier := range []string{strings.Repeat("v", 42), strings.Repeat("v", 129), strings.Repeat("v", 42) + "+", a.verifier + "\n", a.verifier + "=", ""} {
			if r := a.redeem(a.code(), "code_verifier", verifier); r.status != http.StatusBadRequest {
				t.Errorf("verifier %q: %d %s", verifier, r.status, r.body)
			}
		}
		a.redeem(a.code()).handed(t)
	}
}

// TestAttack45ACodeIsWrittenDownNowhere: neither in the log nor in the database, and no page of the app passes it on to where it leads.
func TestAttack45ACodeIsWrittenDownNowhere(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, nil)
	a.signIn("alice")
	allowed := a.allow(a.get(a.request()))
	code := a.answer(allowed).Get("code")
	if allowed.header.Get("Referrer-Policy") != "no-referrer" || allowed.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the answer travels on: %v", allowed.header)
	}
	rows := s.dump()
	got := a.redeem(code).handed(t)
	a.redeem(code).wantsOAuth(t, 400, "invalid_grant")
	s.program().get("/auth/userinfo?code="+code, "Authorization: Bearer "+got.AccessToken)
	log, database := s.log.String(), rows+s.dump()
	if !strings.Contains(log, "path=/auth/token") || !strings.Contains(database, "codes ") {
		t.Fatal("there is nothing to search")
	}
	for place, text := range map[string]string{"log": log, "database": database} {
		for what, secret := range map[string]string{"code": code, "secret part": strings.TrimPrefix(code, "lpc_"), "verifier": a.verifier, "refresh token": got.RefreshToken} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s is in the %s", what, place)
			}
		}
	}
}

// TestAttack52ARefreshNeverWidens: a scope that was not granted is not to be had later, and a narrow token does not change the grant.
func TestAttack52ARefreshNeverWidens(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery, "admin")
	for _, profile := range []registry.Profile{registry.SPA, registry.Web} {
		a := s.addClient(profile, firstParty)
		a.signIn("alice")
		got := a.redeem(a.code("scope", "openid email")).handed(t)
		for _, wider := range []string{"openid email profile", "roles", "openid email offline_access"} {
			a.refreshWith(got.RefreshToken, "scope", wider).wantsOAuth(t, 400, "invalid_scope")
		}
		narrow := a.refreshWith(got.RefreshToken, "scope", "openid").handed(t)
		if claimsOf(t, narrow.AccessToken)["scope"] != "openid" {
			t.Errorf("asked for openid, got %q", narrow.Scope)
		}
		if again := a.refreshWith(narrow.RefreshToken).handed(t); again.Scope != "openid email" && again.Scope != "openid" {
			t.Errorf("the scope became %q", again.Scope)
		}
	}
}

// TestAttack63NoLineOfAnAnswerIsWrittenByTheRequest: a line break in what is echoed stays a part of the value.
func TestAttack63NoLineOfAnAnswerIsWrittenByTheRequest(t *testing.T) {
	const split = "a\r\nX-Evil: 1\r\n\r\n<script>alert(1)</script>"
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) {
		anyMode(set)
		set.PostLogoutRedirectURIs = []string{farewell}
	})
	a.signIn("alice")
	got := a.redeem(a.code()).handed(t)
	answers := map[string]reply{
		"a code in the query":    a.get(a.request("state", split)),
		"a code in the fragment": a.get(a.request("state", split, "response_mode", "fragment")),
		"a code in a form":       a.get(a.request("state", split, "response_mode", "form_post")),
		"an error":               a.get(a.request("state", split, "scope", split)),
		"an error of prompt":     a.get(a.request("state", split, "prompt", split)),
		"an address":             a.get(a.request("redirect_uri", callback+split)),
		"a form that is posted":  s.program().postForm("/auth/authorize", map[string]string{"client_id": a.id, "state": split}),
		"a token":                a.post("/auth/token", map[string]string{"grant_type": split}),
		"a push":                 a.push("scope", split),
		"a return address":       s.program().get("/auth/login?return_to=" + url.QueryEscape("/auth/account"+split)),
		"a sign-out":             a.get("/auth/end_session?" + url.Values{"id_token_hint": {got.IDToken}, "post_logout_redirect_uri": {farewell}, "state": {split}}.Encode()),
	}
	for name, r := range answers {
		if r.header.Get("X-Evil") != "" || strings.Contains(r.body, "<script>alert") {
			t.Errorf("%s: %v\n%s", name, r.header, r.body)
		}
		if to := r.header.Get("Location"); strings.ContainsAny(to, "\r\n<") {
			t.Errorf("%s leads to %q", name, to)
		}
	}
	for _, echoed := range []string{"a code in the query", "a code in the fragment", "an error", "a sign-out"} {
		if to := answers[echoed].header.Get("Location"); !strings.Contains(to, "state="+url.QueryEscape(split)) {
			t.Errorf("%s does not bring the state back: %q", echoed, to)
		}
	}
}
