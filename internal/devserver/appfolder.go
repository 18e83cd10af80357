package devserver

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lingpai/lingpai/internal/pattern"
)

// appFolder is an app that lies in a folder as it was built, or was never built at all. Its pages reload when one of its files changes.
type appFolder struct {
	folderSource

	mu     sync.Mutex // guards the rest
	latest uint64     // of the files, at the last look
	still  uint64     // of the files, when two looks saw the same: a build writes many, one after the other
}

func newAppFolder(name string, page func([]byte) []byte) *appFolder {
	a := &appFolder{folderSource: folderSource{files: http.Dir(name), root: name, spa: true, page: page}}
	a.latest = a.fingerprint()
	a.still = a.latest
	return a
}

// look sees whether files have changed.
func (a *appFolder) look(context.Context) error {
	now := a.fingerprint()
	a.mu.Lock()
	defer a.mu.Unlock()
	if now == a.latest {
		a.still = now
	}
	a.latest = now
	return nil
}

func (a *appFolder) view() AppState {
	a.mu.Lock()
	defer a.mu.Unlock()
	return AppState{Kind: "folder", Ready: true, Folder: filepath.Base(a.root), Change: a.still}
}

// watched is how many files are looked at; an app with more is not one that is served from a folder.
const watched = 20_000

// fingerprint is a number for names, times and sizes of all files.
func (a *appFolder) fingerprint() uint64 {
	h, n := fnv.New64a(), 0
	_ = filepath.WalkDir(a.root, func(name string, d fs.DirEntry, err error) error {
		base := filepath.Base(name)
		hidden := name != a.root && strings.HasPrefix(base, ".") || base == "node_modules"
		switch {
		case err != nil:
			return nil //nolint:nilerr // a file that has gone is not counted, which is a change too
		case hidden && d.IsDir():
			return fs.SkipDir
		case n > watched:
			return fs.SkipAll
		case hidden || d.IsDir():
			return nil
		}
		if info, err := d.Info(); err == nil {
			fmt.Fprintln(h, name, info.ModTime().UnixNano(), info.Size())
			n++
		}
		return nil
	})
	return h.Sum64()
}

var headEnd = pattern.Lazy(`(?i)</head\s*>|<body[\s>]`)

// reloading puts the script that follows the app into a page.
func (s *Server) reloading(page []byte) []byte {
	script := fmt.Appendf(nil, `<script type="module" src="%s?v=%d"></script>`, s.login.UI.AssetPath("livereload.js"), s.news.version())
	at := len(page)
	if m := headEnd().FindIndex(page); m != nil {
		at = m[0]
	}
	return bytes.Join([][]byte{page[:at], script, page[at:]}, nil)
}
