package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// echo answers with what it was asked, and says whether a server carried it.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if r.Context().Value(http.ServerContextKey) == nil {
		w.Header().Set("X-Short", "yes")
	}
	_ = json.NewEncoder(w).Encode(struct {
		Method, URI, Path, Host string
		Header                  http.Header
		Length                  int64
		Body                    string
		Close, Gone             bool
	}{r.Method, r.RequestURI, r.URL.Path, r.Host, r.Header, r.ContentLength, string(body), r.Close, r.Context().Err() != nil})
}

// serving starts a server with a shortcut to /check, or without one.
func serving(t testing.TB, s *Shortcut, server *http.Server) string {
	t.Helper()
	server.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s != nil {
		s.Takes = func(target string) bool { return target == "/check" }
		if s.From == nil {
			s.From = func(peer netip.Addr) bool { return peer.IsLoopback() }
		}
		s.Handler, server.ConnState = server.Handler, s.Changed
		if s.Idle == 0 {
			s.Idle, s.Answer = time.Minute, time.Minute
		}
		l = s.Listen(l)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serving ended: %v", err)
		}
	})
	return l.Addr().String()
}

func dialled(t testing.TB, at string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

func write(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// answered reads one answer, and says how it came.
func answered(t testing.TB, r *bufio.Reader) (status int, short bool, body string) {
	t.Helper()
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("X-Short") == "yes", string(b)
}

const check = "GET /check HTTP/1.1\r\nHost: localhost\r\n\r\n"

func TestShortcutAnswersWhatIsPlainAndLeavesTheRestToTheServer(t *testing.T) {
	t.Parallel()
	c, r := dialled(t, serving(t, &Shortcut{}, &http.Server{Handler: http.HandlerFunc(echo)}))
	for _, sent := range []struct {
		text  string
		short bool
	}{
		{check, true},
		{check, true},
		{"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n", false},
		{check, true},
		{"POST /check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", false},
		{"GET /check?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n", false},
		{check, true},
	} {
		write(t, c, sent.text)
		if status, short, body := answered(t, r); status != http.StatusOK || short != sent.short || strings.Contains(body, `"Gone":true`) {
			t.Errorf("%q: %d, by the shortcut: %t\n%s", sent.text, status, short, body)
		}
	}
}

// A body that looks like a request is a body, however it arrives.
func TestBodyIsNeverTakenForACheck(t *testing.T) {
	t.Parallel()
	at := serving(t, &Shortcut{}, &http.Server{Handler: http.HandlerFunc(echo)})
	head := fmt.Sprintf("POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", 2*len(check))
	for name, parts := range map[string][]string{
		"at once": {head + check + check}, "after its head": {head, check + check}, "bit by bit": {head[:20], head[20:], check, check[:10], check[10:]},
		"after checks": {check, check, head, check, check}, "after a page": {"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n", head, check, check},
	} {
		c, r := dialled(t, at)
		for i, part := range parts {
			write(t, c, part)
			if i < len(parts)-1 && (strings.HasPrefix(part, "GET /page") || part == check && name == "after checks" && i < 2) {
				answered(t, r)
			} else {
				<-time.After(10 * time.Millisecond) // so that most of them arrive apart; nothing hangs on it
			}
		}
		if status, short, body := answered(t, r); status != http.StatusOK || short || !strings.Contains(body, `"Method":"POST"`) {
			t.Errorf("%s: %d, by the shortcut: %t\n%s", name, status, short, body)
		}
		write(t, c, check)
		if status, _, body := answered(t, r); status != http.StatusOK || !strings.Contains(body, `"URI":"/check"`) {
			t.Errorf("%s, the next request: %d\n%s", name, status, body)
		}
	}
}

// What nobody waits for yet is in order, too.
func TestAnswersKeepTheirOrderWhenRequestsDoNotWait(t *testing.T) {
	t.Parallel()
	at := serving(t, &Shortcut{}, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(time.Duration(rand.IntN(3)) * time.Millisecond)
		_, _ = io.WriteString(w, r.RequestURI+" "+r.Header.Get("X-No"))
	})})
	for range 20 {
		c, r := dialled(t, at)
		var all, want []string
		for i := range 12 {
			path := []string{"/check", "/page"}[rand.IntN(2)]
			all = append(all, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost\r\nX-No: %d\r\n\r\n", path, i))
			want = append(want, fmt.Sprintf("%s %d", path, i))
		}
		text := strings.Join(all, "")
		go func() { // in pieces of any size
			for text != "" {
				n := min(len(text), 1+rand.IntN(200))
				if _, err := io.WriteString(c, text[:n]); err != nil {
					return
				}
				text = text[n:]
			}
		}()
		var got []string
		for range want {
			_, _, body := answered(t, r)
			got = append(got, body)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestShortcutAnswersAsTheServerDoes holds a server with a shortcut against one without.
func TestShortcutAnswersAsTheServerDoes(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("X-Do") {
		case "":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = fmt.Fprintln(w, r.Method, r.Host, r.RequestURI, r.URL, r.Proto, r.ContentLength, r.Header)
		case "nothing":
		case "sniff":
			_, _ = io.WriteString(w, "<!doctype html><p>x")
		case "split":
			w.Header().Set("X-Evil", "a\r\nX-Other: b")
			w.WriteHeader(http.StatusTeapot)
		case "late":
			w.WriteHeader(http.StatusForbidden)
			w.Header().Set("X-Late", "1")
			w.WriteHeader(http.StatusOK)
		case "empty":
			w.WriteHeader(http.StatusNoContent)
			_, err := io.WriteString(w, "x")
			if !errors.Is(err, http.ErrBodyNotAllowed) {
				panic("a body was taken")
			}
		case "unnamed":
			w.WriteHeader(599)
		case "close":
			w.Header().Set("Connection", "close")
		case "abort":
			panic(http.ErrAbortHandler)
		}
	})
	with, without := serving(t, &Shortcut{}, &http.Server{Handler: handler}), serving(t, nil, &http.Server{Handler: handler})
	for _, fields := range []string{
		"Host: localhost\r\n", "host: a.example:80\r\ncookie: a=b; c=d\r\nCOOKIE: e=f\r\nx-forwarded-for: 192.0.2.1, ::1\r\n", "Host: localhost\r\nConnection: Keep-Alive\r\n",
		"Host: localhost\r\nX: \t y \t\r\nX:\r\nX: 界\r\n", "Host: localhost\r\nPragma: no-cache\r\n", "Host: localhost\r\nPragma: no-cache\r\nCache-Control: max-age=0\r\n",
		"Host: localhost\r\nX-Do: nothing\r\n", "Host: localhost\r\nX-Do: sniff\r\n", "Host: localhost\r\nX-Do: split\r\n", "Host: localhost\r\nX-Do: late\r\n",
		"Host: localhost\r\nX-Do: empty\r\n", "Host: localhost\r\nX-Do: unnamed\r\n", "Host: localhost\r\nX-Do: close\r\n", "Host: localhost\r\nX-Do: abort\r\n",
		"Host: localhost\r\nContent-Length: 0\r\n", "Host: localhost\r\nConnection: close\r\n", "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
		"Host: localhost\r\nTransfer-Encoding: chunked\r\nX-Do: nothing\r\n", "Host: localhost\r\nExpect: 100-continue\r\nContent-Length: 0\r\n",
		"", "Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host : a\r\n", "Host: a\r\n folded\r\n", "Host: a\nX: y\r\n", "Host: a\r\nX: \x00\r\n", "Host: a\r\nX\r\n", "Host: a\r\n: x\r\n",
		"Host: localhost\r\nContent-Length: +0\r\n", "Host: localhost\r\nContent-Length: 0\r\nContent-Length: 0\r\n", "Host: localhost\r\nX: " + strings.Repeat("y", 9000) + "\r\n",
	} {
		for _, line := range []string{"GET /check HTTP/1.1", "GET /check HTTP/1.0", "GET /check  HTTP/1.1", "GET http://localhost/check HTTP/1.1", "GET /check HTTP/2.0", "HEAD /check HTTP/1.1", "GET /check"} {
			text := line + "\r\n" + fields + "\r\n"
			if strings.Contains(fields, "chunked") {
				text += "0\r\n\r\n"
			}
			if diff := cmp.Diff(twice(t, without, text), twice(t, with, text)); diff != "" {
				t.Errorf("%.300q: the server alone, and with the shortcut:\n%s", text, diff)
			}
		}
	}
}

// twice sends a request twice, the second time if the connection is still there, and returns all that comes, without what differs by the clock.
func twice(t *testing.T, at, text string) string {
	t.Helper()
	c, r := dialled(t, at)
	write(t, c, text)
	var all strings.Builder
	method, _, _ := strings.Cut(text, " ")
	for i := range 2 {
		res, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return all.String() + "and no more"
		}
		body, _ := io.ReadAll(res.Body)
		if res.Header.Get("Date") == "" && res.StatusCode != http.StatusBadRequest && res.StatusCode < 500 {
			t.Errorf("%q: an answer without a date", text)
		}
		res.Header.Del("Date")
		fmt.Fprintln(&all, res.Status, res.ContentLength, res.Close, res.TransferEncoding, res.Header, string(body))
		if i == 0 {
			if _, err := io.WriteString(c, text); err != nil {
				return all.String() + "and no more"
			}
		}
	}
	return all.String()
}

