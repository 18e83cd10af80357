package argon2id

import (
	"encoding/binary"

	"golang.org/x/crypto/argon2"
)

// blockBytes is the size of a block, and of the unit in which memory is given.
const blockBytes = 1 << 10

// block is the unit of memory, as words of 64 bits.
type block [blockBytes / 8]uint64

// accelerated says whether the compression function is ours; the library computes the whole key where it is not.
var accelerated = hasAVX2

// Memory is what keys are computed in, one at a time. It grows to the largest that was asked for and stays so; whoever needs it no longer drops it,
// and the collector does the rest. The zero value is empty and ready. It is not safe for concurrent use.
type Memory struct {
	blocks []block
	work   workspace
}

// workspace is what a computation needs beside its blocks.
type workspace struct {
	initial   [initialBytes]byte
	bytes     [blockBytes]byte // a block as BLAKE2b reads and writes it
	rows      block            // what the first half of the compression leaves to the second
	input     block            // the counter from which addresses are made
	addresses block
}

// KiB is how much it holds now.
func (m *Memory) KiB() int64 { return int64(cap(m.blocks)) }

// Key derives a key of so many bytes from a password, with time passes over memoryKiB of memory in so many lanes. The lanes are computed one after
// the other. memoryKiB is rounded down to a multiple of 4 for each lane and is at least 8 for each, as in the library; the key depends on the number as
// it was given, too.
//
// It panics if time, threads or keyLength is 0. Whether they are enough is not judged here.
func (m *Memory) Key(password, salt []byte, time, memoryKiB uint32, threads uint8, keyLength uint32) []byte {
	if time < 1 || threads < 1 || keyLength < 1 {
		panic("argon2id: passes, lanes and length of the key must be positive")
	}
	if !accelerated {
		return argon2.IDKey(password, salt, time, memoryKiB, threads, keyLength)
	}
	return m.key(input{password: password, salt: salt}, cost{time, memoryKiB, uint32(threads)}, keyLength)
}

// input is what a key is made from. Nobody has a secret or associated data yet, except for the vector in the RFC.
type input struct{ password, salt, secret, data []byte }

type cost struct{ passes, memoryKiB, lanes uint32 }

func (m *Memory) key(in input, c cost, length uint32) []byte {
	f := m.filling(c)
	putInitialHash(&m.work.initial, in, c, length)
	f.begin()
	f.run()
	key := make([]byte, length)
	variableHash(key, f.end())
	m.wipe(f)
	return key
}

// filling takes as many blocks as the computation needs. What an earlier one left in them does no harm: the first pass writes each block before any
// reads it, because it refers to blocks before the present one only, and other passes find those of the pass before.
func (m *Memory) filling(c cost) *filling {
	f := &filling{passes: c.passes, lanes: c.lanes, segmentLength: max(c.memoryKiB/(syncPoints*c.lanes), 2), workspace: &m.work}
	f.laneLength = syncPoints * f.segmentLength
	n := int(f.laneLength * f.lanes)
	if cap(m.blocks) < n {
		m.blocks = nil // so that the collector need not keep both
		m.blocks = make([]block, n)
	}
	f.blocks = m.blocks[:n]
	return f
}

// wipe removes what would let somebody who reads this memory later test a password for less than the cost of a hash: what the key, the first blocks and
// the last ones are made of. Other blocks stay if there was a second pass, because each of them then stands on a whole pass; clearing them would cost a
// tenth of a hash. After a single pass all go, for the early ones stand on next to nothing.
func (m *Memory) wipe(f *filling) {
	m.work = workspace{}
	if f.passes == 1 {
		clear(f.blocks)
		return
	}
	for lane := range f.lanes {
		f.blocks[f.lastOf(lane)] = block{}
	}
}

// begin makes the first two blocks of each lane (RFC 9106, section 3.2, steps 3 and 4).
func (f *filling) begin() {
	for lane := range f.lanes {
		binary.LittleEndian.PutUint32(f.initial[initialBytes-4:], lane)
		for column := range uint32(2) {
			binary.LittleEndian.PutUint32(f.initial[initialBytes-8:], column)
			variableHash(f.bytes[:], f.initial[:])
			b := &f.blocks[lane*f.laneLength+column]
			for i := range b {
				b[i] = binary.LittleEndian.Uint64(f.bytes[8*i:])
			}
		}
	}
}

// end returns the last blocks of all lanes in one, from which the key is hashed (steps 7 and 8).
func (f *filling) end() []byte {
	last := f.blocks[f.lastOf(0)]
	for lane := uint32(1); lane < f.lanes; lane++ {
		for i, word := range f.blocks[f.lastOf(lane)] {
			last[i] ^= word
		}
	}
	for i, word := range last {
		binary.LittleEndian.PutUint64(f.bytes[8*i:], word)
	}
	return f.bytes[:]
}

func (f *filling) lastOf(lane uint32) uint32 { return (lane+1)*f.laneLength - 1 }
