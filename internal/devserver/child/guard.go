package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

const (
	exitNotFound  = 127 // as shells have it
	guardPatience = 3 * time.Second
)

// Guard is a process of its own between us and the program: it runs the program in a process group, and ends the whole group when the
// program ends, or when our end of the pipe is closed, which happens even to a process that is killed. It returns the exit code.
func Guard(pipe io.Reader, command []string) int {
	// The pipe says when to end. Signals are caught rather than ignored, because what is ignored stays so in the program.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // the developer's own command, which the pipe ends
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	apart(cmd)
	in, err := cmd.StdinPipe() // stays open: dev servers end when their standard input does
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitNotFound
	}
	defer in.Close()
	ended := make(chan int, 1)
	go func() { ended <- code(cmd.Wait()) }()
	alone := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, pipe); close(alone) }()
	select {
	case c := <-ended:
		killGroup(cmd.Process.Pid)
		return c
	case <-alone:
	}
	endGroup(cmd.Process.Pid)
	select {
	case <-ended:
	case <-time.After(guardPatience):
	}
	killGroup(cmd.Process.Pid)
	return 0
}

func code(err error) int {
	if err == nil {
		return 0
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() >= 0 {
		return exit.ExitCode()
	}
	return 1
}
