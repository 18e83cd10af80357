package devserver_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// tree is a folder of testdata as files, under a name.
func tree(t testing.TB, root, under string) files {
	t.Helper()
	out := files{}
	var walk func(dir string)
	walk = func(dir string) {
		items, err := os.ReadDir("testdata/" + root + dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			if it.IsDir() {
				walk(dir + "/" + it.Name())
				continue
			}
			data, err := os.ReadFile("testdata/" + root + dir + "/" + it.Name())
			if err != nil {
				t.Fatal(err)
			}
			out[under+dir+"/"+it.Name()] = string(data)
		}
	}
	walk("")
	return out
}

func TestMockArraysOfAnAdminTemplateRunUnchanged(t *testing.T) {
	d := start(t, "routes:\n  - { match: \"/dev-api/**\", mock: ./mock }\n", tree(t, "admin", ""))
	login := d.post("/dev-api/admin-app/user/login", `{"username":"admin","password":"111111"}`)
	login.wants(t, 200, `{"code":20000,"data":{"token":"admin-token"}}`)
	d.post("/dev-api/admin-app/user/login", `{"username":"nobody"}`).wants(t, 200, `"code":60204`)
	d.get("/dev-api/admin-app/user/info?token=admin-token").wants(t, 200, `"name":"Super Admin"`)
	d.get("/dev-api/admin-app/user/info?token=x").wants(t, 200, `"code":50008`)
	d.post("/dev-api/admin-app/user/logout", "").wants(t, 200, `{"code":20000,"data":"success"}`)

	var table struct {
		Data struct {
			Total int
			Items []struct {
				ID, Title, Status, Author string
				DisplayTime               string `json:"display_time"`
				Pageviews                 int
			}
		}
	}
	first := d.get("/dev-api/admin-app/table/list").body
	if err := json.Unmarshal([]byte(first), &table); err != nil {
		t.Fatal(err)
	}
	it := table.Data.Items[0]
	if table.Data.Total != 30 || len(table.Data.Items) != 30 || !strings.Contains("published draft deleted", it.Status) || it.Pageviews < 300 ||
		it.Pageviews > 5000 || len(it.DisplayTime) != 19 || it.Author != "name" || len(it.ID) != 18 || strings.HasPrefix(it.Title, "@") {
		t.Errorf("%+v", it)
	}
	if d.get("/dev-api/admin-app/table/list").body != first {
		t.Error("the state of the module is lost between two requests")
	}
	d.get("/dev-api/admin-app/article/list?page=2&limit=5&sort=-id").wants(t, 200, `"total":100`)
	d.get("/dev-api/admin-app/article/detail?id=7").wants(t, 200, `"id":7`)
	d.get("/dev-api/admin-app/nothing").refused(t, "route_missing", "its mock has no answer")
}

