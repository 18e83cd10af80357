package password

import (
	"testing"

	"github.com/lingpai/lingpai/internal/argon2id"
)

// used is memory that something of so many KiB was computed in.
func used(t *testing.T, kib uint32) *argon2id.Memory {
	t.Helper()
	m := new(argon2id.Memory)
	m.Key([]byte("password"), []byte("somesalt"), 1, kib, 1, 32)
	return m
}

func TestATaskComputesInTheMemoryOfAnEarlierOne(t *testing.T) {
	var s spare
	first, second := s.take(64), s.take(64)
	if first == second {
		t.Fatal("two tasks at once have the same memory")
	}
	s.give(64, first)
	if s.take(64) != first {
		t.Error("the memory that lay there was not taken")
	}
	if third := s.take(64); third == first || third == second {
		t.Error("memory that is in use was given to another task")
	}
}

func TestKeptMemoryMakesRoomForAnotherSize(t *testing.T) {
	var s spare
	running, done := s.take(64), s.take(64)
	s.give(64, done)
	if s.take(128) == done {
		t.Error("a larger task got the memory of a smaller one, which it would have to replace")
	}
	s.give(64, running)
	if len(s.memory) != 0 {
		t.Errorf("%d memories of the smaller size are kept beside the larger", len(s.memory))
	}
}

func TestMemoryBeyondItsReservationIsNotKept(t *testing.T) {
	var s spare
	s.take(64)
	s.give(64, used(t, 32))
	if len(s.memory) != 1 {
		t.Error("memory within its reservation is not kept")
	}
	large := used(t, 128)
	if large.KiB() == 0 {
		t.Skip("without AVX2 no memory is kept at all")
	}
	s.give(64, large)
	if len(s.memory) != 1 {
		t.Error("128 KiB are kept where 64 are reserved")
	}
}

func TestDroppedMemoryIsNotTaken(t *testing.T) {
	var s spare
	m := s.take(64)
	s.give(64, m)
	s.drop()
	if s.take(64) == m {
		t.Error("it is still there")
	}
}
