//go:build !unix

package child

import (
	"os/exec"
	"strconv"
)

func apart(*exec.Cmd) {}

func endGroup(pid int) { killGroup(pid) }

// killGroup ends a process and those that it started.
func killGroup(pid int) { _ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(pid)).Run() }
