package pgtest

import "syscall"

// processOf runs a program as this user (-1: as it is), and ends it when the tests are killed and cannot.
func processOf(uid, gid int) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if uid >= 0 {
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return attr
}
