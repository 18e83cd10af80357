// Package recording keeps exchanges with a backend in a folder, one file each, and answers from them; or from a HAR file of a browser.
//
// What proves who somebody is does not get into a recording: requests are kept without Authorization and Cookie, answers without Set-Cookie.
package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/lingpai/lingpai/internal/pattern"
)

// Exchange is one file of a folder.
type Exchange struct {
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is what was asked.
type Request struct {
	Method string `json:"method"`
	URL    string `json:"url"` // path and query
	Body   string `json:"body,omitempty"`
}

// Response is what was answered.
type Response struct {
	Status  int                 `json:"status"`
	Headers map[string][]string `json:"headers"`
	// JSON is a body that is JSON, so that people can read and change it; Text one that is other text; Base64 any other.
	JSON   json.RawMessage `json:"json,omitempty"`
	Text   string          `json:"text,omitempty"`
	Base64 string          `json:"base64,omitempty"`
}

// dropped are headers that are not kept: credentials, and what belongs to one connection.
var dropped = []string{
	"Set-Cookie", "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Content-Encoding", "Date", "Trailer", "Upgrade", "Te", "Alt-Svc",
	"Proxy-Authenticate", "Proxy-Authorization", "X-Request-Id", "X-Dev-Served-By", "Dpop-Nonce",
}

// Keep is what of the head of an answer is kept.
func Keep(h http.Header) map[string][]string {
	out := map[string][]string{}
	for name, values := range h {
		if !slices.Contains(dropped, http.CanonicalHeaderKey(name)) && !strings.HasPrefix(name, ":") {
			out[http.CanonicalHeaderKey(name)] = values
		}
	}
	return out
}

func (r *Response) setBody(data []byte) {
	var compact bytes.Buffer
	switch {
	case len(data) == 0:
	case json.Compact(&compact, data) == nil && utf8.Valid(data):
		r.JSON = data
	case utf8.Valid(data):
		r.Text = string(data)
	default:
		r.Base64 = base64.StdEncoding.EncodeToString(data)
	}
}

func (r *Response) body() ([]byte, error) {
	switch {
	case len(r.JSON) > 0:
		var compact bytes.Buffer // the file has spaces for people
		err := json.Compact(&compact, r.JSON)
		return compact.Bytes(), err
	case r.Base64 != "":
		return base64.StdEncoding.DecodeString(r.Base64)
	}
	return []byte(r.Text), nil
}

// Player answers from recorded exchanges. It is safe for concurrent use.
type Player struct {
	mu     sync.Mutex // guards turns
	turns  map[string]int
	byPath map[string][]*Exchange // "GET /path"
}

// Open reads a folder. The files are taken in the order of their names.
func Open(folder string) (*Player, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("there is no folder %s", filepath.Base(folder))
	}
	sort.Strings(names)
	p := newPlayer()
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(name), err)
		}
		var x Exchange
		if err := json.Unmarshal(data, &x); err != nil {
			return nil, fmt.Errorf("%s is no recorded exchange: %w", filepath.Base(name), err)
		}
		if err := p.add(&x); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
	}
	return p, nil
}

func newPlayer() *Player {
	return &Player{turns: map[string]int{}, byPath: map[string][]*Exchange{}}
}

func (p *Player) add(x *Exchange) error {
	u, err := url.Parse(x.Request.URL)
	if err != nil || !strings.HasPrefix(u.Path, "/") || x.Response.Status < 100 || x.Response.Status > 599 {
		return errors.New("an exchange needs request.method, request.url with a path, and response.status")
	}
	key := x.Request.Method + " " + u.EscapedPath()
	p.byPath[key] = append(p.byPath[key], x)
	return nil
}

// Answer answers as the backend did: to the same address with the same body, else the same address, else the same path. What was asked
// several times is answered in turn, and at the end with the last.
func (p *Player) Answer(w http.ResponseWriter, r *http.Request, body []byte) (answered bool, err error) {
	x := p.choose(r, body)
	if x == nil {
		return false, nil
	}
	data, err := x.Response.body()
	if err != nil {
		return true, fmt.Errorf("the recorded body of %s %s: %w", x.Request.Method, x.Request.URL, err)
	}
	maps.Copy(w.Header(), Keep(x.Response.Headers))
	w.WriteHeader(x.Response.Status)
	if r.Method == http.MethodHead || x.Response.Status == http.StatusNoContent || x.Response.Status == http.StatusNotModified {
		return true, nil
	}
	_, err = w.Write(data)
	return true, err
}

func (p *Player) choose(r *http.Request, body []byte) *Exchange {
	all := p.byPath[r.Method+" "+r.URL.EscapedPath()]
	if r.Method == http.MethodHead && len(all) == 0 {
		all = p.byPath["GET "+r.URL.EscapedPath()]
	}
	if len(all) == 0 {
		return nil
	}
	best := all
	for _, like := range []func(x *Exchange) bool{
		func(x *Exchange) bool { return sameQuery(x, r.URL) },
		func(x *Exchange) bool { return x.Request.Body == string(body) },
	} {
		if some := filter(best, like); len(some) > 0 {
			best = some
		}
	}
	key := r.Method + " " + best[0].Request.URL + "\n" + best[0].Request.Body
	p.mu.Lock()
	defer p.mu.Unlock()
	turn := p.turns[key]
	p.turns[key] = min(turn+1, len(best)-1)
	return best[min(turn, len(best)-1)]
}

func sameQuery(x *Exchange, u *url.URL) bool {
	recorded, err := url.Parse(x.Request.URL)
	return err == nil && recorded.Query().Encode() == u.Query().Encode()
}

func filter(all []*Exchange, like func(x *Exchange) bool) (out []*Exchange) {
	for _, x := range all {
		if like(x) {
			out = append(out, x)
		}
	}
	return out
}

// unnamed is what does not belong into the name of a file.
var unnamed = pattern.Lazy(`[^A-Za-z0-9._-]+`)

// Slug is a path, as it may be part of a file's name.
func Slug(path string) string {
	return fmt.Sprintf("%.60s", strings.Trim(unnamed().ReplaceAllString(path, "-"), "-"))
}

func fileName(number int, x *Exchange) string {
	path, _, _ := strings.Cut(x.Request.URL, "?")
	return fmt.Sprintf("%05d-%s-%s.json", number, x.Request.Method, Slug(path))
}
