//go:build unix

package wire_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/wire"
)

// server answers on raw connections; n counts its requests, from 1, and whoever returns false closes the connection.
type server struct {
	host        string
	connections atomic.Int32
	requests    atomic.Int32
}

func serve(t *testing.T, answer func(c net.Conn, r *http.Request, n int) bool) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{host: l.Addr().String()}
	var all sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.connections.Add(1)
			stop := context.AfterFunc(t.Context(), func() { _ = c.Close() })
			all.Go(func() {
				defer stop()
				defer c.Close()
				in := bufio.NewReader(c)
				for {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, r.Body)
					if !answer(c, r, int(s.requests.Add(1))) {
						return
					}
				}
			})
		}
	})
	return s
}

// says answers each request with the same bytes.
func says(text string) func(net.Conn, *http.Request, int) bool {
	return func(c net.Conn, _ *http.Request, _ int) bool {
		_, err := io.WriteString(c, text)
		return err == nil
	}
}

func settings() *http.Transport {
	return &http.Transport{
		DialContext: (&net.Dialer{}).DialContext, DisableCompression: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: 4 << 10,
	}
}

func ours(t *testing.T, host string, change ...func(*http.Transport)) *wire.Transport {
	t.Helper()
	s := settings()
	for _, c := range change {
		c(s)
	}
	w := wire.To(host, s)
	t.Cleanup(w.CloseIdleConnections)
	return w
}

// heard is what became of a request.
type heard struct {
	Status  int
	Header  http.Header
	Body    string
	Trailer http.Header
	Length  int64
	Broken  bool // the answer, or its body
}

func ask(t *testing.T, rt http.RoundTripper, method, url string) heard {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := rt.RoundTrip(r)
	if err != nil {
		return heard{Broken: true}
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	return heard{res.StatusCode, res.Header, string(body), res.Trailer, res.ContentLength, err != nil}
}

func TestAnswersAreThoseOfNetHTTP(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a length":                        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
		"to HEAD, a length":               "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
		"to HEAD, chunks":                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"chunks":                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
		"chunks and trailers":             "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n",
		"nothing":                         "HTTP/1.1 204 No Content\r\n\r\n",
		"not modified":                    "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
		"no bytes":                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"a hint before":                   "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"the last on its connection":      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.0 that keeps":             "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.0":                        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"an error":                        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno",
		"a redirect":                      "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
		"two cookies":                     "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n",
		"what is no HTTP":                 "SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"two lengths":                     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
		"a length that is none":           "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
		"chunks that are none":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
		"a coding nobody knows":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\nuryyb",
		"a header without an end":         "HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("a", 64<<10) + "\r\nContent-Length: 0\r\n\r\n",
		"hints without an end":            strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 4<<10),
		"a header with a space before it": "HTTP/1.1 200 OK\r\n X-A: b\r\nContent-Length: 0\r\n\r\n",
	} {
		methods := []string{http.MethodGet, http.MethodOptions}
		switch {
		case strings.HasPrefix(name, "to HEAD"):
			methods = []string{http.MethodHead}
		case strings.HasSuffix(text, "\r\n\r\n"): // A body would be the beginning of another answer.
			methods = append(methods, http.MethodHead)
		}
		for _, method := range methods {
			t.Run(method+" "+name, func(t *testing.T) {
				t.Parallel()
				theirs, own := serve(t, says(text)), serve(t, says(text))
				std := settings()
				defer std.CloseIdleConnections()
				w := ours(t, own.host)
				for range 2 {
					want, got := ask(t, std, method, "http://"+theirs.host+"/a?b"), ask(t, w, method, "http://"+own.host+"/a?b")
					if d := cmp.Diff(want, got); d != "" {
						t.Errorf("(-net/http +ours)\n%s", d)
					}
				}
				// On a busy machine net/http gives up connections that it could have kept.
				if a, b := theirs.connections.Load(), own.connections.Load(); b > a || isLast(text) && b != 2 {
					t.Errorf("two requests took %d connections, with net/http %d", b, a)
				}
			})
		}
	}
}

