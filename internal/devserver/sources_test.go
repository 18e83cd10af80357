package devserver_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

const petstore = `
openapi: 3.1.0
info: { title: Pets, version: "1" }
servers: [{ url: https://api.example.com/v1 }]
paths:
  /pets:
    get:
      responses:
        "200":
          content:
            application/json:
              schema: { type: array, minItems: 2, items: { $ref: "#/components/schemas/Pet" } }
    post:
      responses:
        "201": { description: made, content: { application/json: { example: { id: 7, name: Rex } } } }
        "422": { $ref: "#/components/responses/Bad" }
  /pets/mine:
    get: { responses: { "200": { content: { application/json: { examples: { a: { value: { mine: 1 } }, b: { value: { mine: 2 } } } } } } } }
  /pets/{id}:
    get: { responses: { default: { content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } } } }
    delete: { responses: { "204": { description: gone } } }
components:
  responses:
    Bad: { description: bad, content: { application/problem+json: { schema: { type: object, properties: { code: { type: string, enum: [bad_pet] } } } } } }
  schemas:
    Named: { type: object, properties: { name: { type: string }, secret: { type: string, writeOnly: true } } }
    Pet:
      allOf:
        - $ref: "#/components/schemas/Named"
        - type: object
          properties:
            id: { type: integer, minimum: 5, maximum: 9 }
            mail: { type: [string, "null"], format: email }
            born: { type: string, format: date }
            kind: { enum: [dog, cat] }
            code: { type: string, pattern: "^[A-Z]{3}$" }
            price: { type: number }
            ok: { type: boolean }
            parent: { $ref: "#/components/schemas/Pet" }
`

func TestAnOpenAPIDescriptionAnswersByExamplesAndSchemas(t *testing.T) {
	d := start(t, "seed: 1\nroutes:\n  - { match: \"/api/**\", openapi: ./pets.yaml }\n  - { match: \"/v1/**\", openapi: ./pets.yaml }\n", files{"pets.yaml": petstore})
	var pets []struct {
		ID                     int
		Name, Mail, Born, Kind string
		Code                   string
		Secret                 *string
		OK                     *bool
	}
	r := d.get("/api/pets")
	if err := json.Unmarshal([]byte(r.body), &pets); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	p := pets[0]
	if len(pets) != 2 || p.ID < 5 || p.ID > 9 || p.Name == "" || !strings.Contains(p.Mail, "@") || len(p.Born) != 10 || p.Kind != "dog" || p.Secret != nil || p.OK == nil || len(p.Code) != 3 {
		t.Errorf("%+v", p)
	}
	d.post("/v1/pets", "{}").wants(t, 201, `{"id":7,"name":"Rex"}`)
	d.post("/v1/pets", "{}", "Prefer: code=422").wants(t, 422, `{"code":"bad_pet"}`)
	d.get("/api/pets/mine").wants(t, 200, `{"mine":1}`)
	d.get("/api/pets/mine", "Prefer: example=b").wants(t, 200, `{"mine":2}`)
	d.get("/api/pets/12").wants(t, 200, `"kind":"dog"`)
	d.ask("DELETE", "/api/pets/12", "").wants(t, 204, "")
	d.get("/api/cats").refused(t, "route_missing", "its openapi has no answer")
	for text, says := range map[string]string{"openapi: 2.0": "is no OpenAPI 3 description", "openapi: 3.0.0": "describes no paths", "a: [": "broken.yaml:1:"} {
		if _, err := try(t, "routes:\n  - { match: /x, openapi: ./broken.yaml }\n", files{"broken.yaml": text}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAnAppIsServedFromItsFolderWithHistoryFallback(t *testing.T) {
	d := start(t, "routes:\n  - { match: \"/api/**\", mock: { text: api } }\n  - { match: \"/docs/**\", static: ./docs }\n  - { match: \"/**\", spa: ./dist }\n", files{
		"dist/index.html": "<p>app</p>", "dist/assets/app.js": "let a", "dist/.env": "SECRET=1", "docs/index.html": "<p>docs</p>", "outside.txt": "outside",
	})
	page := "Accept: text/html,*/*"
	for path, want := range map[string]string{"/": "<p>app</p>", "/users/5": "<p>app</p>", "/a.b": "<p>app</p>", "/docs/": "<p>docs</p>", "/assets/app.js": "let a", "/api/x": "api"} {
		if r := d.get(path, page); r.status != 200 || r.body != want {
			t.Errorf("%s: %d %q", path, r.status, r.body)
		}
	}
	if r := d.get("/assets/app.js"); !strings.HasPrefix(r.header.Get("Content-Type"), "text/javascript") || r.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v", r.header)
	}
	for _, path := range []string{"/.env", "/assets/missing.js", "/..%2foutside.txt", "/../outside.txt", "/assets/..%2f..%2foutside.txt"} {
		if r := d.get(path, "Accept: */*"); r.status == 200 {
			t.Errorf("%s: %q", path, r.body)
		}
	}
}

// P51, P52, P55, features 26 and 27.
func TestPagesOfConfiguredOriginsReadEveryAnswer(t *testing.T) {
	const origin = "http://localhost:5173"
	upstream := backend(t, answering("real"))
	d := start(t, "cors: ["+origin+"]\nroutes:\n  - { match: \"GET /api/me\", auth: true, mock: { text: me } }\n  - { match: \"PUT /api/me\", auth: true, mock: { text: me } }\n"+
		"  - { match: /real, proxy: "+upstream+" }\n  - { match: /gone, proxy: \"http://127.0.0.1:1\" }\n  - { match: /bad, mock: { fault: error } }\n")
	for path, status := range map[string]int{"/api/me": 401, "/real": 200, "/gone": 502, "/bad": 503, "/nothing": 404} {
		r := d.get(path, "Origin: "+origin)
		if r.status != status || r.header.Get("Access-Control-Allow-Origin") != origin || r.header.Get("Access-Control-Allow-Credentials") != "true" || !slices.Contains(r.header.Values("Vary"), "Origin") {
			t.Errorf("%s: %d %v", path, r.status, r.header)
		}
		if r := d.get(path, "Origin: http://localhost:5174"); r.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is read by another origin: %v", path, r.header)
		}
	}
	ask := []string{"Origin: " + origin, "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization,x-own"}
	r := d.ask("OPTIONS", "/api/me", "", ask...)
	if r.status != 204 || r.header.Get("Access-Control-Allow-Methods") != "GET, PUT" || r.header.Get("Access-Control-Allow-Headers") != "authorization,x-own" || r.header.Get("Access-Control-Allow-Origin") != origin {
		t.Errorf("%d %v", r.status, r.header)
	}
	r = d.ask("OPTIONS", "/api/me", "", "Origin: http://evil.example", ask[1])
	if r.status != 204 || r.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %v", r.status, r.header)
	}
	all := d.app.Dev().Exchanges().Since(0)
	if x := all[len(all)-1]; x.By != "cors" || !strings.Contains(x.Reason, "not under `cors:`") || x.Origin != "http://evil.example" {
		t.Errorf("%+v", x)
	}
}
