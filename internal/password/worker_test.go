//go:build unix

package password

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/skiptest"
)

// TestMain lets the test binary be its own hashing process, as the server is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "hash-worker" {
		if err := ServeWorker(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// cheap are costs for tests that hash many times.
var cheap = Params{MemoryKiB: 256, Time: 1, Threads: 1}

func newWorker(t *testing.T) *Worker {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := NewWorker(slog.New(slog.DiscardHandler), self, "hash-worker")
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

func newWorkedHasher(t *testing.T, w *Worker) *Hasher {
	t.Helper()
	h, err := NewHasher(Options{Params: cheap, InsecureCheapParams: true, Concurrency: 4, Worker: w})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func pid(w *Worker) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.child == nil {
		return 0
	}
	return w.child.cmd.Process.Pid
}

func TestHashesOfTheWorkerAndOfThisProcessAreTheSame(t *testing.T) {
	worked, here := newWorkedHasher(t, newWorker(t)), newWorkedHasher(t, nil)
	for _, pair := range [][2]*Hasher{{worked, here}, {here, worked}} {
		encoded, err := pair[0].Hash(t.Context(), "four words to remember")
		if err != nil {
			t.Fatal(err)
		}
		for password, want := range map[string]bool{"four words to remember": true, "four words to forget": false} {
			verdict, err := pair[1].Verify(t.Context(), encoded, password)
			if err != nil || verdict.Match != want {
				t.Errorf("%q: match %v, %v; want %v", password, verdict.Match, err, want)
			}
		}
	}
	if pid(worked.worker) == 0 {
		t.Error("no process hashed")
	}
}

func TestManyHashesAtOnceGetTheirOwnAnswers(t *testing.T) {
	h := newWorkedHasher(t, newWorker(t))
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			password := fmt.Sprintf("password number %d", i)
			encoded, err := h.Hash(t.Context(), password)
			if err != nil {
				t.Error(err)
				return
			}
			if v, err := h.Verify(t.Context(), encoded, password); err != nil || !v.Match {
				t.Errorf("%d: %v %v", i, v, err)
			}
		})
	}
	wg.Wait()
}

func TestWorkerHoldsNoMoreThanItsMemoryWhateverIsSent(t *testing.T) {
	w := newWorker(t)
	h, err := NewHasher(Options{
		Params: Params{MemoryKiB: 32 << 10, Time: 1, Threads: 1}, InsecureCheapParams: true, Concurrency: 1, MaxWait: time.Minute, Worker: w,
	})
	if err != nil {
		t.Fatal(err)
	}
	hash := func() {
		if _, err := h.Hash(t.Context(), "four words to remember"); err != nil {
			t.Error(err)
		}
	}
	hash()
	hash() // The second reuses what the first left behind.
	alone := peakMiB(t, pid(w))
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(hash)
	}
	wg.Wait()
	if peak := peakMiB(t, pid(w)); peak > alone+24 { // Another hash at the same time would be 32 MiB.
		t.Errorf("it held %d MiB at most, and %d MiB for hashes one after the other", peak, alone)
	}
}

func TestAnIdleWorkerGivesItsMemoryBack(t *testing.T) {
	t.Parallel()
	w := newWorker(t)
	h, err := NewHasher(Options{
		Params: Params{MemoryKiB: 64 << 10, Time: 1, Threads: 1}, InsecureCheapParams: true, Concurrency: 1, MaxWait: time.Minute, Worker: w,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Hash(t.Context(), "four words to remember"); err != nil {
		t.Fatal(err)
	}
	peak := peakMiB(t, pid(w))
	if peak < 64 {
		t.Fatalf("a hash of 64 MiB was computed in %d MiB", peak)
	}
	for limit := time.After(time.Minute); ; {
		held := heldMiB(t, pid(w), "VmRSS")
		if held <= peak-24 { // The race detector keeps notes about memory that is gone, in half as much.
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-limit:
			t.Fatalf("it still holds %d MiB of %d", held, peak)
		}
	}
}

// peakMiB is the most memory that a process ever held.
func peakMiB(t *testing.T, pid int) int {
	t.Helper()
	return heldMiB(t, pid, "VmHWM")
}

// heldMiB is a figure of a process's memory, by its name in /proc.
func heldMiB(t *testing.T, pid int, name string) (mib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		skiptest.Missing(t, "this system does not say how much memory a process has: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			if _, err := fmt.Sscanf(rest, "%d kB", &mib); err != nil {
				t.Fatal(err)
			}
		}
	}
	return mib >> 10
}

