package password

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/lingpai/lingpai/internal/argon2id"
)

// Worker computes hashes in a process of its own that runs at a low priority, so that a storm of sign-ins is not felt by requests that
// only need 100 µs: the kernel lets a thread of the server overtake it at once. The process is started with the first hash and again
// after it died. While there is none, hashes are computed here.
//
// Passwords reach it through a pipe of the same user; it gets no environment, opens no file, and ends when this process does.
// A Worker is safe for concurrent use.
type Worker struct {
	command  []string // program and arguments of something that calls ServeWorker
	logger   *slog.Logger
	capacity int64 // KiB that what runs at once may hold; set before the first task

	mu     sync.Mutex // guards the rest
	child  *child     // nil when there is none
	closed bool
	retry  time.Time // no new start before, after one that failed
}

// retryAfter is how long a start that failed is not tried again.
const retryAfter = time.Minute

// NewWorker names the program to run; nothing is started yet.
func NewWorker(logger *slog.Logger, command ...string) *Worker {
	return &Worker{command: command, logger: logger}
}

// bound says how much memory the hashes of the process may hold at once.
func (w *Worker) bound(capacityKiB int64) {
	if w != nil {
		w.capacity = capacityKiB
	}
}

// Close ends the process and waits for it.
func (w *Worker) Close() error {
	w.mu.Lock()
	c := w.child
	w.child, w.closed = nil, true
	w.mu.Unlock()
	if c == nil {
		return nil
	}
	return c.end()
}

// terms come before the tasks.
type terms struct{ CapacityKiB int64 }

// task is one computation: whether password fits Encoded (Match), or else the key of Argon2id under Encoded's salt and costs. It takes
// KiB of the capacity.
type task struct {
	ID       uint64
	Match    bool
	Encoded  string
	Password []byte // bytes keep what is no UTF-8 as it is
	KiB      int64
}

// result answers the task of the same ID.
type result struct {
	ID    uint64
	Match bool
	Key   []byte
	Err   string
}

var errNoWorker = errors.New("no hashing process")

// compute hands a task to the process. errNoWorker says that it has to be done here.
func (w *Worker) compute(t task) (result, error) {
	if w == nil {
		return result{}, errNoWorker
	}
	c := w.running()
	if c == nil {
		return result{}, errNoWorker
	}
	r, err := c.ask(t)
	if err != nil {
		w.lost(c, err)
		return result{}, errNoWorker
	}
	if r.Err != "" {
		return result{}, errors.New(r.Err)
	}
	return r, nil
}

// running returns the process, starting it if need be, or nil when there can be none now.
func (w *Worker) running() *child {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.child != nil || w.closed || time.Now().Before(w.retry) {
		return w.child
	}
	c, err := startChild(w.command, terms{w.capacity})
	if err != nil {
		w.retry = time.Now().Add(retryAfter)
		w.logger.Warn("hashing process not started; hashing here", slog.Any("error", err))
		return nil
	}
	w.child = c
	return c
}

// lost forgets a process that broke off.
func (w *Worker) lost(c *child, err error) {
	w.mu.Lock()
	mine := w.child == c
	if mine {
		w.child = nil
	}
	closed := w.closed
	w.mu.Unlock()
	if mine && !closed {
		w.logger.Warn("hashing process lost; the next hash starts another", slog.Any("error", errors.Join(err, c.end())))
	}
}

// child is a running process.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	done chan struct{} // closed when nothing more is answered

	mu      sync.Mutex // guards the rest, and the order of what is written
	enc     *json.Encoder
	next    uint64
	waiting map[uint64]chan result
}

func startChild(command []string, t terms) (*child, error) {
	cmd := exec.CommandContext(context.Background(), command[0], command[1:]...) //nolint:gosec // our own executable
	cmd.Env = []string{}
	detach(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, in: in, done: make(chan struct{}), enc: json.NewEncoder(in), waiting: map[uint64]chan result{}}
	go c.listen(json.NewDecoder(out)) // ends with the process
	if err := c.enc.Encode(t); err != nil {
		return nil, errors.Join(err, c.end())
	}
	return c, nil
}

