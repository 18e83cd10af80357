package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAScriptThatFillsTheMemoryIsStopped(t *testing.T) {
	name := filepath.Join(t.TempDir(), "fill.js")
	if err := os.WriteFile(name, []byte("const all = [];\nfor (;;) all.push(new Array(20000).fill('x'));\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(name, "", Options{
		Root: filepath.Dir(name), Limit: time.Minute, Memory: 32 << 20, Now: time.Now,
		Fake: func(string, ...string) (any, error) { return "", nil }, Console: func(string, string) {},
	})
	if err == nil || !strings.Contains(err.Error(), "fill.js:2:") || !strings.Contains(err.Error(), "took more than 32 MiB of memory and was stopped") {
		t.Errorf("%v", err)
	}
}
