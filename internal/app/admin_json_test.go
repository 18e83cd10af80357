package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/admin"
	"github.com/lingpai/lingpai/internal/audit"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/session"
)

// ask calls the API of administrators as ada. The answer is read into out, unless that is nil.
func (r *room) ask(t *testing.T, status int, method, path, body string, out any) reply {
	t.Helper()
	headers := []string{"Content-Type: application/json"}
	if body == "" {
		headers = nil
	}
	a := r.ada.do(method, admin.APIPath+path, body, headers...)
	if a.status != status {
		t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	if out != nil {
		a.json(t, out)
	}
	return a
}

func (r *room) at(rest string) string { return "/users/" + r.bob.ID + rest }

// ASVS 6.4.6
func TestAProgramAddsSomebodyWhoChoosesTheirPassword(t *testing.T) {
	r := startRoom(t)
	var made record.User
	a := r.ask(t, 201, "POST", "/users", `{"username":"Carol","email":"carol@example.com","name":"Carol","roles":["editor","auditor"]}`, &made)
	if a.header.Get("Location") != admin.APIPath+"/users/"+made.ID || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", a.header)
	}
	if made.Username != "Carol" || !made.EmailVerified || made.HasPassword || fmt.Sprint(made.Roles) != "[auditor editor]" {
		t.Errorf("made %+v", made)
	}
	var sent struct {
		Mailed    bool
		Link      string
		ExpiresAt time.Time `json:"expires_at"`
	}
	r.ask(t, 200, "POST", "/users/"+made.ID+"/invitation", "", &sent)
	if sent.Mailed || !strings.HasPrefix(sent.Link, r.origin+"/auth/reset?code=") || !sent.ExpiresAt.After(r.clock.Now()) {
		t.Fatalf("without a mail server there is a link to hand over: %+v", sent)
	}
	_, code, _ := strings.Cut(sent.Link, "code=")
	for _, status := range []int{http.StatusNoContent, http.StatusGone} { // once
		if got := r.program().postJSON("/auth/api/reset", `{"code":"`+code+`","password":"`+battery+`"}`); got.status != status {
			t.Fatalf("the link: %d %s, want %d", got.status, got.body, status)
		}
	}
	r.program().login("carol", battery, "storage")
	var bad record.User
	r.ask(t, 422, "POST", "/users", `{"username":"no name","roles":["editor"]}`, &bad)
	r.ask(t, 409, "POST", "/users", `{"username":"CAROL"}`, nil)
	r.ask(t, 400, "POST", "/users", `{"username":"dave","password":"`+battery+`"}`, nil)
	last := r.events()
	i := slices.IndexFunc(last, func(e audit.Event) bool { return e.Action == audit.LinkSent })
	if e := last[i]; e.Actor != r.mine.ID || e.UserID != made.ID || strings.Contains(fmt.Sprint(last), code) {
		t.Errorf("the log says %+v", e)
	}
}

