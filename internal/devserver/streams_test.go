package devserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// subscription is a stream of events that a page follows.
type subscription struct {
	lines *bufio.Reader
	over  chan struct{} // closed when it has ended
}

func (d *dev) subscribe(path string) *subscription {
	d.Helper()
	ask, err := http.NewRequestWithContext(d.Context(), "GET", d.origin+path, nil)
	if err != nil {
		d.Fatal(err)
	}
	ask.Header.Set("Accept", "text/event-stream")
	res, err := d.client.Do(ask)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { _ = res.Body.Close() })
	s := &subscription{bufio.NewReader(res.Body), make(chan struct{})}
	if line, err := s.lines.ReadString('\n'); err != nil || line != "data: real\n" {
		d.Fatalf("%s: %q %v", path, line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, s.lines); close(s.over) }()
	return s
}

func (s *subscription) ended() bool {
	select {
	case <-s.over:
		return true
	default:
		return false
	}
}

// Only the dev file changes: streams of routes that it answers differently end, by whatever it now says; those of all others stay.
func TestStreamsEndWhenTheDevFileAnswersThemDifferently(t *testing.T) {
	var mu sync.Mutex
	open := map[string]int{}
	upstream := backend(t, func(w http.ResponseWriter, r *http.Request) {
		count := func(by int) { mu.Lock(); open[r.URL.Path] += by; mu.Unlock() }
		count(1)
		defer count(-1)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: real\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	yaml := func(rows ...string) string { return "routes:\n  - " + strings.Join(rows, "\n  - ") + "\n" }
	proxied := func(match string) string { return fmt.Sprintf("{ match: %q, proxy: %s }", match, upstream) }
	d := start(t, yaml(proxied("/stays/**"), proxied("/mocked"), proxied("/gone"), proxied("/shadowed")))
	stays, later := d.subscribe("/stays/a"), d.subscribe("/stays/b")
	changed := []*subscription{d.subscribe("/mocked"), d.subscribe("/gone"), d.subscribe("/shadowed")}

	files{"lingpai.dev.yaml": yaml("{ match: /new, mock: { text: new } }", proxied("/stays/**"), "{ match: /mocked, mock: { text: mocked } }",
		"{ match: /shad*, mock: { text: before } }", proxied("/shadowed"))}.write(t, d.folder)
	for _, s := range changed {
		eventually(t, "a stream of what is different ends", s.ended)
	}
	eventually(t, "the backend sees three of them end", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return open["/mocked"]+open["/gone"]+open["/shadowed"] == 0 && open["/stays/a"] == 1 && open["/stays/b"] == 1
	})
	d.get("/shadowed").wants(t, 200, "before")

	files{"mock/b.mock.yaml": yaml("{ match: /stays/b, mock: { text: made } }")}.write(t, d.folder)
	eventually(t, "a mock that comes before ends one", later.ended)
	if stays.ended() {
		t.Error("a stream of a route that is as it was has ended")
	}
	d.post("/auth/dev/api/routes", `{"route":3,"use":"off"}`).wants(t, 200, "") // it is a stream of the new version now
	eventually(t, "switching its route ends it", stays.ended)
}
