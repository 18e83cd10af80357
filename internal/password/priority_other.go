//go:build !unix

package password

import "os/exec"

func detach(*exec.Cmd) {}

func lowerPriority() {}
