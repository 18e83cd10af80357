package exchange

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// kept is how many exchanges a Log remembers, keptInAll how many bytes of their answers; beyond that, the oldest are shortened to what is
// shown of them.
const (
	kept      = 500
	keptInAll = 32 << 20
	spares    = 16 // buffers of forgotten answers that wait for another
)

// Log keeps the last 500 exchanges. It is safe for concurrent use; whoever adds waits for no reader.
type Log struct {
	bell Bell
	mu   sync.Mutex // guards the rest
	ring []record
	last uint64
	held int // bytes of answers
	// spare are buffers that can be filled anew: whole answers come and go, and each would be made, zeroed and collected. Nobody reads
	// them, because find gives copies.
	spare [][]byte
}

// record is an exchange with all that was seen of it.
type record struct {
	Exchange
	address         url.URL
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
	l.held += r.answer.body.Len()
	if len(l.ring) < kept {
		l.ring = append(l.ring, r)
	} else {
		oldest := &l.ring[(l.last-1)%kept]
		l.held -= oldest.answer.body.Len()
		l.recycle(oldest.answer.body.Bytes())
		*oldest = r
	}
	if l.held > keptInAll {
		l.shed()
	}
}

// shed shortens the oldest answers until what is left is not too much.
func (l *Log) shed() {
	for i := 0; i < len(l.ring) && l.held > keptInAll; i++ {
		r := &l.ring[(int(l.last)+i)%len(l.ring)]
		if n := r.answer.body.Len(); n > shownBytes {
			l.recycle(r.answer.shed())
			r.Mockable = false
			l.held -= n - shownBytes
		}
	}
}

func (l *Log) recycle(b []byte) {
	if cap(b) > shownBytes && len(l.spare) < spares {
		l.spare = append(l.spare, b)
	}
}

// buffer is an empty one with room for n bytes.
func (l *Log) buffer(n int) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, b := range l.spare {
		if cap(b) >= n && cap(b) <= 2*n {
			l.spare = slices.Delete(l.spare, i, i+1)
			return b[:0]
		}
	}
	return make([]byte, 0, n)
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

// Whole is an exchange with all of its answer, for whoever gives it again. It may hold what is nobody's business.
type Whole struct {
	Exchange
	Address url.URL // as it was asked for
	Header  http.Header
	Body    []byte // without Content-Encoding
}

// Whole finds one of which a mock can be made.
func (l *Log) Whole(number uint64) (Whole, bool) {
	r, ok := l.find(number)
	if !ok || !r.Mockable {
		return Whole{}, false
	}
	return Whole{r.Exchange, r.address, r.answer.header, r.answer.text()}, true
}

// Mockable is the number of the last exchange of which a mock can be made, or 0.
func (l *Log) Mockable() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := uint64(0)
	for i := range l.ring {
		if l.ring[i].Mockable {
			found = max(found, l.ring[i].Number)
		}
	}
	return found
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
	r := l.ring[(number-1)%kept]
	r.answer.body = *bytes.NewBuffer(bytes.Clone(r.answer.body.Bytes()))
	return r, true
}
