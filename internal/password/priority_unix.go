//go:build unix

package password

import (
	"os/exec"
	"syscall"
)

// niceness is low enough that a waking thread of the server overtakes, and high enough that hashing still gets all that is idle.
const niceness = 10

// detach gives the process a group of its own: signals of the terminal are for the server, which ends it in its own time, and the
// group is what lowerPriority can name.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// lowerPriority lowers all threads of the process, by way of its group: on Linux a single thread would be lowered otherwise. A system
// that refuses lets the process run at the usual priority, which is slower for others and no error.
func lowerPriority() { _ = syscall.Setpriority(syscall.PRIO_PGRP, 0, niceness) }
