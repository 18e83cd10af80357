// Package interop lets clients that others wrote log in at the real program: what they accept, apps will.
//
// Beside that it holds our judge of passkeys against a library of others: on thousands of answers, right and wrong, whatever we take the library takes.
//
// It is a module of its own, so that nobody who uses Lingpai brings these clients and libraries along. Run it with `go -C interop test ./...`.
package interop
