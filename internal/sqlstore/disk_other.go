//go:build !linux && !darwin && !freebsd

package sqlstore

// FreeBytes is not known here.
func FreeBytes(string) (bytes uint64, known bool) { return 0, false }
