package password

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/semaphore"
	"golang.org/x/text/unicode/norm"

	"github.com/lingpai/lingpai/internal/argon2id"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/trace"
)

// The longest password: more is refused before anything is computed. Nothing is ever cut off.
const (
	MaxLength = 1000 // Unicode code points
	maxBytes  = 4096
)

// Options configure a [Hasher]. The zero value is a good choice.
type Options struct {
	// Params are the costs of new hashes. Default: [DefaultParams].
	Params Params
	// InsecureCheapParams permits Params below OWASP's floor (7 MiB, 5 passes, or of equal work). It is for tests.
	InsecureCheapParams bool
	// Concurrency is the number of hashes computed at once; together they hold Concurrency times Params.MemoryKiB.
	// Default: GOMAXPROCS at the time of the call.
	Concurrency int
	// Queue is the number of callers that may wait; the next one is refused. Default: 64 for each of Concurrency, which is about two seconds.
	Queue int
	// MaxWait is how long a caller waits for its turn before it is refused. Default: 5 seconds.
	MaxWait time.Duration
	// Worker computes the hashes in a process of its own; nil computes them here.
	Worker *Worker
}

// Hasher makes and checks password hashes under admission control. It is safe for concurrent use.
type Hasher struct {
	params Params
	gate   *gate
	worker *Worker
	// here bounds what runs in this process, in KiB: it may be one less than the gate lets in.
	here *semaphore.Weighted
	// decoy is a hash at today's cost that no password has.
	decoy string
}

// NewHasher makes a Hasher, or says which option cannot be.
func NewHasher(o Options) (*Hasher, error) {
	o = o.withDefaults()
	if err := o.Params.check(); err != nil {
		return nil, err
	}
	if o.Params.weak() && !o.InsecureCheapParams {
		return nil, fmt.Errorf("argon2 parameters %s are too weak: take %s or more", o.Params, DefaultParams)
	}
	if o.Concurrency < 1 || o.Queue < 0 || o.MaxWait < 0 {
		return nil, errors.New("concurrency, queue and wait of password hashing must be positive")
	}
	decoy := argon2Hash{variant: Argon2id, Params: o.Params, salt: random(saltLength), key: random(keyLength)}
	ahead := 0
	if o.Worker != nil {
		ahead = 1
	}
	h := &Hasher{
		params: o.Params,
		gate:   newGate(o.Concurrency, ahead, o.Queue, o.Params.MemoryKiB, o.MaxWait),
		worker: o.Worker,
		decoy:  decoy.String(),
	}
	h.here = semaphore.NewWeighted(h.gate.capacity)
	h.worker.bound(h.gate.capacity)
	return h, nil
}

func (o Options) withDefaults() Options {
	if o.Params == (Params{}) {
		o.Params = DefaultParams
	}
	if o.Concurrency == 0 {
		o.Concurrency = runtime.GOMAXPROCS(0)
	}
	if o.Queue == 0 {
		o.Queue = 64 * o.Concurrency
	}
	if o.MaxWait == 0 {
		o.MaxWait = 5 * time.Second
	}
	return o
}

// Workers is the number of goroutines that may be hashing at once. Without a [Worker] the app raises GOMAXPROCS by it; the package
// documentation says why.
func (h *Hasher) Workers() int { return h.gate.workers * int(h.params.Threads) }

// MemoryBytes is what hashing holds at most at one time, not counting what waits for the garbage collector.
func (h *Hasher) MemoryBytes() int64 { return h.gate.capacity << 10 }

// Hash makes an encoded hash (a PHC string) of the password, which it brings to Unicode NFC first. The error is a [fault.Refusal]
// (`password_rejected`, `too_busy`), or that of ctx when it ended before the turn came. Whether the password is a good one is the
// matter of [Policy].
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := acceptable(password); err != nil {
		return "", err
	}
	hash := argon2Hash{variant: Argon2id, Params: h.params, salt: random(saltLength), key: make([]byte, keyLength)}
	ctx, span := trace.Start(ctx, "hash password", trace.Internal)
	err := h.gate.do(ctx, h.params.MemoryKiB, func() error {
		done, err := h.compute(task{Encoded: hash.String(), Password: norm.NFC.Bytes([]byte(password)), KiB: h.gate.shares(h.params.MemoryKiB)})
		hash.key = done.Key
		return err
	})
	span.End(err)
	if err != nil {
		return "", err
	}
	return hash.String(), nil
}

