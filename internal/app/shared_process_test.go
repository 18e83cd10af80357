package app

import (
	"context"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/busytest"
)

// command runs a command of the program on the data that servers work on, and returns what it printed.
func command(t *testing.T, binary, data, in string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, append(args, "--data", data)...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestTwoProcessesShareOneDataFolder is what happens in an upgrade that starts the new program before the old one has ended, and what whoever
// starts a second server by mistake must not regret.
func TestTwoProcessesShareOneDataFolder(t *testing.T) {
	binary, data := build(t), filepath.Join(t.TempDir(), "data")
	command(t, binary, data, battery, "user", "add", "alice", "--password-stdin")
	ctx, end := context.WithCancel(t.Context())
	defer end()
	old, fresh := runUntil(ctx, t, binary, data, false), run(t, binary, data, false)

	busytest.Within(t, time.Second, func() time.Duration {
		g := old.login()
		there := fresh.refresh(g.Refresh).granted(t).Access // each has an issuer of its own, by its port
		fresh.me(there).wants(t, 200, "")
		began := time.Now()
		old.call(http.MethodPost, "/auth/api/logout", "{}", g.Access).wants(t, 204, "")
		for fresh.me(there).status != http.StatusUnauthorized {
			if time.Since(began) > time.Minute {
				t.Fatal("the other server never learns of the logout")
			}
		}
		fresh.refresh(g.Refresh).wants(t, 401, "session_ended")
		return time.Since(began)
	})

	command(t, binary, data, battery, "user", "add", "bob", "--password-stdin")
	for name, p := range map[string]*process{"old": old, "fresh": fresh} {
		r := p.call(http.MethodPost, "/auth/api/login", `{"username":"bob","password":"`+battery+`","keep":"storage"}`, "")
		if r.status != http.StatusOK {
			t.Errorf("bob, who was added beside the %s one: %d %s", name, r.status, r.body)
		}
	}
	if said := command(t, binary, data, "", "session", "end", "--user", "bob", "--yes", "--wait=10s"); !strings.Contains(said, "Applied on 2 of 2.") {
		t.Errorf("it says %s", said)
	}

	g := old.login()
	end()
	fresh.refresh(g.Refresh).granted(t)
}
