package app

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// last is the event that the log holds last.
func (r *room) last() audit.Event {
	all := r.events()
	return all[len(all)-1]
}

// shows fails for each part that a page lacks.
func shows(t *testing.T, what string, a reply, status int, parts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d, want %d", what, a.status, status)
	}
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Errorf("%s: the page lacks %q: %s", what, part, a.body)
		}
	}
}

// seen is what the forms of an app's page say they were drawn for.
func (r *room) seen(id string) string {
	r.Helper()
	page := r.ada.get("/auth/admin/apps/" + id)
	m := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(page.body)
	if m == nil {
		r.Fatalf("the page of %s has no form: %d %s", id, page.status, page.body)
	}
	return m[1]
}

// settings is the form of an app's page as it would be sent if nothing but this was changed.
func (r *room) settings(id string, change map[string]string) map[string]string {
	r.Helper()
	c := r.client(id)
	form := map[string]string{
		"seen": r.seen(id), "name": c.Name, "redirects": strings.Join(c.RedirectURIs, "\r\n"), "scopes": strings.Join(c.Scopes, "\r\n"),
		"audiences": strings.Join(c.Audiences, "\r\n"), "roles": strings.Join(c.Roles, "\r\n"),
	}
	maps.Copy(form, change)
	return form
}

