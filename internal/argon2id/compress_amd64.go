//go:build amd64 && gc && !purego

package argon2id

import "golang.org/x/sys/cpu"

// hasAVX2 says that compress works here. The system keeps the registers, too, or x/sys would not say so.
var hasAVX2 = cpu.X86.HasAVX2

// compress is G of RFC 9106, section 3.5: it writes G(previous, reference) to dst, or with over, as all passes but the first want, what was in dst xor that.
// dst may be previous. rows is for its own use.
//
//go:noescape
func compress(dst, previous, reference, rows *block, over bool)