// FuzzHead holds what is read here against net/http: the same request, of the same length.
func FuzzHead(f *testing.F) {
	f.Add([]byte(check))
	f.Add([]byte("POST /a?b HTTP/1.1\r\nhost: [::1]:80\r\nContent-Length: 2\r\nX: 1\r\nx: 2 \r\nConnection: keep-alive\r\n\r\nab"))
	f.Add([]byte("GET /check HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
	f.Add([]byte("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := readHead(b)
		if !ok {
			return
		}
		counted := bytes.NewReader(b)
		br := bufio.NewReaderSize(counted, max(16, len(b)))
		r, err := http.ReadRequest(br)
		if err != nil {
			return // It is the server's to refuse; it closes the connection then.
		}
		if left := counted.Len() + br.Buffered(); left != len(b)-h.size {
			t.Errorf("%q: the head has %d bytes, and net/http left %d of %d", b, h.size, left, len(b))
		}
		if r.Header.Get("Content-Length") != "" != (h.header["Content-Length"] != nil) || r.ContentLength != h.body || len(r.TransferEncoding) > 0 || r.Close {
			t.Errorf("%q: a body of %d bytes, and net/http says %d, %v, close: %t", b, h.body, r.ContentLength, r.TransferEncoding, r.Close)
		}
		if diff := cmp.Diff([]any{r.Method, r.RequestURI, r.Host, r.Header}, []any{h.method, h.target, h.host, h.header}); diff != "" {
			t.Errorf("%q: net/http, and we:\n%s", b, diff)
		}
	})
}

// While a handler is at work, the server wants to know whether anybody waits for it. That reads nothing of the next request.
func TestServerLearnsThatNobodyWaitsWithoutReadingOn(t *testing.T) {
	t.Parallel()
	inside, free, gone := make(chan struct{}), make(chan struct{}), make(chan struct{})
	at := serving(t, &Shortcut{}, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hold":
			inside <- struct{}{}
			<-free
		case "/wait":
			inside <- struct{}{}
			<-r.Context().Done()
			close(gone)
		default:
			echo(w, r)
		}
	})})
	c, r := dialled(t, at)
	write(t, c, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
	<-inside
	write(t, c, check)
	<-time.After(50 * time.Millisecond) // so that whoever reads on has most likely done so; nothing hangs on it
	close(free)
	answered(t, r)
	if _, short, _ := answered(t, r); !short {
		t.Error("a check that came while a page was made is answered by the server")
	}
	write(t, c, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
	<-inside
	_ = c.Close()
	select {
	case <-gone:
	case <-time.After(time.Minute):
		t.Error("the handler does not learn that nobody waits")
	}
}

// A server that stops closes connections that it takes for idle. Whoever was asked by then is answered.
func TestStoppingCutsNoAnswerOff(t *testing.T) {
	t.Parallel()
	inside, free := make(chan struct{}, 1), make(chan struct{})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Do") == "wait" {
			inside <- struct{}{}
			<-free
		}
	})}
	c, r := dialled(t, serving(t, &Shortcut{}, server))
	write(t, c, "GET /page HTTP/1.1\r\nHost: a\r\n\r\n") // from now on the server takes it for idle
	answered(t, r)
	write(t, c, "GET /check HTTP/1.1\r\nHost: a\r\nX-Do: wait\r\n\r\n")
	<-inside
	var stopped sync.WaitGroup
	stopped.Go(func() { _ = server.Shutdown(context.WithoutCancel(t.Context())) })
	<-time.After(50 * time.Millisecond) // so that it most likely tries to close; nothing hangs on it
	close(free)
	if status, _, _ := answered(t, r); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	stopped.Wait()
	if _, err := r.ReadByte(); err == nil {
		t.Error("the connection goes on")
	}
}