func (r *room) client(id string) registry.Client {
	r.Helper()
	c, err := r.core.Store.Client(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	return c
}

// ASVS 7.4.5
func TestAnAdministratorSeesWhoIsSignedInAndEndsIt(t *testing.T) {
	r := startRoom(t)
	p := r.program()
	bobs := p.login("bob", battery, "storage")
	end := "/auth/admin/sessions/" + bobs.Session.ID + "/end"
	shows(t, "the list", r.ada.get("/auth/admin/sessions"), 200, end, "this one", r.page(r.bob, `"`))
	shows(t, "the search", r.ada.get("/auth/admin/sessions?q=BOB%40exa"), 200, end+"?q=BOB%40exa")
	if a := r.ada.get("/auth/admin/sessions?q=ada"); strings.Contains(a.body, end) {
		t.Errorf("the search for another finds it: %s", a.body)
	}
	led(t, "end", r.ada.postForm(end+"?q=bob", nil), "/auth/admin/sessions?done=session&q=bob")
	p.me(bobs.Access).wants(t, 401, "session_ended")
	if e := r.last(); e.Action != audit.SessionEnded || e.Actor != r.mine.ID || e.UserID != r.bob.ID || e.Detail != session.ReasonEndedByOperator {
		t.Errorf("the log says %+v", e)
	}
	shows(t, "after it", r.ada.get("/auth/admin/sessions?done=session&q=bob"), 200, "Ended.", "Nobody of that name")
	for _, id := range []string{bobs.Session.ID, session.NewID().String(), "x"} {
		if a := r.ada.postForm("/auth/admin/sessions/"+id+"/end", nil); a.status != 404 {
			t.Errorf("end %s: %d", id, a.status)
		}
	}
}

func TestSessionsAreShownPageByPage(t *testing.T) {
	r := startRoom(t)
	p, ids := r.program(), map[string]bool{}
	for range 30 {
		ids[p.login("bob", battery, "storage").Session.ID] = true
		r.clock.advance(time.Second)
	}
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`)
	found, at := map[string]bool{}, "/auth/admin/sessions?q=bob"
	for pages := 0; at != ""; pages++ {
		a := r.ada.get(at)
		if pages > 1 || a.status != 200 {
			t.Fatalf("page %d: %d", pages, a.status)
		}
		for _, m := range regexp.MustCompile(`sessions/([\w-]{22})/end`).FindAllStringSubmatch(a.body, -1) {
			found[m[1]] = true
		}
		at = ""
		if m := next.FindStringSubmatch(a.body); m != nil {
			at = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if !maps.Equal(ids, found) {
		t.Errorf("of %d sessions %d are shown", len(ids), len(found))
	}
	if a := r.ada.get("/auth/admin/sessions?after=x"); a.status != 400 {
		t.Errorf("a page that begins nowhere: %d", a.status)
	}
}

func TestEverybodyIsSignedOutOnlyByTheWord(t *testing.T) {
	r := startRoom(t)
	p := r.program()
	bobs := p.login("bob", battery, "storage")
	for _, word := range []string{"", "ALL", "everybody"} {
		shows(t, "by "+word, r.ada.postForm("/auth/admin/sessions/end-all", map[string]string{"confirm": word}), 422, `id="confirm-problem"`)
	}
	p.me(bobs.Access).wants(t, 200, "")
	led(t, "by all", r.ada.postForm("/auth/admin/sessions/end-all", map[string]string{"confirm": "all"}), "/auth/admin/sessions?done=everybody&n=2")
	p.me(bobs.Access).wants(t, 401, "session_ended")
	if a := r.ada.get("/auth/admin/sessions"); a.status != 401 {
		t.Errorf("the administrator is still in: %d", a.status)
	}
}

func TestAnAppIsAddedAndItsSecretShownOnce(t *testing.T) {
	r := startRoom(t)
	a := r.ada.postForm("/auth/admin/add-app", map[string]string{
		"name": "Wiki", "id": "wiki", "profile": "web", "redirects": "https://wiki.example/cb\r\n\r\nhttp://localhost:5173/cb", "scopes": "notes:read", "first_party": "1",
	})
	shows(t, "added", a, 200, "App added", "wiki", r.origin)
	secret := regexp.MustCompile(`lpk_[\w-]{43}`).FindString(a.body)
	if secret == "" || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("no secret, or one that is kept: %s", a.body)
	}
	c := r.client("wiki")
	if c.Profile != registry.Web || !c.FirstParty || !slices.Contains(c.Scopes, "notes:read") || len(c.RedirectURIs) != 2 || c.Auth != oauth.SecretBasic {
		t.Errorf("it is %+v", c)
	}
	if e := r.last(); e.Action != audit.ClientAdded && e.Action != audit.KeyRotated || r.actions(audit.ClientAdded) != 1 {
		t.Errorf("the log says %+v", e)
	}
	for _, path := range []string{"/auth/admin/apps/wiki", "/auth/admin/apps", "/auth/admin/log"} {
		if page := r.ada.get(path); page.status != 200 || strings.Contains(page.body, secret) || !strings.Contains(page.body, "wiki") {
			t.Errorf("%s: %d, or it shows the secret: %s", path, page.status, page.body)
		}
	}
	again := r.ada.postForm("/auth/admin/add-app", map[string]string{"name": "Wiki", "id": "wiki", "profile": "spa", "redirects": "https://wiki.example/cb"})
	shows(t, "taken", again, 422, "This ID is taken", `id="id-problem"`)
}

func TestWhatIsWrongWithANewAppStandsUnderItsField(t *testing.T) {
	r := startRoom(t)
	for field, change := range map[string]map[string]string{
		"name": {"name": "\u202e"}, "id": {"id": "Wi ki"}, "redirects": {"redirects": "http://wiki.example/cb"}, "scopes": {"scopes": "\"x\""},
	} {
		form := map[string]string{"name": "Wiki", "profile": "web", "redirects": "https://wiki.example/cb"}
		maps.Copy(form, change)
		shows(t, field, r.ada.postForm("/auth/admin/add-app", form), 422, `id="`+field+`-problem"`, "Nothing was changed")
	}
	for _, profile := range []string{"", "fapi2", "bank"} {
		shows(t, profile, r.ada.postForm("/auth/admin/add-app", map[string]string{"name": "Wiki", "profile": profile}), 422, "Choose what kind of app it is")
	}
	shows(t, "no address", r.ada.postForm("/auth/admin/add-app", map[string]string{"name": "Wiki", "profile": "spa"}), 422, `id="redirects-problem"`)
	if all, err := r.core.Store.Clients(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("there are %v, %v", all, err)
	}
}

func TestAnAppIsChangedAtOnceOrNotAtAll(t *testing.T) {
	r := startRoom(t)
	wiki := r.addClient(registry.Web, nil)
	page := "/auth/admin/apps/" + wiki.id
	was := r.client(wiki.id)
	led(t, "set", r.ada.postForm(page, r.settings(wiki.id, map[string]string{
		"name": "The Wiki", "redirects": "https://wiki.example/cb", "lifetime": "2m", "backchannel": "https://wiki.example/out", "require_par": "1", "roles": "editor\r\nowner",
	})), page+"?done=saved")
	is := r.client(wiki.id)
	if is.Name != "The Wiki" || fmt.Sprint(is.RedirectURIs) != "[https://wiki.example/cb]" || is.TokenLifetime != 2*time.Minute || !is.RequirePAR ||
		is.BackchannelLogoutURI != "https://wiki.example/out" || !slices.Equal(is.Scopes, was.Scopes) || fmt.Sprint(is.Roles) != "[editor owner]" {
		t.Errorf("it is %+v", is.Settings)
	}
	if e := r.last(); e.Action != audit.ClientChanged || e.Actor != r.mine.ID || !strings.Contains(e.Detail, "redirect_uris") {
		t.Errorf("the log says %+v", e)
	}
	shows(t, "the page", r.ada.get(page+"?done=saved"), 200, "Saved.", "The Wiki", `value="2m"`, "editor\nowner</textarea>")
	for field, change := range map[string]map[string]string{
		"name": {"name": " "}, "redirects": {"redirects": "https://ok.example/ javascript:alert(1)"}, "logouts": {"logouts": "http://x.example/"}, "scopes": {"scopes": `"`},
		"audiences": {"audiences": "no#uri"}, "roles": {"roles": `ed"itor`}, "lifetime": {"lifetime": "2 days"}, "backchannel": {"backchannel": "x"}, "frontchannel": {"frontchannel": "x"},
	} {
		shows(t, field, r.ada.postForm(page, r.settings(wiki.id, change)), 422, `id="`+field+`-problem"`, "Nothing was changed")
	}
	if now := r.client(wiki.id); now.Name != is.Name || fmt.Sprint(now.RedirectURIs) != fmt.Sprint(is.RedirectURIs) {
		t.Errorf("something was changed: %+v", now.Settings)
	}
}

