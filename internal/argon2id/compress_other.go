//go:build !amd64 || !gc || purego

package argon2id

const hasAVX2 = false

// compress is never called: without it the library computes the keys.
func compress(_, _, _, _ *block, _ bool) {
	panic("argon2id: no compression function for this processor")
}
