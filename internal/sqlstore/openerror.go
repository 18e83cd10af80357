package sqlstore

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	code "modernc.org/sqlite/lib"
)

// OpenError says in one sentence why a database cannot be opened, migrated, saved or restored, and how to mend it. The sentence is for
// whoever runs the server; it holds paths, but no credentials.
type OpenError struct {
	Text string
	// Cause is what the database or the system said, or nil.
	Cause error
}

// Error is the sentence.
func (e *OpenError) Error() string { return e.Text }

// Unwrap gives the cause to errors.Is.
func (e *OpenError) Unwrap() error { return e.Cause }

// openError turns what SQLite or the system says about the file into a sentence.
func (s *Store) openError(err error) error {
	if _, already := errors.AsType[*OpenError](err); err == nil || already {
		return err
	}
	return fileError(s.place, err)
}

// fileError is the sentence for an error about the SQLite file at path.
func fileError(path string, err error) error {
	folder := filepath.Dir(path)
	say := func(format string, args ...any) error {
		return &OpenError{Text: fmt.Sprintf(format, args...), Cause: err}
	}
	c := sqliteCode(err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return say("the folder %s does not exist: create it", folder)
	case errors.Is(err, syscall.EISDIR):
		return say("%s is a folder: name a file in it", path)
	case errors.Is(err, syscall.ENOSPC), c&0xff == code.SQLITE_FULL:
		return say("the disk that holds %s is full: free some space", path)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS),
		c&0xff == code.SQLITE_READONLY, c&0xff == code.SQLITE_CANTOPEN, c&0xff == code.SQLITE_PERM:
		return say("%s cannot be written: make the folder %s and the files in it writable for the user who runs Lingpai", path, folder)
	case c&0xff == code.SQLITE_BUSY, c&0xff == code.SQLITE_LOCKED:
		return say("%s is locked by another process: end that process, or try again when it is done", path)
	case c&0xff == code.SQLITE_NOTADB:
		return say("%s is not a database: name another file, or restore a backup", path)
	case c&0xff == code.SQLITE_CORRUPT:
		return say("%s is damaged: restore a backup", path)
	case c&0xff == code.SQLITE_IOERR:
		return say("%s cannot be read or written (%v): check the disk", path, err)
	}
	return fmt.Errorf("open %s: %w", path, err)
}
