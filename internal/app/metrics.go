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
	asked                      []family // when they are read

	mu    sync.RWMutex
	known map[outcome]answered
}

// family is the figures of one name, which differ in their labels.
type family struct {
	name, kind, help string
	set              *figures.Set
}

func newFamily(name, kind, help string) family { return family{name, kind, help, figures.NewSet()} }

// outcome is what requests are counted by.
type outcome struct {
	route  string
	status int
}

// answered are the figures of an outcome, found by one look. The time is that of the route, whatever the status.
type answered struct {
	requests *figures.Counter
	seconds  *figures.PrometheusHistogram
}

var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5} // seconds

func newMetrics() *metrics {
	return &metrics{
		requests: newFamily("lingpai_http_requests_total", "counter", "Requests answered, by route and status."),
		seconds:  newFamily("lingpai_http_request_seconds", "histogram", "Time to answer, by route."),
		letters:  newFamily("lingpai_letters_total", "counter", "Letters and tries to send them, by kind and outcome."),
		known:    map[outcome]answered{},
	}
}

// gauge adds a figure that is read when it is asked for. All are added before the listener is served.
func (m *metrics) gauge(name, help string, read func() float64) {
	m.read(newFamily(name, "gauge", help), read)
}

// count adds a figure that only grows, and is counted elsewhere.
func (m *metrics) count(name, help string, read func() float64) {
	m.read(newFamily(name, "counter", help), read)
}

func (m *metrics) read(f family, read func() float64) {
	f.set.NewGauge(f.name, read) // of which the library writes nothing but name and value
	m.asked = append(m.asked, f)
}

// gauges adds the figures of what the server holds.
func (a *App) gauges() {
	a.metrics.gauge("lingpai_revocations", "Revocations that living tokens can meet.", func() float64 { return float64(a.core.Revoked.Len()) })
	a.metrics.gauge("lingpai_gateway_requests", "Requests that are with apps for somebody.", func() float64 { return float64(a.gate.Open()) })
	a.metrics.gauge("lingpai_event_streams", "Tabs that listen for the end of their session.", func() float64 { return float64(a.tabs.Len()) })
}

// observe is an httpd.Observer. The route is a pattern of our own, so the number of labels is bounded.
func (m *metrics) observe(route string, status int, took time.Duration) {
	a := m.of(outcome{route, status})
	a.requests.Inc()
	a.seconds.Update(took.Seconds())
}

func (m *metrics) of(o outcome) answered {
	m.mu.RLock()
	a, found := m.known[o]
	m.mu.RUnlock()
	if found {
		return a
	}
	route := label{"route", o.route}
	a = answered{
		m.requests.set.GetOrCreateCounter(labelled(m.requests.name, route, label{"status", strconv.Itoa(o.status)})),
		m.seconds.set.GetOrCreatePrometheusHistogramExt(labelled(m.seconds.name, route), buckets),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[o] = a
	return a
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
	for _, f := range append([]family{m.requests, m.seconds, m.letters}, m.asked...) {
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