// The file says all that files for webpack's `before` use to say; see testdata/before.
func TestAnExpressStyleBeforeFileOf200LinesRunsUnchanged(t *testing.T) {
	d := start(t, "routes:\n  - { match: \"/**\", before: ./before.js }\n  - { match: \"/**\", mock: { status: 418, text: next } }\n", tree(t, "before", ""))
	d.get("/api/ping").wants(t, 200, "pong")
	if r := d.ask("OPTIONS", "/api/ping", ""); r.status != 200 || r.header.Get("Allow") != "GET,HEAD,OPTIONS" {
		t.Errorf("%d %v", r.status, r.header)
	}
	d.get("/api/me").wants(t, 401, `"not authenticated"`)
	d.post("/api/login", `{"name":"ada","password":"wrong"}`).wants(t, 401, `"code":1`)
	r := d.ask("POST", "/api/login", "name=ada&password=secret", "Content-Type: application/x-www-form-urlencoded")
	r.wants(t, 200, `"name":"Ada"`)
	cookie := r.header.Get("Set-Cookie")
	if !strings.Contains(cookie, "Max-Age=3600; Path=/; HttpOnly; SameSite=Lax") {
		t.Errorf("cookie is %q", cookie)
	}
	var in struct{ Data struct{ Token string } }
	if err := json.Unmarshal([]byte(r.body), &in); err != nil {
		t.Fatal(err)
	}
	pair, _, _ := strings.Cut(cookie, ";")
	token := "Authorization: Bearer " + in.Data.Token
	for _, header := range []string{token, "Cookie: " + pair} {
		d.get("/api/me", header).wants(t, 200, `"team":"engines"`)
	}
	d.get("/api/plans", token).wants(t, 200, "analytical engine")

	d.get("/api/people?size=2&page=2").wants(t, 200, `"items":[{"id":3,"name":"Edsger"`)
	d.get("/api/people?sort=age&size=1").wants(t, 200, `"name":"Ada"`)
	d.get("/api/people?ids[]=2&ids[]=3").wants(t, 200, `"total":2`)
	r = d.get("/api/people/2")
	r.wants(t, 200, `"name":"Grace"`)
	if r.header.Get("X-Router") != "/api/people" || r.header.Get("X-Visit") == "" {
		t.Errorf("%v", r.header)
	}
	r = d.post("/api/people", `{"name":"Barbara"}`, token)
	r.wants(t, 201, `{"id":4,"name":"Barbara"}`)
	if r.header.Get("Location") != "/api/people/4" {
		t.Errorf("%v", r.header)
	}
	d.ask("PATCH", "/api/people/4", `{"age":50}`, "Content-Type: application/json").wants(t, 200, `{"id":4,"name":"Barbara","age":50}`)
	d.ask("DELETE", "/api/people/4", "").wants(t, 204, "")
	d.get("/api/people/4").wants(t, 404, `{"error":"NotFound","message":"person 4 not found"}`)

	d.ask("PUT", "/api/cart", `{"add":["a","b"]}`, "Content-Type: application/json", "Cookie: cart=c9").wants(t, 200, `["a","b"]`)
	d.get("/api/cart", "Cookie: cart=c9").wants(t, 200, `{"items":["a","b"]}`)
	d.post("/api/orders", `{"items":[]}`).wants(t, 422, "an order needs items")
	d.post("/api/orders", `{"items":[1]}`).wants(t, 201, `"id":100`)
	d.get("/api/orders/100").wants(t, 200, `"id":100`)
	d.get("/api/orders/x").wants(t, 200, `{"asked":{"id":"x"}}`)
	d.get("/api/orders/x/y").wants(t, 200, `{"asked":{"id":"x","part":"y"}}`)
	d.get("/api/v12/a/b").wants(t, 200, `{"version":12,"rest":"a/b"}`)
	d.get("/api/two").wants(t, 200, "/api/two")
	d.get("/api/files/deep/people.json").wants(t, 200, `"Grace"`)
	if r := d.get("/api/old"); r.status != 301 || r.header.Get("Location") != "/api/ping" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if r := d.get("/api/go?from=a%26b"); r.status != 302 || r.header.Get("Location") != "/api/ping?from=a%26b" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if r := d.get("/api/html"); r.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%v", r.header)
	}
	if r := d.get("/api/download"); r.header.Get("Content-Disposition") != `attachment; filename="people.csv"` || !strings.HasPrefix(r.header.Get("Content-Type"), "text/csv") {
		t.Errorf("%v", r.header)
	}
	d.get("/api/format", "Accept: text/html").wants(t, 200, "<p>a</p>")
	d.get("/api/stream").wants(t, 200, "data: 1\n\ndata: 2\n\ndata: 3\n\n")
	d.ask("POST", "/api/raw", "12345", "Content-Type: text/plain", "X-Requested-With: XMLHttpRequest").wants(t, 200, `{"length":5,"type":"text/plain","ajax":true}`)
	d.get("/api/broken").wants(t, 500, `{"error":"Error","message":"on purpose"}`)
	d.post("/api/logout", "", token).wants(t, 204, "")
	d.get("/api/me", token).wants(t, 401, "")
	d.get("/elsewhere").wants(t, 418, "next")
}

