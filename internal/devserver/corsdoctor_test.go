package devserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/devserver"
)

func (d *dev) crossOrigins() []devserver.CrossOrigin {
	d.Helper()
	var out struct{ Cases []devserver.CrossOrigin }
	if err := json.Unmarshal([]byte(d.get("/auth/dev/api/cors").body), &out); err != nil {
		d.Fatal(err)
	}
	return out.Cases
}

// Feature 28: whoever asks across origins is told which part differs, what the browser does, and what mends it.
func TestAPageThatCannotReadAnAnswerIsExplained(t *testing.T) {
	d := start(t, "cors: [http://localhost:3000]\nroutes:\n  - { match: /x, mock: { json: {} } }\n")
	const page = "http://localhost:5173"
	for range 2 {
		d.get("/x", "Origin: "+page, "Sec-Fetch-Mode: cors")
	}
	d.ask(http.MethodOptions, "/x", "", "Origin: "+page, "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization")
	for _, fine := range []string{"http://localhost:3000", d.origin} {
		d.get("/x", "Origin: "+fine, "Sec-Fetch-Mode: cors")
	}
	d.get("/x", "Origin: "+page, "Sec-Fetch-Mode: navigate") // a form, which CORS has nothing to do with
	var cases []devserver.CrossOrigin
	eventually(t, "the cases are known", func() bool { cases = d.crossOrigins(); return len(cases) >= 2 })
	if len(cases) != 2 {
		t.Fatalf("%+v", cases)
	}
	preflight, plain := cases[0], cases[1]
	if plain.Count != 2 || plain.Page != page || strings.Join(plain.Differs, " ") != "domain port" || plain.DevFile != "cors: ["+page+"]" {
		t.Errorf("%+v", plain)
	}
	if f := plain.Findings[0]; f.Step != "answer" || !strings.Contains(strings.Join(f.Add, "\n"), "Access-Control-Allow-Origin: "+page) {
		t.Errorf("%+v", f)
	}
	if f := preflight.Findings[0]; f.Step != "preflight" || preflight.Preflight == "" || f.Then != "The browser does not send the request itself." {
		t.Errorf("%+v", preflight)
	}
	if n := strings.Count(d.log.String(), "the browser keeps an answer from a page"); n != 2 {
		t.Errorf("the log says it %d times:\n%s", n, d.log.String())
	}
	r := d.get("/auth/dev/api/exchanges")
	if !strings.Contains(r.body, "another origin (domain and port differ)") {
		t.Errorf("the exchanges do not say it: %s", r.body)
	}
}
