package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// forEditors is an app of ours for people with one of two roles.
func forEditors(set *registry.Settings) {
	set.Name, set.FirstParty, set.Roles = "Newsroom", true, []string{"editor", "owner"}
}

// turnedAway checks for the page that says which role is missing.
func (a *rp) turnedAway(page reply, says ...string) {
	a.s.Helper()
	if page.status != http.StatusForbidden {
		a.s.Fatalf("whoever lacks the role gets %d %s %s", page.status, page.header.Get("Location"), page.body)
	}
	for _, want := range says {
		if !strings.Contains(page.body, want) {
			a.s.Errorf("the page does not say %q: %s", want, page.body)
		}
	}
}

// wantsDenied checks for the error that the app gets, in the words that say why.
func (a *rp) wantsDenied(r reply) {
	a.s.Helper()
	a.wantsError(r, "access_denied")
	if why := a.answer(r).Get("error_description"); why != "This needs the role editor or owner." {
		a.s.Errorf("the app is told: %q", why)
	}
}

// endedForWantOfARole checks that the session that came of tokens is over, and that the log says why.
func (s *server) endedForWantOfARole(t *testing.T, tokens handed) {
	t.Helper()
	id, _ := session.ParseID(claimsOf(t, tokens.AccessToken)["sid"].(string))
	row, err := s.core.Store.Session(t.Context(), id)
	if err != nil || row.EndedAt.IsZero() || row.EndReason != session.ReasonRoleMissing {
		t.Errorf("the session is %+v, %v", row, err)
	}
	events, err := s.core.Store.Events(t.Context(), audit.Query{Action: audit.SessionEnded, Limit: 1})
	if err != nil || len(events) == 0 || events[0].SessionID != id.String() || events[0].Detail != session.ReasonRoleMissing {
		t.Errorf("the log says %+v, %v", events, err)
	}
}

func TestAnAppIsForPeopleWithOneOfItsRoles(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery, "owner")
	s.addUser("bob", battery, "reader")
	a := s.addClient(registry.Web, forEditors)
	a.signIn("alice")
	a.redeem(a.code()).handed(t)
	everybody := s.addClient(registry.Web, firstParty)
	everybody.signIn("bob")
	everybody.redeem(everybody.code()).handed(t)
	a.client = everybody.client
	a.turnedAway(a.get(a.request()), "Newsroom", "editor or owner", "bob", "Back to Newsroom", "/auth/login?again=1")
	a.turnedAway(a.get(a.request(), "Accept-Language: zh-CN"), "Newsroom 不对此账户开放", "editor 或 owner")
}

func TestWhoIsTurnedAwayGoesOnAsSomebodyElse(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery, "editor")
	s.addUser("bob", battery)
	a := s.addClient(registry.Web, forEditors)
	a.signIn("bob")
	page := a.get(a.request())
	a.turnedAway(page)
	_, rest, _ := strings.Cut(page.body, `href="/auth/login?`)
	query, _, _ := strings.Cut(rest, `"`)
	q, err := url.ParseQuery(strings.ReplaceAll(query, "&amp;", "&"))
	if err != nil {
		t.Fatal(err)
	}
	if login := a.get("/auth/login?" + q.Encode()); login.status != http.StatusOK || !strings.Contains(login.body, "Newsroom") {
		t.Fatalf("the way to another account leads to %d %s", login.status, login.header.Get("Location"))
	}
	r := a.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": q.Get("return_to")})
	a.redeem(a.answer(a.get(r.header.Get("Location"))).Get("code")).handed(t)
}

func TestTheAppIsToldOfWhoIsTurnedAway(t *testing.T) {
	s := start(t)
	s.addUser("bob", battery)
	a := s.addClient(registry.Web, forEditors)
	a.signIn("bob")
	a.wantsDenied(a.get(a.request("prompt", "none")))
	page := a.get(a.request())
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https:;") {
		t.Errorf("the form could not lead back to the app: %s", csp)
	}
	a.wantsDenied(a.say(page, "deny"))
	strict := s.addClient(registry.Web, func(set *registry.Settings) { forEditors(set); set.RequirePAR = true })
	strict.client = a.client
	strict.wantsDenied(strict.say(strict.get(strict.pushed()), "deny"))
}

