//go:build unix

package skiptest

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// nobody is a user who may write nowhere but in what is open to all.
const nobody = 65534

// Unprivileged reports whether the test runs as a user whom the permissions of files bind, which root is not. As root, it runs the same test
// again as such a user, fails if that did not pass, and returns false: there is nothing left to do.
func Unprivileged(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return true
	}
	folder, err := os.MkdirTemp("", "unprivileged") //nolint:usetesting // t.TempDir lies in a folder that only its owner enters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o777); err != nil { //nolint:gosec // it is the other user's folder for temporary files
		t.Fatal(err)
	}
	program := filepath.Join(folder, "again.test")
	copyProgram(t, program)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, "-test.v", "-test.run=^"+regexp.QuoteMeta(t.Name())+"$") //nolint:gosec // this program
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "TMPDIR="+folder, "HOME="+folder)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("as an unprivileged user: %v\n%s", err, out)
	}
	return false
}

// copyProgram puts this test program where the other user may run it.
func copyProgram(t *testing.T, to string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755) //nolint:gosec // anybody may run it
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, from); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
