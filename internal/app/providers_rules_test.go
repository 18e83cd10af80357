package app

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
)

func TestRolesAreThoseOfTheProviderAtEverySignIn(t *testing.T) {
	f := federate(t)
	carol, dave := f.visitor(), f.visitor()
	carol.signInThere("carol")
	dave.signInThere("dave")
	if h := carol.open("/auth/connect/company?return_to=%2Fadmin%2F1").heard(t); h.Header.Get("X-Forwarded-Roles") != "admin" {
		t.Errorf("the app heard %+v", h)
	}
	if r := dave.open("/auth/connect/company?return_to=%2Fadmin%2F1"); r.status != http.StatusForbidden || !strings.Contains(r.body, "forbidden_role") {
		t.Errorf("without the group: %d", r.status)
	}
	if r := dave.open("/notes"); r.status != http.StatusOK {
		t.Errorf("dave: %d %s", r.status, r.body)
	}
	f.ours.setRoles("carol", "admin", "editor") // editor is given here
	f.theirs.setRoles("carol", "sales")
	f.ours.clock.advance(5 * time.Second)
	again := f.visitor()
	again.signInThere("carol")
	if h := again.open("/auth/connect/company?return_to=%2Fnotes").heard(t); h.Header.Get("X-Forwarded-Roles") != "editor" {
		t.Errorf("roles after the group was left: %q", h.Header.Get("X-Forwarded-Roles"))
	}
	users, err := f.ours.core.Store.UserByLogin(t.Context(), "carol")
	if err != nil || users.Password.Reveal() != "" {
		t.Errorf("the account is %+v, %v", users, err)
	}
}

