// Package argon2id computes Argon2id (RFC 9106, version 0x13), for passwords, in memory that is used again.
//
// It gives the keys that argon2.IDKey of golang.org/x/crypto gives, for all parameters that one takes. It is here because a sign-in costs what a hash
// costs: the library allocates its memory anew for each hash, and knows no AVX2. docs/decisions/0013-argon2id.md has the figures.
//
//	memory.go     Memory and Key: from the password to the first blocks, and from the last blocks to the key
//	fill.go       which block is made of which two others (RFC 9106, section 3.4)
//	blake2b.go    the hash of any length (section 3.3)
//	compress_*    how a block is made of two (sections 3.5 and 3.6), in assembly for processors with AVX2
//
// Other processors, and builds with the tag purego, use the library: hashes are the same, memory is not kept.
//
// The package is a leaf. Who may hash how much at once is the matter of package password.
package argon2id
