// Package crud serves a JSON file as a REST API that keeps what is written to it, with the conventions of json-server: collections and single
// objects, filters, sorting, pages, relations.
package crud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
)

// Store is a JSON file: an object whose members are collections (lists of objects) and single objects, or a list, which is one collection. It is
// safe for concurrent use. What is written is in the file when the answer is given. A file that somebody else changes is read again before the next request.
type Store struct {
	file string

	mu    sync.Mutex // guards the rest
	data  *ordered.Object
	alone bool      // the file is one collection, which is the member "" of data
	stamp time.Time // modification time of the file that data stands for
	size  int64
}

// Open reads the file. The error says in which line it is wrong.
func Open(file string) (*Store, error) {
	s := &Store{file: file}
	return s, s.refresh()
}

// refresh reads the file, if it has changed. The caller holds s.mu, or is Open.
func (s *Store) refresh() error {
	info, err := os.Stat(s.file)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(s.file), reason(err))
	}
	if s.data != nil && info.ModTime().Equal(s.stamp) && info.Size() == s.size {
		return nil
	}
	text, err := os.ReadFile(s.file)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(s.file), reason(err))
	}
	v, err := ordered.Parse(text)
	if err != nil {
		return fmt.Errorf("%s:%w", filepath.Base(s.file), err)
	}
	if err := s.take(v); err != nil {
		return err
	}
	s.stamp, s.size = info.ModTime(), info.Size()
	return nil
}

func (s *Store) take(v any) error {
	switch v := v.(type) {
	case *ordered.Object:
		s.data, s.alone = v, false
	case []any:
		s.data, s.alone = new(ordered.Object), true
		s.data.Set("", v)
	default:
		return fmt.Errorf("%s: must be a list, or an object with collections, as in {\"todos\": []}", filepath.Base(s.file))
	}
	return nil
}

func reason(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no such file")
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// whole is what the file holds. The caller holds s.mu.
func (s *Store) whole() any {
	if items, ok := s.collection(""); ok && s.alone {
		return items
	}
	return s.data
}

// save writes the file: all of it or nothing. The caller holds s.mu.
func (s *Store) save() error {
	text, err := ordered.MarshalIndent(s.whole())
	if err != nil {
		return err
	}
	name, err := filepath.EvalSymlinks(s.file) // a link stays a link
	if err != nil {
		name = s.file
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	if err := replace(name, text, mode); err != nil {
		s.data = nil // what is in memory is not in the file; it is read again
		return fmt.Errorf("write %s: %w", filepath.Base(s.file), reason(err))
	}
	if info, err := os.Stat(name); err == nil {
		s.stamp, s.size = info.ModTime(), info.Size()
	}
	return nil
}

func replace(name string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".lingpai-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// collection returns the items of a collection; ok is false for what is none.
func (s *Store) collection(name string) (items []any, ok bool) {
	v, _ := s.data.Get(name)
	items, ok = v.([]any)
	return items, ok
}

// find returns the place of the item with that id, or -1. Ids 1 and "1" are one, as addresses know no difference.
func find(items []any, id string) int {
	for i, it := range items {
		if idOf(it) == id {
			return i
		}
	}
	return -1
}

func idOf(item any) string {
	o, ok := item.(*ordered.Object)
	if !ok {
		return ""
	}
	id, _ := o.Get("id")
	return ordered.Text(id)
}

// nextID is one more than the greatest number among the ids; a collection whose ids are words gets a counter among them as well.
func nextID(items []any) any {
	greatest := int64(0)
	for _, it := range items {
		if n, err := strconv.ParseInt(idOf(it), 10, 64); err == nil {
			greatest = max(greatest, n)
		}
	}
	next := strconv.FormatInt(greatest+1, 10)
	if len(items) > 0 {
		if o, ok := items[0].(*ordered.Object); ok {
			if id, _ := o.Get("id"); id != nil {
				if _, text := id.(string); text {
					return next
				}
			}
		}
	}
	return json.Number(next)
}

// singular is the name of what a collection has one of: posts, post; categories, category; boxes, box.
func singular(name string) string {
	switch {
	case strings.HasSuffix(name, "ies"):
		return strings.TrimSuffix(name, "ies") + "y"
	case strings.HasSuffix(name, "ses"), strings.HasSuffix(name, "xes"), strings.HasSuffix(name, "ches"), strings.HasSuffix(name, "shes"):
		return strings.TrimSuffix(name, "es")
	}
	return strings.TrimSuffix(name, "s")
}

// plural finds the collection that a singular name belongs to.
func (s *Store) plural(name string) (string, bool) {
	for _, known := range s.data.Names() {
		if _, ok := s.collection(known); ok && singular(known) == name {
			return known, true
		}
	}
	return "", false
}

func body(data []byte) (*ordered.Object, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return new(ordered.Object), nil
	}
	v, err := ordered.Parse(data)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*ordered.Object)
	if !ok {
		return nil, errors.New("the body must be one JSON object")
	}
	return o, nil
}