// ASVS 6.8.4
func TestASessionSaysThatItCameFromAProvider(t *testing.T) {
	f := federate(t)
	v := f.visitor()
	v.signInThere("carol")
	v.open("/auth/connect/company?return_to=%2Fnotes")
	if r := v.here.get("/strong/1", page); r.status != http.StatusSeeOther || !strings.Contains(r.header.Get("Location"), "reason=acr_required") {
		t.Errorf("a route for passwords: %d %s", r.status, r.header.Get("Location"))
	}
	who, err := f.ours.core.Store.LinkedUser(t.Context(), f.theirs.origin, subjectOf(t, f, "carol"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.ours.core.Sessions.Of(t.Context(), who.ID)
	if err != nil || len(rows) != 1 || rows[0].ACR() != "urn:lingpai:provider" || !slices.Equal(rows[0].AMR, []string{"fed", "pwd"}) {
		t.Errorf("%+v %v", rows, err)
	}
}

func subjectOf(t *testing.T, f *federation, name string) string {
	t.Helper()
	u, err := f.theirs.core.Store.UserByLogin(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func TestALogoutHereEndsTheSessionAndLeadsToThatOfTheProvider(t *testing.T) {
	f := federate(t, "logout: true")
	v := f.visitor()
	v.signInThere("carol")
	v.open("/auth/connect/company?return_to=%2Fnotes")
	r := v.here.postForm("/auth/logout", map[string]string{"scope": "this", "return_to": "/notes"})
	seconds, address, _ := strings.Cut(r.header.Get("Refresh"), ";url=")
	if r.status != http.StatusOK || seconds != "0" || !strings.Contains(r.body, "Sign out of Example Ltd as well") {
		t.Fatalf("%d %q %s", r.status, r.header.Get("Refresh"), r.body)
	}
	if r := v.here.get("/notes", "Accept: application/json"); r.status != http.StatusUnauthorized {
		t.Errorf("the app is still open: %d", r.status)
	}
	there, ok := strings.CutPrefix(address, f.theirs.origin)
	if !ok {
		t.Fatalf("it leads to %s", address)
	}
	back := v.there.get(there, page)
	if back.status == http.StatusOK { // the provider asks first
		back = v.there.postForm("/auth/end_session", back.fields())
	}
	if to := back.header.Get("Location"); to != f.ours.origin+"/auth/logout?state=%2Fnotes" {
		t.Errorf("the provider leads back to %d %q %s", back.status, to, back.body)
	}
	v.there.get("/auth/api/me").wants(t, 401, "token_missing")
	if r := v.here.get("/auth/logout?state=%2Fnotes", page); !strings.Contains(r.body, `href="/notes"`) {
		t.Errorf("the way back to the app is lost: %s", r.body)
	}
}

// ASVS 7.6.1
func TestALogoutAtTheProviderEndsTheSessionHere(t *testing.T) {
	f := federate(t)
	v, other := f.visitor(), f.visitor()
	v.signInThere("carol")
	other.signInThere("dave")
	v.open("/auth/connect/company?return_to=%2Fnotes")
	other.open("/auth/connect/company?return_to=%2Fnotes")
	v.there.postJSON("/auth/api/logout", `{}`, "Origin: "+f.theirs.origin).wants(t, 204, "")
	within(t, "the logout is told", func() bool { return v.here.get("/notes", "Accept: application/json").status == http.StatusUnauthorized })
	if r := other.here.get("/notes"); r.status != http.StatusOK {
		t.Errorf("somebody else is signed out, too: %d", r.status)
	}
}

// within waits for what happens in another goroutine.
func within(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for range 1200 {
		if happened() {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Errorf("not within a minute: %s", what)
}

func TestAProviderIsToldWhatItWantsToHearBesides(t *testing.T) {
	t.Parallel()
	f := federate(t, "parameters: {access_type: offline, prompt: consent select_account}")
	to, err := url.Parse(f.visitor().here.get("/auth/connect/company?return_to=/auth/account").header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if q := to.Query(); q.Get("access_type") != "offline" || q.Get("prompt") != "consent select_account" || q.Get("client_id") != f.client.id || q.Get("nonce") == "" {
		t.Errorf("people are sent to %s", to)
	}
}

func TestWhoMayComeInIsSaidByDomainsAndGroups(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		extra  []string
		claims map[string]any
		code   string // "" for in
	}{
		"the domain":              {[]string{"domains: [example.net]"}, nil, ""},
		"another domain":          {[]string{"domains: [example.com]"}, nil, "provider_not_admitted"},
		"a domain that ends so":   {[]string{"domains: [ample.net]"}, nil, "provider_not_admitted"},
		"below the domain":        {[]string{"domains: [example.net]"}, map[string]any{"email": "m@evil.example.net"}, "provider_not_admitted"},
		"two addresses":           {[]string{"domains: [example.net]"}, map[string]any{"email": "m@evil.example,m@example.net"}, "provider_not_admitted"},
		"domain in capitals":      {[]string{"domains: [example.net]"}, map[string]any{"email": "m@EXAMPLE.NET"}, ""},
		"not verified":            {[]string{"domains: [example.net]"}, map[string]any{"email_verified": false}, "provider_not_admitted"},
		"verified by a word":      {[]string{"domains: [example.net]"}, map[string]any{"email_verified": "true"}, ""},
		"the group":               {[]string{"require: [it, hr]", "roles_claim: groups"}, map[string]any{"groups": []string{"x", "hr"}}, ""},
		"one group as a word":     {[]string{"require: [it, hr]", "roles_claim: groups"}, map[string]any{"groups": "it"}, ""},
		"a group within":          {[]string{"require: [it]", "roles_claim: realm_access.roles"}, map[string]any{"realm_access": map[string]any{"roles": []string{"it"}}}, ""},
		"another group":           {[]string{"require: [it]", "roles_claim: groups"}, map[string]any{"groups": []string{"IT", "it "}}, "provider_not_admitted"},
		"no groups":               {[]string{"require: [it]", "roles_claim: groups"}, nil, "provider_not_admitted"},
		"no account is made":      {[]string{"create: false"}, nil, "account_unknown"},
		"nothing is required":     {nil, map[string]any{"email": nil, "preferred_username": nil}, ""},
		"a name that is no name":  {nil, map[string]any{"preferred_username": "a\u202eb", "email": "\x00", "name": "\x07"}, ""},
		"names of an odd kind":    {nil, map[string]any{"preferred_username": 7, "email": []string{"a"}, "name": nil, "amr": "pwd"}, ""},
		"groups of an odd kind":   {[]string{"require: [it]", "roles_claim: groups"}, map[string]any{"groups": 7}, "provider_failed"},
		"a name of the greatest":  {nil, map[string]any{"preferred_username": "admin"}, ""},
		"a name that is too long": {nil, map[string]any{"preferred_username": strings.Repeat("a", 64)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newImpostor(t, "evil")
			extra := ""
			for _, line := range c.extra {
				extra += ", " + line
			}
			s := trusting(t, extra, p)
			p.say(func(p *impostor) { p.claims = c.claims })
			b := s.browser()
			r := p.signIn(b)
			if c.code == "" && (r.status != http.StatusSeeOther || b.cookies["lingpai_session"] == "") {
				t.Errorf("%d %s", r.status, r.body)
			}
			if c.code != "" && (!strings.Contains(r.body, "<code>"+c.code+"</code>") || b.cookies["lingpai_session"] != "") {
				t.Errorf("%d %s", r.status, r.body)
			}
			if noted := slices.ContainsFunc(s.events(), func(e audit.Event) bool { return e.Action == audit.SignInFailed }); noted != (c.code != "" && c.code != "provider_failed") {
				t.Errorf("in the audit log: %v", noted)
			}
		})
	}
}

func TestAProviderVouchesForTheAddressOfItsPeople(t *testing.T) {
	t.Parallel()
	const email = "mallory@example.net"
	for name, c := range map[string]struct {
		extra    string
		claims   map[string]any
		has      string // what they write into their profile here, after the first sign-in
		want     string
		verified bool
	}{
		"verified there":                {"", nil, "", email, true},
		"believed":                      {", insecure_unverified_email: true", map[string]any{"email_verified": nil}, "", email, true},
		"not verified there":            {"", map[string]any{"email_verified": false}, email, email, false},
		"another here":                  {"", nil, "alice@example.com", "alice@example.com", false},
		"spelled otherwise here":        {"", nil, "MALLORY@example.net", email, true},
		"below the one that is claimed": {"", nil, "mallory@example.net.evil.example", "mallory@example.net.evil.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newImpostor(t, "evil")
			s := trusting(t, c.extra, p)
			p.say(func(p *impostor) { p.claims = c.claims })
			b := s.browser()
			p.signIn(b)
			if c.has != "" {
				if r := b.postForm("/auth/account/profile", map[string]string{"email": c.has}); r.status != http.StatusSeeOther {
					t.Fatalf("the profile is not changed: %d", r.status)
				}
				p.signIn(s.browser())
			}
			u, err := s.core.Store.LinkedUser(t.Context(), p.URL, "mallory")
			if err != nil || u.Email != c.want || u.EmailVerified != c.verified {
				t.Errorf("%q, verified: %v (%v); want %q, %v", u.Email, u.EmailVerified, err, c.want, c.verified)
			}
		})
	}
}

func TestAnAccountIsConnectedByItsOwner(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	alice := s.addUser("alice", battery)
	c := s.browser()
	c.login("alice", battery, "cookie")
	if r := c.get("/auth/account", page); !strings.Contains(r.body, `href="/auth/connect/evil?link=1"`) {
		t.Fatalf("the account page offers nothing: %s", r.body)
	}
	ours := "Sec-Fetch-Site: same-origin"
	if r := c.get(p.back(p.begin(c, "?link=1", ours)), page); r.status != http.StatusSeeOther || r.header.Get("Location") != "/auth/account?done=connected#connections" {
		t.Fatalf("%d %s %s", r.status, r.header.Get("Location"), r.body)
	}
	elsewhere := s.browser()
	p.signIn(elsewhere)
	if r := elsewhere.get("/auth/api/me"); !strings.Contains(r.body, `"alice"`) {
		t.Errorf("the connection leads to %d %s", r.status, r.body)
	}
	if u, err := s.core.Store.LinkedUser(t.Context(), p.URL, "mallory"); err != nil || u.ID != alice.ID {
		t.Errorf("%+v %v", u, err)
	}

	s.addUser("bob", battery)
	bob := s.browser()
	bob.login("bob", battery, "cookie")
	if r := bob.get(p.back(p.begin(bob, "?link=1", ours)), page); r.status != http.StatusConflict {
		t.Errorf("one person there has two accounts here: %d", r.status)
	}
	q := p.begin(bob, "?link=1", ours)
	bob.cookies["lingpai_session"] = c.cookies["lingpai_session"]
	if r := bob.get(p.back(q), page); r.status != http.StatusBadRequest {
		t.Errorf("somebody else is signed in by now: %d", r.status)
	}

	end := func(c *client) string {
		return c.postForm("/auth/account/connections/evil/end", nil, "Origin: "+s.origin).header.Get("Location")
	}
	if to := end(c); to != "/auth/account?done=disconnected#connections" {
		t.Errorf("to disconnect leads to %s", to)
	}
	stranger := s.browser()
	p.signIn(stranger) // has an account of their own now, and no password
	if to := end(stranger); to != "/auth/account?done=last_way#connections" {
		t.Errorf("the last way is cut: %s", to)
	}
}

func TestAProviderThatIsDownKeepsNobodyFromSigningInAnotherWay(t *testing.T) {
	p := newImpostor(t, "evil")
	p.down = true
	s := trusting(t, "", p)
	s.addUser("alice", battery)
	c := s.browser()
	if r := c.get("/auth/login", page); r.status != http.StatusOK || !strings.Contains(r.body, "/auth/connect/evil") {
		t.Errorf("the sign-in page: %d", r.status)
	}
	c.refusedPage(c.get("/auth/connect/evil", page), 502, "provider_failed")
	c.login("alice", battery, "cookie")
	p.say(func(p *impostor) { p.down = false })
	s.clock.advance(3 * time.Second)
	if r := p.signIn(s.browser()); r.status != http.StatusSeeOther {
		t.Errorf("it came back: %d", r.status)
	}
	p.say(func(p *impostor) { p.down = true })
	s.clock.advance(time.Hour) // its description has aged, and serves on
	if r := p.signIn(s.browser()); r.status != http.StatusSeeOther {
		t.Errorf("it went away again: %d %s", r.status, r.body)
	}
}

// ASVS 10.5.3
func TestADescriptionOfAnotherIssuerIsNotBelieved(t *testing.T) {
	for name, say := range map[string]map[string]any{
		"another issuer":    {"issuer": "https://evil.example"},
		"with a slash":      {"issuer": "SELF/"},
		"keys in the clear": {"jwks_uri": "http://keys.example/jwks"},
		"metadata service":  {"token_endpoint": "http://169.254.169.254/token"},
		"a script":          {"authorization_endpoint": "javascript:alert(1)"},
		"no token endpoint": {"token_endpoint": nil},
		"mTLS alone":        {"token_endpoint_auth_methods_supported": []string{"tls_client_auth"}},
	} {
		p := newImpostor(t, "evil")
		if say["issuer"] == "SELF/" {
			say["issuer"] = p.URL + "/"
		}
		p.metadata = say
		s := trusting(t, "", p)
		c := s.browser()
		r := c.get("/auth/connect/evil", page)
		if r.status != http.StatusBadGateway || r.header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, r.status, r.header.Get("Location"))
		}
	}
}

func TestKeysOfAProviderRotate(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	if r := p.signIn(s.browser()); r.status != http.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	key, err := jose.GenerateKey(jose.RS256)
	if err != nil {
		t.Fatal(err)
	}
	p.say(func(p *impostor) { p.key = key.WithID("next") })
	s.clock.advance(30 * time.Second)
	if r := p.signIn(s.browser()); r.status != http.StatusSeeOther {
		t.Errorf("after a rotation: %d %s", r.status, r.body)
	}
}

func TestAProviderThatSaysNoIsNamedOnThePage(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, ", title: Example Ltd", p)
	c := s.browser()
	r := c.get(p.back(p.begin(c, "?return_to=%2Fnotes"), "code", "", "error", "access_denied", "error_description", "<b>secret inner text</b>"), page)
	c.refusedPage(r, 403, "provider_refused")
	if !strings.Contains(r.body, `href="/auth/login?return_to=%2Fnotes"`) {
		t.Errorf("the page does not lead to where the person was going: %s", r.body)
	}
	if !strings.Contains(r.body, "Example Ltd did not sign you in") || strings.Contains(r.body, "secret inner text") {
		t.Errorf("the page: %s", r.body)
	}
}

func TestTheSignInPageLeadsStraightToTheOnlyWay(t *testing.T) {
	f := federate(t, "only: true")
	v := f.visitor()
	v.signInThere("dave")
	if h := v.open("/notes?x=1").heard(t); h.URI != "/notes?x=1" || h.Header.Get("X-Forwarded-User") != "dave" {
		t.Errorf("the app heard %+v", h)
	}
	if r := f.ours.browser().get("/auth/login?form=1", page); r.status != http.StatusOK || !strings.Contains(r.body, `name="password"`) {
		t.Errorf("the form: %d", r.status)
	}
}

// A route that wants a recent sign-in leads to the provider, which must ask the person anew and say so.
func TestWhoMustProveItAgainProvesItAtTheProvider(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	c := s.browser()
	p.signIn(c)
	s.clock.advance(time.Hour)
	q := p.begin(c, "?again=1&return_to=%2Fnotes")
	if q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("it asks for %v", q)
	}
	session := c.cookies["lingpai_session"]
	stale := s.clock.Now().Unix() - 3600
	p.say(func(p *impostor) { p.claims = map[string]any{"auth_time": stale} })
	if r := c.get(p.back(q), page); r.status != http.StatusBadGateway || c.cookies["lingpai_session"] != session {
		t.Errorf("an old sign-in: %d", r.status)
	}
	p.say(func(p *impostor) { p.claims = nil })
	if r := c.get(p.back(p.begin(c, "?again=1&return_to=%2Fnotes")), page); r.status != http.StatusSeeOther || r.header.Get("Location") != "/notes" {
		t.Errorf("a new one: %d %s", r.status, r.body)
	}
}

func TestManyTabsSignInAtATime(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	c := s.browser()
	var tabs []url.Values
	for range 5 {
		tabs = append(tabs, p.begin(c, "?return_to=%2Fnotes"))
	}
	for i, q := range tabs {
		p.say(func(p *impostor) { p.nonce = q.Get("nonce") })
		if r := c.get(p.back(q), page); r.status != http.StatusSeeOther || r.header.Get("Location") != "/notes" {
			t.Errorf("tab %d: %d %s", i, r.status, r.body)
		}
	}
	if n := len(c.cookies); n > 3 {
		t.Errorf("%d cookies pile up", n)
	}
}

// An app that signs people in through us does not make them type their password at the provider, unless it asks for that.
func TestAppsOfOursUseTheSessionThatAPersonHasAtTheProvider(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	a := s.addClient(registry.Web, firstParty)
	for prompt, want := range map[string]string{"": "", "login": "login"} {
		a.client = s.browser()
		to, err := url.Parse(a.get(a.request("prompt", prompt), page).header.Get("Location"))
		if err != nil || to.Path != "/auth/login" {
			t.Fatalf("%v %v", to, err)
		}
		found := regexp.MustCompile(`href="/auth/connect/evil(\?[^"]*)"`).FindStringSubmatch(a.get(to.String(), page).body)
		if found == nil {
			t.Fatal("the sign-in page has no way to the provider")
		}
		q := p.begin(a.client, html.UnescapeString(found[1]))
		if q.Get("prompt") != want {
			t.Errorf("prompt=%s asks the provider for prompt=%s", prompt, q.Get("prompt"))
		}
		back := a.get(p.back(q), page)
		id := claimsOf(t, a.redeem(a.answer(a.get(back.header.Get("Location"), page)).Get("code")).handed(t).IDToken)
		if id["acr"] != "urn:lingpai:provider" {
			t.Errorf("the app learns %v", id)
		}
	}
}

// An app on another host has its own session there; the provider leads back to that host.
func TestAProviderLeadsBackToTheHostThatAPersonIsAt(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	host := strings.Replace(strings.TrimPrefix(s.origin, "http://"), "localhost", "app.localhost", 1)
	c := s.browser()
	q := p.begin(c, "", "Host: "+host)
	if to := q.Get("redirect_uri"); to != "http://"+host+"/auth/connect/evil/callback" {
		t.Errorf("it leads back to %s", to)
	}
	c.refusedPage(c.get(p.back(q), page), 400, "provider_state") // at the host that it did not begin at
	if r := c.get(p.back(q), page, "Host: "+host); r.status != http.StatusSeeOther || p.asked[0].Get("redirect_uri") != q.Get("redirect_uri") {
		t.Errorf("%d %s", r.status, r.body)
	}
}
