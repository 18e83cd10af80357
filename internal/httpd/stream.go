package httpd

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// Stream is an answer of server-sent events, which goes on until its handler returns. It is for one goroutine.
type Stream struct {
	w    io.Writer
	conn *http.ResponseController
}

// NewStream begins the answer. It lifts the limits of an ordinary exchange: a stream has no end of its own. What is written to it is so
// little that the buffers of the system take it whether the client reads or not, so no write waits; a client that has vanished is
// noticed by the keep-alive of its connection.
func NewStream(w http.ResponseWriter) (*Stream, error) {
	s := &Stream{w, http.NewResponseController(w)}
	if err := s.conn.SetWriteDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("lift write deadline: %w", err)
	}
	if err := s.conn.SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("lift read deadline: %w", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // Some proxies would hold events back.
	return s, nil
}

// Event sends an event. Neither name nor data may hold a line break.
func (s *Stream) Event(name, data string) error {
	return s.send("event: " + name + "\ndata: " + data + "\n\n")
}

// Beat sends a comment, which keeps proxies from taking the connection for dead.
func (s *Stream) Beat() error { return s.send(":\n\n") }

// send returns an error when the client has gone.
func (s *Stream) send(text string) error {
	if _, err := io.WriteString(s.w, text); err != nil {
		return err
	}
	return s.conn.Flush()
}