func TestSettingsThatClashStandUnderTheirFieldInTheLanguageOfThePage(t *testing.T) {
	r := startRoom(t)
	many := make([]string, registry.MaxURIs+1)
	for i := range many {
		many[i] = fmt.Sprintf("https://wiki.example/%d", i)
	}
	for name, c := range map[string]struct {
		set         func(*registry.Settings)
		field, text string
		en, zh      string
	}{
		"no address":    {nil, "redirects", "", "Name at least one address", "请至少填写一个地址"},
		"too many":      {nil, "redirects", strings.Join(many, "\n"), "more than 32 addresses", "地址超过 32 个"},
		"several hosts": {func(s *registry.Settings) { s.Pairwise = true }, "redirects", "https://a.example/ https://b.example/", "must be of one host", "必须属于同一个主机"},
		"no API": {func(s *registry.Settings) {
			s.Grants, s.Audiences = append(s.Grants, oauth.TokenExchange), []string{"https://api.example"}
		}, "audiences", "", "name at least one API", "请至少填写一个 API"},
		"nobody": {func(s *registry.Settings) {
			s.Grants, s.RedirectURIs = []oauth.GrantType{oauth.ClientCredentials}, nil
		}, "roles", "editor", "there is nobody whose roles", "没有可以检查角色的人"},
	} {
		id := r.addClient(registry.Web, c.set).id
		form := r.settings(id, map[string]string{c.field: c.text})
		for lang, want := range map[string]string{"en": c.en, "zh-CN": c.zh} {
			a := r.ada.postForm("/auth/admin/apps/"+id, form, "Accept-Language: "+lang)
			shows(t, name+" "+lang, a, 422, `id="`+c.field+`-problem"`, want)
		}
	}
}

