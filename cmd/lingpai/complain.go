package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/spelling"
)

// usageError marks an error of the command line or the configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errReported ends a command that has said already what went wrong.
var errReported = errors.New("reported")

func exitCode(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[config.Problems](err); ok {
		return exitUsage
	}
	if e, ok := errors.AsType[exitError](err); ok {
		return int(e)
	}
	return exitFailed
}

// complain writes what went wrong and how to mend it.
func (p *page) complain(err error) {
	if _, told := errors.AsType[exitError](err); told || errors.Is(err, errReported) {
		return
	}
	fmt.Fprintln(p, p.paint(bad, "lingpai:")+" "+explain(err))
}

// explain words an error for whoever sits at the terminal. Refusals are made for clients, so their sentence is taken and the code is left
// out; inner errors are shown, because the reader runs the server.
func explain(err error) string {
	if r, ok := errors.AsType[*fault.Refusal](err); ok {
		return strings.TrimSpace(r.Detail() + " " + advice(r.Code))
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, fault.ErrUnavailable):
		return fmt.Sprintf("the database could not do this, so nothing was changed (%v); try again, or ask: lingpai doctor", err)
	}
	return err.Error()
}

// advice is what the code advises, where that makes sense in a terminal.
func advice(code fault.Code) string {
	switch code {
	case fault.FieldInvalid:
		return "" // the sentence says it all
	case fault.TooBusy:
		return "Try again."
	}
	return code.Advice()
}

func unknownCommand(cmd *cobra.Command, name string) error {
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			known = append(known, c.Name())
		}
	}
	full := strings.TrimPrefix(cmd.CommandPath()+" "+name, "lingpai ")
	return usage("there is no command %q%s: %s --help", full, meant(spelling.Nearest(name, known)), cmd.CommandPath())
}

// meant goes on with what was probably meant, if anything is near.
func meant(name string) string {
	if name == "" {
		return "; see"
	}
	return fmt.Sprintf("; did you mean %q? See", name)
}

// explainFlag words an error of the flags.
func explainFlag(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
		return unknownCommand(cmd, args[0]) // its flags are not known either
	}
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknownFlag(cmd, e)
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return needsValue(e.GetFlag())
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usage("--%s cannot be %q: %s", e.GetFlag().Name, e.GetValue(), meaning(e.GetFlag()))
	}
	return usageError{err}
}

func needsValue(f *pflag.Flag) error { return usage("--%s needs a value: %s", f.Name, meaning(f)) }

// refuseMissingValues finds a flag that would take the next one for its value, which was forgotten: `--role --password-stdin`. A value that
// does begin with two dashes is written behind "=".
func refuseMissingValues(root *cobra.Command, args []string) error {
	cmd, args, err := root.Find(args)
	if err != nil {
		return nil //nolint:nilerr // the command itself says it better
	}
	for len(args) > 0 && args[0] != "--" {
		f := takesNext(cmd, args[0])
		if args = args[1:]; f == nil || len(args) == 0 {
			continue
		}
		if strings.HasPrefix(args[0], "--") {
			return needsValue(f)
		}
		args = args[1:]
	}
	return nil
}

// takesNext is the flag that an argument is, if its value is the next argument.
func takesNext(cmd *cobra.Command, arg string) *pflag.Flag {
	name, long := strings.CutPrefix(arg, "--")
	if !long {
		return nil
	}
	f := cmd.Flag(name)
	if f == nil || f.NoOptDefVal != "" {
		return nil
	}
	return f
}

// unreadable says which file a command cannot read, and why.
func unreadable(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s", name)
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // the path stands in front
	}
	return fmt.Errorf("%s cannot be read: %w", name, err)
}

// meaning is what the help says of a flag.
func meaning(f *pflag.Flag) string {
	_, text := pflag.UnquoteUsage(f)
	return text
}

func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) error {
	if short := e.GetSpecifiedShortnames(); short != "" {
		return usage("there is no flag -%s; see: %s --help%s", e.GetSpecifiedName(), cmd.CommandPath(), behindDashes(cmd))
	}
	if spelling.Nearest(e.GetSpecifiedName(), []string{"password", "pass"}) != "" && cmd.Flags().Lookup("password-stdin") != nil {
		return usage("a password is never a flag, where others could read it; leave it out to be asked, or use --password-stdin")
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	near := spelling.Nearest(e.GetSpecifiedName(), known)
	if added := "add-" + e.GetSpecifiedName(); slices.Contains(known, added) { // what `add` takes, and `set` adds
		near = added
	}
	if near != "" {
		near = "--" + near
	}
	return usage("there is no flag --%s%s: %s --help%s", e.GetSpecifiedName(), meant(near), cmd.CommandPath(), behindDashes(cmd))
}

// behindDashes says how an ID is written that looks like a flag: one of sessions and keys in 64 begins with "-".
func behindDashes(cmd *cobra.Command) string {
	if !strings.HasSuffix(strings.TrimSuffix(cmd.Use, "]"), "ID") || cmd.Parent().Name() == "client" {
		return ""
	}
	return fmt.Sprintf("\nAn ID that begins with - goes behind two dashes, after the flags: %s -- ID", cmd.CommandPath())
}
