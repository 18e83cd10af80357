package mock

import (
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
	"github.com/lingpai/lingpai/internal/devserver/route"
)

// Socket is a `websocket:`: what is said over a WebSocket, and when. A message that is a string is sent as it is, any other value as JSON;
// both as text.
type Socket struct {
	// Open is sent when it is open.
	Open []any
	// Replies answer what comes: the first that is meant for it.
	Replies []Reply
	// Echo sends back what no reply answers.
	Echo bool
	// Every is sent again and again; nil: nothing is.
	Every *Every
	// Close ends it; nil: whoever opened it does.
	Close *Closing
}

// Reply answers a message.
type Reply struct {
	When    route.Message
	Send    any
	HasSend bool
	Code    int // to close with, after that; 0: it stays open
}

// Every is a message that is sent at intervals.
type Every struct {
	Interval time.Duration // more than 0
	Send     any
}

// Closing ends a WebSocket by itself.
type Closing struct {
	After time.Duration
	Code  int
}

// CheckCode says whether a WebSocket may be closed with a code (RFC 6455, section 7.4).
func CheckCode(code int) error {
	switch {
	case code == 1004, code == 1005, code == 1006, code < 1000, code > 1014 && code < 3000, code > 4999:
		return fmt.Errorf("%d is no code to close with; 1000 is the usual one, 4000 to 4999 are yours", code)
	}
	return nil
}

// socket is a Socket with its templates.
type socket struct {
	Socket
	open    []value
	replies []value
	every   value
}

func (m *Mock) prepareSocket(s *Socket) (*socket, error) {
	if s == nil {
		return nil, nil //nolint:nilnil // most answers have none
	}
	to := &socket{Socket: *s}
	for _, message := range s.Open {
		v, err := m.compile(message)
		if err != nil {
			return nil, err
		}
		to.open = append(to.open, v)
	}
	for _, r := range s.Replies {
		v, err := m.compile(r.Send)
		if err != nil {
			return nil, err
		}
		to.replies = append(to.replies, v)
	}
	if s.Every == nil {
		return to, nil
	}
	var err error
	to.every, err = m.compile(s.Every.Send)
	return to, err
}

// message renders what is sent.
func message(v value, data map[string]any) ([]byte, error) {
	filled, err := fill(v, data)
	if err != nil {
		return nil, err
	}
	if text, ok := filled.(string); ok {
		return []byte(text), nil
	}
	return ordered.Marshal(filled)
}
