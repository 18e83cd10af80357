package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileThatGrowsIsShownOnATerminalAndNowhereElse(t *testing.T) {
	x := newTerminal(t, 80, 24)
	file := filepath.Join(t.TempDir(), "saved.db")
	grow := func(megabytes int64) {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, megabytes<<20); err != nil {
			t.Fatal(err)
		}
	}
	err := whileItGrows(x.screen, file, 4<<20, "checking it", func() error {
		grow(2)
		x.shows(t, "2 of 4 MB")
		grow(5) // more than was known before
		x.shows(t, "checking it")
		return errors.ErrUnsupported
	})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("the work failed, and the answer is %v", err)
	}
	x.shows(t, "\r\x1b[K")

	var piped bytes.Buffer
	if err := whileItGrows(&piped, file, 4<<20, "checking it", func() error { return nil }); err != nil || piped.Len() > 0 {
		t.Errorf("a pipe shows %q, %v", &piped, err)
	}
}
