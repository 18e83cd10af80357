package devserver_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func manual(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/dev.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTheExamplesOfTheManualCanBeUsed(t *testing.T) {
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(manual(t), -1)
	if len(examples) < 2 {
		t.Fatalf("only %d examples", len(examples))
	}
	for _, e := range examples {
		d := start(t, e[1], files{
			"data/todos.json": `{"todos": []}`, "mock/admin.js": "module.exports = app => {}", "dist/index.html": "app", "rec/.keep": "",
		})
		if d.state().Found != true {
			t.Error("the file was not read")
		}
	}
}

func TestTheTestsThatTheManualNamesAreThere(t *testing.T) {
	var names []string
	for _, where := range []string{"*_test.go", "*/*_test.go", "../*/*_test.go", "../../cmd/lingpai/*_test.go"} {
		found, err := filepath.Glob(where)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	var all strings.Builder
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(manual(t), -1)
	if len(named) < 30 {
		t.Fatalf("only %d tests are named", len(named))
	}
	for _, n := range named {
		if !strings.Contains(all.String(), "func "+n[1]+"(t *testing.T)") {
			t.Errorf("there is no %s", n[1])
		}
	}
}
