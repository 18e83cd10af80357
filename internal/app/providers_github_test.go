package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// gitHub answers as a GitHub Enterprise server does, in the shape of its documentation.
type gitHub struct {
	*httptest.Server
	t testing.TB

	mu     sync.Mutex
	user   string // what GET /user answers
	emails string
	orgs   []string // pages of GET /user/orgs
	teams  []string
	token  string
	asked  url.Values // at the token endpoint, the last time
}

const (
	octocat  = `{"login":"octocat","id":583231,"node_id":"MDQ6VXNlcjU4MzIzMQ==","type":"User","site_admin":false,"name":"The Octocat","email":"boss@example.com"}`
	itsMail  = `[{"email":"boss@example.com","primary":false,"verified":false,"visibility":null},{"email":"octocat@example.com","primary":true,"verified":true,"visibility":"private"}]`
	ghoToken = `{"access_token":"gho_16C7e42F292c6912E7710c838347Ae178B4a","scope":"read:user,user:email","token_type":"bearer"}`
)

func newGitHub(t testing.TB) *gitHub {
	t.Helper()
	g := &gitHub{t: t, user: octocat, emails: itsMail, token: ghoToken}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login/oauth/access_token", g.trade)
	mux.HandleFunc("GET /api/v3/user", g.api(&g.user))
	mux.HandleFunc("GET /api/v3/user/emails", g.api(&g.emails))
	mux.HandleFunc("GET /api/v3/user/orgs", g.list(&g.orgs))
	mux.HandleFunc("GET /api/v3/user/teams", g.list(&g.teams))
	g.Server = httptest.NewServer(mux)
	t.Cleanup(g.Close)
	g.URL = strings.Replace(g.URL, "127.0.0.1", "localhost", 1)
	return g
}

