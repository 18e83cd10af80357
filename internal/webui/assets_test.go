package webui

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

func get(u *UI, path string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	u.Assets().ServeHTTP(w, r)
	return w.Result()
}

func TestAssetsOfAPageAreServedForEver(t *testing.T) {
	u := newUI(t)
	page := draw(t, u, gallery()[0], Frame{}, "")
	paths := regexp.MustCompile(AssetsPath+`[^"]+`).FindAllString(page, -1)
	if len(paths) != 3 {
		t.Fatalf("the page asks for %v", paths)
	}
	for _, path := range paths {
		res := get(u, path)
		body, _ := io.ReadAll(res.Body)
		want, err := os.ReadFile("static/" + path[strings.LastIndex(path, "/")+1:])
		if err != nil || res.StatusCode != http.StatusOK || string(body) != string(want) {
			t.Errorf("%s: %s, %v", path, res.Status, err)
		}
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be sniffed", path)
		}
	}
}

func TestAssetsHaveTheirTypes(t *testing.T) {
	for name, want := range map[string]string{
		"lingpai.css": "text/css; charset=utf-8",
		"page.js":     "text/javascript; charset=utf-8",
		"favicon.svg": "image/svg+xml",
	} {
		if got := get(newUI(t), AssetsPath+name).Header.Get("Content-Type"); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestModulesImportOnlyTheirNeighbours(t *testing.T) {
	u := newUI(t)
	imports := regexp.MustCompile(`import "\./([a-z.]+)"`).FindAllSubmatch(u.assets.files["page.js"].plain(), -1)
	if len(imports) == 0 {
		t.Fatal("page.js imports nothing")
	}
	for _, m := range imports {
		if res := get(u, u.assets.path(string(m[1]))); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", m[1], res.Status)
		}
	}
}

func TestAssetOfAnotherVersionIsServedButNotKept(t *testing.T) {
	for _, path := range []string{AssetsPath + "000000000000/lingpai.css", AssetsPath + "lingpai.css"} {
		res := get(newUI(t), path)
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %s, %q", path, res.Status, res.Header.Get("Cache-Control"))
		}
	}
}

func TestAssetsAreCompressedForWhoAsks(t *testing.T) {
	u := newUI(t)
	res := get(u, AssetsPath+"lingpai.css", "Accept-Encoding", "br, gzip;q=0.8")
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil || string(body) != string(u.assets.files["lingpai.css"].plain()) || res.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("compressed style sheet differs: %v", err)
	}
	for _, refused := range []string{"", "br", "gzip;q=0", "gzip;q=0.0"} {
		if get(u, AssetsPath+"lingpai.css", "Accept-Encoding", refused).Header.Get("Content-Encoding") != "" {
			t.Errorf("compressed for %q", refused)
		}
	}
}

func TestUnchangedAssetIsNotSentAgain(t *testing.T) {
	u := newUI(t)
	tag := get(u, AssetsPath+"lingpai.css").Header.Get("ETag")
	if res := get(u, AssetsPath+"lingpai.css", "If-None-Match", tag); res.StatusCode != http.StatusNotModified {
		t.Errorf("got %s", res.Status)
	}
}

func TestOtherPathsHoldNoAsset(t *testing.T) {
	for _, path := range []string{"", "x", "a/b/lingpai.css", "../webui.go", "..%2fwebui.go", "static/", "lingpai.css/"} {
		if res := get(newUI(t), AssetsPath+path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %s", path, res.Status)
		}
	}
}