// Verdict is the outcome of [Hasher.Verify].
type Verdict struct {
	// Match says that the password is right.
	Match bool
	// Outdated says, when Match is true, that the caller should store a new hash of this password: algorithm, costs or normalisation are
	// not today's.
	Outdated bool
}

// Verify compares a password with an encoded hash in constant time. Errors are those of [Hasher.Hash], and [ErrUnrecognised] or
// [ErrTooCostly] when the stored hash cannot be used.
//
// The password is tried in Unicode NFC, as our own hashes have it, and then, where that differs, as it was given, as imported
// hashes may have it.
func (h *Hasher) Verify(ctx context.Context, encoded, password string) (Verdict, error) {
	if err := acceptable(password); err != nil {
		return Verdict{}, err
	}
	stored, err := parse(encoded)
	if err != nil {
		return Verdict{}, err
	}
	var verdict Verdict
	ctx, span := trace.Start(ctx, "check password", trace.Internal)
	err = h.gate.do(ctx, stored.memoryKiB(), func() error {
		verdict, err = h.judge(stored, encoded, password)
		return err
	})
	span.End(err)
	return verdict, err
}

// VerifyUnknown does for a user who does not exist, or has no password, what [Hasher.Verify] does for one with a hash of today's cost:
// the same work, the same errors, never a match.
//
// A user whose imported hash has another cost takes another time until their next sign-in, which renews it.
func (h *Hasher) VerifyUnknown(ctx context.Context, password string) error {
	_, err := h.Verify(ctx, h.decoy, password)
	return err
}

func (h *Hasher) judge(stored encoded, text, password string) (Verdict, error) {
	normal := norm.NFC.String(password)
	match, err := h.matches(stored, text, normal)
	if match || err != nil {
		return Verdict{Match: match, Outdated: match && h.outdated(stored, normal)}, err
	}
	if normal == password {
		return Verdict{}, nil
	}
	match, err = h.matches(stored, text, password)
	return Verdict{Match: match, Outdated: match && !truncates(stored, password)}, err
}

func (h *Hasher) matches(stored encoded, text, password string) (bool, error) {
	done, err := h.compute(task{Match: true, Encoded: text, Password: []byte(password), KiB: h.gate.shares(stored.memoryKiB())})
	return done.Match, err
}

// compute has a task done by the worker, or does it here when there is none.
func (h *Hasher) compute(t task) (result, error) {
	done, err := h.worker.compute(t)
	if !errors.Is(err, errNoWorker) {
		return done, err
	}
	if err := h.here.Acquire(context.Background(), t.KiB); err != nil { // whoever holds it is done in a moment
		return result{}, err
	}
	defer h.here.Release(t.KiB)
	// Storms of sign-ins are the worker's matter: here nothing is kept for the next one.
	if done = t.compute(new(argon2id.Memory)); done.Err != "" {
		return result{}, errors.New(done.Err)
	}
	return done, nil
}

func (h *Hasher) outdated(stored encoded, password string) bool {
	if hash, ok := stored.(argon2Hash); ok {
		return hash.variant != Argon2id || hash.Params != h.params || len(hash.salt) != saltLength || len(hash.key) != keyLength
	}
	return !truncates(stored, password)
}

// acceptable refuses what can be no password here, at no cost.
func acceptable(password string) error {
	if len(password) > maxBytes || utf8.RuneCountInString(password) > MaxLength {
		return fault.Refuse(fault.PasswordRejected, fmt.Sprintf("it is longer than %d characters", MaxLength))
	}
	if !utf8.ValidString(password) {
		return fault.Refuse(fault.PasswordRejected, "it is not valid text (UTF-8)")
	}
	return nil
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
