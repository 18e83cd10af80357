package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
)

// Exit codes. They are documented in `lingpai help` and stay as they are.
const (
	exitOK     = 0
	exitFailed = 1 // what was asked could not be done
	exitUsage  = 2 // the command line or the configuration is wrong
)

// The groups of `lingpai help`, by what somebody wants to do.
const (
	groupServer = "server"
	groupPeople = "people"
	groupTokens = "tokens"
	groupData   = "data"
	groupMore   = "more"
)

// newRoot builds the command tree. Each command has a file of its own. Release gives signals back to the system; see serve.
func newRoot(release func()) *cobra.Command {
	root := &cobra.Command{
		Use:   "lingpai",
		Short: "Token login for web apps, in one binary",
		Long:  "Lingpai signs people in, issues tokens, and refuses what has none.",
		Args:  cobra.ArbitraryArgs, // so that a misspelt command reaches RunE, which finds the nearest
		RunE:  helpOrUnknown,

		SilenceErrors: true, SilenceUsage: true, Version: version(),
	}
	cobra.EnableCommandSorting = false // commands are listed in the order in which they are wanted
	root.SetVersionTemplate("lingpai {{.Version}}\n")
	root.Flags().BoolP("version", "v", false, "say which version this is")
	root.PersistentFlags().BoolP("help", "h", false, "explain the command")
	root.PersistentFlags().String("config", "", "read settings from `FILE` (YAML), or that in LINGPAI_CONFIG; see docs/configuration.md")
	root.PersistentFlags().String("data", "", "keep the data in `DIR` (default ~/.local/share/lingpai)")
	root.SetFlagErrorFunc(explainFlag)
	root.SetHelpFunc(help)
	root.SetHelpCommand(newHelp())
	root.AddGroup(
		&cobra.Group{ID: groupServer, Title: "Server"}, &cobra.Group{ID: groupPeople, Title: "People"},
		&cobra.Group{ID: groupTokens, Title: "Tokens"}, &cobra.Group{ID: groupData, Title: "Data"}, &cobra.Group{ID: groupMore, Title: "More"},
	)
	root.SetHelpCommandGroupID(groupMore)
	root.SetCompletionCommandGroupID(groupMore)
	root.AddCommand(
		in(groupServer, newServe(release)), in(groupServer, newDev(release)), in(groupServer, newConfig()), in(groupServer, newDoctor()),
		in(groupPeople, newUser()), in(groupPeople, newClient()), in(groupPeople, newSession()), in(groupPeople, newAudit()), in(groupPeople, newMail()),
		in(groupTokens, newToken()), in(groupTokens, newKey()),
		in(groupData, newBackup()), in(groupData, newRestore()), in(groupData, newMigrate()),
		in(groupMore, newVersion()), newHashWorker(), newGuard(),
	)
	reword(root)
	return root
}

// reword gives the command that cobra brings along the voice of ours.
func reword(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Short = "Print a script that lets your shell complete commands and flags"
			c.Long = c.Short + ". The help of each says how to use it."
			c.Args, c.RunE = cobra.ArbitraryArgs, helpOrUnknown
		}
	}
}

func in(group string, cmd *cobra.Command) *cobra.Command {
	cmd.GroupID = group
	return cmd
}

// newFamily makes a command that only holds others.
func newFamily(use, short string, members ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: helpOrUnknown}
	cmd.AddCommand(members...)
	return cmd
}

// helpOrUnknown is what a command does that only holds others.
func helpOrUnknown(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	return cmd.Help()
}

// execute runs the command tree and says in one sentence what went wrong.
func execute(ctx context.Context, root *cobra.Command, args []string, stderr io.Writer) int {
	root.SetArgs(args)
	err := refuseMissingValues(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		return exitOK
	}
	newPage(stderr).complain(err)
	return exitCode(err)
}

// takes says which arguments a command has. One in brackets may be left out.
func takes(names ...string) cobra.PositionalArgs {
	required := len(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n[0] == '[' }))
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < required:
			return usage("%s is missing; write: %s", names[len(args)], cmd.UseLine())
		case len(args) > len(names):
			return usage("%q is one argument too many; write: %s", args[len(names)], cmd.UseLine())
		}
		return nil
	}
}

// addJSON adds the flag that lists have in common.
func addJSON(cmd *cobra.Command, to *bool) {
	cmd.Flags().BoolVar(to, "json", false, "print JSON, for programs")
}

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }
