//go:build !linux

package pgtest

import "syscall"

func processOf(int, int) *syscall.SysProcAttr { return nil }
