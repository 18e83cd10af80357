package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/porttest"
)

// flapper is an app that goes away and comes back at the same address. When it goes, it takes no connections any more, and breaks off those that
// it has, with the requests that it works on.
type flapper struct {
	t       *testing.T
	address string
	handler http.Handler
	server  *http.Server
}

func newFlapper(t *testing.T, handler http.Handler) *flapper {
	t.Helper()
	f := &flapper{t: t, address: porttest.Address(t), handler: handler}
	if !f.up() {
		t.Fatal("there is no free port")
	}
	t.Cleanup(f.down)
	return f
}

// up reports whether the port was still free.
func (f *flapper) up() bool {
	l, err := net.Listen("tcp", f.address)
	if err != nil {
		return false
	}
	f.address = l.Addr().String()
	f.server = &http.Server{Handler: f.handler, ReadHeaderTimeout: time.Minute}
	go f.server.Serve(l)
	return true
}

func (f *flapper) down() { _ = f.server.Close() }

// tally counts what became of requests, by several goroutines.
type tally struct {
	mu sync.Mutex
	of map[string]int
}

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[what]++
}

// highest follows a number until the context ends, and then tells the highest that it was.
func highest(ctx context.Context, number func() int) <-chan int {
	told := make(chan int, 1)
	go func() {
		most := 0
		for ctx.Err() == nil {
			most = max(most, number())
			<-time.After(time.Millisecond)
		}
		told <- most
	}()
	return told
}

func TestFlappingUpstreamsFailNoRequestThatIsSafeToAskAgain(t *testing.T) {
	var asked sync.Map // by the number of a request: how often an app was asked it
	work := func(w http.ResponseWriter, r *http.Request) {
		n, _ := asked.LoadOrStore(r.URL.RawQuery, new(atomic.Int32))
		n.(*atomic.Int32).Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		<-time.After(2 * time.Millisecond)
		io.WriteString(w, "done "+r.URL.RawQuery)
	}
	healthy := httptest.NewServer(http.HandlerFunc(work))
	defer healthy.Close()
	one, two := newFlapper(t, http.HandlerFunc(work)), newFlapper(t, http.HandlerFunc(work))
	s, _ := gated(t, fmt.Sprintf("    - {match: /**, upstream: [\"http://%s\", %q, \"http://%s\"], public: true}\n", one.address, healthy.URL, two.address))
	s.program().get("/x?warm")
	const clients = 8
	before := runtime.NumGoroutine()
	ctx, stop := context.WithCancel(t.Context())
	goroutines := highest(ctx, runtime.NumGoroutine)
	var answers tally
	var workers sync.WaitGroup
	for i := range clients {
		workers.Go(func() {
			c := s.program()
			for n := 0; ctx.Err() == nil; n++ {
				method, body := http.MethodGet, ""
				if n%3 == 0 {
					method, body = http.MethodPost, strings.Repeat("x", 1000)
				}
				number := fmt.Sprintf("%d-%s-%d", i, method, n)
				r := c.do(method, "/x?"+number, body)
				if r.status == http.StatusOK && r.body != "done "+number {
					t.Errorf("%s got the answer %q", number, r.body)
				}
				answers.add(fmt.Sprint(method, " ", r.status))
			}
		})
	}
	for range 15 { // one after the other, and now and then both at once
		for _, f := range []*flapper{one, two} {
			f.down()
			<-time.After(40 * time.Millisecond)
		}
		for _, f := range []*flapper{one, two} {
			for try := 0; !f.up(); try++ {
				if try > 6000 {
					t.Fatal("the port of a flapper went to somebody else")
				}
				<-time.After(10 * time.Millisecond)
			}
			<-time.After(300 * time.Millisecond) // longer than it is left out at first
		}
	}
	stop()
	workers.Wait()
	t.Log(answers.of)
	for what, n := range answers.of {
		switch what {
		case "GET 200", "POST 200", "POST 502": // A POST that was broken off may have been done, so nobody asks it again.
		default:
			t.Errorf("%d times %s", n, what)
		}
	}
	if answers.of["GET 200"] < 200 {
		t.Errorf("that is no load: %v", answers.of)
	}
	asked.Range(func(number, n any) bool {
		if times := n.(*atomic.Int32).Load(); strings.Contains(number.(string), "POST") && times > 1 {
			t.Errorf("%s was asked %d times", number, times)
		}
		return true
	})
	// A client, its connection, the request to the app and that connection: some ten goroutines each, on both sides of the wire, and three apps.
	if most := <-goroutines - before; most > clients*40 {
		t.Errorf("%d goroutines for %d clients", most, clients)
	}
}

func TestLoadOnASlowAppIsTurnedAwayAndLeavesOthersAlone(t *testing.T) {
	const room, crowd = 4, 100
	var inside atomic.Int32
	var beyond atomic.Bool
	free := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		full := inside.Add(1) > room
		defer inside.Add(-1)
		if full {
			beyond.Store(true)
		}
		select {
		case <-free:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	s, _ := gated(t, fmt.Sprintf("    - {match: /slow, upstream: %q, public: true, concurrent: %d}\n    - {match: /**, upstream: APP, public: true}\n", slow.URL, room))
	var answers tally
	var waiting, turned sync.WaitGroup
	turned.Add(crowd - room)
	for range crowd {
		waiting.Go(func() {
			r := s.program().get("/slow", page)
			answers.add(fmt.Sprint(r.status))
			if r.status != http.StatusServiceUnavailable {
				return
			}
			if r.header.Get("Retry-After") == "" || !strings.Contains(r.body, "too_busy") {
				t.Errorf("turned away without a word: %s %s", r.header, r.body)
			}
			turned.Done()
		})
	}
	turned.Wait() // all but those that there is room for, while these wait
	for range 20 {
		if r := s.program().get("/fast"); r.status != http.StatusOK {
			t.Errorf("another app: %d %s", r.status, r.body)
		}
	}
	close(free)
	waiting.Wait()
	if answers.of["200"] != room || answers.of["503"] != crowd-room || beyond.Load() {
		t.Errorf("%v, more than there is room for at a time: %v", answers.of, beyond.Load())
	}
	if r := s.program().get("/slow"); r.status != http.StatusOK {
		t.Errorf("there is room again: %d", r.status)
	}
}
