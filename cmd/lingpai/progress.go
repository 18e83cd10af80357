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
	now := time.Now()
	if b.p == nil || now.Sub(b.began) < 300*time.Millisecond || now.Sub(b.shown) < 50*time.Millisecond {
		return
	}
	const columns = 30
	full := columns * done / b.total
	b.shown = now
	b.p.printf("\r%s%s %d of %d%s", b.p.paint(good, strings.Repeat("━", full)), b.p.paint(faint, strings.Repeat("━", columns-full)), done, b.total, b.unit)
}

// end removes the bar. It may be called again.
func (b *progress) end() {
	if !b.shown.IsZero() {
		b.p.printf("\r\x1b[K")
		b.shown = time.Time{}
	}
}

// whileItGrows does work that writes a file, and shows how much of its size is there. It tells nothing of what comes after the writing; the
// bar is full then.
func whileItGrows(w io.Writer, file string, size int64, work func() error) error {
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
		if info, err := os.Stat(file); err == nil {
			bar.show(min(megabytes(info.Size()), bar.total))
		}
	}
}

func megabytes(bytes int64) int { return int(bytes >> 20) }
