package mock

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// The faults.
const (
	Reset   FaultKind = "reset"   // the connection is reset, without an answer
	Close   FaultKind = "close"   // the connection is closed, without an answer
	Garbage FaultKind = "garbage" // bytes that are not HTTP
	Cut     FaultKind = "cut"     // the connection ends in the middle of the body
	Slow    FaultKind = "slow"    // the body comes at Rate
	Status  FaultKind = "error"   // a 5xx
)

// FaultKinds lists all of them.
var FaultKinds = []FaultKind{Reset, Close, Garbage, Cut, Slow, Status}

// Fault spoils every n-th answer.
type Fault struct {
	Kind   FaultKind // "": none
	Every  int       // 0 and 1: each answer
	Status int       // of Status; 0: 503
	Rate   int       // bytes a second of Slow; 0: 1024
}

func (f Fault) strikes(nth int64) bool { return f.Kind != "" && nth%int64(max(1, f.Every)) == 0 }

// instead gives the fault in place of an answer, if it is one of that sort.
func (f Fault) instead(w http.ResponseWriter) (done bool, err error) {
	switch f.Kind {
	case Status:
		http.Error(w, "a fault of the dev file", cmp.Or(f.Status, http.StatusServiceUnavailable))
		return true, nil
	case Reset, Close, Garbage:
		return true, f.hangUp(w)
	}
	return false, nil
}

func (f Fault) hangUp(w http.ResponseWriter) error {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return fmt.Errorf("hang up: %w", err)
	}
	defer conn.Close()
	switch tcp, ok := conn.(*net.TCPConn); {
	case f.Kind == Garbage:
		_, err = conn.Write([]byte("\x16\x03\x01 this is not HTTP\r\n\r\n"))
	case f.Kind == Reset && ok:
		err = tcp.SetLinger(0) // Close then sends RST.
	}
	if err != nil {
		return fmt.Errorf("hang up: %w", err)
	}
	return nil
}

// slow spoils the body of the answer, if the fault is one of that sort.
func (f Fault) slow(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	switch f.Kind {
	case Slow:
		return &trickle{ResponseWriter: w, asked: r, rate: cmp.Or(f.Rate, 1024)}
	case Cut:
		return &cutter{w}
	}
	return w
}

// trickle writes a tenth of its rate ten times a second.
type trickle struct {
	http.ResponseWriter
	asked *http.Request
	rate  int
}

// Unwrap serves http.ResponseController.
func (t *trickle) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// Write implements http.ResponseWriter.
func (t *trickle) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		part := p[:min(len(p), max(1, t.rate/10))]
		if n > 0 && !Wait(t.asked.Context(), 100*time.Millisecond) {
			return n, t.asked.Context().Err()
		}
		written, err := t.ResponseWriter.Write(part)
		if n += written; err != nil {
			return n, err
		}
		if err := http.NewResponseController(t.ResponseWriter).Flush(); err != nil {
			return n, err
		}
		p = p[len(part):]
	}
	return n, nil
}

// cutter promises the whole body, writes half, and ends the connection.
type cutter struct{ http.ResponseWriter }

// Unwrap serves http.ResponseController.
func (c *cutter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Write implements http.ResponseWriter.
func (c *cutter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:len(p)/2])
	if err != nil {
		return n, err
	}
	if err := http.NewResponseController(c.ResponseWriter).Flush(); err != nil {
		return n, err
	}
	panic(http.ErrAbortHandler) // net/http cuts the connection without a word in the log
}