func TestScriptsAreTypeScriptESMOrCommonJS(t *testing.T) {
	d := start(t, `
routes:
  - { match: "/ts/**", mock: ./table.ts }
  - { match: "/esm/**", before: ./esm.mjs }
  - { match: "/base/**", mock: { script: ./based.ts, base: /base } }
`, files{
		"table.ts": `import type { MockMethod } from 'vite-plugin-mock'
import Mock from 'mockjs'
import { code } from './code'
interface Query { page: number }
enum Kind { A = 'a', B = 'b' }
export default [
  { url: '/ts/list/:id', method: 'get', timeout: 20, response: ({ query, url }: { query: Query, url: string }) => ({ code, page: query.page, kind: Kind.B, url, list: Mock.mock({ 'a|2': ['@integer(5, 5)'] }).a }) },
  { url: '/ts/teapot', method: 'post', statusCode: 418, response: { short: true } },
  { url: '/ts/raw', method: 'get', rawResponse: async (req, res) => { res.setHeader('Content-Type', 'text/plain'); res.statusCode = 202; res.end(` + "`raw ${req.url}`" + `) } },
] as MockMethod[]`,
		"code.ts":   "export const code: number = 20000",
		"esm.mjs":   "import data from './data.json'\nimport * as more from './more.js'\nexport default (app) => { app.get('/esm/x', (req, res) => res.json({ data, more: more.value ?? 1, last: [1, 2].at(-1) })) }",
		"more.js":   "module.exports = { value: 5 }",
		"data.json": `{"a": 1}`,
		"based.ts":  "export default [{ url: '/here', method: 'get', response: () => 'yes' }]",
	})
	d.get("/ts/list/5?page=2").wants(t, 200, `{"code":20000,"page":"2","kind":"b","url":"/ts/list/5?page=2","list":[5,5]}`)
	d.post("/ts/teapot", "").wants(t, 418, `{"short":true}`)
	d.get("/ts/raw").wants(t, 202, "raw /ts/raw")
	d.get("/esm/x").wants(t, 200, `{"data":{"a":1},"more":5,"last":2}`)
	d.get("/base/here").wants(t, 200, `"yes"`)
}

func TestAScriptThatFailsIsToldWithItsLineAndTheRestGoesOn(t *testing.T) {
	d := start(t, "routes:\n  - { match: \"/**\", before: ./a.ts }\n  - { match: \"/**\", mock: { text: rest } }\n", files{"a.ts": `import { thrower } from './b'
let n: number = 0
export default (app: any) => {
  app.get('/throw', () => { thrower() })
  app.get('/loop', () => {
    for (;;) n++
  })
  app.get('/fill', () => { const a: any[] = []; for (;;) a.push(new Array(20000).fill('x')) })
  app.get('/deep', () => { const f = () => f() + 1; f() })
  app.get('/never', () => {})
  app.get('/async', async () => { await null; throw new TypeError('late') })
  app.get('/promise-loop', async () => { await null; for (;;) n++ })
  app.get('/timer-loop', (req, res) => { setTimeout(() => { for (;;) n++ }, 5) })
  app.get('/outside', () => require('../../etc/passwd'))
  app.get('/unknown', () => require('left-pad'))
  app.get('/exit', () => process.exit(1))
  app.get('/huge', () => 'x'.repeat(1 << 30))
  app.get('/fine', (req, res) => res.json({ n: n > 0 }))
}`, "b.ts": "\n\nexport function thrower(): void {\n  throw new Error('oh')\n}"})
	for path, says := range map[string]string{
		"/throw":        "b.ts:4:",
		"/loop":         "a.ts:6:",
		"/fill":         "a.ts:8:",
		"/deep":         "a.ts:9:",
		"/never":        "ended without an answer and waits for nothing",
		"/async":        "a.ts:11:",
		"/promise-loop": "a.ts:12:",
		"/timer-loop":   "a.ts:13:",
		"/outside":      "a.ts:14:",
		"/unknown":      `there is no module "left-pad"; install it`,
		"/exit":         "a mock cannot end the server",
		"/huge":         "more than 64 MiB",
	} {
		r := d.get(path)
		if r.status != 500 {
			t.Errorf("%s: %d %s", path, r.status, r.body)
			continue
		}
		r.refused(t, "mock_failed", "before of route 1 (/**)", says)
	}
	d.get("/loop").refused(t, "mock_failed", "ran for more than 2s and was stopped")
	d.get("/fine").wants(t, 200, `{"n":false}`) // a script that was stopped begins again
	d.get("/other").wants(t, 200, "rest")
}

func TestOneRuntimeAFileServesItsRequestsOneAfterTheOther(t *testing.T) {
	d := start(t, "routes:\n  - { match: /n, before: ./n.js }\n", files{"n.js": `
let n = 0;
module.exports = (app) => app.get('/n', async (req, res) => { const mine = ++n; await new Promise((done) => setTimeout(done, 5)); res.json(mine); });`})
	seen := make(chan string, 50)
	for range 50 {
		go func() {
			r, err := d.tryAsk("GET", "/n", strings.NewReader(""))
			if err != nil {
				t.Error(err)
			}
			seen <- r.body
		}()
	}
	all := map[string]bool{}
	for range 50 {
		all[<-seen] = true
	}
	if len(all) != 50 {
		t.Errorf("50 requests saw %d numbers", len(all))
	}
}

