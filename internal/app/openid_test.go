package app

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/user"
)

// ofAlice are claims that an operator gave an account.
var ofAlice = user.Claims{"given_name": "Alice", "birthdate": "1990-02-03", "address.country": "DE", "address.locality": "Berlin", "phone_number": "+49 30 1234"}

func TestEachScopeGivesItsClaims(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery, "admin")
	if err := s.core.Users.Amend(t.Context(), u.ID, user.Amendment{Claims: &ofAlice}, cli); err != nil {
		t.Fatal(err)
	}
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	for scope, want := range map[string][]string{
		"openid":                             {"sub"},
		"openid profile":                     {"birthdate", "given_name", "name", "preferred_username", "sub", "updated_at"},
		"email openid":                       {"email", "email_verified", "sub"},
		"openid address":                     {"address", "sub"},
		"phone openid":                       {"phone_number", "sub"},
		"openid roles":                       {"roles", "sub"},
		"openid profile email address phone": {"address", "birthdate", "email", "email_verified", "given_name", "name", "phone_number", "preferred_username", "sub", "updated_at"},
	} {
		got := a.redeem(a.code("scope", scope)).handed(t)
		var info map[string]any
		a.userInfo(got.AccessToken).json(t, &info)
		if names := slices.Sorted(maps.Keys(info)); !slices.Equal(names, want) {
			t.Errorf("%s gives %v, want %v", scope, names, want)
		}
		if address, ok := info["address"].(map[string]any); slices.Contains(want, "address") && (!ok || address["locality"] != "Berlin") {
			t.Errorf("the address is %v", info["address"])
		}
		if id := claimsOf(t, got.IDToken); id["email"] != nil || id["address"] != nil {
			t.Errorf("the ID token says what belongs into the userinfo: %v", id)
		}
	}
	named := a.redeem(a.code("scope", "openid", "claims", `{"userinfo":{"given_name":{"essential":true},"shoe_size":null},"id_token":{"email":null}}`)).handed(t)
	var info map[string]any
	a.userInfo(named.AccessToken).json(t, &info)
	if info["given_name"] != "Alice" || info["email"] != nil || claimsOf(t, named.IDToken)["email"] != "alice@example.com" ||
		claimsOf(t, named.IDToken)["email_verified"] != true {
		t.Errorf("claims asked for one by one: %v, %v", info, claimsOf(t, named.IDToken))
	}
}

