// Package interop lets clients that others wrote log in at the real program: what they accept, apps will.
//
// It is a module of its own, so that nobody who uses Lingpai brings these clients along. Run it with `go -C interop test ./...`.
package interop