// isLast reports whether an answer says that its connection is over (RFC 9112, section 9.3).
func isLast(text string) bool {
	return strings.Contains(text, "Connection: close") || strings.HasPrefix(text, "HTTP/1.0") && !strings.Contains(text, "keep-alive")
}

func TestAnAnswerThatEndsWithItsConnectionIsWhole(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c net.Conn, _ *http.Request, _ int) bool {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nall of it")
		return false
	})
	w := ours(t, s.host)
	for range 2 {
		if got := ask(t, w, http.MethodGet, "http://"+s.host); got.Body != "all of it" || got.Broken {
			t.Errorf("%+v", got)
		}
	}
}

func TestProtocolsThatNobodyAskedForAreNoAnswer(t *testing.T) {
	t.Parallel()
	s := serve(t, says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))
	if got := ask(t, ours(t, s.host), http.MethodGet, "http://"+s.host); !got.Broken {
		t.Errorf("%+v", got)
	}
}

func TestAnAnswerThatIsCutOffIsAnError(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", "HTTP/1.1 200"} {
		s := serve(t, func(c net.Conn, _ *http.Request, _ int) bool { _, _ = io.WriteString(c, text); return false })
		if got := ask(t, ours(t, s.host), http.MethodGet, "http://"+s.host); !got.Broken {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// Otherwise it would be the answer to the next request, of somebody else.
func TestWhatNobodyAskedForAnswersNobody(t *testing.T) {
	t.Parallel()
	const poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
	for name, late := range map[string]bool{"with the answer": false, "after it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answered := make(chan struct{})
			s := serve(t, func(c net.Conn, r *http.Request, n int) bool {
				text := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(r.URL.Path), r.URL.Path)
				if n == 1 && !late {
					text += poison
				}
				_, _ = io.WriteString(c, text)
				if n == 1 && late {
					<-answered
					_, _ = io.WriteString(c, poison)
				}
				return true
			})
			var dialed net.Conn
			w := ours(t, s.host, func(s *http.Transport) {
				s.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					c, err := (&net.Dialer{}).DialContext(ctx, network, address)
					dialed = c
					return c, err
				}
			})
			if got := ask(t, w, http.MethodGet, "http://"+s.host+"/one"); got.Body != "/one" {
				t.Fatalf("%+v", got)
			}
			close(answered)
			if late {
				awaitBytes(t, dialed)
			}
			if got := ask(t, w, http.MethodGet, "http://"+s.host+"/two"); got.Body != "/two" {
				t.Errorf("the second request was answered %+v", got)
			}
		})
	}
}

// awaitBytes returns when there is something to read, and leaves it there.
func awaitBytes(t *testing.T, c net.Conn) {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err == nil {
		err = raw.Read(func(fd uintptr) bool {
			n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK)
			return n > 0 || err != nil && !errors.Is(err, syscall.EAGAIN)
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAConnectionThatTheServerClosedIsReplaced(t *testing.T) {
	t.Parallel()
	for name, asked := range map[string]bool{"before the next request": false, "by the next request": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(c net.Conn, _ *http.Request, n int) bool {
				if n == 2 && asked {
					return false // without an answer
				}
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				return n != 1 || asked
			})
			w := ours(t, s.host)
			for range 3 {
				if got := ask(t, w, http.MethodGet, "http://"+s.host); got.Body != "ok" {
					t.Fatalf("%+v", got)
				}
			}
			if n := s.connections.Load(); n != 2 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

func TestANewConnectionThatBreaksIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, func(net.Conn, *http.Request, int) bool { return false })
	if got := ask(t, ours(t, s.host), http.MethodGet, "http://"+s.host); !got.Broken || s.requests.Load() != 1 {
		t.Errorf("%+v after %d requests", got, s.requests.Load())
	}
}

func TestARequestThatIsNotSafeIsSentOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c net.Conn, _ *http.Request, n int) bool {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		return n == 1
	})
	w := ours(t, s.host)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.host, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestAServerThatIsSilentTimesOut(t *testing.T) {
	t.Parallel()
	asked, quiet := make(chan struct{}), make(chan struct{})
	s := serve(t, func(net.Conn, *http.Request, int) bool { asked <- struct{}{}; <-quiet; return false })
	defer close(quiet)
	w := ours(t, s.host, func(s *http.Transport) { s.ResponseHeaderTimeout = 30 * time.Millisecond })
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.host, http.NoBody)
	_, err := w.RoundTrip(r)
	if e, ok := errors.AsType[net.Error](err); !ok || !e.Timeout() {
		t.Errorf("%v", err)
	}
	<-asked
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestABodyMayTakeLongerThanItsHead(t *testing.T) {
	t.Parallel()
	const limit = 3 * time.Second
	s := serve(t, func(c net.Conn, _ *http.Request, _ int) bool {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl")
		<-time.After(limit + limit/10) // The head's time is over.
		_, _ = io.WriteString(c, "ow")
		return true
	})
	w := ours(t, s.host, func(s *http.Transport) { s.ResponseHeaderTimeout = limit })
	if got := ask(t, w, http.MethodGet, "http://"+s.host); got.Body != "slow" || got.Broken {
		t.Errorf("%+v", got)
	}
}

