package racetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/lingpai/lingpai/internal/pgtest"
)

// executable is the server: that of LINGPAI_TEST_PROGRAM, or one that is built once.
var executable = os.Getenv("LINGPAI_TEST_PROGRAM")

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if executable != "" {
		return pgtest.Main(m)
	}
	folder, err := os.MkdirTemp("", "lingpai-race")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	executable = filepath.Join(folder, "lingpai")
	build := exec.Command("go", "build", "-o", executable, "github.com/lingpai/lingpai/cmd/lingpai")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return pgtest.Main(m)
}
