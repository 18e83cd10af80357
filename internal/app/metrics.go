package app

import (
	"fmt"
	"io"
	"net/http"
	"net/http/pprof"
	"strconv"
	"sync"
	"time"

	figures "github.com/VictoriaMetrics/metrics"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mail"
)

// metrics are the figures for Prometheus. They are served on a listener of their own, on loopback, because they have no login.
type metrics struct {
	requests, seconds, letters family
	gauges                     []family

	mu     sync.RWMutex
	routes map[string]*routeFigures
}

// family is the figures of one name, which differ in their labels.
type family struct {
	name, kind, help string
	set              *figures.Set
}

func newFamily(name, kind, help string) family { return family{name, kind, help, figures.NewSet()} }

// routeFigures are those of one route, found by one look.
type routeFigures struct {
	seconds  *figures.PrometheusHistogram
	mu       sync.RWMutex
	statuses map[int]*figures.Counter
}

var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5} // seconds

func newMetrics() *metrics {
	return &metrics{
		requests: newFamily("lingpai_http_requests_total", "counter", "Requests answered, by route and status."),
		seconds:  newFamily("lingpai_http_request_seconds", "histogram", "Time to answer, by route."),
		letters:  newFamily("lingpai_letters_total", "counter", "Letters and tries to send them, by kind and outcome."),
		routes:   map[string]*routeFigures{},
	}
}

// gauge adds a figure that is read when it is asked for. All are added before the listener is served.
func (m *metrics) gauge(name, help string, read func() float64) {
	f := newFamily(name, "gauge", help)
	f.set.NewGauge(name, read)
	m.gauges = append(m.gauges, f)
}

// gauges adds the figures of what the server holds.
func (a *App) gauges() {
	a.metrics.gauge("lingpai_revocations", "Revocations that living tokens can meet.", func() float64 { return float64(a.core.Revoked.Len()) })
	a.metrics.gauge("lingpai_gateway_requests", "Requests that are with apps for somebody.", func() float64 { return float64(a.gate.Open()) })
	a.metrics.gauge("lingpai_event_streams", "Tabs that listen for the end of their session.", func() float64 { return float64(a.tabs.Len()) })
}

// observe is an httpd.Observer. The route is a pattern of our own, so the number of labels is bounded.
func (m *metrics) observe(route string, status int, took time.Duration) {
	r := m.route(route)
	r.seconds.Update(took.Seconds())
	m.answered(r, route, status).Inc()
}

func (m *metrics) route(route string) *routeFigures {
	m.mu.RLock()
	r := m.routes[route]
	m.mu.RUnlock()
	if r != nil {
		return r
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r = m.routes[route]; r == nil {
		r = &routeFigures{statuses: map[int]*figures.Counter{}}
		r.seconds = m.seconds.set.NewPrometheusHistogramExt(labelled(m.seconds.name, label{"route", route}), buckets)
		m.routes[route] = r
	}
	return r
}

func (m *metrics) answered(r *routeFigures, route string, status int) *figures.Counter {
	r.mu.RLock()
	c := r.statuses[status]
	r.mu.RUnlock()
	if c != nil {
		return c
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c = r.statuses[status]; c == nil {
		c = m.requests.set.NewCounter(labelled(m.requests.name, label{"route", route}, label{"status", strconv.Itoa(status)}))
		r.statuses[status] = c
	}
	return c
}

// letter counts what became of one. Kinds are our own, so the number of labels is bounded.
func (m *metrics) letter(kind string, o mail.Outcome) {
	m.letters.set.GetOrCreateCounter(labelled(m.letters.name, label{"kind", kind}, label{"outcome", string(o)})).Inc()
}

// label is a name and a value.
type label [2]string

func labelled(name string, labels ...label) string {
	text := append(make([]byte, 0, 96), name...)
	for i, l := range labels {
		text = append(text, "{,"[min(i, 1)])
		text = strconv.AppendQuote(append(append(text, l[0]...), '='), l[1])
	}
	return string(append(text, '}'))
}

// write is the text form of all figures that Prometheus reads.
func (m *metrics) write(w io.Writer) {
	for _, f := range append([]family{m.requests, m.seconds, m.letters}, m.gauges...) {
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
		f.set.WritePrometheus(w)
	}
	figures.WriteProcessMetrics(w)
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		m.write(w)
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return httpd.LocalNames(mux)
}
