package breached

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// File searches a list on the disk: one name a line in ascending order, each perhaps followed by a colon and a count, as the downloader of
// Have I Been Pwned writes it (https://github.com/HaveIBeenPwned/PwnedPasswordsDownloader). It reads some 40 lines for each password, however
// long the list is, and holds none of it in memory. It is safe for concurrent use.
type File struct {
	list io.ReaderAt
	size int64
	file *os.File
}

// longest is more than a line can have: a name, a colon, a count, the end of the line.
const longest = 80

// Open opens a list. It refuses what does not begin and end as one does; what is between is judged as it is read.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &File{list: file, file: file}
	if err := f.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no list of stolen passwords: %w", path, err), file.Close())
	}
	return f, nil
}

func (f *File) begin() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return errors.New("it is empty, or no file")
	}
	f.size = info.Size()
	first, err := f.after(0)
	if err != nil {
		return err
	}
	last, err := f.after(max(f.size-longest, 0))
	if err == nil && last < first {
		err = errors.New("its lines do not ascend; the list that is ordered by hash is wanted")
	}
	return err
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Has reports whether a password was stolen.
func (f *File) Has(_ context.Context, password string) (bool, error) {
	name := nameOf(password)
	low, high := int64(0), f.size // The first line that is not before name begins in low to high.
	for low < high {
		middle := low + (high-low)/2
		found, err := f.after(middle)
		switch {
		case err != nil:
			return false, err
		case found == "" || found >= name:
			high = middle
		default:
			low = middle + 1
		}
	}
	found, err := f.after(low)
	return found == name, err
}

// after is the name on the first line that begins at an offset or after it, or "" when there is none.
func (f *File) after(offset int64) (string, error) {
	buffer := make([]byte, 2*longest)
	from := max(offset-1, 0) // The end of the line before may be the byte before.
	n, err := f.list.ReadAt(buffer, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the list of stolen passwords: %w", err)
	}
	rest := buffer[:n]
	if offset > 0 {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 && from+int64(n) < f.size {
			return "", fmt.Errorf("the list of stolen passwords has a line of more than %d bytes at byte %d", longest, offset)
		}
		if end < 0 || end == len(rest)-1 {
			return "", nil
		}
		rest = rest[end+1:]
	}
	name := rest[:min(digits, len(rest))]
	if !isHex(string(name), digits) || len(rest) > digits && !isEnd(rest[digits]) {
		return "", fmt.Errorf("the line after byte %d does not begin with a SHA-1 hash in hexadecimal", from)
	}
	return strings.ToUpper(string(name)), nil
}

// isEnd reports whether a byte may come after a name.
func isEnd(c byte) bool { return c == ':' || c == '\r' || c == '\n' }