func TestAMergePatchChangesWhatItNames(t *testing.T) {
	r := startRoom(t)
	for _, step := range []struct{ patch, want string }{
		{`{}`, "bob bob@example.com true Miss bob [editor] false map[]"},
		{`{"name":"Bob"}`, "bob bob@example.com true Bob [editor] false map[]"},
		{`{"roles":["a","b","a"],"claims":{"nickname":"B","address.country":"DE"}}`, "bob bob@example.com true Bob [a b] false map[address.country:DE nickname:B]"},
		{`{"claims":{"nickname":null,"gender":"x"},"email":"new@example.com","email_verified":false}`, "bob new@example.com false Bob [a b] false map[address.country:DE gender:x]"},
		{`{"claims":null,"name":null,"roles":null}`, "bob new@example.com false  [] false map[]"},
		{`{"email":null,"username":"robert","disabled":true}`, "robert  false  [] true map[]"},
		{`{"disabled":null}`, "robert  false  [] false map[]"},
	} {
		var u record.User
		r.ask(t, 200, "PATCH", r.at(""), step.patch, &u)
		if got := fmt.Sprint(u.Username, " ", u.Email, " ", u.EmailVerified, " ", u.Name, " ", u.Roles, " ", u.Disabled, " ", u.Claims); got != step.want {
			t.Errorf("%s makes %s, want %s", step.patch, got, step.want)
		}
	}
	before := r.dump()
	for patch, status := range map[string]int{
		`{"id":"x"}`: 400, `{"password":"x"}`: 400, `{"roles":"admin"}`: 400, `{"roles":["<"]}`: 422, `{"claims":{"sub":"x"}}`: 422, `{"email_verified":true}`: 422,
		`{"username":null}`: 422, `{"username":"ada"}`: 409, `{"name":"x","roles":[" "]}`: 422, `{"claims":{"nickname":"a","nickname":"b"}}`: 400,
	} {
		r.ask(t, status, "PATCH", r.at(""), patch, nil)
	}
	if r.dump() != before {
		t.Error("what was refused has changed something")
	}
	r.ask(t, 200, "PATCH", r.at(""), `{"name":"Bo","disabled":true}`, nil)
	if all := r.events(); all[len(all)-2].Action != audit.UserChanged || all[len(all)-1].Action != audit.UserDisabled || all[len(all)-1].Actor != r.mine.ID {
		t.Errorf("the log says %+v", all[len(all)-2:])
	}
	before = r.dump()
	r.ask(t, 409, "PATCH", r.at(""), `{"username":"ada","disabled":false}`, nil)
	r.ask(t, 422, "PATCH", r.at(""), `{"claims":{"sub":"x"},"disabled":false}`, nil)
	if r.dump() != before {
		t.Error("half of what was refused is done")
	}
	a := r.ada.do("PATCH", admin.APIPath+r.at(""), `{"name":"B"}`, "Content-Type: application/merge-patch+json")
	a.wants(t, 200, "")
}

// ASVS 7.4.5
func TestAProgramEndsTheSessionsOfOneOrDisablesThem(t *testing.T) {
	r := startRoom(t)
	one, two, three := r.program(), r.program(), r.program()
	first, second := one.login("bob", battery, "storage"), two.login("bob", battery, "storage")
	r.ask(t, 204, "DELETE", r.at("/sessions/"+first.Session.ID), "", nil)
	one.me(first.Access).wants(t, 401, "session_ended")
	two.me(second.Access).wants(t, 200, "")
	r.ask(t, 404, "DELETE", r.at("/sessions/"+first.Session.ID), "", nil)
	r.ask(t, 404, "DELETE", "/users/"+r.mine.ID+"/sessions/"+second.Session.ID, "", nil)

	var ended map[string]int
	r.ask(t, 200, "DELETE", r.at("/sessions"), "", &ended)
	two.me(second.Access).wants(t, 401, "session_ended")
	third := three.login("bob", battery, "storage")
	var u record.User
	r.ask(t, 200, "PATCH", r.at(""), `{"disabled":true}`, &u)
	if ended["ended"] != 1 || !u.Disabled {
		t.Errorf("ended %v, then %+v", ended, u)
	}
	three.me(third.Access).wants(t, 401, "session_ended")
	three.tryLogin("bob", battery, "storage").wants(t, 403, "account_disabled")
	r.ask(t, 403, "POST", r.at("/invitation"), "", nil)
	r.ask(t, 204, "DELETE", r.at(""), "", nil)
	r.ask(t, 404, "GET", r.at(""), "", nil)
}

