package devserver_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const blog = `{
  "posts": [
    { "id": 1, "title": "json", "author": { "name": "ada" }, "views": 100, "tags": ["a", "b"] },
    { "id": 2, "title": "yaml", "author": { "name": "bob" }, "views": 9, "tags": ["b"] },
    { "id": 3, "title": "toml", "author": { "name": "ada" }, "views": 30, "tags": [] }
  ],
  "comments": [
    { "id": "c1", "body": "first", "postId": 1 },
    { "id": "c2", "body": "second", "postId": 1 },
    { "id": "c3", "body": "third", "postId": 2 }
  ],
  "profile": { "name": "typist" }
}
`

func crudServer(t *testing.T) *dev {
	t.Helper()
	return start(t, "routes:\n  - { match: \"/api/**\", crud: ./db.json }\n  - { match: \"/**\", mock: { text: next } }\n", files{"db.json": blog})
}

func (d *dev) file(name string) string {
	d.Helper()
	data, err := os.ReadFile(filepath.Join(d.folder, name))
	if err != nil {
		d.Fatal(err)
	}
	return string(data)
}

// ids lists the ids in an answer, in order.
func ids(r reply) string {
	var out []string
	for part := range strings.SplitSeq(plain(r.body), `{"id":`) {
		if id, _, ok := strings.Cut(part, ","); ok && len(part) > 2 && part != "[" {
			out = append(out, strings.Trim(id, `"`))
		}
	}
	return strings.Join(out, " ")
}

func TestCollectionsAreFilteredSortedAndPaged(t *testing.T) {
	d := crudServer(t)
	for path, want := range map[string]string{
		"/api/posts": "1 2 3", "/api/posts?title=yaml": "2", "/api/posts?id=1&id=3": "1 3", "/api/posts?author.name=ada": "1 3", "/api/posts?tags=b": "1 2",
		"/api/posts?views_gte=30": "1 3", "/api/posts?views_lte=30": "2 3", "/api/posts?views_gt=9&views_lt=100": "3", "/api/posts?title_ne=json": "2 3",
		"/api/posts?title_like=%5E.(am|om)l": "2 3", "/api/posts?q=YAM": "2", "/api/posts?_sort=views": "2 3 1", "/api/posts?_sort=views&_order=desc": "1 3 2",
		"/api/posts?_sort=-author.name,views": "2 3 1", "/api/posts?_page=2&_limit=2": "3", "/api/posts?_start=1&_end=2": "2", "/api/posts?_start=1&_limit=2": "2 3",
		"/api/posts?_limit=2": "1 2", "/api/posts?_page=9": "", "/api/posts?nothing=1": "", "/api/posts/1/comments": "c1 c2", "/api/posts/2/comments?q=third": "c3",
	} {
		if r := d.get(path); ids(r) != want || r.status != 200 {
			t.Errorf("%s: %d %q, want %q", path, r.status, ids(r), want)
		}
	}
	r := d.get("/api/posts?_page=2&_limit=1")
	if r.header.Get("X-Total-Count") != "3" || !strings.Contains(r.header.Get("Link"), `rel="next"`) || strings.Count(r.header.Get("Link"), "<") != 4 {
		t.Errorf("%v", r.header)
	}
	d.get("/api/posts/1").wants(t, 200, `"title":"json"`)
	d.get("/api/posts/9").wants(t, 404, "{}")
	d.get("/api/profile").wants(t, 200, `{"name":"typist"}`)
	d.get("/api/db").wants(t, 200, `"profile"`)
	d.get("/api/nothing").wants(t, 200, "next")
}

func TestCollectionsKnowTheirRelations(t *testing.T) {
	d := crudServer(t)
	d.get("/api/posts/2?_embed=comments").wants(t, 200, `"comments":[{"id":"c3","body":"third","postId":2}]}`)
	d.get("/api/comments?id=c3&_expand=post").wants(t, 200, `"post":{"id":2,"title":"yaml"`)
	d.post("/api/posts/3/comments", `{"body":"fourth"}`).wants(t, 201, `{"body":"fourth","id":"1","postId":3}`)
	d.ask("DELETE", "/api/posts/1?_dependent=comments", "").wants(t, 200, "{}")
	if got := ids(d.get("/api/comments")); strings.Contains(got, "c1") || !strings.Contains(got, "c3") {
		t.Errorf("comments are %s", got)
	}
}

// Any page that the developer happens to look at may have their browser post a form here, or plain text, and is not asked before.
func TestAPageOfAnotherSiteWritesNothingIntoTheDevelopersFiles(t *testing.T) {
	d := start(t, "cors: [https://shop.example]\nroutes:\n  - { match: \"/api/**\", crud: ./db.json }\n", files{"db.json": blog})
	for what, headers := range map[string][]string{
		"plain text":         {"Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Content-Type: text/plain"},
		"of an old browser":  {"Origin: https://evil.example", "Content-Type: text/plain"},
		"of a hidden origin": {"Origin: null", "Sec-Fetch-Site: cross-site", "Content-Type: text/plain"},
	} {
		if d.ask("POST", "/api/posts", `{"title":"planted"}`, headers...).refused(t, "origin_refused"); strings.Contains(d.file("db.json"), "planted") {
			t.Errorf("%s has written", what)
		}
	}
	for i, headers := range [][]string{
		{"Origin: https://shop.example", "Sec-Fetch-Site: cross-site"}, {"Origin: http://localhost:5173", "Sec-Fetch-Site: same-site"}, {"Origin: " + d.origin}, {},
	} {
		d.post("/api/posts", fmt.Sprintf(`{"title":"meant %d"}`, i), headers...).wants(t, 201, "meant")
	}
}

