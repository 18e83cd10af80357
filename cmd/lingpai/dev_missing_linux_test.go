package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What nobody answers is told with the route to write; one key writes it.
func TestTheTerminalSaysWhichRouteToWrite(t *testing.T) {
	folder := t.TempDir()
	x := newTerminal(t, 160, 40)
	cmd := x.runDev(t, folder)
	at := x.address(t)
	if body, _ := fetch(t, at+"/api/nothing"); !strings.Contains(body, "route_missing") {
		t.Errorf("%s", body)
	}
	for _, line := range []string{"# write into lingpai.dev.yaml, and it is answered:", "routes:", "  - match: \"GET /api/nothing\"", "    mock:", "      json: { ok: true }"} {
		x.shows(t, line)
	}
	x.types(t, "r")
	x.shows(t, "GET /api/nothing is mocked by mock/get-api-nothing.mock.yaml.")
	if body, by := fetch(t, at+"/api/nothing"); !strings.Contains(body, `"ok": true`) || by != "mock; route=1" {
		t.Errorf("%s by %s", body, by)
	}
	x.types(t, "q")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "mock", "get-api-nothing.mock.yaml")); err != nil || strings.Contains(string(text), "404") {
		t.Errorf("%s %v", text, err)
	}
}
