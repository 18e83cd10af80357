package lingpai_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/busytest"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/token"
)

// ticker is a stream of server-sent events that goes on until its request is over, and says why at the end.
var ticker = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "data: begun\n\n")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
	fmt.Fprintf(w, "data: %s\n\n", causeOf(r.Context()))
})

func causeOf(ctx context.Context) string {
	if refusal, ok := errors.AsType[*lingpai.Error](context.Cause(ctx)); ok {
		return refusal.Code()
	}
	return fmt.Sprint(context.Cause(ctx))
}

// echo answers each line of a connection that it has taken over, as a WebSocket server does with frames, until the request is over.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
	stop := context.AfterFunc(r.Context(), func() {
		fmt.Fprintf(conn, "bye %s\n", causeOf(r.Context()))
		conn.Close()
	})
	defer stop()
	for {
		line, err := rw.ReadString('\n')
		if err != nil {
			return
		}
		fmt.Fprintf(conn, "echo %s", line)
	}
})

// open sends a request and returns the connection with the answer.
func open(t *testing.T, at, path, token string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n", path, token)
	return conn, bufio.NewReader(conn)
}

// until reads lines until one contains a text.
func until(t *testing.T, r *bufio.Reader, text string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if strings.Contains(line, text) {
			return
		}
		if err != nil {
			t.Fatalf("no %q before %v", text, err)
		}
	}
}

// Attack 99: what was opened before a logout is closed within a second of it; what others opened stays open.
func TestAttack99StreamsAndWebSocketsEndWithTheSession(t *testing.T) {
	s := startLogin(t)
	v := s.verifier()
	mux := http.NewServeMux()
	mux.Handle("/events", ticker)
	mux.Handle("/socket", echo)
	server := httptest.NewServer(v.Middleware(mux))
	defer server.Close()
	other, otherFrames := open(t, server.URL, "/socket", s.login())
	until(t, otherFrames, "Upgrade: echo")
	busytest.Within(t, time.Second, func() time.Duration {
		mine := s.login()
		_, events := open(t, server.URL, "/events", mine)
		until(t, events, "begun")
		socket, frames := open(t, server.URL, "/socket", mine)
		until(t, frames, "Upgrade: echo")
		fmt.Fprintln(socket, "hello")
		until(t, frames, "echo hello")

		s.logout(mine)
		ended := time.Now()
		until(t, events, "data: session_ended")
		until(t, frames, "bye session_ended")
		return time.Since(ended)
	})
	fmt.Fprintln(other, "still here")
	until(t, otherFrames, "echo still here")
}

// answering starts a request of a token that lasts until the test ends it, and returns its context and the way to end it.
func answering(t *testing.T, v *lingpai.Verifier, tok string) (ctx context.Context, end func()) {
	t.Helper()
	begun, over, done := make(chan context.Context), make(chan struct{}), make(chan struct{})
	h := v.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- r.Context()
		<-over
	}))
	go func() {
		defer close(done)
		ask(h, "Bearer "+tok)
	}()
	return <-begun, func() { close(over); <-done }
}

func TestRequestsOfARevokedTokenAreCancelled(t *testing.T) {
	for kind, code := range map[revoked.Kind]string{
		revoked.Session: lingpai.CodeSessionEnded, revoked.Token: lingpai.CodeTokenRevoked, revoked.Subject: lingpai.CodeTokenRevoked,
		revoked.Client: lingpai.CodeTokenRevoked, revoked.Signer: lingpai.CodeTokenRevoked, revoked.All: lingpai.CodeTokenRevoked,
	} {
		t.Run(kind.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newIssuer(t)
				a := i.announce(t)
				spare := newKey(t)
				i.published = append(i.published, spare)
				v := i.verifier(t)
				tok := longLived(t, i, "s_1")
				claims, err := v.Verify(t.Context(), tok)
				if err != nil {
					t.Fatal(err)
				}
				first, endFirst := answering(t, v, tok)
				second, endSecond := answering(t, v, tok)
				time.Sleep(3 * time.Second)
				signing := i.signing
				i.change(func() { i.signing = spare })
				other, endOther := answering(t, v, i.token(t, func(is *token.Issuer, g *token.Grant) {
					g.SessionID, g.Subject, g.ClientID = "", "u_bob", "cli"
					is.Now = func() time.Time { return time.Now().Add(5 * time.Second) } // later than the revocation of all
				}))
				value := map[revoked.Kind]string{
					revoked.Session: "s_1", revoked.Token: claims.ID, revoked.Subject: "u_alice", revoked.Client: "web", revoked.Signer: signing.ID(),
				}[kind]
				a.revoke(kind, value)
				synctest.Wait()
				for _, ctx := range []context.Context{first, second} {
					if got := causeOf(ctx); got != code {
						t.Errorf("cause %s, want %s", got, code)
					}
				}
				if other.Err() != nil {
					t.Errorf("another's request: %v", context.Cause(other))
				}
				endFirst()
				endSecond()
				endOther()
				if got := causeOf(other); got != "context canceled" {
					t.Errorf("cause %s", got)
				}
			})
		})
	}
}

func TestRequestsOutliveOtherNumberingsAndAreFoundAfterThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t)
		mine, endMine := answering(t, v, longLived(t, i, "s_1"))
		missed, endMissed := answering(t, v, longLived(t, i, "s_2"))
		a.change(func() { a.name, a.key = "feed-2", revoked.Key{7} })
		a.callBack(revoked.Session, "s_2")
		a.cutAll()
		settle()
		if causeOf(missed) != lingpai.CodeSessionEnded || mine.Err() != nil {
			t.Errorf("%s, %v", causeOf(missed), mine.Err())
		}
		a.revoke(revoked.Session, "s_1")
		synctest.Wait()
		if causeOf(mine) != lingpai.CodeSessionEnded {
			t.Errorf("%s", causeOf(mine))
		}
		endMine()
		endMissed()
	})
}

// What the issuer called back during a long silence it may have forgotten, because no token of it can be accepted any more; but a
// request that was let in with one may still go on.
func TestRequestsOfExpiredTokensEndAfterALongSilence(t *testing.T) {
	for silence, want := range map[time.Duration]string{time.Minute: "<nil>", 6 * time.Minute: lingpai.CodeTokenExpired, time.Hour: lingpai.CodeTokenExpired} {
		synctest.Test(t, func(t *testing.T) {
			i := newIssuer(t)
			a := i.announce(t)
			v := i.verifier(t)
			short, endShort := answering(t, v, i.token(t, nil))
			long, endLong := answering(t, v, longLived(t, i, "s_2"))
			time.Sleep(10 * time.Minute)
			a.change(func() { a.mute = true; a.name = "feed-2" })
			time.Sleep(silence)
			a.change(func() { a.mute = false })
			a.cutAll()
			time.Sleep(10 * time.Second)
			if got := causeOf(short); got != want || long.Err() != nil {
				t.Errorf("after %v: %s, want %s; %v", silence, got, want, long.Err())
			}
			endShort()
			endLong()
		})
	}
}

// A withdrawn key reaches a request by the feed, though its token was verified long ago.
func TestRequestsOfAWithdrawnKeyAreCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		next := newKey(t)
		i.published = append(i.published, next)
		v := i.verifier(t)
		old := i.signing
		ctx, end := answering(t, v, longLived(t, i, "s_1"))
		i.change(func() { i.signing, i.published = next, []*jose.Key{next} })
		a.revoke(revoked.Signer, old.ID())
		synctest.Wait()
		if causeOf(ctx) != lingpai.CodeTokenRevoked {
			t.Errorf("%s", causeOf(ctx))
		}
		end()
	})
}