func (g *gitHub) trade(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		g.t.Error(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = r.PostForm
	if r.Header.Get("Accept") != "application/json" { // or it answers a form
		g.t.Errorf("it is asked for %q", r.Header.Get("Accept"))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write([]byte(g.token))
}

func (g *gitHub) api(body *string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer gho_16C7e42F292c6912E7710c838347Ae178B4a" || r.Header.Get("User-Agent") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write([]byte(*body))
	}
}

// list answers with a page, and says where the next one is.
func (g *gitHub) list(pages *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		n, err := strconv.Atoi(r.FormValue("page"))
		if err != nil || n < 1 || n > len(*pages) {
			g.t.Errorf("%s is asked for", r.URL)
			n = len(*pages)
		}
		if page := (*pages)[n-1]; n < len(*pages) {
			w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=1>; rel="prev", <%s%s?page=%d>; rel="next"`, g.URL, r.URL.Path, g.URL, r.URL.Path, n+1))
			g.mu.Unlock()
			g.api(&page)(w, r)
			return
		}
		page := (*pages)[n-1]
		g.mu.Unlock()
		g.api(&page)(w, r)
	}
}

func (g *gitHub) say(set func(g *gitHub)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	set(g)
}

// start starts a server that lets people in from there.
func (g *gitHub) start(settings ...string) *server {
	g.t.Helper()
	file := filepath.Join(g.t.TempDir(), "lingpai.yaml")
	text := "throttle: {address_burst: 40}\nproviders:\n  - {name: github, type: github, issuer: \"" + g.URL + "\", client_id: Iv1.8a61f9b3a7aba766, client_secret: \"s&cret\", create: true" +
		strings.Join(append([]string{""}, settings...), ", ") + "}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
	return start(g.t, "file="+file)
}

// begin goes to GitHub in a browser, and returns the request that it gets.
func (g *gitHub) begin(c *client, query string, headers ...string) url.Values {
	g.t.Helper()
	r := c.get("/auth/connect/github"+query, append(headers, page)...)
	to, found := strings.CutPrefix(r.header.Get("Location"), g.URL+"/login/oauth/authorize?")
	q, err := url.ParseQuery(to)
	if !found || err != nil {
		g.t.Fatalf("%d %s %s", r.status, r.header.Get("Location"), r.body)
	}
	return q
}

func (g *gitHub) signIn(c *client) reply {
	g.t.Helper()
	return c.get("/auth/connect/github/callback?"+url.Values{"code": {"c0de"}, "state": {g.begin(c, "").Get("state")}}.Encode(), page)
}

func (c *client) account() (who struct {
	User struct{ ID, Username, Name string }
},
) {
	c.s.Helper()
	r := c.get("/auth/api/me")
	if err := json.Unmarshal([]byte(r.body), &who); r.status != http.StatusOK || err != nil {
		c.s.Fatalf("%d %s", r.status, r.body)
	}
	return who
}

func TestPeopleOfGitHubSignIn(t *testing.T) {
	g := newGitHub(t)
	s := g.start()
	c := s.browser()
	q := g.begin(c, "?return_to=/notes")
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "Iv1.8a61f9b3a7aba766", "redirect_uri": s.origin + "/auth/connect/github/callback", "scope": "read:user user:email",
		"code_challenge_method": "S256", "nonce": "", "prompt": "",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	r := c.get("/auth/connect/github/callback?"+url.Values{"code": {"c0de"}, "state": {q.Get("state")}, "iss": {g.URL + "/login/oauth"}}.Encode(), page)
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/notes" {
		t.Fatalf("%d %s\n%s", r.status, r.body, s.log)
	}
	for name, want := range map[string]string{"client_id": "Iv1.8a61f9b3a7aba766", "client_secret": "s&cret", "code": "c0de", "redirect_uri": q.Get("redirect_uri")} {
		if g.asked.Get(name) != want {
			t.Errorf("the code is traded by %s=%q, want %q", name, g.asked.Get(name), want)
		}
	}
	if who := c.account().User; who.Username != "octocat" || who.Name != "The Octocat" {
		t.Errorf("they are %+v", who)
	}
	u, err := s.core.Store.LinkedUser(t.Context(), g.URL, "583231")
	if err != nil || u.Email != "octocat@example.com" || !u.EmailVerified {
		t.Errorf("%+v %v", u, err)
	}
	if strings.Contains(s.log.String(), "gho_") {
		t.Error("the token is in the log")
	}
}

const (
	acme     = `{"login":"Acme","id":9919,"node_id":"MDEyOk9yZ2FuaXphdGlvbjk5MTk=","url":"https://api.github.com/orgs/acme","description":null}`
	acmeTeam = `{"id":42,"node_id":"MDQ6VGVhbTQy","name":"IT Operations","slug":"it-ops","privacy":"closed","permission":"admin","parent":null,` +
		`"organization":{"login":"Acme","id":9919,"type":"Organization"}}`
)

// everySignInGets compares the roles that a sign-in leaves the person with.
func (g *gitHub) everySignInGets(s *server, what string, roles ...string) {
	g.t.Helper()
	g.signIn(s.browser())
	u, err := s.core.Store.LinkedUser(g.t.Context(), g.URL, "583231")
	if err != nil || !slices.Equal(u.Roles, roles) {
		g.t.Errorf("%s: they are %v, want %v (%v)", what, u.Roles, roles, err)
	}
}

func TestOrganisationsAndTeamsOfGitHubAreRoles(t *testing.T) {
	g := newGitHub(t)
	g.orgs, g.teams = []string{`[{"login":"other","id":1}]`, `[]`, `[` + acme + `]`}, []string{`[{"id":7,"slug":"x","organization":{"login":"other","id":1}}]`, `[` + acmeTeam + `]`}
	s := g.start(`roles: {acme: reader, "id:9919": staff, acme/it-ops: admin, "id:9919/42": ops, it-ops: nobody, "id:42": nobody, other/it-ops: nobody}`)
	if q := g.begin(s.browser(), ""); q.Get("scope") != "read:user user:email read:org" {
		t.Errorf("it asks for %q", q.Get("scope"))
	}
	g.everySignInGets(s, "in both", "admin", "ops", "reader", "staff")
	g.say(func(g *gitHub) { g.teams = []string{"[]"} })
	g.everySignInGets(s, "out of the team", "reader", "staff")
	g.say(func(g *gitHub) { g.orgs = []string{strings.Replace("["+acme+"]", "9919", "666", 1)} })
	g.everySignInGets(s, "in another organisation of the name", "reader")
	g.say(func(g *gitHub) { g.orgs = []string{"[]"} })
	g.everySignInGets(s, "in none")
}

func TestWhoIsInNoneOfTheTeamsOfGitHubStaysOutside(t *testing.T) {
	g := newGitHub(t)
	g.teams = []string{`[]`} // and no organisations: whoever asks for them is told off
	s := g.start("require: [acme/it-ops]")
	c := s.browser()
	c.refusedPage(g.signIn(c), http.StatusForbidden, "provider_not_admitted")
	g.say(func(g *gitHub) { g.teams = []string{"[" + acmeTeam + "]"} })
	if r := g.signIn(c); r.status != http.StatusSeeOther {
		t.Errorf("in the team: %d %s", r.status, r.body)
	}
}

func TestGroupsThatGitHubTellsWrongSignNobodyIn(t *testing.T) {
	g := newGitHub(t)
	s := g.start("roles: {acme: reader, acme/it: admin}", "require: [acme]")
	endless := slices.Repeat([]string{"[" + acme + "]"}, 30)
	for what, say := range map[string]func(g *gitHub){
		"no list":            func(g *gitHub) { g.orgs = []string{`{"message":"Not Found"}`} },
		"no number":          func(g *gitHub) { g.orgs = []string{`[{"login":"acme"}]`} },
		"no name":            func(g *gitHub) { g.orgs = []string{`[{"id":9919}]`} },
		"a second page lost": func(g *gitHub) { g.orgs = []string{"[" + acme + "]", "oops"} },
		"pages without end":  func(g *gitHub) { g.orgs = endless },
		"odd teams":          func(g *gitHub) { g.teams = []string{`[{"id":"42","slug":"it"}]`} },
	} {
		g.say(func(g *gitHub) { g.orgs, g.teams = []string{"[" + acme + "]"}, []string{"[]"}; say(g) })
		c := s.browser()
		if r := g.signIn(c); r.status != http.StatusBadGateway || !strings.Contains(r.body, "provider_failed") {
			t.Errorf("%s: %d", what, r.status)
		}
	}
}

// A login can be given up and taken by somebody else; the number of an account stays.
func TestAPersonOfGitHubIsTheirNumber(t *testing.T) {
	g := newGitHub(t)
	s := g.start()
	first, renamed, thief := s.browser(), s.browser(), s.browser()
	g.signIn(first)
	g.say(func(g *gitHub) { g.user = strings.Replace(octocat, `"octocat"`, `"monalisa"`, 1) })
	g.signIn(renamed)
	if a, b := first.account().User, renamed.account().User; a.ID != b.ID {
		t.Errorf("after a change of login they are %+v, not %+v", b, a)
	}
	g.say(func(g *gitHub) { g.user, g.emails = strings.Replace(octocat, "583231", "999", 1), "[]" })
	g.signIn(thief)
	if a, b := first.account().User, thief.account().User; a.ID == b.ID {
		t.Errorf("who took the login is %+v", b)
	}
}

func TestAnswersOfGitHubThatAreWrongSignNobodyIn(t *testing.T) {
	for name, say := range map[string]func(g *gitHub){
		"a code that is used": func(g *gitHub) {
			g.token = `{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired.","error_uri":"https://docs.github.com"}`
		},
		"no token":        func(g *gitHub) { g.token = `{"token_type":"bearer"}` },
		"another token":   func(g *gitHub) { g.token = strings.Replace(ghoToken, "gho_16", "gho_17", 1) },
		"a form":          func(g *gitHub) { g.token = "access_token=gho_x&scope=&token_type=bearer" },
		"no number":       func(g *gitHub) { g.user = `{"login":"octocat"}` },
		"number 0":        func(g *gitHub) { g.user = `{"login":"octocat","id":0}` },
		"a text":          func(g *gitHub) { g.user = `{"login":"octocat","id":"583231"}` },
		"a fraction":      func(g *gitHub) { g.user = `{"login":"octocat","id":583231.5}` },
		"two numbers":     func(g *gitHub) { g.user = `{"id":1,"id":583231}` },
		"no list":         func(g *gitHub) { g.emails = `{"message":"Not Found"}` },
		"two in one":      func(g *gitHub) { g.emails = `[],"emails":[]` },
		"twice the same":  func(g *gitHub) { g.emails = `[],"all":[]` },
		"an odd verified": func(g *gitHub) { g.emails = `[{"email":"a@example.com","primary":true,"verified":"true"}]` },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGitHub(t)
			say(g)
			c := g.start().browser()
			c.refusedPage(g.signIn(c), http.StatusBadGateway, "provider_failed")
		})
	}
}

