package exchange

import (
	"context"
	"sync"
)

// kept is how many exchanges a Log remembers.
const kept = 500

// Log keeps the last 500 exchanges. It is safe for concurrent use; whoever adds waits for no reader.
type Log struct {
	bell Bell
	mu   sync.Mutex // guards the rest
	ring []record
	last uint64
}

// record is an exchange with all that was seen of it.
type record struct {
	Exchange
	why             []Reason
	request, answer message
}

// NewLog makes an empty Log.
func NewLog() *Log { return new(Log) }

// Rings returns a channel that is closed when there is one more; see [Bell].
func (l *Log) Rings() <-chan struct{} { return l.bell.Rings() }

func (l *Log) add(r record) {
	defer l.bell.Ring()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	r.Number = l.last
	if len(l.ring) < kept {
		l.ring = append(l.ring, r)
	} else {
		l.ring[(l.last-1)%kept] = r
	}
}

// Since lists the exchanges that are still known after the one with that number, oldest first. A number that is still to come belongs to
// an earlier run of the server: then all are listed.
func (l *Log) Since(number uint64) []Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	if number > l.last {
		number = 0
	}
	out := []Exchange{}
	for i := range l.ring {
		x := l.ring[(int(l.last)+i)%len(l.ring)].Exchange
		if x.Number > number {
			out = append(out, x)
		}
	}
	return out
}

// Next waits until there is an exchange after the one with that number, and lists all that are still known, oldest first. The error is that
// of the context, when it ends before.
func (l *Log) Next(ctx context.Context, number uint64) ([]Exchange, error) {
	for {
		rings := l.Rings()
		if found := l.Since(number); len(found) > 0 {
			return found, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-rings:
		}
	}
}

// Detail is what was said, as it may be shown.
type Detail struct {
	Exchange
	Request Message `json:"request"`
	Answer  Message `json:"answer"`
	// Why is what Reason is made of.
	Why []Reason `json:"-"`
}

// Detail shows one exchange, if it is still known.
func (l *Log) Detail(number uint64) (Detail, bool) {
	r, ok := l.find(number)
	if !ok {
		return Detail{}, false
	}
	return Detail{r.Exchange, r.request.shown(), r.answer.shown(), r.why}, true
}

// Number is that of the exchange with this id of a request, or 0.
func (l *Log) Number(requestID string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.ring {
		if l.ring[i].RequestID == requestID && requestID != "" {
			return l.ring[i].Number
		}
	}
	return 0
}

func (l *Log) find(number uint64) (record, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if number == 0 || number > l.last || l.last-number >= uint64(len(l.ring)) {
		return record{}, false
	}
	return l.ring[(number-1)%kept], true
}
