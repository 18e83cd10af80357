package timemachine

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Armed is what the faults will do.
type Armed struct {
	// Lose is how many answers to a refresh will be lost.
	Lose int `json:"lose_refresh"`
	// Storm is how many requests of the app for data will be refused with 401.
	Storm int `json:"storm"`
	// KeysDelay is how late the key set is answered.
	KeysDelay time.Duration `json:"-"`
	Offline   bool          `json:"offline"`
	// Until is when the network comes back by itself; zero for never.
	Until time.Time `json:"-"`
}

// Faults stand in the way of requests. It is safe for concurrent use.
type Faults struct {
	now     func() time.Time
	changed func()

	mu      sync.Mutex // guards the rest
	armed   Armed
	running map[*http.Request]context.CancelFunc // what is to be cut when the network goes
}

// NewFaults makes them, none armed. now is the clock of this machine; changed is called after each change, and must not block.
func NewFaults(now func() time.Time, changed func()) *Faults {
	return &Faults{now: now, changed: changed, running: map[*http.Request]context.CancelFunc{}}
}

// Armed says what is armed.
func (f *Faults) Armed() Armed {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire()
	return f.armed
}

// expire lets the network come back when its time has come. f.mu is held.
func (f *Faults) expire() {
	if !f.armed.Until.IsZero() && !f.now().Before(f.armed.Until) {
		f.armed.Offline, f.armed.Until = false, time.Time{}
	}
}

// change arms or disarms.
func (f *Faults) change(do func(a *Armed)) {
	f.mu.Lock()
	do(&f.armed)
	f.mu.Unlock()
	f.changed()
}

// Lose loses the next n answers to a refresh: the server renews the session, then the connection is cut.
func (f *Faults) Lose(n int) { f.change(func(a *Armed) { a.Lose = n }) }

// Storm refuses the next n requests of the app for data with 401, whatever token they bring.
func (f *Faults) Storm(n int) { f.change(func(a *Armed) { a.Storm = n }) }

// DelayKeys answers the key set so much later; zero is at once.
func (f *Faults) DelayKeys(d time.Duration) { f.change(func(a *Armed) { a.KeysDelay = d }) }

// Disarm takes all faults back.
func (f *Faults) Disarm() { f.change(func(a *Armed) { *a = Armed{} }) }

// GoOffline cuts what is under way, and answers nothing more: for so long, or, if that is zero, until GoOnline.
func (f *Faults) GoOffline(d time.Duration) {
	f.change(func(a *Armed) {
		a.Offline, a.Until = true, time.Time{}
		if d > 0 {
			a.Until = f.now().Add(d)
		}
		for _, cut := range f.running {
			cut()
		}
	})
}

// GoOnline brings the network back.
func (f *Faults) GoOnline() { f.change(func(a *Armed) { a.Offline, a.Until = false, time.Time{} }) }

// take uses up one of a number, if any is left.
func (f *Faults) take(of func(a *Armed) *int) bool {
	f.mu.Lock()
	n := of(&f.armed)
	left := *n > 0
	if left {
		*n--
	}
	f.mu.Unlock()
	if left {
		f.changed()
	}
	return left
}

// TakeStorm uses up one refusal of a storm, and reports whether there was one.
func (f *Faults) TakeStorm() bool { return f.take(func(a *Armed) *int { return &a.Storm }) }

// Connected lets requests through while the network is there. Those that are under way when it goes are cut. struck is told the request
// that gets no answer.
func (f *Faults) Connected(next http.Handler, struck func(r *http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		r = r.WithContext(ctx)
		if !f.begin(r, cancel) {
			struck(r)
			panic(http.ErrAbortHandler)
		}
		defer f.end(r)
		next.ServeHTTP(w, r)
		if ctx.Err() != nil && f.Armed().Offline {
			struck(r)
			panic(http.ErrAbortHandler) // what it says to that is not heard any more
		}
	})
}

func (f *Faults) begin(r *http.Request, cut context.CancelFunc) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire()
	if !f.armed.Offline {
		f.running[r] = cut
	}
	return !f.armed.Offline
}

func (f *Faults) end(r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.running, r)
}
