package child

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	still      = time.Second      // how long nothing may change until an installation that says it is done counts as done
	longStill  = 15 * time.Second // and one that does not say so
	modules    = "node_modules"
	scopeStart = '@'
)

var (
	// manifests say what is to be installed.
	manifests = []string{"package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"}
	// marks are written by npm, yarn and pnpm at the end of an installation.
	marks = []string{".package-lock.json", ".yarn-integrity", ".yarn-state.yml", ".modules.yaml"}
)

// sum is what there is of packages, in short: equal sums are equal packages.
type sum [sha256.Size]byte

// packages notices when packages are installed in a folder. What tools keep in node_modules for themselves, in names that begin with a dot,
// is no package.
type packages struct {
	folder   string
	changing bool      // an installation goes on
	scopes   []string  // folders of packages within node_modules, as of the last list
	glance   sum       // of what is cheap to look at, at the last look
	listed   sum       // of all, at the last look
	settled  sum       // of all, when it was last still
	moved    time.Time // when the last change was seen
}

func newPackages(folder string) *packages {
	p := &packages{folder: folder}
	p.settled, _ = p.list()
	p.glance, p.listed = p.glimpse(), p.settled
	return p
}

// look reports whether an installation has come to its end and has changed something.
func (p *packages) look(now time.Time) (renewed bool) {
	glance := p.glimpse()
	if !p.changing && glance == p.glance {
		return false
	}
	p.glance = glance
	listed, done := p.list()
	if listed != p.listed {
		p.listed, p.moved, p.changing = listed, now, true
		return false
	}
	quiet := now.Sub(p.moved)
	if !p.changing || quiet < still || !done && quiet < longStill {
		return false
	}
	p.changing = false
	renewed = listed != p.settled
	p.settled = listed
	return renewed
}

// glimpse looks at times only, of what every installation changes sooner or later.
func (p *packages) glimpse() sum {
	h := sha256.New()
	for _, name := range manifests {
		stamp(h, filepath.Join(p.folder, name))
	}
	root := filepath.Join(p.folder, modules)
	stamp(h, root)
	for _, name := range append(marks, p.scopes...) {
		stamp(h, filepath.Join(root, name))
	}
	return sum(h.Sum(nil))
}

func stamp(h io.Writer, name string) (changed time.Time) {
	info, err := os.Lstat(name)
	if err != nil {
		fmt.Fprintln(h, "no", name)
		return changed
	}
	fmt.Fprintln(h, name, info.ModTime().UnixNano(), info.Size())
	return info.ModTime()
}

// list looks at the contents of manifests and at every package. It also says whether the package manager has left its mark since.
func (p *packages) list() (all sum, done bool) {
	h := sha256.New()
	for _, name := range manifests {
		p.contents(h, name)
	}
	root := filepath.Join(p.folder, modules)
	var newest, mark time.Time
	p.scopes = nil
	for _, name := range names(root) {
		full := filepath.Join(root, name)
		if name[0] != scopeStart {
			newest = later(newest, stamp(h, full))
			continue
		}
		p.scopes = append(p.scopes, name)
		for _, member := range names(full) {
			newest = later(newest, stamp(h, filepath.Join(full, member)))
		}
	}
	for _, name := range marks {
		if info, err := os.Stat(filepath.Join(root, name)); err == nil {
			mark = later(mark, info.ModTime())
		}
	}
	return sum(h.Sum(nil)), newest.IsZero() || !mark.Before(newest)
}

func (p *packages) contents(h hash.Hash, name string) {
	data, err := os.ReadFile(filepath.Join(p.folder, name))
	fmt.Fprintln(h, name, len(data), err == nil)
	_, _ = h.Write(data) // a hash takes everything
}

// names lists the packages in a folder, in order.
func names(folder string) (out []string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // there is none
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
