//go:build unix

package child

import (
	"os/exec"
	"syscall"
)

// apart gives a process a group of its own, so that Ctrl-C at our terminal is for us alone.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// endGroup asks all of a group to end. Whoever is gone already does not matter, here and below.
func endGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGTERM) }

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