func TestScriptsPrintToTheLogAndKeepTheirStateWhenOnlyTheRoutesChange(t *testing.T) {
	const s = "console.log('loaded', { a: 1 }); let n = 0; module.exports = (app) => app.get('/n', (req, res) => res.json(++n));"
	d := start(t, "routes:\n  - { match: /n, before: ./n.js }\n", files{"n.js": s})
	if !strings.Contains(d.log.String(), `loaded {\"a\":1}`) {
		t.Errorf("log: %s", d.log)
	}
	d.get("/n").wants(t, 200, "1")
	files{"lingpai.dev.yaml": "routes:\n  - { match: /n, before: ./n.js }\n  - { match: /b, mock: { text: b } }\n"}.write(t, d.folder)
	eventually(t, "the new route is there", func() bool { return d.get("/b").status == 200 })
	d.get("/n").wants(t, 200, "2")
	files{"n.js": s + "\n"}.write(t, d.folder)
	eventually(t, "a script that was changed begins again", func() bool { return d.get("/n").body == "1" })
}

func TestMockjsOfNodeModulesComesFirst(t *testing.T) {
	d := start(t, "routes:\n  - { match: /m, mock: ./m.js }\n", files{
		"m.js":                             "const Mock = require('mockjs'); module.exports = [{ url: '/m', type: 'get', response: () => ({ own: Mock.own }) }]",
		"node_modules/mockjs/package.json": `{"main": "dist/mock"}`, "node_modules/mockjs/dist/mock.js": "exports.own = 'installed'; exports.mock = (v) => v;",
	})
	d.get("/m").wants(t, 200, `{"own":"installed"}`)
}

func TestAnAppWithItsOwnEnvelopeGetsRealTokens(t *testing.T) {
	d := start(t, `
routes:
  - { match: /admin/data, auth: { header: X-Token, roles: [admin] }, mock: { json: { code: 20000 } } }
  - { match: "/user/**", mock: ./user.js }
`, files{"user.js": "const give = (do_) => { try { return { code: 20000, data: do_() } } catch (why) { return { code: why.status, message: why.message, why: why.code } } };\n" +
		"module.exports = [\n" +
		"  { url: '/user/login', type: 'post', response: ({ body }) => give(() => lingpai.signIn(body.username, body.password)) },\n" +
		"  { url: '/user/info', type: 'get', response: ({ headers }) => give(() => lingpai.verify(headers['x-token']).user.username) },\n" +
		"  { url: '/user/refresh', type: 'post', response: ({ body }) => give(() => lingpai.refresh(body.token).user.username) },\n" +
		"  { url: '/user/logout', type: 'post', response: ({ headers }) => give(() => lingpai.signOut(headers['x-token'])) },\n]"})
	r := d.post("/user/login", `{"username":"alice","password":"alice"}`)
	var in struct {
		Data struct {
			Access  string `json:"access_token"`
			Refresh string `json:"refresh_token"`
		}
	}
	if err := json.Unmarshal([]byte(r.body), &in); err != nil || in.Data.Access == "" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	d.post("/user/login", `{"username":"alice","password":"wrong"}`).wants(t, 200, `"why":"credentials_invalid"`)
	token := "X-Token: " + in.Data.Access
	d.get("/user/info", token).wants(t, 200, `{"code":20000,"data":"alice"}`)
	d.get("/user/info").wants(t, 200, `"why":"token_missing"`)
	d.get("/admin/data", token).wants(t, 200, `{"code":20000}`)
	d.get("/admin/data").refused(t, "token_missing")
	d.get("/auth/api/me", "Authorization: Bearer "+in.Data.Access).wants(t, 200, "alice")
	d.post("/user/refresh", `{"token":"`+in.Data.Refresh+`"}`).wants(t, 200, `"data":"alice"`)
	d.post("/user/logout", "{}", token).wants(t, 200, `{"code":20000,"data":null}`)
	d.get("/user/info", token).wants(t, 200, `"why":"session_ended"`)
	d.get("/admin/data", token).refused(t, "session_ended")
}
