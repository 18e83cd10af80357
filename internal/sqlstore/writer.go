package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// actor carries out acts.
type actor interface {
	// do runs f in one transaction. When it returns nil, the effect is durable; otherwise there is none. The exception is an error
	// in place of the answer to COMMIT: then nobody knows. f may be run more than once, each time from the start.
	do(ctx context.Context, f func(ctx context.Context, q querier) error) error
	// rotate advances one session, as session.Writer says.
	rotate(ctx context.Context, r *rotation) error
}

// writer is the one goroutine of a process that writes to SQLite.
//
//	caller ─┐                 ┌ BEGIN IMMEDIATE                       ┐
//	caller ─┼─▶ waiting jobs ─┤ all rotations, then each other act in ├─▶ everybody is answered
//	caller ─┘                 │ its own savepoint · COMMIT (one fsync)│
//	                          └───────────────────────────────────────┘
//
// While it commits, the next jobs gather. Where the disk is quick, those who were just answered go first, because they come again at once; there is no
// other delay. All jobs of a batch are concurrent, so their order is free.
// An act that fails by itself is undone alone. When the database fails, the whole batch is undone and all its callers are told.
type writer struct {
	conn  *sql.Conn
	q     *prepared
	quick bool // the last commit was
	ended chan struct{}

	mu      sync.Mutex
	waiting []*job
	closed  bool
	wake    chan struct{} // holds one signal: there are jobs, or closed is set
}

// job is one act that waits. Exactly one of act and rotation is set.
type job struct {
	act      func(ctx context.Context, q querier) error
	rotation *rotation
	// state is waiting until either the writer takes the job or its caller leaves.
	state atomic.Int32
	err   error
	done  chan error // holds the answer
}

const (
	jobWaiting int32 = iota
	jobTaken
	jobLeft
)

var errClosed = fmt.Errorf("the store is closed: %w", fault.ErrUnavailable)

func startWriter(conn *sql.Conn) *writer {
	w := &writer{conn: conn, q: &prepared{on: conn}, ended: make(chan struct{}), wake: make(chan struct{}, 1)}
	go w.run()
	return w
}

func (w *writer) do(ctx context.Context, f func(ctx context.Context, q querier) error) error {
	return w.submit(ctx, &job{act: f, done: make(chan error, 1)})
}

func (w *writer) rotate(ctx context.Context, r *rotation) error {
	return w.submit(ctx, &job{rotation: r, done: make(chan error, 1)})
}

// submit waits for the job's answer. A caller whose context ends leaves, unless the job was taken: then it waits for the true answer.
func (w *writer) submit(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !w.put(j) {
		return errClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.state.CompareAndSwap(jobWaiting, jobLeft) {
			return ctx.Err()
		}
		return <-j.done
	}
}

func (w *writer) put(j *job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.waiting = append(w.waiting, j)
	w.signal()
	return true
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default: // a signal is pending already
	}
}

// close finishes the jobs that wait and ends the goroutine. It does so once.
func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.signal()
	w.mu.Unlock()
	<-w.ended
	return errors.Join(w.q.close(), w.conn.Close())
}

func (w *writer) run() {
	defer close(w.ended)
	for range w.wake {
		waiting, closed := w.state()
		if waiting > 0 {
			w.batch()
		} else if closed {
			return
		}
		if closed {
			w.signal() // look again: the last jobs may have come while the batch was committed
		}
	}
}

func (w *writer) state() (waiting int, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting), w.closed
}

// quick is how long a commit takes at most where it is better to wait for more jobs than for the disk: others compute for as long as that, and with twice
// the jobs a commit costs half. A slower disk has them compute while it works.
const quick = time.Millisecond

// batch commits what waits. Jobs are taken after BEGIN, which may have to wait for another process: until then their callers may leave.
func (w *writer) batch() {
	if w.quick {
		runtime.Gosched()
	}
	err := w.exec("BEGIN IMMEDIATE")
	jobs := w.take()
	if err == nil {
		err = w.carryOut(jobs)
	}
	if err == nil {
		err = w.commit()
	}
	if err != nil {
		// The reason is known already, and SQLite may have rolled back by itself; then this fails.
		_ = w.exec("ROLLBACK")
		err = fmt.Errorf("commit: %w: %w", fault.ErrUnavailable, err)
	}
	answer(jobs, err)
}

func (w *writer) commit() error {
	began := time.Now()
	err := w.exec("COMMIT")
	w.quick = time.Since(began) < quick
	return err
}

// take empties the queue of those who have not left.
func (w *writer) take() (jobs []*job) {
	w.mu.Lock()
	waiting := w.waiting
	w.waiting = nil
	w.mu.Unlock()
	for _, j := range waiting {
		if j.state.CompareAndSwap(jobWaiting, jobTaken) {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// carryOut runs the jobs and notes the error of each. It returns an error when the database failed, not an act.
func (w *writer) carryOut(jobs []*job) error {
	ctx := context.Background()
	var rotations []*rotation
	for _, j := range jobs {
		if j.rotation != nil {
			rotations = append(rotations, j.rotation)
		}
	}
	if err := rotateAll(ctx, w.q, rotations); err != nil {
		return err
	}
	for _, j := range jobs {
		if j.rotation != nil {
			j.err = j.rotation.err
			continue
		}
		if j.err = w.apart(ctx, j.act); j.err != nil && sqliteDialect.unavailable(j.err) {
			return j.err
		}
	}
	return nil
}

// apart runs one act in a savepoint, so that its failure undoes it alone.
func (w *writer) apart(ctx context.Context, act func(ctx context.Context, q querier) error) error {
	if err := w.exec("SAVEPOINT act"); err != nil {
		return err
	}
	err := act(ctx, w.q)
	if err != nil {
		err = errors.Join(err, w.exec("ROLLBACK TO act"))
	}
	return errors.Join(err, w.exec("RELEASE act"))
}

func (w *writer) exec(text string) error {
	_, err := w.q.exec(context.Background(), text)
	return err
}

// answer tells every caller: the error of the batch, or its own.
func answer(jobs []*job, batch error) {
	for _, j := range jobs {
		if batch != nil {
			j.done <- batch
		} else {
			j.done <- j.err
		}
	}
}
