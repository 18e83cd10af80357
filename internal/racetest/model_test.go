package racetest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// clockTolerance is how far the wall clocks of the servers may stray from the monotonic clock of the history.
const clockTolerance = 100 * time.Millisecond

// span is when something happened: within the exchange that caused it. Its zero value is that it has not happened.
type span struct{ from, to time.Duration }

// state is one session, after the doc of package session. A time that no rule asks for stays zero: states that differ in nothing else
// would only keep the search busy.
type state struct {
	confirms  bool
	bound     bool // to a DPoP key
	counter   uint32
	rotated   span
	confirmed span
	ended     bool
}

// mayBeOpen says whether a window of this length that opened within the span may be open at some time within x.
func (s span) mayBeOpen(length time.Duration, x exchange) bool {
	return x.call < s.to+length+clockTolerance
}

// mayBeOver says whether it may be over at some time within x.
func (s span) mayBeOver(length time.Duration, x exchange) bool {
	return x.end >= s.from+length-clockTolerance
}

// next are the states that an exchange may lead to, given what was answered. None means that this cannot have happened.
func (s state) next(x exchange) []state {
	switch x.kind {
	case refreshing:
		return s.refresh(x)
	case confirming:
		return s.confirm(x)
	}
	if x.answered() && s.ended != (x.code != "") {
		return nil
	}
	return s.confirm(x)
}

func (s state) confirm(x exchange) []state {
	if s.confirms && !s.bound && !s.ended && x.number == s.counter && s.confirmed == (span{}) {
		s.confirmed = span{x.call, x.end}
	}
	return []state{s}
}

func (s state) refresh(x exchange) (after []state) {
	if s.ended {
		return s.when(x, "refresh_reused", 0)
	}
	switch x.number {
	case s.counter:
		rotated := state{confirms: s.confirms, bound: s.bound, counter: s.counter + 1}
		if !s.confirms && !s.bound {
			rotated.rotated = span{x.call, x.end}
		}
		return rotated.when(x, "", rotated.counter)
	case s.counter - 1:
		return s.predecessor(x)
	}
	return s.reused().when(x, "refresh_reused", 0)
}

// predecessor is a refresh with the token before the current one.
func (s state) predecessor(x exchange) (after []state) {
	opened, length := s.rotated, grace
	if s.confirms {
		opened, length = s.confirmed, overlap
	}
	forEver := s.bound || s.confirms && s.confirmed == (span{})
	if forEver || opened.mayBeOpen(length, x) {
		after = append(after, s.when(x, "", s.counter)...)
	}
	if !forEver && opened.mayBeOver(length, x) {
		after = append(after, s.reused().when(x, "refresh_reused", 0)...)
	}
	return after
}

func (s state) reused() state {
	s.ended = true
	return s
}

// when returns s if x was answered so, or if nobody knows.
func (s state) when(x exchange, code string, successor uint32) []state {
	if x.answered() && (x.code != code || x.successor != successor) {
		return nil
	}
	return []state{s}
}

// model is the state machine as porcupine takes it, for a session that begins so.
func model(begin state) porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{begin} },
		Step: func(s, in, _ any) (after []any) {
			for _, next := range s.(state).next(in.(exchange)) {
				after = append(after, next)
			}
			return after
		},
	}
	return m.ToModel()
}

// linearizable holds the exchanges of one session against the model: there must be an order of single acts, each between the begin and
// the end of its exchange, that explains every answer.
func linearizable(t *testing.T, begin state, exchanges []exchange) bool {
	t.Helper()
	result := check(begin, exchanges)
	if result == porcupine.Ok {
		return true
	}
	t.Errorf("session %s (confirms: %v, bound: %v) is not linearizable (%s):", exchanges[0].session, begin.confirms, begin.bound, result)
	for _, x := range exchanges[:min(200, len(exchanges))] {
		t.Log(x)
	}
	return false
}

// check looks for an order. Unknown is that none was found in time.
func check(begin state, exchanges []exchange) porcupine.CheckResult {
	if begin.bound {
		exchanges = telling(exchanges)
	}
	return search(begin, exchanges)
}

func search(begin state, exchanges []exchange) porcupine.CheckResult {
	slices.SortStableFunc(exchanges, func(a, b exchange) int { return cmp.Compare(a.call, b.call) })
	operations := make([]porcupine.Operation, len(exchanges))
	for i, x := range exchanges {
		operations[i] = porcupine.Operation{ClientId: i, Input: x, Call: int64(x.call), Return: int64(x.end)}
	}
	return porcupine.CheckOperationsTimeout(model(begin), operations, time.Minute)
}

// telling leaves out what says nothing new of a session that is bound to a key, where a hundred tabs ask for the same at once and no window
// ever closes: of equal exchanges, the first changes the state and the others must come before the next change. So the one that began first,
// the one that ended first and the one that began last say all. Of those that nobody saw end, one may have rotated the token and another have
// been taken for a thief's, so the two that began first say all.
func telling(exchanges []exchange) []exchange {
	type sort struct {
		kind      kind
		number    uint32
		code      string
		successor uint32
		answered  bool
	}
	equal := map[sort][]exchange{}
	for _, x := range exchanges {
		if !unproven(x.code) { // Without the key, nothing happens.
			of := sort{x.kind, x.number, x.code, x.successor, x.answered()}
			equal[of] = append(equal[of], x)
		}
	}
	byCall := func(a, b exchange) int { return cmp.Compare(a.call, b.call) }
	byEnd := func(a, b exchange) int { return cmp.Compare(a.end, b.end) }
	var told []exchange
	for of, all := range equal {
		slices.SortFunc(all, byCall)
		switch {
		case len(all) < 3:
			told = append(told, all...)
		case of.answered:
			told = append(told, all[0], slices.MinFunc(all, byEnd), all[len(all)-1])
		default:
			told = append(told, all[:2]...)
		}
	}
	return told
}

// oneChain holds that every refresh that was answered led to the one successor of what was presented: the next number, in one token.
func oneChain(t *testing.T, exchanges []exchange) {
	t.Helper()
	tokens := map[uint32]string{}
	for _, x := range exchanges {
		if x.kind != refreshing || !x.answered() || x.code != "" {
			continue
		}
		if x.successor != x.number+1 {
			t.Errorf("session %s: number %d was answered with number %d", x.session, x.number, x.successor)
		}
		if first, ok := tokens[x.successor]; ok && first != x.token {
			t.Errorf("session %s: two tokens have number %d", x.session, x.successor)
		}
		tokens[x.successor] = x.token
	}
}