// ASVS 7.4.5
func TestAProgramSignsEverybodyOutOnlyByTheWord(t *testing.T) {
	r := startRoom(t)
	p := r.program()
	bobs := p.login("bob", battery, "storage")
	before := r.dump()
	for _, body := range []string{``, `{}`, `{"confirm":""}`, `{"confirm":"ALL"}`, `{"confirm":null}`} {
		if a := r.ask(t, 422, "POST", "/sessions/end-all", body, nil); a.code() != "field_invalid" || !strings.Contains(a.body, `"confirm"`) {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	for _, body := range []string{`{"confirm":true}`, `{"confirm":"all","user":"bob"}`} {
		r.ask(t, 400, "POST", "/sessions/end-all", body, nil)
	}
	if r.dump() != before {
		t.Error("what was refused has changed something")
	}
	p.me(bobs.Access).wants(t, 200, "")
	var ended map[string]int
	r.ask(t, 200, "POST", "/sessions/end-all", `{"confirm":"all"}`, &ended)
	if e := r.last(); ended["ended"] != 2 || e.Action != audit.SessionEnded || e.Actor != r.mine.ID || e.Detail != session.ReasonEndedByOperator {
		t.Errorf("ended %v; the log says %+v", ended, e)
	}
	p.me(bobs.Access).wants(t, 401, "session_ended")
	r.ada.get(admin.APIPath+"/sessions").wants(t, 401, "session_ended")
}

func TestLostFactorsAreResetByAProgram(t *testing.T) {
	r := startRoom(t)
	p := r.twoStep("carol")
	path := "/users/" + p.user.ID
	var whole record.WholeUser
	r.ask(t, 200, "GET", path, "", &whole)
	if whole.SecondFactor == nil || whole.SecondFactor.RecoveryLeft == 0 {
		t.Errorf("the factor is not there: %+v", whole)
	}
	for _, want := range []string{`{"passkeys":0,"second_factor":true}`, `{"passkeys":0,"second_factor":false}`} {
		if a := r.ask(t, 200, "POST", path+"/reset-factors", "", nil); strings.TrimSpace(a.body) != want {
			t.Errorf("reset: %s, want %s", a.body, want)
		}
	}
	r.program().login("carol", battery, "storage")
}

func TestListsComeInPages(t *testing.T) {
	r := startRoom(t)
	for _, name := range []string{"carol", "dave", "erin"} {
		r.addUser(name, battery)
		r.program().login(name, battery, "storage")
		r.clock.advance(time.Second)
	}
	for path, want := range map[string]int{"/users?limit=2": 5, "/users?limit=2&q=EXAMPLE.com": 5, "/sessions?limit=1": 4, "/audit?limit=3": len(r.events())} {
		seen, next := map[string]int{}, ""
		for {
			var page map[string]json.RawMessage
			r.ask(t, 200, "GET", path+"&after="+next, "", &page)
			for _, name := range []string{"users", "sessions", "events"} {
				var rows []struct{ ID json.RawMessage }
				if list, ok := page[name]; ok {
					if err := json.Unmarshal(list, &rows); err != nil {
						t.Fatal(err)
					}
				}
				for _, row := range rows {
					seen[string(row.ID)]++
				}
			}
			if page["next"] == nil {
				break
			}
			if err := json.Unmarshal(page["next"], &next); err != nil {
				t.Fatal(err)
			}
		}
		if len(seen) != want || slices.ContainsFunc(values(seen), func(n int) bool { return n != 1 }) {
			t.Errorf("%s shows %v, want %d", path, seen, want)
		}
	}
}

func values(m map[string]int) (out []int) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func TestListsAreSelected(t *testing.T) {
	r := startRoom(t)
	r.clock.advance(time.Minute)
	since := r.clock.Now().UTC().Format(time.RFC3339)
	r.program().login("bob", battery, "storage")
	r.ask(t, 200, "PATCH", r.at(""), `{"disabled":true}`, nil)
	for path, want := range map[string]int{
		"/users?q=bo": 1, "/users?q=%25": 0, "/users?role=admin": 1, "/users?role=edit": 0, "/users?state=disabled": 1, "/users?state=enabled&role=editor": 0,
		"/sessions": 1, "/sessions?q=ADA": 1, "/sessions?q=bob": 0, r.at("/sessions"): 0,
		"/audit?user_id=" + r.bob.ID + "&action=user_disabled": 1, "/audit?user_id=nobody": 0, "/audit?since=" + since + "&action=sign_in": 1,
	} {
		var page map[string]json.RawMessage
		r.ask(t, 200, "GET", path, "", &page)
		for name, list := range page {
			var rows []any
			if json.Unmarshal(list, &rows) != nil || rows == nil || len(rows) != want {
				t.Errorf("%s: %s has %d, want %d: %s", path, name, len(rows), want, list)
			}
		}
	}
	for _, path := range []string{
		"/users?rol=admin", "/users?q=a&q=b", "/users?state=open", "/users?limit=0", "/users?limit=501", "/users?limit=x", "/users?after=%25", "/users?after=A", "/users?q=%zz",
		"/sessions?after=x", "/sessions?user=bob", "/audit?since=yesterday", "/audit?action=nothing", "/audit?after=0", "/audit?after=x", r.at("/sessions?q=x"),
	} {
		r.ada.get(admin.APIPath+path).wants(t, 400, "request_malformed")
	}
}

func TestAProgramLooksAfterClients(t *testing.T) {
	r := startRoom(t)
	var made, is record.Client
	a := r.ask(t, 201, "POST", "/clients", `{"client_id":"wiki","client_name":"Wiki","profile":"web","redirect_uris":["https://wiki.example.com/cb"]}`, &made)
	if a.header.Get("Location") != admin.APIPath+"/clients/wiki" || made.Secret == "" || len(made.Secrets) != 1 || made.Scope == "" || made.Issuer != r.origin {
		t.Fatalf("made %+v", made)
	}
	if got := r.ask(t, 200, "GET", "/clients/wiki", "", nil); strings.Contains(got.body, made.Secret) || strings.Contains(got.body, `"client_secret":`) {
		t.Errorf("the secret is told again: %s", got.body)
	}
	r.ask(t, 200, "PATCH", "/clients/wiki", `{"scope":"openid","first_party":true,"post_logout_redirect_uris":["https://wiki.example.com/"],"token_lifetime_seconds":60,"roles":["editor"]}`, &is)
	if is.Scope != "openid" || !is.FirstParty || is.Lifetime != 60 || fmt.Sprint(is.Roles) != "[editor]" || is.Name != "Wiki" || fmt.Sprint(is.RedirectURIs) != "[https://wiki.example.com/cb]" {
		t.Errorf("it is %+v", is)
	}
	r.ask(t, 200, "PATCH", "/clients/wiki", `{"token_lifetime_seconds":null,"first_party":null,"roles":null}`, &is)
	if is = (record.Client{}); r.ask(t, 200, "GET", "/clients/wiki", "", &is).status == 200 && (is.FirstParty || is.Lifetime != 0 || is.Roles != nil) {
		t.Errorf("null removes: %+v", is)
	}
	var renewed record.Client
	r.ask(t, 201, "POST", "/clients/wiki/secrets", "", &renewed)
	if renewed.Secret == "" || renewed.Secret == made.Secret || len(renewed.Secrets) != 2 {
		t.Errorf("renewed %+v", renewed)
	}
	r.ask(t, 204, "DELETE", "/clients/wiki/secrets/old", "", nil)
	is = record.Client{}
	if r.ask(t, 200, "GET", "/clients/wiki", "", &is); len(is.Secrets) != 1 || is.Secrets[0] != renewed.Secrets[0] {
		t.Errorf("the newest stays: %+v", is.Secrets)
	}
	var all struct{ Clients []record.Client }
	if r.ask(t, 200, "GET", "/clients", "", &all); len(all.Clients) != 1 {
		t.Errorf("there are %+v", all)
	}
	r.ask(t, 204, "DELETE", "/clients/wiki", "", nil)
	r.ask(t, 404, "GET", "/clients/wiki", "", nil)
}

func TestClientsThatCannotBeAreRefused(t *testing.T) {
	r := startRoom(t)
	if err := r.configure("clients:\n  - id: fixed\n    name: Fixed\n    profile: spa\n    redirect_uris: [" + callback + "]\n"); err != nil {
		t.Fatal(err)
	}
	r.ask(t, 201, "POST", "/clients", `{"client_id":"page","client_name":"Page","profile":"spa","redirect_uris":["https://page.example.com/cb"]}`, nil)
	before := r.dump()
	for body, field := range map[string]string{
		`{"client_name":"X"}`:                                                 "profile",
		`{"client_name":"X","profile":"robot"}`:                               "profile",
		`{"client_id":"page","client_name":"X","profile":"service"}`:          "client_id",
		`{"client_id":"fixed","client_name":"X","profile":"service"}`:         "client_id",
		`{"client_name":"","profile":"service"}`:                              "client_name",
		`{"client_name":"X","profile":"spa","redirect_uris":["ftp://x"]}`:     "redirect_uris",
		`{"client_name":"X","profile":"service","roles":["editor"]}`:          "roles",
		`{"client_name":"X","profile":"service","scope":"a  b"}`:              "scope",
		`{"client_name":"X","profile":"service","token_lifetime_seconds":-1}`: "token_lifetime_seconds",
	} {
		a := r.ask(t, 422, "POST", "/clients", body, nil)
		var problem struct{ Errors map[string]string }
		if a.json(t, &problem); problem.Errors[field] == "" || a.code() != "field_invalid" {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	for _, call := range []struct{ method, path, body string }{
		{"PATCH", "/clients/fixed", `{"client_name":"Mine"}`}, {"DELETE", "/clients/fixed", ""}, {"POST", "/clients/fixed/secrets", ""},
		{"DELETE", "/clients/fixed/secrets/old", ""}, {"POST", "/clients/page/secrets", ""},
	} {
		if a := r.ask(t, 409, call.method, call.path, call.body, nil); a.code() != "client_fixed" {
			t.Errorf("%v: %s", call, a.body)
		}
	}
	if r.dump() != before {
		t.Error("what was refused has changed something")
	}
}

func TestKeysAreRotatedByAProgram(t *testing.T) {
	r := startRoom(t)
	var before, after struct{ Keys []record.Key }
	r.ask(t, 200, "GET", "/keys", "", &before)
	var made record.Key
	r.ask(t, 200, "POST", "/keys/rotate", `{"now":true}`, &made)
	a := r.ask(t, 200, "GET", "/keys", "", &after)
	if made.State != "signing" || len(after.Keys) != len(before.Keys)+1 || after.Keys[0] != made {
		t.Errorf("before %+v, then %+v, then %+v", before, made, after)
	}
	for _, secret := range []string{`"d"`, "private", "sealed"} {
		if strings.Contains(a.body, secret) {
			t.Errorf("the list says %s: %s", secret, a.body)
		}
	}
	for len(r.core.Keys.List()) < 16 {
		r.clock.advance(time.Second)
		r.ask(t, 200, "POST", "/keys/rotate", `{"now":true}`, nil)
	}
	if a := r.ask(t, 409, "POST", "/keys/rotate", `{"now":true}`, nil); a.code() != "key_limit" {
		t.Errorf("one too many: %s", a.body)
	}
}

func TestAKeyIsWithdrawnByAProgram(t *testing.T) {
	r := startRoom(t)
	p := r.program()
	bobs, old := p.login("bob", battery, "storage"), r.core.Keys.Signing().ID()
	r.takeOverWhenPublished(r.core.Keys)
	var said map[string]string
	r.ask(t, 200, "POST", "/keys/"+old+"/withdraw", "", &said)
	if now := r.core.Keys.Signing().ID(); said["withdrawn"] != old || said["signing"] != now || now == old {
		t.Errorf("it says %v; %s signs", said, now)
	}
	if e := r.last(); e.Action != audit.KeyWithdrawn || e.Actor != r.mine.ID || e.Detail != "key "+old {
		t.Errorf("the log says %+v", e)
	}
	p.me(bobs.Access).wants(t, 401, "token_revoked")
	p.me(p.refresh(bobs.Refresh).granted(t).Access).wants(t, 200, "") // nobody is signed out
	r.unchanged("withdrawn before", func() { r.ask(t, 404, "POST", "/keys/"+old+"/withdraw", "", nil) })
}

// apiOf are the calls of the API of administrators, with the ids of bob and of nothing.
func (r *room) apiOf() (calls []string) {
	fill := strings.NewReplacer("{sid}", "AAAAAAAAAAAAAAAAAAAAAA", "/clients/{id}", "/clients/nothing", "{provider}", "company", "{id}", r.bob.ID)
	for _, route := range new(admin.Handler).Routes() {
		if route.Surface == httpd.API {
			calls = append(calls, fill.Replace(route.Pattern))
		}
	}
	return calls
}

func TestAttackOnlyAdministratorsUseTheirAPI(t *testing.T) {
	r := startRoom(t)
	bob := r.program().login("bob", battery, "storage")
	over := r.program().login("ada", battery, "storage")
	if _, err := r.core.Sessions.EndByOperator(r.Context(), mustID(t, over.Session.ID), cli); err != nil {
		t.Fatal(err)
	}
	app := r.addClient(registry.Web, nil)
	app.signIn("ada")
	theirs := app.redeem(app.code("scope", "openid roles")).handed(t)
	calls := r.apiOf()
	if len(calls) < 20 {
		t.Fatalf("there are only %v", calls)
	}
	for who, c := range map[string]struct {
		token, code string
		status      int
	}{
		"nobody": {"", "token_missing", 401}, "a user": {bob.Access, "forbidden_role", 403}, "whose session was ended": {over.Access, "session_ended", 401},
		"an app of an administrator": {theirs.AccessToken, "token_type", 401},
	} {
		for _, call := range calls {
			method, path, _ := strings.Cut(call, " ")
			var headers []string
			if c.token != "" {
				headers = append(headers, bearer(c.token))
			}
			r.unchanged(who+" "+call, func() { r.program().do(method, path, "", headers...).wants(t, c.status, c.code) })
		}
	}
}

func mustID(t *testing.T, text string) session.ID {
	t.Helper()
	id, ok := session.ParseID(text)
	if !ok {
		t.Fatalf("%q is no id", text)
	}
	return id
}

// ASVS 7.5.3
func TestAttackAnOldSignInChangesNothingByTheAPI(t *testing.T) {
	r := startRoom(t)
	r.clock.advance(session.Fresh + time.Second)
	r.ask(t, 200, "GET", "/users", "", nil) // to look, it is enough
	for _, call := range r.apiOf() {
		method, path, _ := strings.Cut(call, " ")
		if method == http.MethodGet {
			continue
		}
		r.unchanged(call, func() { r.ada.do(method, path, "").wants(t, 401, "step_up_required") })
	}
}

func TestARoleThatWasTakenCountsAtOnceInTheAPI(t *testing.T) {
	r := startRoom(t)
	access := r.program().login("ada", battery, "storage").Access
	r.setRoles("ada", "editor")
	r.program().get(admin.APIPath+"/users", bearer(access)).wants(t, 403, "forbidden_role")
	r.ada.get(admin.APIPath+"/users").wants(t, 403, "forbidden_role")
}

func TestAdministratorsDoNotLockThemselvesOutByTheAPI(t *testing.T) {
	r := startRoom(t)
	mine := "/users/" + r.mine.ID
	for _, call := range []struct{ method, body string }{{"DELETE", ""}, {"PATCH", `{"disabled":true}`}, {"PATCH", `{"roles":["editor"]}`}, {"PATCH", `{"roles":null}`}, {"PATCH", `{"name":"A","roles":[]}`}} {
		if a := r.ask(t, 409, call.method, mine, call.body, nil); a.code() != "own_account" {
			t.Errorf("%v: %s", call, a.body)
		}
	}
	r.ask(t, 200, "PATCH", mine, `{"roles":["admin","editor"],"name":"Ada"}`, nil)
}

func TestIdsOfNobodyAreNotFoundByTheAPI(t *testing.T) {
	r := startRoom(t)
	for _, id := range []string{"nobody", "AAAAAAAAAAAAAAAAAAAAAA", "%00", "%ff", "ada", "https:%2F%2Fevil.example%2Fclient", strings.Repeat("a", 3000)} {
		for _, call := range []struct{ method, path, body string }{
			{"GET", "/users/" + id, ""}, {"PATCH", "/users/" + id, `{}`}, {"DELETE", "/users/" + id, ""}, {"POST", "/users/" + id + "/invitation", ""},
			{"POST", "/users/" + id + "/reset-factors", ""}, {"GET", "/users/" + id + "/sessions", ""}, {"DELETE", "/users/" + id + "/sessions", ""},
			{"DELETE", r.at("/sessions/" + id), ""}, {"GET", "/clients/" + id, ""}, {"PATCH", "/clients/" + id, `{}`}, {"DELETE", "/clients/" + id, ""},
			{"POST", "/keys/" + id + "/withdraw", ""}, {"POST", "/clients/" + id + "/secrets", ""}, {"DELETE", "/clients/" + id + "/secrets/old", ""},
		} {
			r.unchanged(call.method+" "+call.path, func() { r.ask(t, 404, call.method, call.path, call.body, nil) })
		}
	}
}

func TestTheAPIOfAdministratorsTellsNoSecrets(t *testing.T) {
	r := startRoom(t)
	made := r.addClient(registry.Web, nil)
	r.program().login("bob", battery, "storage")
	hash := r.now(r.bob).Password.Reveal()
	for _, path := range []string{"/users", r.at(""), r.at("/sessions"), "/sessions", "/clients", "/clients/" + made.id, "/audit", "/keys"} {
		body := r.ask(t, 200, "GET", path, "", nil).body
		for _, secret := range []string{hash, "$argon2id", battery, "lpr_", "lps_"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s tells %q", path, secret)
			}
		}
	}
}
