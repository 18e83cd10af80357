package password

import (
	"errors"
	"fmt"
)

// Params are the costs of Argon2id (RFC 9106).
type Params struct {
	// MemoryKiB is the memory of one hash in KiB, at least 8 for each lane.
	MemoryKiB uint32
	// Time is the number of passes over that memory.
	Time uint32
	// Threads is the number of lanes. They are computed one after the other, or side by side where the library computes them.
	Threads uint8
}

// DefaultParams are OWASP's first choice that fits 32 MiB: 19 MiB, two passes, one lane. One hash takes some
// 10 ms with AVX2, and 30 ms without.
var DefaultParams = Params{MemoryKiB: 19 << 10, Time: 2, Threads: 1}

// The most that one hash may cost, ours or imported: a row in a table must not be able to stop the server. It is about two seconds
// on a slow core, and holds everything that is recommended anywhere except for the 1 GiB and more of RFC 9106 and libsodium's
// "sensitive" level.
const (
	maxMemoryKiB  = 256 << 10
	maxTrafficKiB = 2 << 20 // memory times passes
	maxThreads    = 16
)

// The least that new hashes may cost: OWASP's table of equal strength ends at 7 MiB with 5 passes.
const (
	minMemoryKiB  = 7 << 10
	minTrafficKiB = 5 * minMemoryKiB
)

func (p Params) trafficKiB() uint64 { return uint64(p.MemoryKiB) * uint64(p.Time) }

// check says whether the parameters can be computed at a bearable cost.
func (p Params) check() error {
	switch {
	case p.Time < 1 || p.Threads < 1 || p.MemoryKiB < 8*uint32(p.Threads):
		return fmt.Errorf("argon2 parameters %s are too small to compute", p)
	case p.MemoryKiB > maxMemoryKiB || p.Threads > maxThreads || p.trafficKiB() > maxTrafficKiB:
		return fmt.Errorf("argon2 parameters %s: %w", p, ErrTooCostly)
	}
	return nil
}

// weak says whether new hashes should not be made with these parameters.
func (p Params) weak() bool {
	return p.MemoryKiB < minMemoryKiB || p.trafficKiB() < minTrafficKiB
}

// String writes the parameters as in a PHC string.
func (p Params) String() string {
	return fmt.Sprintf("m=%d,t=%d,p=%d", p.MemoryKiB, p.Time, p.Threads)
}

var (
	// ErrUnrecognised says that an encoded hash is of no known form.
	ErrUnrecognised = errors.New("unrecognised password hash")
	// ErrTooCostly says that an encoded hash or [Params] ask for more memory or time than one password may take.
	ErrTooCostly = errors.New("costs more than one password may take")
)
