package webui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// AssetsPath is where [UI.Assets] expects to be mounted.
const AssetsPath = "/auth/assets/"

//go:embed static
var staticFiles embed.FS

// types are given here and not asked of the system, whose tables differ.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// assets are the files of static/. One hash over all of them is part of their address, so a file may be kept for ever, and a module
// finds its neighbours by relative imports. They are read, hashed and compressed when that is first asked for: a start has no use for it.
type assets struct {
	hash  func() string
	files map[string]asset
}

type asset struct {
	contentType string
	plain, zip  func() []byte
}

// loadAssets lists the files.
func loadAssets() (*assets, error) {
	a := &assets{files: make(map[string]asset)}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return nil, fmt.Errorf("list static: %w", err)
	}
	for _, e := range entries {
		contentType, ok := types[path.Ext(e.Name())]
		if !ok {
			return nil, fmt.Errorf("asset %s: no content type", e.Name())
		}
		plain := sync.OnceValue(func() []byte { return readAsset(e.Name()) })
		a.files[e.Name()] = asset{contentType, plain, sync.OnceValue(func() []byte { return compress(plain()) })}
	}
	a.hash = sync.OnceValue(a.sum)
	return a, nil
}

// readAsset reads from the program itself, which does not fail for a name that was listed.
func readAsset(name string) []byte {
	data, _ := staticFiles.ReadFile("static/" + name)
	return data
}

func (a *assets) sum() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(a.files)) {
		data := a.files[name].plain()
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// compress writes to memory, which does not fail.
func compress(data []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

func (a *assets) path(name string) string { return AssetsPath + a.hash() + "/" + name }

// AssetPath is the address of a file of static/.
func (u *UI) AssetPath(name string) string { return u.assets.path(name) }

// Assets serves the style sheet, the favicon and the modules under [AssetsPath]. A file asked for by its hash may be kept for ever. By any
// other hash it is served too, but not to be kept: while nodes of two versions answer side by side, a page must not lose its style.
func (u *UI) Assets() http.Handler { return u.assets }

// ServeHTTP implements http.Handler.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hash, name := path.Split(strings.TrimPrefix(r.URL.Path, AssetsPath))
	file, ok := a.files[name]
	if !ok || strings.Count(hash, "/") > 1 {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if hash == a.hash()+"/" {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	data := file.plain
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		data = file.zip
	}
	h.Set("ETag", `W/"`+a.hash()+`"`) // weak: it names the file, plain or compressed
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data()))
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3); a weight of zero means no.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, err := mime.ParseMediaType(strings.TrimSpace(coding))
		if err == nil && name == "gzip" {
			return strings.Trim(params["q"], "0.") != "" || params["q"] == ""
		}
	}
	return false
}
