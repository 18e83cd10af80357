package devserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/devserver/exchange"
	"github.com/lingpai/lingpai/internal/devserver/route"
	"github.com/lingpai/lingpai/internal/devserver/timemachine"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/subprotocol"
)

// Options are what a Server needs.
type Options struct {
	// File is the dev file. While it does not exist, a sample API answers.
	File string
	// Child is the app's own dev server, if we run it.
	Child  *child.Child
	Logger *slog.Logger
	Now    func() time.Time // of this machine; [Server.Now] is that of the server
}

// Server answers what is not Lingpai's own. Its methods are safe for concurrent use.
type Server struct {
	options Options
	login   Login                        // set by Behind, before the first request
	ours    atomic.Pointer[http.Handler] // Login.Ours, for scripts that are read before that
	clock   *timemachine.Clock
	faults  *timemachine.Faults
	bell    exchange.Bell // rings when what State and Machine say has changed
	closing chan struct{} // closed by EndStreams
	close   sync.Once
	log     *exchange.Log
	news    *news
	doctor  corsDoctor
	streams streams
	mail    catcher

	table atomic.Pointer[table]
	mu    sync.Mutex // guards the rest
	seen  map[string]stamp
	bad   Problems // why the newest version is not in use; nil when it is
	found bool     // there is a dev file
}

// stamp is the state of a file when it was last looked at.
type stamp struct {
	changed time.Time
	size    int64
}

// New reads the dev file, if there is one. A file that cannot be used is an error here, so that a mistake shows at the start; later versions
// that cannot be used leave the last good one in place.
func New(o Options) (*Server, error) {
	s := &Server{options: o, clock: timemachine.NewClock(o.Now), log: exchange.NewLog(), news: newNews(), closing: make(chan struct{}), seen: map[string]stamp{}}
	s.faults = timemachine.NewFaults(o.Now, s.bell.Ring)
	if err := s.load(); err != nil {
		return nil, err
	}
	return s, nil
}

// Behind tells the server what it stands beside. It is called once, before the first request.
func (s *Server) Behind(l Login) {
	s.login = l
	s.ours.Store(&l.Ours)
}

// EndStreams lets the pages that look on go, so that the server can stop.
func (s *Server) EndStreams() { s.close.Do(func() { close(s.closing) }) }

// Close ends what the routes hold.
func (s *Server) Close() { s.table.Load().close() }

// Now is the clock of the server, which can be shifted. Everything that judges time is given this one.
func (s *Server) Now() time.Time { return s.clock.Now() }

// Exchanges is the log of what passed.
func (s *Server) Exchanges() *exchange.Log { return s.log }

// Follow looks whether the dev file, or a file that it names, has changed, and reads it again if so. The caller calls it from time to time.
func (s *Server) Follow(ctx context.Context) error {
	t := s.table.Load()
	t.tick(s.options.Logger)
	if err := s.streams.follow(ctx, s.login.Sessions); err != nil {
		return fmt.Errorf("look after streams: %w", err)
	}
	if err := s.followApp(ctx, t.app); err != nil {
		return err
	}
	if !s.changed() {
		return nil
	}
	defer s.bell.Ring()
	if err := s.load(); err != nil {
		s.options.Logger.Warn("the dev file cannot be used, the last good version stays in use", slog.String("problem", err.Error()))
		return nil
	}
	s.options.Logger.Info("the dev file was read again", slog.Int("routes", len(s.table.Load().routes)))
	return nil
}

func (s *Server) followApp(ctx context.Context, f frontend) error {
	if f == nil {
		return nil
	}
	if err := f.look(ctx); err != nil {
		return fmt.Errorf("look after the app: %w", err)
	}
	s.news.tell(f.view())
	return nil
}

func (s *Server) changed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, was := range s.seen {
		if look(name) != was {
			return true
		}
	}
	return false
}

func look(name string) stamp {
	info, err := os.Stat(name) //nolint:gosec // the developer's own files
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// load reads the dev file and puts it in use, if it is good.
func (s *Server) load() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]stamp{s.options.File: look(s.options.File)} // before reading: a change while we read is seen the next time
	data, err := os.ReadFile(s.options.File)
	found := !errors.Is(err, fs.ErrNotExist)
	if err != nil && found {
		return fmt.Errorf("read the dev file: %w", err)
	}
	b := &builder{
		decoder: decoder{name: filepath.Base(s.options.File)}, folder: filepath.Dir(s.options.File),
		logger: s.options.Logger, now: s.Now, reuse: s.script, globals: s.globals(), app: s.appAt, reload: s.reloading,
	}
	t, err := b.build(bytes.TrimPrefix(data, []byte("\ufeff")), found)
	for _, name := range b.out.files {
		seen[name] = look(name)
	}
	if err != nil {
		for name := range s.seen { // what the last good version needs is followed as well
			seen[name] = look(name)
		}
		s.seen, s.bad = seen, b.problems
		return err
	}
	s.seen, s.bad, s.found = seen, nil, found
	s.put(t)
	return nil
}

