package app

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestFiguresAreOnesThatPrometheusReads(t *testing.T) {
	m := newMetrics()
	m.gauge("lingpai_things", "Things that are there.", func() float64 { return 3 })
	m.observe("GET /a", 200, 2*time.Millisecond)
	m.observe("GET /a", 200, 30*time.Millisecond)
	m.observe(`GET /"b"`, 404, 9*time.Second)
	m.letter("reset", "sent")
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/metrics", nil))
	text := w.Body.String()
	for _, want := range []string{
		"# HELP lingpai_http_requests_total Requests answered, by route and status.\n# TYPE lingpai_http_requests_total counter\n",
		`lingpai_http_requests_total{route="GET /a",status="200"} 2` + "\n",
		`lingpai_http_requests_total{route="GET /\"b\"",status="404"} 1` + "\n",
		"# TYPE lingpai_http_request_seconds histogram\n",
		`lingpai_http_request_seconds_bucket{route="GET /a",le="0.001"} 0` + "\n",
		`lingpai_http_request_seconds_bucket{route="GET /a",le="0.0025"} 1` + "\n",
		`lingpai_http_request_seconds_bucket{route="GET /a",le="+Inf"} 2` + "\n",
		`lingpai_http_request_seconds_count{route="GET /a"} 2` + "\n",
		`lingpai_http_request_seconds_sum{route="GET /a"} 0.032` + "\n",
		`lingpai_letters_total{kind="reset",outcome="sent"} 1` + "\n",
		"# HELP lingpai_things Things that are there.\n# TYPE lingpai_things gauge\nlingpai_things 3\n",
		"\ngo_goroutines ", "\nprocess_resident_memory_bytes ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Errorf("the type is %s", kind)
	}
}
