package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/user"
)

// verified is what a JWT says, if a published key has signed it by an algorithm, and it is of a type.
func (s *server) verified(raw string, alg jose.Algorithm, typ string) object {
	s.Helper()
	set, err := jose.ParseKeySet([]byte(s.program().get("/.well-known/jwks.json").body))
	if err != nil {
		s.Fatal(err)
	}
	m, err := jose.Parse(raw)
	if err != nil {
		s.Fatalf("%v: %q", err, raw)
	}
	if h := m.Header(); h.Algorithm != alg || h.Type != typ {
		s.Errorf("it is a %s by %s, want a %s by %s", h.Type, h.Algorithm, typ, alg)
	}
	if _, err := m.Verify(set.Key(m.Header().KeyID)); err != nil {
		s.Error(err)
	}
	return claimsOf(s.TB, raw)
}

func TestTheUserinfoIsSignedForWhoWantsThat(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	for _, alg := range []jose.Algorithm{jose.RS256, jose.ES256} {
		a := s.addClient(registry.Web, func(set *registry.Settings) { set.FirstParty, set.UserInfoAlg = true, alg })
		a.signIn("alice")
		got := a.redeem(a.code()).handed(t)
		info := a.userInfo(got.AccessToken)
		if info.status != http.StatusOK || info.header.Get("Content-Type") != "application/jwt" || info.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v", info.status, info.header)
		}
		o := s.verified(info.body, alg, "JWT")
		if o["iss"] != s.origin || o["aud"] != a.id || o["preferred_username"] != "alice" || o["sub"] != claimsOf(t, got.IDToken)["sub"] {
			t.Errorf("the userinfo says %v", o)
		}
		// It is no ID token, and does not pass for one.
		if r := a.get("/auth/end_session?id_token_hint=" + info.body); r.status != http.StatusBadRequest {
			t.Errorf("it is taken for an ID token: %d %s", r.status, r.header.Get("Location"))
		}
	}
	plain := s.addClient(registry.Web, firstParty)
	plain.signIn("alice")
	if info := plain.userInfo(plain.redeem(plain.code()).handed(t).AccessToken); info.header.Get("Content-Type") != "application/json" {
		t.Errorf("who did not ask gets %s", info.header.Get("Content-Type"))
	}
}

func TestAnIntrospectionIsSignedWhereItIsAskedFor(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	const media = "application/token-introspection+jwt"
	for _, tt := range []struct{ registered, want jose.Algorithm }{{"", jose.ES256}, {jose.RS256, jose.RS256}} {
		a := s.addClient(registry.Web, func(set *registry.Settings) { set.FirstParty, set.IntrospectionAlg = true, tt.registered })
		a.signIn("alice")
		access := a.redeem(a.code()).handed(t).AccessToken
		for token, active := range map[string]bool{access: true, "nonsense": false} {
			r := a.post("/auth/introspect", map[string]string{"token": token}, "Accept: "+media)
			if r.status != http.StatusOK || r.header.Get("Content-Type") != media {
				t.Fatalf("%d %v", r.status, r.header)
			}
			o := s.verified(r.body, tt.want, "token-introspection+jwt")
			about, _ := o["token_introspection"].(object)
			if len(o) != 4 || o["iss"] != s.origin || o["aud"] != a.id || o["iat"] != float64(s.clock.Now().Unix()) || about["active"] != active {
				t.Errorf("the answer says %v", o)
			}
			if !active && len(about) != 1 {
				t.Errorf("of a token that is not good it says %v", about)
			}
		}
		if r := a.post("/auth/introspect", map[string]string{"token": access}); r.header.Get("Content-Type") != "application/json" {
			t.Errorf("who did not ask gets %s", r.header.Get("Content-Type"))
		}
		// The answer is shown around, so it must open nothing.
		signed := a.post("/auth/introspect", map[string]string{"token": access}, "Accept: "+media).body
		if r := a.userInfo(signed); r.status != http.StatusUnauthorized {
			t.Errorf("the answer opens the userinfo: %d", r.status)
		}
	}
}

func TestAppsLearnWhenAnAccountChanged(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	access := a.redeem(a.code()).handed(t).AccessToken
	changed := func() (at float64) {
		var info object
		a.userInfo(access).json(t, &info)
		at, _ = info["updated_at"].(float64)
		return at
	}
	if at := changed(); at != float64(s.clock.Now().Unix()) {
		t.Errorf("a new account changed at %v", at)
	}
	s.clock.advance(time.Minute)
	if err := s.core.Users.Amend(t.Context(), u.ID, user.Amendment{Name: new("Miss A.")}, cli); err != nil {
		t.Fatal(err)
	}
	if at := changed(); at != float64(s.clock.Now().Unix()) {
		t.Errorf("it was renamed now, and changed at %v", at)
	}
}

// ASVS 10.4.12
func TestAnAnswerTakesNoWayThatTheClientWasNotRegisteredFor(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	for profile, modes := range map[registry.Profile]string{
		registry.SPA: "query fragment", registry.Web: "query form_post", registry.Native: "query", registry.FAPI2: "query jwt query.jwt",
	} {
		set := registry.Settings{Profile: profile}
		for _, mode := range oauth.ResponseModes() {
			if want := strings.Contains(" "+modes+" ", " "+string(mode)+" "); mode.Among(set.Modes()) != want {
				t.Errorf("profile %s, mode %s: %t", profile, mode, !want)
			}
		}
	}
	a := s.addClient(registry.SPA, firstParty)
	a.signIn("alice")
	for _, mode := range []string{"form_post", "jwt", "fragment.jwt", "web_message", ""} {
		r := a.get(a.request("response_mode", mode))
		if mode == "" {
			a.redeem(a.answer(r).Get("code")).handed(t)
			continue
		}
		a.wantsError(r, "invalid_request")
	}
	posts := s.addClient(registry.Web, func(set *registry.Settings) {
		set.FirstParty, set.ResponseModes = true, []oauth.ResponseMode{oauth.FormPost}
	})
	posts.cookies = a.cookies
	if form := posts.get(posts.request("response_mode", "form_post")).fields(); form["code"] == "" {
		t.Errorf("what it was registered for is refused: %v", form)
	}
	// A client that is told by a form alone learns of its mistake by a form.
	if form := posts.get(posts.request()).fields(); form["error"] != "invalid_request" || form["code"] != "" {
		t.Errorf("without response_mode, which means query, it is told %v", form)
	}
}
