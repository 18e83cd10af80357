package httpd

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/trace"
)

func TestWhatPanicsOrIsBrokenOffIsTracedToo(t *testing.T) {
	bodies := make(chan string, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		bodies <- string(body)
	}))
	defer collector.Close()
	logger := slog.New(slog.DiscardHandler)
	tracer := trace.New(trace.Options{Endpoint: collector.URL, Sample: 1, Node: "here:1", Logger: logger, Now: time.Now})
	edge := &Edge{Issuer: ownOrigin, Logger: logger, Now: time.Now, Traces: tracer, Guard: &Guard{}}
	for what, want := range map[any]string{"a mistake of ours": `"intValue":"500"`, http.ErrAbortHandler: `"name":"app"`} {
		handler := edge.Elsewhere(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			Name(r, "app")
			panic(what)
		}))
		func() {
			defer func() { _ = recover() }() // net/http does, of what is broken off
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, ownOrigin+"/x", nil))
		}()
		if err := tracer.Send(t.Context()); err != nil || len(bodies) != 1 {
			t.Fatalf("%v: %d bodies were sent, %v", what, len(bodies), err)
		}
		if body := <-bodies; !strings.Contains(body, want) || strings.Contains(body, "mistake") {
			t.Errorf("%v is traced as %s", what, body)
		}
	}
}
