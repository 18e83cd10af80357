package lingpai

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revoked"
)

const (
	// keepEvery is how often the copy is written at most.
	keepEvery = 10 * time.Second
	// maxTail is how many bytes of events are kept behind a snapshot, or as many as the snapshot has.
	maxTail = 1 << 20
)

// errOutgrown ends a stream so that the next begins with a snapshot.
var errOutgrown = errors.New("the copy of revocations has grown long: a snapshot is due")

// keptCopy is a file with what the issuer has signed: the last snapshot, the events since, and the last beat, one a line. A nil keptCopy
// keeps nothing. It belongs to the goroutine that reads the feed.
type keptCopy struct {
	path     string
	snapshot []string
	tail     []string // events
	beat     string
	// whole says that the snapshot has arrived with all its parts; size counts the bytes of snapshot and tail.
	whole              bool
	snapshotSize, size int
	written            time.Time
}

func newKeptCopy(path string) *keptCopy {
	if path == "" {
		return nil
	}
	return &keptCopy{path: path}
}

// note keeps a message that was verified and follows what was kept before.
func (c *keptCopy) note(m *revoked.Message, text string) {
	if c == nil {
		return
	}
	switch m.Kind {
	case revoked.Snapshot:
		if m.Part == 1 {
			c.forget()
		}
		c.snapshot = append(c.snapshot, text)
		c.snapshotSize += len(text)
		c.whole = m.Part == m.Parts
	case revoked.Events:
		c.tail = append(c.tail, text)
		c.size += len(text)
	case revoked.Beat:
		c.beat = text
	}
}

func (c *keptCopy) forget() {
	if c != nil {
		*c = keptCopy{path: c.path, written: c.written}
	}
}

// outgrown reports whether the events behind the snapshot are more than a new snapshot would be.
func (c *keptCopy) outgrown() bool { return c != nil && c.size > max(maxTail, c.snapshotSize) }

// due reports whether it is time to write.
func (c *keptCopy) due(now time.Time) bool { return c != nil && now.Sub(c.written) >= keepEvery }

// read calls take with each line. A file that is not there is an empty one.
func (c *keptCopy) read(take func(text string) error) error {
	if c == nil {
		return nil
	}
	file, err := os.Open(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err // It names the path already.
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, jose.MaxTokenSize+1)
	for lines.Scan() {
		if err := take(lines.Text()); err != nil {
			return fmt.Errorf("read %s: %w", c.path, err)
		}
	}
	return lines.Err()
}

// write replaces the file, unless there is nothing to keep.
func (c *keptCopy) write(now time.Time) error {
	if c == nil || !c.whole {
		return nil
	}
	c.written = now
	file, err := os.CreateTemp(filepath.Dir(c.path), "."+filepath.Base(c.path)+"-*") // readable by its owner only
	if err != nil {
		return err
	}
	err = errors.Join(c.print(file), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), c.path)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // The first error is the one to tell.
	}
	return err
}

func (c *keptCopy) print(file *os.File) error {
	w := bufio.NewWriter(file)
	for _, lines := range [][]string{c.snapshot, c.tail, {c.beat}} {
		for _, line := range lines {
			if line != "" {
				_, _ = w.WriteString(line + "\n") // Flush tells.
			}
		}
	}
	return w.Flush()
}
