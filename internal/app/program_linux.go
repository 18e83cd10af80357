package app

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// unmapProgram lets go of the pages of the program's code. A start runs through most of it once, and the system counts what was touched, with its
// neighbours, as memory of this process. The pages stay in the cache of the file, from where those that are needed come back when they are. Only code is let go
// of, which is never written to; data is not, because in some builds the program has changed it.
func unmapProgram() error {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("find the code of the program: %w", err)
	}
	for line := range strings.Lines(string(maps)) {
		from, size, ok := codeAt(program, line)
		if !ok {
			continue
		}
		if _, _, failed := syscall.Syscall(syscall.SYS_MADVISE, from, size, syscall.MADV_DONTNEED); failed != 0 {
			return fmt.Errorf("let go of the code of the program: %w", failed)
		}
	}
	return nil
}

// codeAt reads a line of /proc/self/maps (proc_pid_maps(5)), if it is about code of the program.
func codeAt(program, line string) (from, size uintptr, ok bool) {
	where, rest, _ := strings.Cut(line, " ")
	if !strings.HasPrefix(rest, "r-xp ") || !strings.HasSuffix(strings.TrimSuffix(rest, "\n"), " "+program) {
		return 0, 0, false
	}
	first, end, _ := strings.Cut(where, "-")
	a, errA := strconv.ParseUint(first, 16, strconv.IntSize)
	b, errB := strconv.ParseUint(end, 16, strconv.IntSize)
	return uintptr(a), uintptr(b - a), errA == nil && errB == nil && a < b
}
