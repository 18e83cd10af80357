package devserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/devserver/mock"
	"github.com/lingpai/lingpai/internal/devserver/proxy"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/webui"
	"github.com/lingpai/lingpai/internal/wire"
)

// frontend is the app itself: it answers what no route does.
type frontend interface {
	source
	// look sees what has become of it. It is called from time to time.
	look(ctx context.Context) error
	view() AppState
}

// AppState is the app just now.
type AppState struct {
	Kind   string        `json:"kind"` // "server" or "folder"
	Ready  bool          `json:"ready"`
	Folder string        `json:"folder,omitempty"`
	Server *child.Status `json:"server,omitempty"`
	// Change tells one state of a folder from the next.
	Change uint64 `json:"-"`
}

// upstream is a dev server that may come and go. Its methods are safe for concurrent use.
type upstream interface {
	Address() *url.URL              // where it takes connections; nil while it does not
	Await(ctx context.Context) bool // until it does
	Lost()                          // it has been found not to
	Suspect() bool                  // an answer of it that looks wrong may be so because something happens beneath it
	Look(ctx context.Context) error // from time to time
	Status() child.Status
}

// appPatience is how long parts of a page wait for the dev server. The page itself is answered at once, by one that waits.
const appPatience = time.Minute

// appServer is an app that a dev server of its own serves.
type appServer struct {
	server   *Server
	upstream upstream

	mu    sync.Mutex // guards the rest
	at    url.URL
	proxy *proxy.Proxy // to at
	told  string       // the address of which the log has said that it is another than that of the dev file
}

func (a *appServer) look(ctx context.Context) error {
	a.compare(a.upstream.Status())
	return a.upstream.Look(ctx)
}

// compare says once where the dev server is elsewhere than the dev file says, as it is when its port was taken by another: what answers at
// that port may be another app.
func (a *appServer) compare(s child.Status) {
	a.mu.Lock()
	is := s.Says != "" && s.Says != a.told
	a.told = s.Says
	a.mu.Unlock()
	if is {
		a.server.options.Logger.Warn("the app's dev server names another address than the dev file; mend `app:`, or leave it out",
			slog.String("command", s.Command), slog.String("says", s.Says), slog.String("app", s.Address))
	}
}

func (a *appServer) view() AppState {
	s := a.upstream.Status()
	return AppState{Kind: "server", Ready: s.State == child.Ready, Server: &s}
}

func (a *appServer) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.proxy != nil {
		a.proxy.Close()
	}
}

// answer asks the dev server. While it is away, a page is answered by one that waits, parts of a page wait themselves, and programs are
// told to ask again.
func (a *appServer) answer(w http.ResponseWriter, r *http.Request, _ *entry, _ map[string]string) (bool, error) {
	ctx, cancel := context.WithTimeout(r.Context(), appPatience)
	defer cancel()
	for {
		if at := a.upstream.Address(); at != nil {
			err := a.to(*at).Forward(w, r)
			if err == nil || r.Context().Err() != nil || !a.away(err) {
				return true, err
			}
		}
		if !isPart(r) || !a.upstream.Await(ctx) {
			return true, a.putOff(w, r)
		}
	}
}

// away judges whether an error comes of a dev server that is about to end or to start.
func (a *appServer) away(err error) bool {
	if errors.Is(err, errSuspect) {
		return true
	}
	if wire.Unreached(err) {
		a.upstream.Lost()
		return true
	}
	return a.upstream.Suspect()
}

// errSuspect keeps an answer from the browser.
var errSuspect = errors.New("packages are being installed")

// to is the proxy to an address. There is a new one when the dev server has moved.
func (a *appServer) to(at url.URL) *proxy.Proxy {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.proxy != nil && a.at == at {
		return a.proxy
	}
	if a.proxy != nil {
		a.proxy.Close()
	}
	a.at = at
	a.proxy = proxy.New(proxy.Options{Target: &at, Logger: a.server.options.Logger, Timeout: 5 * time.Minute, Judge: a.judge})
	return a.proxy
}

// judge holds back errors that come of an installation.
func (a *appServer) judge(res *http.Response) error {
	if res.StatusCode >= 400 && a.upstream.Suspect() {
		return errSuspect
	}
	return nil
}

// isPart tells what a page loads (scripts, styles, images) from the page itself, and from what its scripts ask for.
func isPart(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "", "empty", "document", "iframe", "frame", "websocket":
		return false
	}
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

func isPageRequest(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// putOff says that the dev server is not there yet: with a page that reloads by itself, a WebSocket that closes, or a refusal.
func (a *appServer) putOff(w http.ResponseWriter, r *http.Request) error {
	s := a.upstream.Status()
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		mock.Restart(w, r, "the app's dev server is not there; it will be back")
		return nil
	}
	if !isPageRequest(r) {
		refusal := fault.Refuse(fault.AppStarting, absence(s))
		refusal.RetryAfter = time.Second
		return refusal
	}
	return a.server.login.Speaking(func(w http.ResponseWriter, r *http.Request) error { return a.waitingPage(w, r, s) })(w, r)
}

func (a *appServer) waitingPage(w http.ResponseWriter, r *http.Request, s child.Status) error {
	p := webui.Waiting{
		Frame: a.server.login.Frame(r, r.URL.RequestURI()), Command: s.Command, Address: s.Address, Ended: s.Ended != "", ExitCode: s.Exit,
		Says: s.Says, Output: s.Output, Version: a.server.news.version(),
	}
	if s.Command != "" {
		p.State = string(s.State)
	}
	var b bytes.Buffer
	if err := a.server.login.UI.Waiting(&b, p); err != nil {
		return err
	}
	httpd.PageHeaders(w.Header())
	w.Header().Set("Retry-After", "1")
	w.Header().Set("Refresh", "5") // where no script runs
	w.WriteHeader(http.StatusServiceUnavailable)
	_, err := w.Write(b.Bytes())
	return err
}

// absence is what a program is told.
func absence(s child.Status) string {
	switch {
	case s.Command == "":
		return s.Address + " takes no connections"
	case s.State == child.Installing:
		return "packages are being installed"
	case s.State == child.Waiting && s.Ended != "":
		return fmt.Sprintf("%s is not running, %s", s.Command, s.Ended)
	case s.Says != "":
		return fmt.Sprintf("%s says that it is at %s, and the dev file says %s; mend `app:`, or leave it out", s.Command, s.Says, s.Address)
	}
	return s.Command + " is starting"
}
