package devserver

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/lingpai/lingpai/internal/devserver/fake"
)

// readSample is read where there is no dev file.
func (b *builder) readSample() {
	b.faker, _ = fake.New(0, "", b.now) // it fails for unknown locales alone
	b.out.app = b.app(nil)
	b.readMocks()
	b.out.sample(b.now)
}

// readMocks reads the mocks that were made of exchanges. They come before the routes of the dev file.
func (b *builder) readMocks() {
	folder := filepath.Join(b.folder, mockFolder)
	b.depends(folder)
	names, err := filepath.Glob(filepath.Join(folder, "*"+mockSuffix))
	if err != nil {
		return // only a pattern can be wrong, and this one is not
	}
	slices.SortFunc(names, laterFirst)
	devFile := b.name
	for _, name := range names {
		b.depends(name)
		b.name = mockFolder + "/" + filepath.Base(name)
		b.mocks = b.name
		b.readMock(name)
	}
	b.name, b.mocks = devFile, ""
}

func (b *builder) readMock(name string) {
	data, err := os.ReadFile(name)
	if err != nil {
		b.fail(nil, "the file cannot be read")
		return
	}
	root := b.parse(data)
	if root == nil {
		return
	}
	b.mapping(root, "a mock file", keys{"routes": func(n ast.Node) { b.list(n, "routes", b.route) }})
}

// laterFirst orders the names of mock files: by what they are for, and of several for one the one with the highest number first, which was
// made last.
func laterFirst(x, y string) int {
	stemX, nX := numbered(x)
	stemY, nY := numbered(y)
	return cmp.Or(strings.Compare(stemX, stemY), cmp.Compare(nY, nX))
}

// numbered parts get-api-users.2.mock.yaml into its stem and its number.
func numbered(name string) (stem string, number int) {
	stem = strings.TrimSuffix(name, mockSuffix)
	before, after, ok := cutLast(stem, ".")
	if n, err := strconv.Atoi(after); ok && err == nil {
		return before, n
	}
	return stem, 1
}

func cutLast(text, at string) (before, after string, ok bool) {
	i := strings.LastIndex(text, at)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(at):], true
}

// successor is the route of a later version that came of one of an earlier: the one at the same place among those with its pattern in its
// file.
func (t *table) successor(old *table, was *entry) *entry {
	same := func(e *entry) bool { return e.file == was.file && e.pattern.String() == was.pattern.String() }
	place := 0
	for _, e := range old.routes {
		if e == was {
			break
		}
		if same(e) {
			place++
		}
	}
	for _, e := range t.routes {
		if !same(e) {
			continue
		}
		if place == 0 {
			return e
		}
		place--
	}
	return nil
}