// listen hands out results until there are no more.
func (c *child) listen(dec *json.Decoder) {
	defer close(c.done)
	for {
		var r result
		if err := dec.Decode(&r); err != nil {
			return
		}
		c.mu.Lock()
		answer := c.waiting[r.ID]
		delete(c.waiting, r.ID)
		c.mu.Unlock()
		if answer != nil {
			answer <- r
		}
	}
}

func (c *child) ask(t task) (result, error) {
	answer, err := c.send(t)
	if err != nil {
		return result{}, fmt.Errorf("send task: %w", err)
	}
	select {
	case r := <-answer:
		return r, nil
	case <-c.done:
		return result{}, errors.New("it ended without an answer")
	}
}

func (c *child) send(t task) (chan result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	t.ID = c.next
	answer := make(chan result, 1)
	c.waiting[t.ID] = answer
	return answer, c.enc.Encode(t) //nolint:gosec // the password goes through a pipe to a process of ours, which is what it is for
}

// end closes the pipe, which ends the process, and waits for it.
func (c *child) end() error {
	err := c.in.Close()
	<-c.done
	return errors.Join(err, c.cmd.Wait())
}

// roomBytes is what the process may hold beside the memory of hashes before it collects garbage. Left to its share of the heap, the
// collector would wait until there is as much garbage as hashes have memory.
const roomBytes = 16 << 20

// ServeWorker is the other side: it computes what it reads from in, each task beside the others as far as their memory goes, until in
// ends.
func ServeWorker(in io.Reader, out io.Writer) error {
	lowerPriority()
	w := &serving{enc: json.NewEncoder(out)}
	w.idle = time.AfterFunc(time.Hour, w.giveBack)
	defer w.idle.Stop()
	defer w.tasks.Wait()
	dec := json.NewDecoder(in)
	var bounds terms
	if err := dec.Decode(&bounds); err != nil {
		return endOf(err)
	}
	debug.SetMemoryLimit(bounds.CapacityKiB<<10 + roomBytes)
	memory := semaphore.NewWeighted(bounds.CapacityKiB)
	for {
		var t task
		if err := dec.Decode(&t); err != nil {
			return endOf(err)
		}
		if err := memory.Acquire(context.Background(), t.KiB); err != nil {
			return err
		}
		w.tasks.Go(func() {
			defer memory.Release(t.KiB)
			w.do(t)
		})
	}
}

// endOf is the error with which reading ended, nil where the other side is done.
func endOf(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("read task: %w", err)
}

// serving is what the tasks of a process share.
type serving struct {
	tasks sync.WaitGroup
	spare spare
	idle  *time.Timer
	mu    sync.Mutex // one result at a time
	enc   *json.Encoder
}

func (w *serving) do(t task) {
	defer w.idle.Reset(time.Second) // who has nothing to do gives back what it needed
	memory := w.spare.take(t.KiB)
	r := t.compute(memory)
	w.spare.give(t.KiB, memory)
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.enc.Encode(r) // Whoever asked is gone if this fails, and then the next read ends the process.
}

func (w *serving) giveBack() {
	w.spare.drop()
	debug.FreeOSMemory()
}

// compute does the task in this process.
func (t task) compute(in *argon2id.Memory) result {
	stored, err := parse(t.Encoded)
	if err != nil {
		return result{ID: t.ID, Err: err.Error()}
	}
	if !t.Match {
		hash, ok := stored.(argon2Hash)
		if !ok {
			return result{ID: t.ID, Err: "only Argon2 makes new hashes"}
		}
		return result{ID: t.ID, Key: hash.derive(t.Password, keyLength, in)}
	}
	match, err := stored.matches(string(t.Password), in)
	if err != nil {
		return result{ID: t.ID, Err: err.Error()}
	}
	return result{ID: t.ID, Match: match}
}
