package mock

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/lingpai/lingpai/internal/fault"
)

const (
	// maxMessage is how long a message that comes may be; a longer one closes the WebSocket with 1009.
	maxMessage = 1 << 20
	// patience is how long a message that is sent may wait to be taken.
	patience = 10 * time.Second
	// maxReason is how much of a reason fits into the frame that closes (RFC 6455, section 5.5).
	maxReason = 123
)

// conversation is one WebSocket that is open.
type conversation struct {
	*socket
	conn *websocket.Conn
	data map[string]any // what templates know
}

// received is one message that came.
type received struct {
	kind websocket.MessageType
	data []byte
}

// converse opens a WebSocket and holds it until either side ends it, the context of the request does, or the mock is closed. An error is one
// from before it was open.
func (m *Mock) converse(w http.ResponseWriter, r *http.Request, s *socket, data map[string]any) error {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		return fault.Refuse(fault.UpgradeRequired)
	}
	if origin := r.Header.Get("Origin"); !m.mayOpen(origin, r.Host) {
		return fault.Refuse(fault.OriginRefused, origin)
	}
	var greeting [][]byte
	for _, v := range s.open {
		text, err := message(v, data)
		if err != nil {
			return err
		}
		greeting = append(greeting, text)
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       harmless(r.Header.Values("Sec-WebSocket-Protocol")),
		InsecureSkipVerify: true, // of the origin, which mayOpen has judged
	})
	if err != nil {
		return nil //nolint:nilerr // Accept has answered, and named what is wrong with the handshake
	}
	conn.SetReadLimit(maxMessage)
	c := &conversation{socket: s, conn: conn, data: data}
	c.hold(r.Context(), m.closing, greeting)
	return nil
}

// Restart answers a handshake with a WebSocket that closes at once, with 1012 (service restart). A browser writes a handshake that is refused
// into the console of the page as an error; after a close, clients come back by themselves. Nothing passes, so the origin does not matter.
func Restart(w http.ResponseWriter, r *http.Request, reason string) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: harmless(r.Header.Values("Sec-WebSocket-Protocol")), InsecureSkipVerify: true,
	})
	if err == nil { // Otherwise it has answered.
		_ = conn.Close(websocket.StatusServiceRestart, reason) // whoever has gone needs no word
	}
}

// mayOpen keeps pages of other origins out, as browsers do not for WebSockets: those of the server's own and of `cors:` may open one. Programs
// say no origin.
func (m *Mock) mayOpen(origin, host string) bool {
	if origin == "" || slices.Contains(m.origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

// harmless are the subprotocols of which one may be selected: those that carry no token, which would be sent back. Browsers give up a
// WebSocket for which they offered some, and got none.
func harmless(lines []string) (names []string) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.TrimSpace(name)
			if !strings.HasPrefix(name, "lingpai.") && name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// hold says what is to be said until it is over. Only it writes; one goroutine beside it reads, and has ended when it returns.
func (c *conversation) hold(ctx context.Context, closing <-chan struct{}, greeting [][]byte) {
	// A context that ends cuts the connection without a word, so ours ends after the word.
	own, cut := context.WithCancel(context.WithoutCancel(ctx))
	heard := make(chan received)
	go c.listen(own, heard)
	defer func() {
		cut()
		_ = c.conn.CloseNow() // it may be closed already
		for range heard {     // until listen has ended
		}
	}()
	for _, text := range greeting {
		if c.write(own, websocket.MessageText, text) != nil {
			return
		}
	}
	tick, stop := c.ticks()
	defer stop()
	over, cancel := c.end()
	defer cancel()
	for {
		var err error
		select {
		case m, more := <-heard:
			if !more {
				return
			}
			err = c.reply(own, m)
		case <-tick:
			err = c.send(own, c.every, c.data)
		case <-over:
			err = ending{c.Close.Code, ""}
		case <-closing:
			err = ending{int(websocket.StatusGoingAway), "the mock has changed, or the dev server stops"}
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		if err != nil {
			c.bye(err)
			return
		}
	}
}

func (c *conversation) listen(ctx context.Context, heard chan<- received) {
	defer close(heard)
	for {
		kind, data, err := c.conn.Read(ctx)
		if err != nil {
			return // Read has answered the frame that closes, and what breaks the protocol.
		}
		select {
		case heard <- received{kind, data}:
		case <-ctx.Done():
			return
		}
	}
}

// ticks comes at the intervals of Every, if there are any.
func (c *conversation) ticks() (tick <-chan time.Time, stop func()) {
	if c.Every == nil {
		return nil, func() {}
	}
	t := time.NewTicker(c.Every.Interval)
	return t.C, t.Stop
}

// end comes when it is time to close, if it ever is.
func (c *conversation) end() (over <-chan time.Time, cancel func()) {
	if c.Close == nil {
		return nil, func() {}
	}
	t := time.NewTimer(c.Close.After)
	return t.C, func() { t.Stop() }
}

// reply answers a message.
func (c *conversation) reply(ctx context.Context, m received) error {
	for i, r := range c.Replies {
		if !r.When.Met(m.data) {
			continue
		}
		if r.HasSend {
			data := maps.Clone(c.data)
			data["message"] = content(m.data)
			if err := c.send(ctx, c.replies[i], data); err != nil {
				return err
			}
		}
		if r.Code != 0 {
			return ending{r.Code, ""}
		}
		return nil
	}
	if c.Echo {
		return c.write(ctx, m.kind, m.data)
	}
	return nil
}

func (c *conversation) send(ctx context.Context, v value, data map[string]any) error {
	text, err := message(v, data)
	if err != nil {
		return ending{int(websocket.StatusInternalError), err.Error()}
	}
	return c.write(ctx, websocket.MessageText, text)
}

func (c *conversation) write(ctx context.Context, kind websocket.MessageType, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.conn.Write(ctx, kind, data)
}

// ending is why a WebSocket is closed, as its other side is told.
type ending struct {
	code   int
	reason string
}

// ErrSwitched is the cause with which a request's context ends when something else answers its route from now on. It closes the WebSocket.
var ErrSwitched error = ending{int(websocket.StatusGoingAway), "the route was switched"}

// Error implements error.
func (e ending) Error() string { return e.reason }

// bye closes with a word where there is one for why. Where a line is to be cut, or is broken, there is none.
func (c *conversation) bye(why error) {
	e, ok := errors.AsType[ending](why)
	if refusal, refused := errors.AsType[*fault.Refusal](why); refused {
		e, ok = ending{int(websocket.StatusPolicyViolation), string(refusal.Code)}, true
	}
	if ok {
		reason := strings.ToValidUTF8(e.reason[:min(len(e.reason), maxReason)], "")
		_ = c.conn.Close(websocket.StatusCode(e.code), reason) // whoever has gone needs no word
	}
}
