//go:build linux || darwin || freebsd

package app

import "syscall"

// freeBytes asks what is free for users that are not root.
func freeBytes(dir string) (uint64, bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true //nolint:unconvert // the types differ between systems; neither is negative
}