var errOver = errors.New("the session is over")

func TestTheEndOfARequestEndsItsConnection(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{"before the answer": "", "in its body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, gone := make(chan struct{}), make(chan error, 1)
			s := serve(t, func(c net.Conn, _ *http.Request, _ int) bool {
				_, _ = io.WriteString(c, head)
				close(asked)
				_, err := c.Read(make([]byte, 1))
				gone <- err
				return false
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() { <-asked; cancel(errOver) }()
			r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.host, http.NoBody)
			res, err := ours(t, s.host).RoundTrip(r)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				_ = res.Body.Close()
			}
			if !errors.Is(err, errOver) {
				t.Errorf("the error is %v", err)
			}
			if err := <-gone; err == nil {
				t.Error("the server still has its connection")
			}
		})
	}
}

func TestHintsReachWhoTraces(t *testing.T) {
	t.Parallel()
	s := serve(t, says("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	var link string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
		link = h.Get("Link")
		return nil
	}})
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.host, http.NoBody)
	res, err := ours(t, s.host).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if link != "</a.css>" {
		t.Errorf("the hint is %q", link)
	}
}

func TestConnectionsThatNobodyUsesAreClosed(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*wire.Transport){"in time": nil, "when told": (*wire.Transport).CloseIdleConnections} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gone := make(chan error, 1)
			s := serve(t, func(c net.Conn, _ *http.Request, _ int) bool {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				_, err := c.Read(make([]byte, 1))
				gone <- err
				return false
			})
			w := ours(t, s.host, func(s *http.Transport) {
				if end == nil {
					s.IdleConnTimeout = 30 * time.Millisecond
				}
			})
			ask(t, w, http.MethodGet, "http://"+s.host)
			if end != nil {
				end(w)
			}
			if err := <-gone; !errors.Is(err, io.EOF) {
				t.Errorf("the server read: %v", err)
			}
		})
	}
}

// Under the race detector, with bodies of all sizes and some that are not read.
func TestManyAtOnceEachGetTheirOwnAnswer(t *testing.T) {
	t.Parallel()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat(r.URL.Path, 1+len(r.URL.Path)*len(r.URL.Path)))
	}))
	defer app.Close()
	w := ours(t, strings.TrimPrefix(app.URL, "http://"))
	defer w.CloseIdleConnections()
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for n := range 100 {
				path := fmt.Sprintf("/%d/%s", i, strings.Repeat("x", n))
				r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, app.URL+path, http.NoBody)
				res, err := w.RoundTrip(r)
				if err != nil {
					t.Error(err)
					return
				}
				b := make([]byte, len(path))
				if _, err := io.ReadFull(res.Body, b); err != nil || string(b) != path {
					t.Errorf("%s was answered %q, %v", path, b, err)
				}
				if n%3 != 0 {
					_, _ = io.Copy(io.Discard, res.Body)
				}
				_ = res.Body.Close()
			}
		})
	}
	all.Wait()
}

func BenchmarkRequest(b *testing.B) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1<<10)) }))
	defer app.Close()
	std := settings()
	for name, rt := range map[string]http.RoundTripper{"net/http": std, "wire": wire.To(strings.TrimPrefix(app.URL, "http://"), settings())} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, app.URL, http.NoBody)
				res, err := rt.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
		})
	}
}
