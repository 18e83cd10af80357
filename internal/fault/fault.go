// Package fault holds the two error vocabularies of Lingpai and the table between them.
//
// Inside, packages return plain errors: the sentinels [ErrNotFound], [ErrConflict], [ErrUnavailable], or anything wrapped with
// fmt.Errorf. Outside, a client reads only a [Refusal]: a stable [Code], one sentence, and when to come back.
// [From] is the single crossing: an error that is not a Refusal becomes `internal_error`, and its text stays in the log.
//
// The package imports nothing of ours, so that everything may use it.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Inner kinds, matched with errors.Is. Stores return them; they never reach a client as they are.
var (
	// ErrNotFound says that no such row exists (or none that the act may touch).
	ErrNotFound = errors.New("not found")
	// ErrConflict says that a unique value is taken, or that the row is not in the state which the act requires.
	ErrConflict = errors.New("conflict")
	// ErrUnavailable says that the store could not be asked or could not promise durability; the act may be tried again.
	ErrUnavailable = errors.New("store unavailable")
)

// Refusal is what a client reads: a stable code and one sentence. It is safe to show by construction: Code.Text and Slip are our own wording,
// and Args are values that the refused party sent itself or may know.
type Refusal struct {
	Code Code
	// Args fill the verbs of the code's sentence: strings, integers and durations (spoken as "42 seconds").
	Args []any
	// Slip says more exactly than the sentence of the code what was done wrong, and stands in its place; "" where that is not known.
	Slip string
	// RetryAfter, if positive, becomes the Retry-After header, rounded up to whole seconds.
	RetryAfter time.Duration
	// Fields names what is wrong with single members of the body or form, keyed by member name.
	Fields map[string]string
	// Add is what would have it answered the next time. nil: nothing that can be said so exactly.
	Add *Addition
	// Mismatch is which address was asked for, for the developer of an app. nil wherever others than people of this machine may read it.
	Mismatch *Mismatch
	// Help is the address at which a developer sees the request and what was wrong with it; "" wherever others than developers may read it.
	Help string
	// Cause is the inner reason. It is logged and never sent.
	Cause error
}

// Addition is what a developer who is refused may write into a file of theirs, to the letter.
type Addition struct {
	// File is its name.
	File string `json:"file"`
	// To is the key of the file whose list gets one more item; "" where the lines are keys of the file themselves.
	To string `json:"to,omitempty"`
	// Lines are indented as they have to stand there.
	Lines []string `json:"lines"`
}

// Mismatch is an address that was asked for, beside those that are registered for a client. It is for a page, and not in the answer of the API.
type Mismatch struct {
	Client string
	// Asked is the address, in printable ASCII. A stranger may have written it: nothing may lead there.
	Asked      string
	Registered []string
	// Command registers it; "" where no command does.
	Command string
	// Configured says that the client stands in the configuration, and is changed there.
	Configured bool
}

// Refuse makes a Refusal. A duration among args of `rate_limited` and `too_busy` also becomes RetryAfter.
func Refuse(code Code, args ...any) *Refusal {
	r := &Refusal{Code: code, Args: args}
	if code == RateLimited || code == TooBusy {
		for _, a := range args {
			if d, ok := a.(time.Duration); ok {
				r.RetryAfter = d
			}
		}
	}
	return r
}

// Because returns a copy of r that carries an inner reason for the log.
func (r *Refusal) Because(cause error) *Refusal {
	c := *r
	c.Cause = cause
	return &c
}

// Error is for logs: it includes the inner reason. Clients get [Refusal.Detail].
func (r *Refusal) Error() string {
	if r.Cause != nil {
		return fmt.Sprintf("%s: %v", r.Code, r.Cause)
	}
	return string(r.Code)
}

// Unwrap gives the inner reason to errors.Is.
func (r *Refusal) Unwrap() error { return r.Cause }

// Detail is the English sentence for the client, as in the `detail` member of RFC 9457.
func (r *Refusal) Detail() string {
	if r.Slip != "" {
		return r.Slip
	}
	text := r.Code.entry().text
	if len(r.Args) == 0 {
		return text
	}
	args := make([]any, len(r.Args))
	for i, a := range r.Args {
		if d, ok := a.(time.Duration); ok {
			a = Span(d)
		}
		args[i] = a
	}
	return fmt.Sprintf(text, args...)
}

// From turns any error into what a client may read. An unknown error becomes `internal_error` with the error as its cause;
// [ErrNotFound] becomes `not_found` and [ErrUnavailable] becomes `unavailable`.
func From(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return Refuse(NotFound).Because(err)
	case errors.Is(err, ErrUnavailable):
		r := Refuse(Unavailable).Because(err)
		r.RetryAfter = 2 * time.Second
		return r
	}
	return Refuse(Internal).Because(err)
}

// Is reports whether err is, or wraps, a Refusal of this code.
func Is(err error, code Code) bool {
	r, ok := errors.AsType[*Refusal](err)
	return ok && r.Code == code
}

// Span says a duration in words, in its largest whole unit: "1 second", "42 seconds", "3 minutes", "2 hours", "30 days".
// A part of a second counts as one, because nobody is told to wait for zero seconds.
func Span(d time.Duration) string {
	n, unit := SpanParts(d)
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// SpanParts splits a duration as [Span] says it: a number and the unit "second", "minute", "hour" or "day".
// Below two of a unit the next smaller one is used, so that 90 seconds are not called one minute.
func SpanParts(d time.Duration) (n int, unit string) {
	d = max(d, -d)
	switch {
	case d >= 48*time.Hour:
		return int(d / (24 * time.Hour)), "day"
	case d >= 2*time.Hour:
		return int(d / time.Hour), "hour"
	case d >= 2*time.Minute:
		return int(d / time.Minute), "minute"
	}
	return max(1, int((d+time.Second-1)/time.Second)), "second"
}
