//go:build unix

package child

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestAllOfItEndsWithUs kills the parent as hard as can be, and looks for what the shell had started.
func TestAllOfItEndsWithUs(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			folder := t.TempDir()
			script := `trap "" HUP; sh -c 'trap "" TERM; echo $$ > pid; while :; do sleep 0.2; done' & wait`
			parent := exec.CommandContext(t.Context(), self(), "parent", "sh", "-c", script)
			parent.Dir = folder
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			var pid int
			eventually(t, "the deepest process runs", func() bool {
				data, _ := os.ReadFile(filepath.Join(folder, "pid"))
				pid, _ = strconv.Atoi(strings.TrimSpace(string(data)))
				return pid > 0
			})
			if err := parent.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			_ = parent.Wait()
			eventually(t, "the deepest process has ended", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
		})
	}
}
