package revoked

import (
	"encoding/binary"
	"math/bits"
)

// Key is the key of the fingerprints. Whoever does not have it can neither tell what an entry is about nor make values that collide.
type Key [16]byte

// Print is the fingerprint of a value: SipHash-2-4 of the name of its kind, filled with zero bytes to 8, and the value.
func (k Key) Print(kind Kind, value string) uint64 {
	s := k.sums()
	return s.fingerprint(kind, value)
}

// sums are the states in which SipHash is when it has taken the first block, one for each kind: what is the same for all values is
// done once.
type sums [kinds]state

func (k Key) sums() (s sums) {
	for kind := range s {
		s[kind] = k.begin(blocks[kind])
	}
	return s
}

// fingerprint is never 0, which marks a free slot in a table.
func (s *sums) fingerprint(kind Kind, value string) uint64 { return max(1, s[kind].hash(value)) }

// blocks are the names of the kinds as first blocks.
var blocks = func() (b [kinds]uint64) {
	for k, name := range names {
		var block [8]byte
		copy(block[:], name)
		b[k] = binary.LittleEndian.Uint64(block[:])
	}
	return b
}()

// begin is the state of SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012) after the 8 bytes of first.
func (k Key) begin(first uint64) state {
	k0, k1 := binary.LittleEndian.Uint64(k[:8]), binary.LittleEndian.Uint64(k[8:])
	v := state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	v.d ^= first
	v = v.round().round()
	v.a ^= first
	return v
}

// hash goes on from the state after the first 8 bytes to the end of the input.
func (v state) hash(rest string) uint64 {
	last := uint64(8+len(rest)) << 56
	for ; len(rest) >= 8; rest = rest[8:] {
		block := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		v.d ^= block
		v = v.round().round()
		v.a ^= block
	}
	for i := range len(rest) {
		last |= uint64(rest[i]) << (8 * i)
	}
	v.d ^= last
	v = v.round().round()
	v.a ^= last
	v.c ^= 0xff
	v = v.round().round().round().round()
	return v.a ^ v.b ^ v.c ^ v.d
}

type state struct{ a, b, c, d uint64 }

func (v state) round() state {
	v.a += v.b
	v.c += v.d
	v.b = bits.RotateLeft64(v.b, 13) ^ v.a
	v.d = bits.RotateLeft64(v.d, 16) ^ v.c
	v.a = bits.RotateLeft64(v.a, 32) + v.d
	v.c += v.b
	v.b = bits.RotateLeft64(v.b, 17) ^ v.c
	v.d = bits.RotateLeft64(v.d, 21) ^ v.a
	v.c = bits.RotateLeft64(v.c, 32)
	return v
}
