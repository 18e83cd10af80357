// Command lingpai is the server and everything that is done to it from a terminal. Run `lingpai help`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(run())
}

// run is main with an exit code. The first signal ends the context, so that work stops in good order; the second ends the process.
func run() int {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	return execute(ctx, newRoot(release), os.Args[1:], os.Stderr)
}
