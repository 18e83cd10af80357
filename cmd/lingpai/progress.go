package main

import (
	"io"
	"os"
	"strings"
	"time"
)

// progress is a bar on a terminal for work that takes a while, and nothing elsewhere.
type progress struct {
	p     *page
	total int
	unit  string // after the figures
	began time.Time
	shown time.Time // zero while there is no bar
}

func newProgress(w io.Writer, total int, unit string) *progress {
	b := &progress{total: max(total, 1), unit: unit, began: time.Now()}
	if isTerminal(w) {
		b.p = newPage(w)
	}
	return b
}

func (b *progress) show(done int) {
	if !b.due() {
		return
	}
	const columns = 30
	full := columns * done / b.total
	b.p.printf("\r%s%s %d of %d%s", b.p.paint(good, strings.Repeat("━", full)), b.p.paint(faint, strings.Repeat("━", columns-full)), done, b.total, b.unit)
}

// say shows a word in the place of the bar.
func (b *progress) say(word string) {
	if b.due() {
		b.p.printf("\r\x1b[K%s", b.p.paint(faint, word))
	}
}

// due reports whether something is to be shown: not for quick work, nor too often.
func (b *progress) due() bool {
	now := time.Now()
	if b.p == nil || now.Sub(b.began) < 300*time.Millisecond || now.Sub(b.shown) < 50*time.Millisecond {
		return false
	}
	b.shown = now
	return true
}

// end removes the bar. It may be called again.
func (b *progress) end() {
	if !b.shown.IsZero() {
		b.p.printf("\r\x1b[K")
		b.shown = time.Time{}
	}
}

// whileItGrows does work that writes a file, and shows how much of its size is there. How far what comes after is, nobody can tell: then names it.
func whileItGrows(w io.Writer, file string, size int64, then string, work func() error) error {
	bar := newProgress(w, megabytes(size), " MB")
	if bar.p == nil {
		return work()
	}
	done := make(chan error, 1)
	go func() { done <- work() }()
	defer bar.end()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-look.C:
		}
		info, err := os.Stat(file)
		switch {
		case err != nil: // it is not there yet
		case info.Size() >= size:
			bar.say(then)
		default:
			bar.show(min(megabytes(info.Size()), bar.total))
		}
	}
}

func megabytes(bytes int64) int { return int(bytes >> 20) }