func TestWhatIsWrittenToACollectionIsInTheFile(t *testing.T) {
	d := crudServer(t)
	r := d.post("/api/posts", `{"title":"new","z":1,"a":2}`)
	r.wants(t, 201, `{"title":"new","z":1,"a":2,"id":4}`)
	if r.header.Get("Location") != "/api/posts/4" {
		t.Errorf("%v", r.header)
	}
	d.post("/api/posts", `{"id":4}`).refused(t, "field_invalid", "the id 4 already")
	d.post("/api/posts", `[1]`).refused(t, "body_malformed")
	d.post("/api/posts", `{"a":`).refused(t, "body_malformed")
	json := "Content-Type: application/json"
	d.ask("PUT", "/api/posts/1", `{"title":"replaced","id":77}`, json).wants(t, 200, `{"title":"replaced","id":1}`)
	d.ask("PATCH", "/api/posts/2", `{"views":10}`, json).wants(t, 200, `"author":{"name":"bob"},"views":10`)
	d.ask("DELETE", "/api/posts/3", "").wants(t, 200, "{}")
	d.ask("DELETE", "/api/posts/3", "").wants(t, 404, "{}")
	d.ask("DELETE", "/api/posts", "").refused(t, "method_not_allowed")
	d.ask("PATCH", "/api/profile", `{"age":5}`, json).wants(t, 200, `{"name":"typist","age":5}`)
	got := d.file("db.json")
	want := `"posts":[{"title":"replaced","id":1},{"id":2,"title":"yaml","author":{"name":"bob"},"views":10,"tags":["b"]},{"title":"new","z":1,"a":2,"id":4}]`
	if !strings.Contains(plain(got), want) {
		t.Errorf("the file is\n%s\nwant %s in it", got, want)
	}
	if left, _ := filepath.Glob(filepath.Join(d.folder, ".lingpai-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A route for one collection, as most people write it: the file is the list, or has it under the name in the path.
func TestARouteOfOneCollectionNeedsNoNameBelowIt(t *testing.T) {
	for name, file := range map[string]string{"a list": `[{"id":1,"t":"a"}]`, "named": `{"todos":[{"id":1,"t":"a"}],"users":[]}`} {
		t.Run(name, func(t *testing.T) {
			d := start(t, "routes:\n  - { match: \"/api/todos/**\", crud: ./db.json }\n", files{"db.json": file})
			d.get("/api/todos").wants(t, 200, `[{"id":1,"t":"a"}]`)
			d.get("/api/todos/1").wants(t, 200, `{"id":1,"t":"a"}`)
			d.get("/api/todos/9").wants(t, 404, "{}")
			r := d.post("/api/todos", `{"t":"b"}`)
			r.wants(t, 201, `{"t":"b","id":2}`)
			if r.header.Get("Location") != "/api/todos/2" {
				t.Errorf("%v", r.header)
			}
			d.ask("PATCH", "/api/todos/1", `{"t":"c"}`, "Content-Type: application/json").wants(t, 200, `{"id":1,"t":"c"}`)
			d.ask("DELETE", "/api/todos/2", "").wants(t, 200, "{}")
			d.get("/api/todos?t=c&_sort=id").wants(t, 200, `[{"id":1,"t":"c"}]`)
			if got, want := plain(d.file("db.json")), strings.Replace(file, `"a"`, `"c"`, 1); got != want {
				t.Errorf("the file is %s, want %s", got, want)
			}
		})
	}
	d := start(t, "routes:\n  - { match: \"/**\", crud: ./db.json }\n", files{"db.json": `[{"id":"x"}]`})
	d.get("/x").wants(t, 200, `{"id":"x"}`)
	files{"db.json": `"text"`}.write(t, d.folder)
	d.get("/x").refused(t, "mock_failed", "db.json: must be a list, or an object with collections")
}

func TestACollectionThatSomebodyElseChangesIsReadAgain(t *testing.T) {
	d := crudServer(t)
	files{"db.json": `{"posts": [{"id": 9, "a": 1}]}`}.write(t, d.folder)
	if got := ids(d.get("/api/posts")); got != "9" {
		t.Errorf("posts are %s", got)
	}
	files{"db.json": `{"posts": [{]}`}.write(t, d.folder)
	d.get("/api/posts").refused(t, "mock_failed", "db.json:1:13: this is not JSON")
	files{"db.json": `{"posts": []}`}.write(t, d.folder)
	d.get("/api/posts").wants(t, 200, "[]")
}

func TestManyWritersLoseNothing(t *testing.T) {
	d := crudServer(t)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if r, err := d.tryAsk("POST", "/api/posts", strings.NewReader(fmt.Sprintf(`{"n":%d}`, i))); err != nil || r.status != 201 {
				t.Errorf("%d: %v %+v", i, err, r)
			}
		})
	}
	all.Wait()
	if r := d.get("/api/posts?_limit=0"); r.header.Get("X-Total-Count") != "43" || strings.Count(d.file("db.json"), `"n":`) != 40 {
		t.Errorf("%s posts, %d in the file", r.header.Get("X-Total-Count"), strings.Count(d.file("db.json"), `"n":`))
	}
}