func TestHandlerThatHangsDoesNotKeepTheServerFromStopping(t *testing.T) {
	t.Parallel()
	inside, free := make(chan struct{}), make(chan struct{})
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		inside <- struct{}{}
		<-free
	})}
	c, _ := dialled(t, serving(t, &Shortcut{}, server))
	write(t, c, check)
	<-inside
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	close(free)
}

// The server gives a request so long from when it began to wait for it. What was answered meanwhile does not count.
func TestRequestAfterManyChecksHasAllItsTime(t *testing.T) {
	t.Parallel()
	const limit = 4 * time.Second
	c, r := dialled(t, serving(t, &Shortcut{}, &http.Server{Handler: http.HandlerFunc(echo), ReadTimeout: limit, ReadHeaderTimeout: limit}))
	for began := time.Now(); time.Since(began) < limit+limit/4; <-time.After(limit / 8) {
		write(t, c, check)
		if _, short, _ := answered(t, r); !short {
			t.Fatal("the server answers checks")
		}
	}
	write(t, c, "POST /page HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")
	<-time.After(20 * time.Millisecond)
	write(t, c, "llo")
	if status, _, body := answered(t, r); status != http.StatusOK || !strings.Contains(body, "hello") {
		t.Errorf("status %d %s", status, body)
	}
}

func TestConnectionThatWaitsTooLongIsClosed(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"", "GET /page HTTP/1.1\r\nHost: a\r\n\r\n"} {
		server := &http.Server{Handler: http.HandlerFunc(echo), ReadHeaderTimeout: time.Minute, IdleTimeout: time.Minute}
		c, r := dialled(t, serving(t, &Shortcut{Idle: 200 * time.Millisecond, Answer: time.Minute}, server))
		if first != "" {
			write(t, c, first)
			answered(t, r)
		}
		write(t, c, check)
		answered(t, r)
		if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("after %q it ends with %v", first, err)
		}
	}
}

func TestShortcutIsForThePeersThatItIsFor(t *testing.T) {
	t.Parallel()
	others := &Shortcut{From: func(netip.Addr) bool { return false }}
	c, r := dialled(t, serving(t, others, &http.Server{Handler: http.HandlerFunc(echo)}))
	write(t, c, check)
	if status, short, _ := answered(t, r); status != http.StatusOK || short {
		t.Errorf("status %d, by the shortcut: %t", status, short)
	}
}