// OpenID Connect Core, section 5.1: an app that knows people by their address can tell whether it is theirs.
func TestAppsLearnWhetherAnAddressIsVerified(t *testing.T) {
	s := start(t)
	s.addUser("mallory", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("mallory")
	learns := func(email, verified any) {
		t.Helper()
		got := a.redeem(a.code("scope", "openid email", "claims", `{"id_token":{"email":null}}`)).handed(t)
		var info map[string]any
		a.userInfo(got.AccessToken).json(t, &info)
		for where, claims := range map[string]map[string]any{"userinfo": info, "ID token": claimsOf(t, got.IDToken)} {
			if claims["email"] != email || claims["email_verified"] != verified {
				t.Errorf("%s: email %v, email_verified %v; want %v, %v", where, claims["email"], claims["email_verified"], email, verified)
			}
		}
	}
	learns("mallory@example.com", true)
	s.writesAddress("mallory", "bob@example.com")
	learns("bob@example.com", false)
	s.writesAddress("mallory", "")
	learns(nil, nil)
	var meta struct {
		Claims []string `json:"claims_supported"`
	}
	s.program().get("/.well-known/openid-configuration").json(t, &meta)
	if !slices.Contains(meta.Claims, "email_verified") {
		t.Errorf("claims_supported is %v", meta.Claims)
	}
}

// writesAddress has somebody write an address into their profile.
func (s *server) writesAddress(name, email string) {
	s.Helper()
	r := s.signed(name).postForm("/auth/account/profile", map[string]string{"name": "Miss " + name, "email": email, "proof": battery})
	if r.status != http.StatusSeeOther {
		s.Fatalf("the profile is not changed: %d", r.status)
	}
}

func TestUserinfoTakesATokenInTheHeaderOrInAForm(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	got := a.redeem(a.code()).handed(t)
	bearer, field := "Authorization: Bearer "+got.AccessToken, map[string]string{"access_token": got.AccessToken}
	for name, r := range map[string]reply{
		"GET":                s.program().get("/auth/userinfo", bearer),
		"POST":               s.program().postForm("/auth/userinfo", nil, bearer),
		"POST, in a form":    s.program().postForm("/auth/userinfo", field),
		"scheme in capitals": s.program().get("/auth/userinfo", "Authorization: BEARER "+got.AccessToken),
	} {
		if r.status != http.StatusOK || !strings.Contains(r.body, `"email":"alice@example.com"`) {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	s.program().postForm("/auth/userinfo", field, bearer).wants(t, 400, "request_malformed")
	s.program().postForm("/auth/userinfo", nil).wants(t, 401, "token_missing")
	s.program().get("/auth/userinfo?access_token="+got.AccessToken).wants(t, 401, "token_missing")
	if strings.Contains(s.log.String(), got.AccessToken) {
		t.Error("the token is in the log")
	}
}

func TestHintsNeverStandInTheWay(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	page := a.get(a.get(a.request("login_hint", `al"ice`, "ui_locales", "fr-CA zh-CN en")).header.Get("Location"))
	if !strings.Contains(page.body, `value="al&#34;ice"`) || !strings.Contains(page.body, `<html lang="zh-Hans">`) {
		t.Errorf("the sign-in page does not follow the hints: %s", page.body)
	}
	a.signIn("alice")
	for _, hint := range [][]string{
		{"display", "page"}, {"display", "popup"}, {"display", "hologram"}, {"ui_locales", "se"}, {"claims_locales", "se"}, {"login_hint", "nobody"},
		{"acr_values", "1 2"}, {"extra", "foobar"}, {"nonce", ""}, {"state", ""}, {"claims", `{"userinfo":{"name":null}}`},
	} {
		got := a.redeem(a.code(hint...)).handed(t)
		if acr := claimsOf(t, got.IDToken)["acr"]; acr == nil {
			t.Errorf("%v: the ID token has no acr", hint)
		}
	}
	if q := a.answer(a.get(a.request("state", ""))); q.Has("state") {
		t.Error("a state that nobody sent comes back")
	}
}

func TestALanguageThatAPersonChoseStays(t *testing.T) {
	s := start(t)
	a := s.addClient(registry.Web, firstParty)
	to := a.get(a.request("ui_locales", "zh-CN")).header.Get("Location")
	a.get(to + "&lang=en")
	if page := a.get(to); !strings.Contains(page.body, `<html lang="en">`) {
		t.Error("an app takes back what a person chose")
	}
}

func TestASilentRequestNeverShowsAPage(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	s.addUser("bob", battery)
	a := s.addClient(registry.Web, firstParty)
	a.wantsError(a.get(a.request("prompt", "none")), "login_required")
	a.signIn("alice")
	first := claimsOf(t, a.redeem(a.code()).handed(t).IDToken)
	s.clock.advance(3 * time.Second)
	silent := a.redeem(a.code("prompt", "none", "max_age", "10000")).handed(t)
	if second := claimsOf(t, silent.IDToken); second["sub"] != first["sub"] || second["auth_time"] != first["auth_time"] {
		t.Errorf("the silent answer says %v, want %v", second, first)
	}
	a.wantsError(a.get(a.request("prompt", "none", "max_age", "1")), "login_required")
	a.postForm("/auth/logout", map[string]string{"scope": "this"})
	a.signIn("bob")
	s.clock.advance(time.Second)
	a.wantsError(a.get(a.request("prompt", "none", "id_token_hint", silent.IDToken)), "login_required")
	to, err := url.Parse(a.get(a.request("id_token_hint", silent.IDToken)).header.Get("Location"))
	if err != nil || to.Path != "/auth/login" {
		t.Errorf("somebody else is signed in, and the way leads to %v", to)
	}
}

func TestARefusedRequestObjectIsNeverPassedOver(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	unsigned := "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZS8ifQ."
	a.wantsError(a.get(a.request("request", unsigned)), "request_not_supported")
	a.wantsError(a.get(a.request("request_uri", "https://app.example.com/request.jwt")), "request_uri_not_supported")
	if r := a.get(a.request("request", unsigned, "redirect_uri", "https://evil.example/")); r.status != http.StatusBadRequest || r.header.Get("Location") != "" {
		t.Errorf("an unregistered address beside a request object: %d %s", r.status, r.header.Get("Location"))
	}
}
