package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/lingpai/lingpai/internal/skiptest"
)

func TestMasterKeyIsReadInEveryWrittenForm(t *testing.T) {
	want := bytes.Repeat([]byte{0xfb, 0xff}, 16) // has + and / in base64
	for _, text := range []string{
		base64.RawURLEncoding.EncodeToString(want), base64.URLEncoding.EncodeToString(want), base64.StdEncoding.EncodeToString(want),
		base64.RawStdEncoding.EncodeToString(want), hex.EncodeToString(want), strings.ToUpper(hex.EncodeToString(want)), " " + hex.EncodeToString(want) + "\r\n",
	} {
		got, source, err := LoadMaster(text, "ignored", "ignored", false)
		if err != nil || !bytes.Equal(got, want) || source != "LINGPAI_MASTER_KEY" {
			t.Errorf("%d characters: source %q, %v", len(text), source, err)
		}
	}
}

func TestBadMasterKeyIsRefusedWithoutShowingIt(t *testing.T) {
	good := base64.RawURLEncoding.EncodeToString(master(7))
	for _, text := range []string{
		"geheim", good[:42], good + "A", good[:42] + "=", good[:20] + "\n" + good[20:], good[:42] + "Z", // Z sets bits behind the last byte
		strings.Repeat("g", 64), hex.EncodeToString(master(7))[:62], "=",
	} {
		key, _, err := LoadMaster(text, "", t.TempDir(), true)
		if err == nil || key != nil {
			t.Errorf("%q is accepted", text)
		} else if strings.Contains(err.Error(), text) && len(text) > 1 {
			t.Errorf("the error shows it: %v", err)
		}
	}
}

func TestMasterKeyIsMadeOnceAndKept(t *testing.T) {
	dir := t.TempDir()
	first, source, err := LoadMaster("", "", dir, true)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, MasterFile)
	if source != name {
		t.Errorf("source %q, want %q", source, name)
	}
	if info, err := os.Stat(name); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	for _, mayCreate := range []bool{true, false} {
		again, _, err := LoadMaster("", "", dir, mayCreate)
		if err != nil || !bytes.Equal(first, again) {
			t.Errorf("second start (mayCreate %v): another key, or %v", mayCreate, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files in the data folder, want master.key alone", len(entries))
	}
}

func TestProcessesThatStartAtOnceAgreeOnTheMasterKey(t *testing.T) {
	dir := t.TempDir()
	const starters = 16
	prints := make([]string, starters)
	var wg sync.WaitGroup
	for i := range starters {
		wg.Go(func() {
			key, _, err := LoadMaster("", "", dir, true)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = Fingerprint(key)
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] {
			t.Fatalf("different keys: %v", prints)
		}
	}
}

func TestMissingMasterKeyIsNotReplacedOnceSomethingIsSealed(t *testing.T) {
	dir := t.TempDir()
	_, _, err := LoadMaster("", "", dir, false)
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, MasterFile)+" is missing") || !strings.Contains(err.Error(), "put back the copy that you keep of it") {
		t.Errorf("LoadMaster: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Error("a file was made")
	}
}

func TestMasterKeyFileRules(t *testing.T) {
	text := base64.RawURLEncoding.EncodeToString(master(7)) + "\n"
	write := func(mode os.FileMode, text string) string {
		name := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		name := write(mode, text)
		got, source, err := LoadMaster("", name, "ignored", false)
		if err != nil || !bytes.Equal(got, master(7)) || source != name {
			t.Errorf("mode %v: source %q, %v", mode, source, err)
		}
	}
	if runtime.GOOS != "windows" {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o644} {
			if _, _, err := LoadMaster("", write(mode, text), "", true); err == nil || !strings.Contains(err.Error(), "chmod 600") {
				t.Errorf("mode %v: %v", mode, err)
			}
		}
	}
	for name, want := range map[string]string{
		filepath.Join(t.TempDir(), "none"): "cannot be opened: no such file or directory",
		t.TempDir():                        "is not a file",
		write(0o600, ""):                   "32 random bytes",
		write(0o600, text+text):            "32 random bytes",
	} {
		if _, _, err := LoadMaster("", name, "", true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestDataFolderThatCannotBeUsedIsRefused(t *testing.T) {
	if _, _, err := LoadMaster("", "", filepath.Join(t.TempDir(), "none"), true); err == nil || !strings.Contains(err.Error(), "the data folder") {
		t.Errorf("missing folder: %v", err)
	}
	dir := t.TempDir()
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, MasterFile)); err != nil {
		skiptest.Missing(t, "no symbolic links here: %v", err)
	}
	if _, _, err := LoadMaster("", "", dir, true); err == nil || !strings.Contains(err.Error(), "cannot be opened") {
		t.Errorf("a link out of the folder: %v", err)
	}
}

func TestReadOnlyDataFolderIsRefusedInOneSentence(t *testing.T) {
	if !skiptest.Unprivileged(t) {
		return
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadMaster("", "", dir, true); err == nil || !strings.Contains(err.Error(), "cannot be made: permission denied") {
		t.Errorf("LoadMaster: %v", err)
	}
}
