package argon2id

import (
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/blake2b"
)

// The words that name this function in the initial hash.
const (
	version  = 0x13
	argon2id = 2
)

// initialBytes is the length of H0 of RFC 9106 with room for the column and the lane of the block that is made from it.
const initialBytes = blake2b.Size + 4 + 4

// putInitialHash writes H0 of RFC 9106, section 3.2, step 1, to the beginning of dst.
func putInitialHash(dst *[initialBytes]byte, in input, c cost, keyLength uint32) {
	h := newBLAKE2b(blake2b.Size)
	writeNumbers(h, c.lanes, keyLength, c.memoryKiB, c.passes, version, argon2id)
	for _, part := range [][]byte{in.password, in.salt, in.secret, in.data} {
		writeNumbers(h, uint32(len(part)))
		h.Write(part)
	}
	h.Sum(dst[:0])
}

// variableHash fills out with the hash H' of in (section 3.3).
func variableHash(out, in []byte) {
	h := newBLAKE2b(min(len(out), blake2b.Size))
	writeNumbers(h, uint32(len(out)))
	h.Write(in)
	if len(out) <= blake2b.Size {
		h.Sum(out[:0])
		return
	}
	// Each hash of the last one gives half of itself, until one of the right length ends it.
	const half = blake2b.Size / 2
	var v [blake2b.Size]byte
	h.Sum(v[:0])
	out = out[copy(out, v[:half]):]
	for len(out) > blake2b.Size {
		v = blake2b.Sum512(v[:])
		out = out[copy(out, v[:half]):]
	}
	h = newBLAKE2b(len(out))
	h.Write(v[:])
	h.Sum(out[:0])
}

func newBLAKE2b(size int) hash.Hash {
	h, err := blake2b.New(size, nil)
	if err != nil {
		panic(err) // only for a size or a key out of range
	}
	return h
}

func writeNumbers(h hash.Hash, numbers ...uint32) {
	for _, n := range numbers {
		h.Write(binary.LittleEndian.AppendUint32(nil, n))
	}
}
