package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/wire"
)

// Options are what a Gateway stands on. All fields are required.
type Options struct {
	Edge     *httpd.Edge
	Guard    *httpd.Guard
	Tokens   *token.Issuer
	Sessions Sessions
	Sealed   *session.Sealed
	Revoked  Revoked
	Changes  Changes
	ExtAuthz bool // whether Envoy may ask over gRPC
	Logger   *slog.Logger
	Now      func() time.Time
}

// Gateway judges requests for apps, and sends them on. It is safe for concurrent use.
type Gateway struct {
	Options

	people  *people
	streams *streams
	table   atomic.Pointer[table]
	reverse *httputil.ReverseProxy
	reload  sync.Mutex // one table at a time is made
}

// New makes a gateway with routes whose form was checked before.
func New(o Options, routes []Route) (*Gateway, error) {
	g := &Gateway{Options: o, people: newPeople(o.Sessions, o.Sealed, o.Revoked, o.Now), streams: newStreams()}
	g.reverse = &httputil.ReverseProxy{
		Rewrite: rewrite, Transport: onward{}, ModifyResponse: modify, ErrorHandler: failed, BufferPool: wire.Buffers{},
		ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	g.table.Store(&table{})
	return g, g.Reload(routes)
}

// Reload puts other routes in the place of those there are, all at once. Requests that have begun go on as they began, unless the new routes
// refuse them. On an error, nothing has changed. To take the last route away is refused, because it opens what all of them closed.
func (g *Gateway) Reload(routes []Route) error {
	g.reload.Lock()
	defer g.reload.Unlock()
	before := g.table.Load()
	if len(routes) == 0 && len(before.routes) > 0 {
		return errors.New("there are no routes any more, and without any, /auth/check lets everybody pass who is signed in; restart the server if that is meant")
	}
	t, err := g.compile(routes, before)
	if err != nil {
		return fmt.Errorf("compile routes: %w", err)
	}
	g.table.Store(t)
	before.closeUnless(t)
	return nil
}

// Len is the number of routes.
func (g *Gateway) Len() int { return len(g.table.Load().routes) }

// Open is the number of requests that are with apps.
func (g *Gateway) Open() int { return g.streams.len() }

// Watch ends open requests that would be refused now: because something was called back, an account or the routes are others, or a session
// has run out. The caller calls it every 100 ms or so; while there is nothing new, it looks at nobody.
func (g *Gateway) Watch(ctx context.Context) error {
	by := g.signs()
	for _, s := range g.streams.doubtful(g.Now(), by, g.outdated) {
		v, err := g.judgeAgain(ctx, s, by.table)
		if refusal := g.streams.settle(s, v, by.table, err); refusal != nil {
			g.Logger.LogAttrs(ctx, slog.LevelInfo, "an open request was ended", slog.String("route", s.v.route.name),
				slog.String("code", string(refusal.Code)), slog.String("request_id", httpd.RequestID(s.r)))
		}
	}
	return nil
}

// Notice finds out whose name, address or roles were changed. The caller calls it every 200 ms or so.
func (g *Gateway) Notice(ctx context.Context) error {
	return g.people.notice(ctx, g.Changes, g.streams.len() > 0)
}

// Follow asks the apps that were found not to answer whether they do again. The caller calls it every second or so.
func (g *Gateway) Follow(ctx context.Context) error {
	g.people.Forget()
	g.table.Load().look(ctx, g.Logger)
	return nil
}

// Close ends idle connections to apps.
func (g *Gateway) Close() { g.table.Load().closeUnless(&table{}) }

// Besides puts the apps beside the routes of ours, if there are any to proxy to.
func (g *Gateway) Besides(ours http.Handler) http.Handler {
	apps := g.Edge.Elsewhere(http.HandlerFunc(g.serve))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.grpcCall(r) {
			g.checkGRPC(w, r)
			return
		}
		if envoyPath(r) || g.table.Load().proxies && !httpd.IsOurs(r.URL.Path) {
			apps.ServeHTTP(w, r)
			return
		}
		ours.ServeHTTP(w, r)
	})
}
