package password

import (
	"sync"

	"github.com/lingpai/lingpai/internal/argon2id"
)

// spare keeps the memory of tasks that are done for those that come: fresh pages would cost a quarter of the time of a hash. What it keeps
// and what is in use are together no more than what tasks may reserve at once. It is safe for concurrent use.
type spare struct {
	mu       sync.Mutex
	reserved int64 // KiB, the same for all that is kept
	memory   []*argon2id.Memory
}

// take returns memory for a task that has reserved so many KiB. If what is kept was for others, it makes room.
func (s *spare) take(reserved int64) *argon2id.Memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	if reserved != s.reserved {
		s.reserved, s.memory = reserved, nil
	}
	last := len(s.memory) - 1
	if last < 0 {
		return new(argon2id.Memory)
	}
	m := s.memory[last]
	s.memory[last] = nil
	s.memory = s.memory[:last]
	return m
}

// give brings it back before the reservation ends. It is not kept if others want another size now, or if it outgrew what was reserved,
// as that of an imported hash may that needs more than there is.
func (s *spare) give(reserved int64, m *argon2id.Memory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if reserved == s.reserved && m.KiB() <= reserved {
		s.memory = append(s.memory, m)
	}
}

// drop leaves all that is kept to the collector.
func (s *spare) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory = nil
}
