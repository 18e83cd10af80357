//go:build linux || darwin || freebsd

package sqlstore

import "syscall"

// FreeBytes is what is free in a folder for users that are not root. It is not known on systems that do not tell.
func FreeBytes(dir string) (bytes uint64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true //nolint:unconvert // the types differ between systems; neither is negative
}