func TestNothingIsStartedBeforeTheFirstHash(t *testing.T) {
	if w := newWorker(t); pid(w) != 0 {
		t.Error("a process runs that nobody needs")
	}
}

func TestADeadWorkerIsReplacedAndNoSignInFails(t *testing.T) {
	w := newWorker(t)
	h := newWorkedHasher(t, w)
	encoded, err := h.Hash(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	first := pid(w)
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for range 3 { // one of them meets the broken pipe
		if v, err := h.Verify(t.Context(), encoded, "first"); err != nil || !v.Match {
			t.Fatalf("after the kill: %v %v", v, err)
		}
	}
	if now := pid(w); now == first || now == 0 {
		t.Errorf("process %d, was %d", now, first)
	}
}

func TestAWorkerThatCannotStartIsDoneWithout(t *testing.T) {
	w := NewWorker(slog.New(slog.DiscardHandler), filepath.Join(t.TempDir(), "missing"))
	h := newWorkedHasher(t, w)
	encoded, err := h.Hash(t.Context(), "here then")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := h.Verify(t.Context(), encoded, "here then"); err != nil || !v.Match {
		t.Errorf("%v %v", v, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func TestAClosedWorkerLeavesNoProcess(t *testing.T) {
	w := newWorker(t)
	h := newWorkedHasher(t, w)
	if _, err := h.Hash(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	old := pid(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(old, 0); err == nil {
		t.Errorf("process %d still runs", old)
	}
	if _, err := h.Hash(t.Context(), "two"); err != nil || pid(w) != 0 {
		t.Errorf("after Close: %v, process %d", err, pid(w))
	}
}

func TestTheWorkerHasALowPriorityAndNoEnvironment(t *testing.T) {
	if runtime.GOOS != "linux" {
		skiptest.Missing(t, "this test reads /proc")
	}
	t.Setenv("LINGPAI_MASTER_KEY", "a secret of the server")
	w := newWorker(t)
	if _, err := newWorkedHasher(t, w).Hash(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	proc := fmt.Sprintf("/proc/%d", pid(w))
	if env, err := os.ReadFile(proc + "/environ"); err != nil || len(env) > 0 {
		t.Errorf("environment of %d bytes, %v", len(env), err)
	}
	threads, err := filepath.Glob(proc + "/task/*/stat")
	if err != nil || len(threads) == 0 {
		t.Fatalf("no threads: %v", err)
	}
	for _, file := range threads {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if nice := strings.Fields(rest)[16]; nice != fmt.Sprint(niceness) {
			t.Errorf("%s: nice %s, want %d", file, nice, niceness)
		}
	}
}

func TestTheWorkerEndsWithItsInput(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), self, "hash-worker").CombinedOutput() // its input is /dev/null
	if err != nil || len(out) > 0 {
		t.Errorf("%v: %q", err, out)
	}
	cmd := exec.CommandContext(t.Context(), self, "hash-worker")
	cmd.Stdin = strings.NewReader("this is no task")
	if err := cmd.Run(); err == nil {
		t.Error("garbage was taken")
	}
}

func TestWhatTheWorkerCannotUseIsAnError(t *testing.T) {
	w := newWorker(t)
	for _, bad := range []task{
		{Match: true, Encoded: "$nonsense$"},
		{Encoded: "$2b$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"},
	} {
		if _, err := w.compute(bad); err == nil || errors.Is(err, errNoWorker) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
