// Package record is what is stored as programs read it: one shape in JSON for the command line (--json) and for the API of administrators.
//
// Members have the names of the standards where there are some: those of RFC 7591 for clients, of OpenID Connect for people. Times are UTC in whole
// seconds (RFC 3339); lists are never null. Nothing secret is in a record, but for the secret of a client that was just made.
package record

import "time"

// UTC is how times are written.
func UTC(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

// List is how lists are written: none is an empty one.
func List[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// each makes a record of each item.
func each[T, R any](items []T, of func(T) R) []R {
	out := make([]R, 0, len(items))
	for _, item := range items {
		out = append(out, of(item))
	}
	return out
}