// TestAttack51TheProofOfATurnedAwayPersonAllowsNothing is case 51 of the catalogue: the page that turns somebody away has a proof of their own.
func TestAttack51TheProofOfATurnedAwayPersonAllowsNothing(t *testing.T) {
	s := start(t)
	bob := s.addUser("bob", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) { forEditors(set); set.FirstParty = false })
	a.signIn("bob")
	a.wantsDenied(a.allow(a.get(a.request())))
	if given, err := s.core.Store.ConsentsOf(t.Context(), bob.ID); err != nil || len(given) != 0 {
		t.Errorf("it is remembered as allowed: %+v %v", given, err)
	}
	// Nor does one of the time when the role was there.
	s.setRoles("bob", "editor")
	page := a.get(a.request())
	s.setRoles("bob")
	a.wantsDenied(a.allow(page))
}

func TestACodeIsGoodForNobodyWhoseRoleWasTakenMeanwhile(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery, "editor")
	a := s.addClient(registry.Web, forEditors)
	a.signIn("alice")
	code := a.code()
	s.setRoles("alice", "reader")
	r := a.redeem(code)
	r.wantsOAuth(t, 400, "invalid_grant")
	if !strings.Contains(r.body, "This needs the role editor or owner.") {
		t.Errorf("the app is not told why: %s", r.body)
	}
}

func TestARefreshEndsWhatARoleWasTakenFor(t *testing.T) {
	for _, profile := range []registry.Profile{registry.Web, registry.Native} { // one keeps its refresh token, the other's rotates
		s := start(t)
		s.addUser("alice", battery, "editor", "owner")
		a := s.addClient(profile, forEditors)
		if profile == registry.Native {
			s.changeClient(a.id, func(set *registry.Settings) { set.RedirectURIs = []string{callback} })
		}
		a.signIn("alice")
		tokens := a.redeem(a.code("scope", "openid offline_access")).handed(t)
		s.setRoles("alice", "owner") // one of the two is enough
		tokens = a.refreshWith(tokens.RefreshToken).handed(t)
		s.setRoles("alice")
		r := a.refreshWith(tokens.RefreshToken)
		r.wantsOAuth(t, 400, "invalid_grant")
		if !strings.Contains(r.body, "This needs the role editor or owner.") {
			t.Errorf("the app is not told why: %s", r.body)
		}
		s.endedForWantOfARole(t, tokens)
		s.setRoles("alice", "owner")
		a.refreshWith(tokens.RefreshToken).wantsOAuth(t, 400, "invalid_grant") // it is over
	}
}

func TestRolesThatAnAppAsksForSinceThenCountAtTheNextRefresh(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery, "reader")
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	tokens := a.redeem(a.code("scope", "openid offline_access")).handed(t)
	s.changeClient(a.id, func(set *registry.Settings) { set.Roles = []string{"editor"} })
	a.refreshWith(tokens.RefreshToken).wantsOAuth(t, 400, "invalid_grant")
	s.endedForWantOfARole(t, tokens)
}

func TestWhoAsksAboutATokenLearnsThatTheRoleIsGone(t *testing.T) {
	for what, ask := range map[string]func(s *server, a *rp, tokens handed){
		"userinfo": func(_ *server, a *rp, tokens handed) { a.userInfo(tokens.AccessToken).wants(t, 403, "forbidden_role") },
		"introspection": func(_ *server, a *rp, tokens handed) {
			a.inactive(t, tokens.AccessToken)
		},
		"introspection of the refresh token": func(_ *server, a *rp, tokens handed) {
			a.inactive(t, tokens.RefreshToken)
		},
	} {
		t.Run(what, func(t *testing.T) {
			s := start(t)
			s.addUser("alice", battery, "editor")
			a := s.addClient(registry.Web, forEditors)
			a.signIn("alice")
			tokens := a.redeem(a.code("scope", "openid offline_access")).handed(t)
			if r := a.userInfo(tokens.AccessToken); r.status != http.StatusOK {
				t.Fatalf("with the role, userinfo says %d %s", r.status, r.body)
			}
			if r := a.post("/auth/introspect", map[string]string{"token": tokens.AccessToken}); !strings.Contains(r.body, `"active":true`) {
				t.Fatalf("with the role, introspection says %s", r.body)
			}
			s.setRoles("alice")
			ask(s, a, tokens)
			s.endedForWantOfARole(t, tokens)
		})
	}
}

// inactive checks that introspection calls a token over, and says nothing else of it.
func (a *rp) inactive(t *testing.T, token string) {
	t.Helper()
	if r := a.post("/auth/introspect", map[string]string{"token": token}); r.status != http.StatusOK || strings.TrimSpace(r.body) != `{"active":false}` {
		t.Errorf("introspection says %d %s", r.status, r.body)
	}
}

