package mail

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Sender hands one letter over, and says what was said to it. It may be called concurrently.
type Sender interface {
	Send(ctx context.Context, l Letter) (said string, err error)
}

// Outcome is what became of a letter, or of one try.
type Outcome string

// The outcomes.
const (
	Sent    Outcome = "sent"
	Delayed Outcome = "delayed" // it is tried again
	Failed  Outcome = "failed"  // it is not
	Dropped Outcome = "dropped" // there was no room for it
)

// patience is how long a letter waits after each try.
var patience = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

const (
	room      = 1000             // letters that may wait
	lastCall  = 5 * time.Second  // for all that wait when the process ends
	longSleep = 10 * time.Minute // of a worker with nothing to do
)

// Outbox holds letters until they are sent. It is safe for concurrent use.
type Outbox struct {
	sender  Sender
	logger  *slog.Logger
	observe func(kind string, o Outcome)
	now     func() time.Time

	bell    chan struct{} // rings when there is another letter
	mu      sync.Mutex    // guards the rest
	waiting []waiting
}

// waiting is a letter with its fate so far.
type waiting struct {
	Letter
	due   time.Time
	tries int
}

// NewOutbox makes one that nobody works on yet. observe learns of every outcome.
func NewOutbox(sender Sender, logger *slog.Logger, observe func(kind string, o Outcome), now func() time.Time) *Outbox {
	return &Outbox{sender: sender, logger: logger, observe: observe, now: now, bell: make(chan struct{}, 1)}
}

// Post takes a letter to be sent, and does not wait for that. If too many wait already, the letter is dropped, which the log says.
func (o *Outbox) Post(ctx context.Context, l Letter) {
	if !o.add(waiting{Letter: l, due: o.now()}) {
		o.outcome(ctx, slog.LevelError, l, Dropped, slog.String("problem", "too many wait already"))
	}
}

// Len is how many letters wait.
func (o *Outbox) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.waiting)
}

func (o *Outbox) add(w waiting) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) >= room {
		return false
	}
	o.waiting = append(o.waiting, w)
	select {
	case o.bell <- struct{}{}:
	default:
	}
	return true
}

// Run sends what waits until the context ends. Several may run at a time.
func (o *Outbox) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		w, pause, ok := o.next()
		if ok {
			o.try(ctx, w)
			continue
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-o.bell:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// next takes out the letter whose turn it is, or says how long nobody's is.
func (o *Outbox) next() (w waiting, pause time.Duration, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	first := o.first()
	if first < 0 {
		return waiting{}, longSleep, false
	}
	if pause = o.waiting[first].due.Sub(o.now()); pause > 0 {
		return waiting{}, pause, false
	}
	w = o.waiting[first]
	o.waiting = append(o.waiting[:first], o.waiting[first+1:]...)
	if len(o.waiting) > 0 { // for the next worker
		select {
		case o.bell <- struct{}{}:
		default:
		}
	}
	return w, 0, true
}

// first is the place of the letter that is due first, or -1.
func (o *Outbox) first() int {
	at := -1
	for i, w := range o.waiting {
		if at < 0 || w.due.Before(o.waiting[at].due) {
			at = i
		}
	}
	return at
}

func (o *Outbox) try(ctx context.Context, w waiting) {
	said, err := o.sender.Send(ctx, w.Letter)
	if err == nil {
		o.outcome(ctx, slog.LevelInfo, w.Letter, Sent, slog.String("said", said))
		return
	}
	attrs := []slog.Attr{slog.Int("try", w.tries+1), slog.String("problem", err.Error())}
	if !o.worthwhile(&w, err) {
		o.outcome(ctx, slog.LevelError, w.Letter, Failed, attrs...)
		return
	}
	if ctx.Err() == nil {
		o.outcome(ctx, slog.LevelWarn, w.Letter, Delayed, append(attrs, slog.Duration("again_in", w.due.Sub(o.now())))...)
	}
	if !o.add(w) {
		o.outcome(ctx, slog.LevelError, w.Letter, Dropped, slog.String("problem", "too many wait already"))
	}
}

// worthwhile says when a letter is tried again, if that is worth anything.
func (o *Outbox) worthwhile(w *waiting, err error) bool {
	refused, ok := errors.AsType[*Refused](err)
	if !ok || refused.ForGood() || w.tries >= len(patience) {
		return false
	}
	w.due = o.now().Add(patience[w.tries])
	w.tries++
	return w.Until.IsZero() || w.due.Before(w.Until)
}

// Flush gives every letter that waits one last try, whenever it was due. It is called after Run has ended, and takes no longer than 5 seconds and
// what the last letter takes.
func (o *Outbox) Flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastCall)
	defer cancel()
	for {
		o.mu.Lock()
		first := o.first()
		if first < 0 {
			o.mu.Unlock()
			return nil
		}
		w := o.waiting[first]
		o.waiting = append(o.waiting[:first], o.waiting[first+1:]...)
		o.mu.Unlock()
		w.tries = len(patience)
		o.try(ctx, w)
	}
}

// outcome tells the log and the metrics. The letter itself is in neither.
func (o *Outbox) outcome(ctx context.Context, level slog.Level, l Letter, became Outcome, attrs ...slog.Attr) {
	o.observe(l.Kind, became)
	o.logger.LogAttrs(ctx, level, "letter", append([]slog.Attr{slog.String("kind", l.Kind), slog.String("outcome", string(became))}, attrs...)...)
}