func TestAnAddressThatGitHubHasNotVerifiedIsNotTakenOver(t *testing.T) {
	g := newGitHub(t)
	g.emails = `[{"email":"boss@example.com","primary":true,"verified":false},{"email":"other@example.com","primary":false,"verified":true}]`
	s := g.start()
	g.signIn(s.browser())
	u, err := s.core.Store.LinkedUser(t.Context(), g.URL, "583231")
	if err != nil || u.Email != "" {
		t.Errorf("%q %v", u.Email, err)
	}
}

// GitHub cannot have people prove anew who they are, so whoever must is not sent there.
func TestWhoMustProveItAgainIsNotSentToGitHub(t *testing.T) {
	g := newGitHub(t)
	s := g.start()
	c := s.browser()
	g.signIn(c)
	r := c.get("/auth/connect/github?again=1&return_to=%2Fnotes", page, "Sec-Fetch-Site: same-origin")
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/auth/login?return_to=%2Fnotes&again=1&form=1" {
		t.Fatalf("%d %s", r.status, r.header.Get("Location"))
	}
	if r := c.get(r.header.Get("Location"), page); strings.Contains(r.body, "/auth/connect/github") || !strings.Contains(r.body, `name="password"`) {
		t.Errorf("the page: %s", r.body)
	}
	if r := s.browser().get("/auth/login", page); !strings.Contains(r.body, "Continue with GitHub") {
		t.Errorf("others: %s", r.body)
	}
}

func TestGitHubIsConnectedByTheOwnerOfAnAccount(t *testing.T) {
	g := newGitHub(t)
	s := g.start()
	s.addUser("alice", battery)
	c := s.browser()
	c.login("alice", battery, "cookie")
	q := g.begin(c, "?link=1", "Sec-Fetch-Site: same-origin")
	if q.Get("prompt") != "select_account" || q.Has("max_age") {
		t.Errorf("it asks by %v", q)
	}
	r := c.get("/auth/connect/github/callback?"+url.Values{"code": {"c0de"}, "state": {q.Get("state")}}.Encode(), page)
	if r.header.Get("Location") != "/auth/account?done=connected#connections" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	elsewhere := s.browser()
	g.signIn(elsewhere)
	if who := elsewhere.account().User; who.Username != "alice" {
		t.Errorf("it leads to %+v", who)
	}
}
