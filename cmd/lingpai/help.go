package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain a command",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil {
				return usageError{err}
			}
			if len(rest) > 0 {
				return unknownCommand(found, rest[0])
			}
			return found.Help()
		},
	}
}

// help writes the help of a command. That of `lingpai` is grouped by what somebody wants to do.
func help(cmd *cobra.Command, _ []string) {
	p := newPage(cmd.OutOrStdout())
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	p.printf("%s\n\n%s  %s\n", p.flowing(text), p.paint(strong, "Usage"), useLine(cmd))
	p.listCommands(cmd)
	p.listFlags("Flags", cmd.NonInheritedFlags().FlagUsagesWrapped(p.wide))
	p.listFlags("Flags of all commands", cmd.InheritedFlags().FlagUsagesWrapped(p.wide))
	if cmd.Example != "" {
		p.printf("\n%s\n%s\n", p.paint(strong, "Examples"), cmd.Example)
	}
	if !cmd.HasParent() {
		p.printf("\n%s\n", p.wrappedLines(closing))
	}
}

const closing = `To begin, run lingpai serve: it needs no configuration and prints where it is.
Every command explains itself: lingpai COMMAND --help.
Exit codes: 0 done, 1 it could not be done, 2 the command line or the configuration is wrong.`

// flowing breaks the paragraphs of a text anew for the terminal, and leaves its lists as they are.
func (p *page) flowing(text string) string {
	if p.wide == 0 {
		return text
	}
	paragraphs := strings.Split(text, "\n\n")
	for i, paragraph := range paragraphs {
		if !strings.HasPrefix(paragraph, " ") && !strings.Contains(paragraph, "\n ") {
			paragraphs[i] = p.wrappedLines(strings.ReplaceAll(paragraph, "\n", " "))
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// longestLine is what can be read at ease, also on a wide terminal.
const longestLine = 100

// wrappedLines wraps each line of a text by itself.
func (p *page) wrappedLines(text string) string {
	if p.wide == 0 {
		return text
	}
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, wrap(line, min(p.wide, longestLine))...)
	}
	return strings.Join(out, "\n")
}

func useLine(cmd *cobra.Command) string {
	if !cmd.HasAvailableSubCommands() {
		return cmd.UseLine()
	}
	members := cmd.CommandPath() + " COMMAND"
	if strings.Contains(cmd.Use, " ") { // it takes arguments, so it does something by itself too
		return cmd.UseLine() + "\n       " + members
	}
	return members
}

func (p *page) listCommands(cmd *cobra.Command) {
	if len(cmd.Groups()) == 0 {
		p.listMembers("Commands", cmd, "")
	}
	for _, g := range cmd.Groups() {
		p.listMembers(g.Title, cmd, g.ID)
	}
}

func (p *page) listMembers(title string, of *cobra.Command, group string) {
	var rows [][]string
	for _, c := range of.Commands() {
		if c.GroupID == group && (c.IsAvailableCommand() || c.Name() == "help") {
			rows = append(rows, []string{padded(c.Name()), c.Short})
		}
	}
	if len(rows) == 0 {
		return
	}
	p.printf("\n%s\n", p.paint(strong, title))
	p.columns("  ", rows)
}

// padded keeps the groups of one page aligned.
func padded(name string) string { return name + strings.Repeat(" ", max(0, 10-len(name))) }

func (p *page) listFlags(title, usages string) {
	if usages != "" {
		p.printf("\n%s\n", p.paint(strong, title))
		for line := range strings.Lines(usages) {
			p.printf("%s\n", strings.TrimRight(line, " \n"))
		}
	}
}