// appAt is the app that a dev server serves: ours, or somebody else's. A nil address leaves it to ours to say where it is.
func (s *Server) appAt(at *url.URL) frontend {
	if own := s.options.Child; own != nil {
		own.At(at)
		return &appServer{server: s, upstream: own}
	}
	if at == nil {
		return nil
	}
	return &appServer{server: s, upstream: child.NewRemote(at)}
}

// put puts a version in use. What was switched stays switched where the route is still there.
func (s *Server) put(t *table) {
	old := s.table.Load()
	if old != nil {
		for _, was := range old.routes {
			if i := t.successor(old, was); i != nil && was.kind() != was.first {
				_ = i.use(was.kind()) // the kind may be gone; then the route answers as the file says
			}
		}
	}
	s.table.Store(t)
	if old != nil {
		old.close()
		s.streams.replaced(old, t)
	}
}

// Switch puts another source of a route in use: one of those that the dev file gives it by name, "proxy" if there is a backend, "mock" or
// "real" for the first that is that, or [Off]. Routes count from 1. What streams there are of what was in use end, so that whoever opens them
// again meets the new.
func (s *Server) Switch(number int, to string) error {
	t := s.table.Load()
	if number < 1 || number > len(t.routes) {
		return fmt.Errorf("there is no route %d; there are %d", number, len(t.routes))
	}
	defer s.bell.Ring()
	e := t.routes[number-1]
	was := e.kind()
	if err := e.switchTo(to); err != nil {
		return err
	}
	if e.kind() != was {
		s.streams.switched(e)
	}
	return nil
}

// ServeHTTP answers what is not Lingpai's own.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	httpd.LocalNames(http.HandlerFunc(s.serve)).ServeHTTP(w, r)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	noteOf(r).by = ""
	control := http.NewResponseController(w) // uploads, downloads and events take as long as they take
	if err := errors.Join(control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Time{})); err != nil {
		s.options.Logger.Debug("lift the limits of time", slog.Any("error", err))
	}
	t := s.table.Load()
	w = t.allowReading(w, r)
	if httpd.IsPreflight(r) {
		s.preflight(t, w, r)
		return
	}
	route.Rewindable(r)
	err := s.storm(w, r)
	if err == nil {
		err = s.route(t, w, r)
	}
	if err != nil {
		s.login.Edge.RefuseElsewhere(w, r, err)
	}
}

// route lets the first route answer that does.
func (s *Server) route(t *table, w http.ResponseWriter, r *http.Request) error {
	onlyReal := false
	for _, e := range t.routes {
		kind := e.kind()
		if kind == Off || onlyReal && !kind.real() {
			continue
		}
		params, ok := e.pattern.Path(r.URL)
		if !ok || !e.pattern.TakesMethod(r.Method) || !e.when.Met(r) {
			continue
		}
		if kind == Pass {
			onlyReal = true
			continue
		}
		admitted, err := s.admit(r, e)
		if err == nil {
			err = t.checkWriter(r, kind)
		}
		if err != nil {
			servedBy(w, r, kind, e)
			return err
		}
		servedBy(w, r, kind, e)
		if answered, err := s.answer(w, admitted, e, kind, params); answered || err != nil {
			return s.explained(kind, e, err)
		}
		notServed(w, r)
	}
	if t.app != nil {
		servedBy(w, r, App, nil)
		if answered, err := s.answerApp(t.app, w, r); answered || err != nil {
			return err
		}
		notServed(w, r)
	} else if s.welcome(w, r) {
		return nil
	}
	return s.missing(t, r)
}

func (s *Server) answer(w http.ResponseWriter, admitted *http.Request, e *entry, kind Kind, params map[string]string) (bool, error) {
	r, leave := s.streams.enter(admitted, e, kind)
	defer leave()
	return e.source(kind).answer(w, r, e, params)
}

func (s *Server) answerApp(app frontend, w http.ResponseWriter, r *http.Request) (bool, error) {
	r, leave := s.streams.enter(r, nil, App)
	defer leave()
	return app.answer(w, r, nil, nil)
}

// explained words the error of a source for whoever wrote the dev file.
func (s *Server) explained(kind Kind, e *entry, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if _, ok := errors.AsType[*fault.Refusal](err); ok {
		return err
	}
	return fault.Refuse(fault.MockFailed, fmt.Sprintf("%s of route %d (%s): %s", kind, e.number, e.pattern, err)).Because(err)
}

func (s *Server) admit(r *http.Request, e *entry) (*http.Request, error) {
	if e.auth == nil {
		return r, nil
	}
	if token := r.Header.Get(e.auth.header); token != "" && r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+strings.TrimPrefix(token, "Bearer "))
	}
	r, err := s.login.Edge.Admit(subprotocol.Meant(r))
	if err != nil || len(e.auth.roles) == 0 {
		return r, err
	}
	held := httpd.From(r).Session.Holder.Roles
	if !slices.ContainsFunc(e.auth.roles, func(role string) bool { return slices.Contains(held, role) }) {
		return r, fault.Refuse(fault.ForbiddenRole, strings.Join(e.auth.roles, " or "))
	}
	return r, nil
}
