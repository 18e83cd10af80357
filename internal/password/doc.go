// Package password turns passwords into hashes and judges them, and says which passwords are good enough to be chosen.
//
// # Hashing
//
// New hashes are Argon2id, in the PHC string form. Hashes of other systems can be brought along ([Recognise]); the first sign-in with the
// right password tells the caller to store a new one ([Verdict]). A user who does not exist costs the same work as one who does
// ([Hasher.VerifyUnknown]).
//
// A password is compared whole and as it was given, spaces included, except that it is brought to Unicode NFC, because keyboards differ
// in how they compose "é". One exception is bcrypt, which reads 72 bytes only: an imported hash accepts a longer password when its first
// 72 bytes are right, just as it did where it comes from, and is then kept as it is, because nobody has checked the rest.
//
// # Admission control
//
// One hash takes some 30 ms and 19 MiB, so what a login storm may take is bounded. So many hashes run at once (Options.Concurrency, sharing
// a fixed amount of memory), so many callers wait in line, first in, first out (Options.Queue, Options.MaxWait), and whoever comes then
// is refused at once with `too_busy` and told when to come back. Passwords of more than 1,000 characters are refused before any of this.
//
// # What the app must do
//
// A hash occupies the processor (P) of Go's scheduler that it runs on for milliseconds at a stretch, and the scheduler has as many as the
// machine has cores: with all of them hashing, a request that needs 100 µs waits for tens of milliseconds. So the app adds
// [Hasher.Workers] to GOMAXPROCS, once, after [NewHasher]. There are then Ps that no hash can hold, and it is the kernel that shares the
// cores, which gives threads that mostly sleep their turn at once. On two shared cores, with two hashes running without pause beside
// 200 requests a second that sign with P-256 and fsync:
//
//	                               p50        p90       p99        hashes/s
//	no hashing                     0.9 ms     1.1 ms    1.6-2 ms   -
//	hashing, GOMAXPROCS = 2        12 ms      33 ms     67-83 ms   45
//	hashing, GOMAXPROCS = 4        0.8 ms     4-6 ms    9-38 ms    38-45
//
// The app also sets a soft memory limit (debug.SetMemoryLimit) of [Hasher.MemoryBytes] plus 64 MiB or more. The memory of a hash is garbage
// once it is done, and by default the collector lets garbage double the heap: with 2 hashes at once the process peaked at 127 MiB,
// with the limit at 106, at the same rate; with 16 at once at 682 MiB and 339 MiB. A limit that leaves less than 50 MiB beside the
// hashes costs more than half of the rate.
//
// Lowering the priority of the hashing thread would do better still, but cannot be done here: x/crypto computes each segment in a
// goroutine of its own, which runs on whatever thread is free. A separate process with nice 10 was measured at p99 4 ms and the same
// rate, at the price of being a second process. Argon2 without assembly, as our own would be, is slower by 40 %.
//
// # Choosing
//
// [Policy] follows NIST SP 800-63B-4: length, a list of common passwords, words from the context, and no rules about kinds of characters.
//
// The neighbour of this package at sign-in is throttle, which is asked first. Both are capabilities and keep nothing themselves.
package password
