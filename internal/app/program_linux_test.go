package app

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// resident is how many kB of the program's code the system counts as memory of this process.
func resident(t *testing.T) (kB int) {
	t.Helper()
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	code := false
	for line := range strings.Lines(string(maps)) {
		if _, rest, ok := strings.Cut(line, "-"); ok && strings.Contains(rest, " ") && !strings.HasPrefix(line, "VmFlags") {
			_, _, code = codeAt(program, line)
		}
		if size, ok := strings.CutPrefix(line, "Rss:"); ok && code {
			n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(size), "kB")))
			if err != nil {
				t.Fatal(err)
			}
			kB += n
		}
	}
	return kB
}

func TestCodeThatAStartNeededIsNoMemoryOfTheServerForEver(t *testing.T) {
	before := resident(t)
	if err := unmapProgram(); err != nil {
		t.Fatal(err)
	}
	after := resident(t) // by code that has come back for it
	if before == 0 || after > before*3/4 {
		t.Errorf("%d kB of %d kB are there yet", after, before)
	}
}

func TestOnlyCodeOfTheProgramIsLetGoOf(t *testing.T) {
	for line, want := range map[string]bool{
		"00401000-015b8000 r-xp 00001000 fe:00 42     /opt/lingpai\n":           true,
		"015b8000-027e0000 r--p 011b8000 fe:00 42     /opt/lingpai\n":           false,
		"027e0000-02800000 rw-p 023e0000 fe:00 42     /opt/lingpai\n":           false,
		"7f0000000000-7f0000001000 r-xp 00000000 fe:00 43   /lib/libc.so.6\n":   false,
		"7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0    [vdso]\n":           false,
		"00401000-00401000 r-xp 00001000 fe:00 42     /opt/lingpai\n":           false,
		"nonsense r-xp 00001000 fe:00 42     /opt/lingpai\n":                    false,
		"00401000-015b8000 r-xp 00001000 fe:00 42     /opt/other/opt/lingpai\n": false,
	} {
		if _, _, got := codeAt("/opt/lingpai", line); got != want {
			t.Errorf("%q: %t, want %t", line, got, want)
		}
	}
}