func TestAFormThatIsOldChangesNoApp(t *testing.T) {
	r := startRoom(t)
	wiki := r.addClient(registry.Web, nil)
	page := "/auth/admin/apps/" + wiki.id
	old := r.settings(wiki.id, map[string]string{"name": "Old"})
	_, _, err := r.core.Clients.Amend(t.Context(), wiki.id, func(s *registry.Settings) error {
		s.RedirectURIs = append(s.RedirectURIs, "https://new.example/cb")
		return nil
	}, cli)
	if err != nil {
		t.Fatal(err)
	}
	shows(t, "settings", r.ada.postForm(page, old), 409, "Somebody else has changed it", "https://new.example/cb")
	if is := r.client(wiki.id); is.Name == "Old" || !slices.Contains(is.RedirectURIs, "https://new.example/cb") {
		t.Errorf("it is %+v", is.Settings)
	}
}

func TestASecretIsMadeBesideTheOldOneAndTheOldOneDropped(t *testing.T) {
	r := startRoom(t)
	wiki := r.addClient(registry.Web, nil)
	page, first := "/auth/admin/apps/"+wiki.id, r.client(wiki.id).Secrets
	form := map[string]string{"seen": r.seen(wiki.id)}
	r.clock.advance(time.Second)
	a := r.ada.postForm(page+"/secret", form)
	shows(t, "made", a, 200, "New secret", "lpk_")
	if is := r.client(wiki.id).Secrets; len(is) != 2 || is[1].ID != first[0].ID {
		t.Fatalf("the secrets are %v", is)
	}
	shows(t, "sent once more", r.ada.postForm(page+"/secret", form), 409, "Somebody else has changed it")
	if is := r.client(wiki.id).Secrets; len(is) != 2 || is[1].ID != first[0].ID {
		t.Errorf("the form that was sent once more made another: %v", is)
	}
	led(t, "drop", r.ada.postForm(page+"/drop-old", map[string]string{"seen": r.seen(wiki.id)}), page+"?done=dropped#secrets")
	if is := r.client(wiki.id).Secrets; len(is) != 1 || is[0].ID == first[0].ID {
		t.Errorf("the secrets are %v", is)
	}
	public := r.addClient(registry.SPA, nil)
	if a := r.ada.postForm("/auth/admin/apps/"+public.id+"/secret", map[string]string{"seen": r.seen(public.id)}); a.status != 409 {
		t.Errorf("a secret for an app that keeps none: %d %s", a.status, a.body)
	}
}

