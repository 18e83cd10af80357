package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/devserver/child"
)

// behindDashesOnly takes arguments behind two dashes alone, so that a slip of the keyboard is not run as a program.
func behindDashesOnly(cmd *cobra.Command, args []string) error {
	switch dashes := cmd.ArgsLenAtDash(); {
	case len(args) == 0 && dashes < 0, len(args) > 0 && dashes == 0:
		return nil
	case len(args) == 0:
		return usage("no command stands behind the two dashes; write: lingpai dev -- npm run dev")
	default:
		return usage("%q is one argument too many; a command to run goes behind two dashes: lingpai dev -- npm run dev", args[0])
	}
}

// newChild is the command that runs the app's dev server, or nil if there is none.
func newChild(command []string, t *devTerminal) (*child.Child, error) {
	if len(command) == 0 {
		return nil, nil //nolint:nilnil // there is none, and that is fine
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		return nil, usage("there is no program %q to run", command[0])
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	folder, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the working folder: %w", err)
	}
	env := []string{"BROWSER=none"} // the page to open is ours
	if t.colour && t.screen == nil {
		env = append(env, "FORCE_COLOR=1") // for us, who pass it on
	}
	return child.New(child.Options{
		Command: command, Guard: []string{self, guardName, "--"}, Folder: folder, Env: env, Output: t.child, Now: time.Now,
	}), nil
}

const guardName = "child-guard"

// exitError ends the guard with the exit code of what it ran.
type exitError int

// Error implements error.
func (e exitError) Error() string { return "exit code " + strconv.Itoa(int(e)) }

// newGuard is the process between lingpai dev and the dev server of an app. Dev starts it; nobody else needs it.
func newGuard() *cobra.Command {
	return &cobra.Command{
		Use:    guardName,
		Short:  "Run a command until standard input ends (started by dev)",
		Hidden: true,
		Args:   cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if code := child.Guard(cmd.InOrStdin(), args); code != 0 {
				return exitError(code)
			}
			return nil
		},
	}
}
