package devserver_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func manual(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/dev.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// examples are the dev files in the manual.
func examples(t *testing.T) [][]string {
	t.Helper()
	return regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(manual(t), -1)
}

func TestTheWebSocketOfTheManualSaysWhatTheManualSays(t *testing.T) {
	for _, e := range examples(t) {
		if !strings.Contains(e[1], "websocket:") {
			continue
		}
		l := start(t, strings.Replace(e[1], "interval: 1s", "interval: 1h", 1)).dial("/ws/chat/tea") // no tick comes between
		l.hears("welcome to tea")
		l.says("ping", `{"type": "join", "name": "alice"}`, "something else", "bye then")
		l.hears("pong", `{"joined":"alice"}`, "something else", "see you")
		l.closed(websocket.StatusNormalClosure, "")
		return
	}
	t.Error("the manual shows no WebSocket")
}

func TestTheExamplesOfTheManualCanBeUsed(t *testing.T) {
	examples := examples(t)
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
