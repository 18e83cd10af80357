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
// One hash takes some 10 ms (30 ms without AVX2) and 19 MiB, so what a login storm may take is bounded. So many hashes run at once
// (Options.Concurrency, sharing a fixed amount of memory), so many callers wait in line, first in, first out (Options.Queue,
// Options.MaxWait), and whoever comes then is refused at once with `too_busy` and told when to come back. Passwords of more than 1,000
// characters are refused before any of this.
//
// # Where hashes are computed
//
// A hash occupies the processor (P) of Go's scheduler that it runs on for milliseconds at a stretch, and the scheduler has as many as the
// machine has cores: with all of them hashing, a request that needs 100 µs waits for tens of milliseconds. More Ps than cores help, but
// then the kernel shares the cores evenly between a thread that hashes and one that serves. So a [Worker] computes in a second process with a low
// priority, which a thread that wakes up overtakes at once; its memory is not in the server's heap either, and is used again for the next
// hash. On two shared cores, with two hashes of 40 ms running without pause beside 200 requests a second that sign with P-256 and fsync:
//
//	                               p50        p99        hashes/s
//	no hashing                     0.9 ms     1.6-2 ms   -
//	hashing, GOMAXPROCS = 2        12 ms      67-83 ms   45
//	hashing, GOMAXPROCS = 4        0.8 ms     9-38 ms    38-45
//	hashing in a second process    0.7 ms     4 ms       41
//
// To lower the priority of a thread in this process instead would not do: it occupies its P all the same, and whenever the collector stops
// all threads, everybody would wait for one that the kernel does not let run.
//
// Where no process can be started, hashes are computed here, and the app should add [Hasher.Workers] to GOMAXPROCS.
//
// # Choosing
//
// [Policy] follows NIST SP 800-63B-4: length, a list of common passwords, words from the context, and no rules about kinds of characters.
//
// The neighbour of this package at sign-in is throttle, which is asked first. Both are capabilities and keep nothing themselves.
package password
