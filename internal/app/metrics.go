package app

import (
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mail"
)

// metrics are the figures for Prometheus. They are served on a listener of their own, on loopback, because they have no login.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	letters  *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lingpai_http_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lingpai_http_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"route"}),
	}
	m.letters = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lingpai_letters_total", Help: "Letters and tries to send them, by kind and outcome.",
	}, []string{"kind", "outcome"})
	m.registry.MustRegister(m.requests, m.seconds, m.letters, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// gauge adds a figure that is read when it is asked for.
func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// gauges adds the figures of what the server holds.
func (a *App) gauges() {
	a.metrics.gauge("lingpai_revocations", "Revocations that living tokens can meet.", func() float64 { return float64(a.core.Revoked.Len()) })
	a.metrics.gauge("lingpai_gateway_requests", "Requests that are with apps for somebody.", func() float64 { return float64(a.gate.Open()) })
	a.metrics.gauge("lingpai_event_streams", "Tabs that listen for the end of their session.", func() float64 { return float64(a.tabs.Len()) })
}

// observe is an httpd.Observer. The route is a pattern of our own, so the number of labels is bounded.
func (m *metrics) observe(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// letter counts what became of one. Kinds are our own, so the number of labels is bounded.
func (m *metrics) letter(kind string, o mail.Outcome) {
	m.letters.WithLabelValues(kind, string(o)).Inc()
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return httpd.LocalNames(mux)
}