func TestADeviceIsAllowedByPeopleWithOneOfItsRoles(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery, "editor")
	s.addUser("bob", battery)
	tv := s.addClient(registry.Device, forEditors)
	got := tv.startDevice("openid")
	alice, bob := *tv, *tv
	alice.client, bob.client = s.browser(), s.browser()
	alice.signIn("alice")
	bob.signIn("bob")
	bob.turnedAway(bob.enter(got.UserCode), "Newsroom", "editor or owner", "bob", "user_code%3D"+got.UserCode)
	tv.poll(got.DeviceCode).wantsOAuth(t, 400, "authorization_pending")
	// It waits for somebody else; but their role must be there until the end.
	confirm := alice.enter(got.UserCode)
	s.setRoles("alice")
	alice.turnedAway(alice.decide(confirm, "allow"))
	s.setRoles("alice", "editor")
	if r := alice.decide(confirm, "allow"); r.status != http.StatusOK {
		t.Fatalf("with the role, the page says %d %s", r.status, r.body)
	}
	s.setRoles("alice")
	s.clock.advance(5 * time.Second)
	tv.poll(got.DeviceCode).wantsOAuth(t, 400, "invalid_grant")
	s.setRoles("alice", "editor")
	s.clock.advance(5 * time.Second)
	tv.poll(got.DeviceCode).handed(t)
}

func TestSomebodyWithoutTheRoleMayTurnADeviceAway(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery, "editor")
	tv := s.addClient(registry.Device, forEditors)
	got := tv.startDevice("openid")
	tv.signIn("alice")
	confirm := tv.enter(got.UserCode)
	s.setRoles("alice")
	if r := tv.decide(confirm, "deny"); r.status != http.StatusOK {
		t.Errorf("the page says %d %s", r.status, r.body)
	}
	tv.poll(got.DeviceCode).wantsOAuth(t, 400, "access_denied")
}

// TestAttack61AnExchangeTakesNobodyWhereTheirRolesDoNot is case 61 of the catalogue.
func TestAttack61AnExchangeTakesNobodyWhereTheirRolesDoNot(t *testing.T) {
	s := start(t)
	app, orders, tokens := exchanging(s)
	set := func(a *rp, roles ...string) {
		s.changeClient(a.id, func(set *registry.Settings) { set.Roles = roles })
	}
	set(orders, "admin")
	token := orders.exchange(tokens.AccessToken).handed(t).AccessToken
	s.setRoles("alice", "reader")
	orders.exchange(tokens.AccessToken).wantsOAuth(t, 400, "invalid_grant") // the API is for others
	orders.inactive(t, token)
	set(orders)
	orders.exchange(tokens.AccessToken).handed(t) // her session at the app was not its business
	set(app, "admin")
	orders.exchange(tokens.AccessToken).wantsOAuth(t, 400, "invalid_grant") // the app is for others
	s.endedForWantOfARole(t, tokens)
}

func TestAProgramThatActsForItselfHasNoRolesToAskFor(t *testing.T) {
	s := start(t)
	api := s.addClient(registry.Service, func(set *registry.Settings) {
		set.Grants = append(set.Grants, oauth.TokenExchange)
		set.Audiences, set.Scopes, set.Roles = []string{ordersAPI}, oauth.Scope{"files:read"}, []string{"admin"}
	})
	r := api.post("/auth/token", map[string]string{"grant_type": "client_credentials"})
	access := r.handed(t).AccessToken
	if r := api.post("/auth/introspect", map[string]string{"token": access}); !strings.Contains(r.body, `"active":true`) {
		t.Errorf("introspection says %s", r.body)
	}
	_, _, err := s.core.Clients.Amend(t.Context(), api.id, func(set *registry.Settings) error {
		set.Grants = []oauth.GrantType{oauth.ClientCredentials}
		return nil
	}, cli)
	if err == nil || !strings.Contains(err.Error(), "nobody whose roles could be asked for") {
		t.Errorf("roles of nobody are taken for a lock: %v", err)
	}
}

func TestAClientThatRegistersItselfSetsNoRoles(t *testing.T) {
	s := start(t, registrable)
	r := s.register(`{"redirect_uris":["https://app.example.com/cb"],"roles":["admin"],"token_endpoint_auth_method":"none"}`, s.invite())
	if r.status != http.StatusCreated || strings.Contains(r.body, `"roles"`) {
		t.Fatalf("%d %s", r.status, r.body)
	}
	var made struct {
		ID string `json:"client_id"`
	}
	r.json(t, &made)
	if c, err := s.core.Store.Client(t.Context(), made.ID); err != nil || c.Roles != nil {
		t.Errorf("it has the roles %v, %v", c.Roles, err)
	}
}
