package devserver

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/lingpai/lingpai/internal/devserver/crud"
	"github.com/lingpai/lingpai/internal/devserver/openapi"
	"github.com/lingpai/lingpai/internal/devserver/recording"
	"github.com/lingpai/lingpai/internal/devserver/route"
)

// crud reads `crud:`, the name of a JSON file. The store follows the file by itself, as it writes it.
func (b *builder) crud(n ast.Node) source {
	name, ok := b.file(n, "crud")
	if !ok {
		return nil
	}
	for _, e := range b.out.routes { // two routes to one file share what is in it
		if s, ok := e.source(Crud).(crudSource); ok && s.file == name {
			return s
		}
	}
	s, err := crud.Open(name)
	if err != nil {
		b.depends(name) // so that mending the file is enough
		b.fail(n, "crud: %s", err)
		return nil
	}
	return crudSource{s, name}
}

type crudSource struct {
	store *crud.Store
	file  string
}

func (s crudSource) answer(w http.ResponseWriter, r *http.Request, e *entry, _ map[string]string) (bool, error) {
	return s.store.Answer(w, r, e.pattern.Prefix())
}

// replay reads `replay:`, a folder of recorded exchanges. The player follows the folder by itself, as a route may record into it.
func (b *builder) replay(n ast.Node) source {
	name, ok := b.file(n, "replay")
	if !ok {
		return nil
	}
	return b.player(n, "replay", &replaySource{name: name, open: recording.Open})
}

// har reads `har:`, what a browser recorded.
func (b *builder) har(n ast.Node) source {
	name, ok := b.file(n, "har")
	if !ok {
		return nil
	}
	return b.player(n, "har", &replaySource{name: name, open: recording.OpenHAR})
}

func (b *builder) player(n ast.Node, what string, s *replaySource) source {
	if _, err := s.current(); err != nil {
		b.depends(s.name)
		b.fail(n, "%s: %s", what, err)
		return nil
	}
	return s
}

// replaySource answers from recordings.
type replaySource struct {
	name string
	open func(name string) (*recording.Player, error)

	mu     sync.Mutex // guards the rest
	stamp  stamp
	player *recording.Player
}

// current reads the recordings again if there are new ones.
func (s *replaySource) current() (*recording.Player, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := look(s.name)
	if s.player != nil && now == s.stamp {
		return s.player, nil
	}
	p, err := s.open(s.name)
	if err == nil {
		s.player, s.stamp = p, now
	}
	return p, err
}

func (s *replaySource) answer(w http.ResponseWriter, r *http.Request, _ *entry, _ map[string]string) (bool, error) {
	p, err := s.current()
	if err != nil {
		return true, err
	}
	body, err := route.Peek(r)
	if err != nil && !errors.Is(err, route.ErrLongBody) {
		return true, err
	}
	return p.Answer(w, r, body)
}

// openapi reads `openapi:`, a description in YAML or JSON.
func (b *builder) openapi(n ast.Node) source {
	name, ok := b.file(n, "openapi")
	if !ok {
		return nil
	}
	b.depends(name)
	data, err := os.ReadFile(name)
	if err != nil {
		b.fail(n, "openapi: there is no file %s that can be read", filepath.Base(name))
		return nil
	}
	d := decoder{name: filepath.Base(name)}
	doc := d.json(d.parse(data))
	if len(d.problems) > 0 {
		b.problems = append(b.problems, d.problems...)
		return nil
	}
	description, err := openapi.New(doc, b.faker.Make)
	if err != nil {
		b.fail(n, "openapi: %s %s", filepath.Base(name), err)
		return nil
	}
	return openapiSource{description}
}

type openapiSource struct{ description *openapi.Description }

func (s openapiSource) answer(w http.ResponseWriter, r *http.Request, e *entry, _ map[string]string) (bool, error) {
	return s.description.Answer(w, r, e.pattern.Prefix())
}

// frontend reads `app:`, the address of a dev server or a folder. Without it, there is an app if we run its dev server.
func (b *builder) frontend(n ast.Node) {
	if n == nil {
		b.out.app = b.app(nil)
		return
	}
	text, ok := b.text(n, "app")
	if !ok {
		return
	}
	b.out.appSaid = text
	if strings.Contains(text, "://") {
		if at := b.address(n, "app"); at != nil {
			b.out.app = b.app(at)
		}
		return
	}
	name, ok := b.file(n, "app")
	if !ok {
		return
	}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		b.fail(n, "app: there is no folder %s; an address is written like http://localhost:5173", filepath.Base(name))
		return
	}
	b.out.app = newAppFolder(name, b.reload)
}

// files reads `static:` and `spa:`.
func (b *builder) files(n ast.Node, what string, spa bool) source {
	name, ok := b.file(n, what)
	if !ok {
		return nil
	}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		b.fail(n, "%s: there is no folder %s", what, filepath.Base(name))
		return nil
	}
	return &folderSource{files: http.Dir(name), root: name, spa: spa}
}

// folderSource gives files. Names that begin with a dot stay hidden, and folders are not listed.
type folderSource struct {
	files http.FileSystem
	root  string
	spa   bool                // every page that is no file is index.html: the app's router takes it from there
	page  func([]byte) []byte // changes pages on their way; nil leaves them
}

func (s *folderSource) answer(w http.ResponseWriter, r *http.Request, e *entry, _ map[string]string) (bool, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false, nil
	}
	rest := r.URL.Path
	if e != nil { // nil is the app, which lies at the root
		rest = strings.TrimPrefix(rest, strings.TrimSuffix(e.pattern.Prefix(), "/"))
	}
	name := path.Clean("/" + rest)
	if strings.Contains(name, "/.") && !strings.HasPrefix(name, "/.well-known/") {
		return false, nil
	}
	w.Header().Set("Cache-Control", "no-cache")
	for _, candidate := range []string{name, path.Join(name, "index.html")} {
		if ok, err := s.give(w, r, candidate); ok || err != nil {
			return ok, err
		}
	}
	if s.spa && isPage(r, name) {
		return s.give(w, r, "/index.html")
	}
	w.Header().Del("Cache-Control")
	return false, nil
}

// isPage tells an address within the app from a file that is missing.
func isPage(r *http.Request, name string) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html") || path.Ext(name) == "" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

func (s *folderSource) give(w http.ResponseWriter, r *http.Request, name string) (bool, error) {
	f, err := s.files.Open(name)
	if err != nil {
		return false, nil // whatever cannot be opened is not there for a browser
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return false, err
	}
	if s.page != nil && path.Ext(name) == ".html" && info.Size() < pageLimit {
		return true, s.givePage(w, r, f)
	}
	http.ServeContent(w, r, info.Name(), info.ModTime(), f)
	return true, nil
}

// pageLimit is how long a page may be that is changed on its way.
const pageLimit = 4 << 20

func (s *folderSource) givePage(w http.ResponseWriter, r *http.Request, f io.Reader) error {
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, ".html", time.Time{}, bytes.NewReader(s.page(data)))
	return nil
}