func TestAnAppIsRemovedByItsIDAlone(t *testing.T) {
	r := startRoom(t)
	wiki := r.addClient(registry.Web, nil)
	page := "/auth/admin/apps/" + wiki.id
	shows(t, "another word", r.ada.postForm(page+"/remove", map[string]string{"confirm": "wiki?"}), 422, `id="confirm-problem"`)
	wiki.signIn("bob")
	has := wiki.redeem(wiki.code("scope", "openid offline_access")).handed(t)
	led(t, "removed", r.ada.postForm(page+"/remove", map[string]string{"confirm": wiki.id}), "/auth/admin/apps?done=removed")
	if a := wiki.refreshWith(has.RefreshToken); a.status < 400 {
		t.Errorf("its tokens are still good: %d", a.status)
	}
	shows(t, "the list", r.ada.get("/auth/admin/apps?done=removed"), 200, "Removed.", "No app yet")
	for _, path := range []string{page, "/auth/admin/apps/nobody", "/auth/admin/apps/https:%2F%2Fx.example%2Fclient"} {
		if a := r.ada.get(path); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

func TestAnAppOfTheConfigurationIsOnlyShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	text := "clients:\n  - id: notes\n    name: Notes\n    profile: spa\n    redirect_uris: [https://notes.example/cb]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := startRoom(t, "file="+file)
	page := "/auth/admin/apps/notes"
	a := r.ada.get(page)
	shows(t, "the page", a, 200, "stands in the configuration", "https://notes.example/cb")
	if strings.Contains(a.body, "<form class") {
		t.Errorf("it has a form: %s", a.body)
	}
	for path, form := range map[string]map[string]string{
		"": {"name": "Evil", "redirects": "https://evil.example/"}, "/secret": {}, "/drop-old": {}, "/remove": {"confirm": "notes"},
	} {
		shows(t, path, r.ada.postForm(page+path, form), 409, "cannot be changed here")
	}
}

func TestAppsAreShownPageByPageAndFound(t *testing.T) {
	r := startRoom(t)
	for i := range 30 {
		_, _, err := r.core.Clients.Add(t.Context(), registry.New{ID: fmt.Sprintf("app-%02d", i), Source: cli, Settings: registry.Settings{
			Name: fmt.Sprintf("App %02d", i), Profile: registry.SPA, Auth: oauth.None, Grants: []oauth.GrantType{oauth.AuthorizationCode}, RedirectURIs: []string{"https://x.example/"},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := r.ada.get("/auth/admin/apps")
	shows(t, "first", first, 200, "app-00", "app-24", "?after=app-24")
	second := r.ada.get("/auth/admin/apps?after=app-24")
	shows(t, "second", second, 200, "app-25", "app-29", "First page")
	if strings.Contains(first.body, "app-25") || strings.Contains(second.body, `"next"`) {
		t.Error("a page shows what another does")
	}
	shows(t, "found", r.ada.get("/auth/admin/apps?q=aPP+29"), 200, "app-29")
	shows(t, "not found", r.ada.get("/auth/admin/apps?q=wiki"), 200, "No app is found")
}

func TestAKeyIsMadeBeforeItsTimeOrAtOnce(t *testing.T) {
	r := startRoom(t)
	was := r.core.Keys.Signing().ID()
	shows(t, "the list", r.ada.get("/auth/admin/keys"), 200, was, "signing", "lingpai key withdraw "+was)
	led(t, "rotate", r.ada.postForm("/auth/admin/keys/rotate", nil), "/auth/admin/keys?done=key_made")
	if r.core.Keys.Signing().ID() != was || len(r.core.Keys.List()) != 2 {
		t.Errorf("keys: %v", r.core.Keys.List())
	}
	if e := r.last(); e.Action != audit.KeyRotated || e.Actor != r.mine.ID {
		t.Errorf("the log says %+v", e)
	}
	led(t, "at once", r.ada.postForm("/auth/admin/keys/rotate", map[string]string{"now": "1"}), "/auth/admin/keys?done=key_signs")
	if r.core.Keys.Signing().ID() == was {
		t.Error("the old key signs still")
	}
	shows(t, "after it", r.ada.get("/auth/admin/keys?done=key_signs"), 200, "signs from now on", "retired")
	for range 20 {
		if a := r.ada.postForm("/auth/admin/keys/rotate", map[string]string{"now": "1"}); a.status == 409 {
			shows(t, "too many", a, 409, "No key was made")
			return
		}
		r.clock.advance(time.Second)
	}
	t.Error("as many keys as one likes can be made")
}

func TestTheLogTellsWhatHappenedInWords(t *testing.T) {
	r := startRoom(t)
	p := r.program()
	p.login("bob", battery, "storage")
	p.postJSON("/auth/api/login", `{"username":"bob","password":"wrong"}`).wants(t, 401, "credentials_invalid")
	rows := func(query string) string {
		a := r.ada.get("/auth/admin/log" + query)
		if a.status != 200 {
			t.Fatalf("%s: %d %s", query, a.status, a.body)
		}
		_, table, _ := strings.Cut(a.body, "<tbody>")
		return table
	}
	if all := rows(""); !strings.Contains(all, "Sign-in refused") || !strings.Contains(all, "wrong name or password") || !strings.Contains(all, r.page(r.bob, `">bob<`)) || !strings.Contains(all, "ada") {
		t.Errorf("the log: %s", all)
	}
	if bobs := rows("?user=BOB&action=sign_in"); strings.Contains(bobs, "refused") || strings.Contains(bobs, "ada") || !strings.Contains(bobs, "Signed in") {
		t.Errorf("of bob: %s", bobs)
	}
	r.clock.advance(2 * time.Hour)
	r.ada.login("ada", battery, "cookie")
	if recent := rows("?since=1h0m0s"); strings.Contains(recent, "refused") || !strings.Contains(recent, "Signed in") {
		t.Errorf("of the last hour: %s", recent)
	}
	if gone := rows("?user=nobody"); gone != "" {
		t.Errorf("of nobody: %s", gone)
	}
	for _, query := range []string{"?action=x", "?since=forever", "?since=3h", "?before=x", "?before=-1"} {
		if a := r.ada.get("/auth/admin/log" + query); a.status != 400 {
			t.Errorf("%s: %d", query, a.status)
		}
	}
}

func TestTheLogIsShownPageByPage(t *testing.T) {
	r := startRoom(t)
	for range 30 {
		if err := r.core.Store.Append(t.Context(), audit.Event{At: r.core.Now(), Action: audit.LinkSent, UserID: r.bob.ID, Detail: "reset"}); err != nil {
			t.Fatal(err)
		}
	}
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`)
	a := r.ada.get("/auth/admin/log?user=bob&action=link_sent")
	m := next.FindStringSubmatch(a.body)
	if m == nil || strings.Count(a.body, "for a new password") != 25 {
		t.Fatalf("the first page: %s", a.body)
	}
	b := r.ada.get(strings.ReplaceAll(m[1], "&amp;", "&"))
	if strings.Count(b.body, "for a new password") != 5 || next.MatchString(b.body) || !strings.Contains(b.body, "First page") {
		t.Errorf("the second page: %s", b.body)
	}
}

// deedsOfTheRest are what only an administrator who signed in just before does on these pages, on an app.
func deedsOfTheRest(id, sid string) map[string]map[string]string {
	return map[string]map[string]string{
		"/auth/admin/sessions/end-all": {"confirm": "all"}, "/auth/admin/sessions/" + sid + "/end": {}, "/auth/admin/keys/rotate": {"now": "1"},
		"/auth/admin/add-app":                {"name": "Evil", "profile": "spa", "redirects": "https://evil.example/"},
		"/auth/admin/apps/" + id:             {"name": "Evil", "redirects": "https://evil.example/"},
		"/auth/admin/apps/" + id + "/secret": {}, "/auth/admin/apps/" + id + "/drop-old": {}, "/auth/admin/apps/" + id + "/remove": {"confirm": id},
	}
}

func TestNobodyElseDoesWhatAdministratorsDoWithSessionsAppsAndKeys(t *testing.T) {
	r := startRoom(t)
	wiki := r.addClient(registry.Web, nil)
	p := r.program()
	bobs := p.login("bob", battery, "storage")
	plain := r.browser()
	plain.login("bob", battery, "cookie")
	for path, form := range deedsOfTheRest(wiki.id, bobs.Session.ID) {
		if a := plain.postForm(path, form); a.status != 403 || !strings.Contains(a.body, "forbidden_role") {
			t.Errorf("a plain user, %s: %d", path, a.status)
		}
		if a := r.browser().postForm(path, form); a.status != 401 && a.status != 303 {
			t.Errorf("a stranger, %s: %d", path, a.status)
		}
	}
	for _, path := range []string{"sessions", "apps", "apps/" + wiki.id, "add-app", "keys", "log"} {
		if a := plain.get("/auth/admin/" + path); a.status != 403 {
			t.Errorf("a plain user, %s: %d", path, a.status)
		}
	}
	r.setRoles("ada")
	if a := r.ada.get("/auth/admin/keys"); a.status != 403 {
		t.Errorf("who was an administrator: %d", a.status)
	}
	r.setRoles("ada", "admin")
	r.clock.advance(session.Fresh + time.Second)
	for path, form := range deedsOfTheRest(wiki.id, bobs.Session.ID) {
		if a := r.ada.postForm(path, form); a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/auth/login?return_to=%2Fauth%2Fadmin%2F") {
			t.Errorf("an old sign-in, %s: %d to %s", path, a.status, a.header.Get("Location"))
		}
	}
	if is := r.client(wiki.id); is.Name == "Evil" || len(is.Secrets) != 1 || len(r.core.Keys.List()) != 1 {
		t.Errorf("something was changed: %+v", is)
	}
	p.refresh(bobs.Refresh).granted(t)
}
