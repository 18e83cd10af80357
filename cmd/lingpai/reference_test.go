package main

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lingpai/lingpai/internal/record"
)

var update = flag.Bool("update", false, "write docs/commands.md anew")

const referenceFile = "../../docs/commands.md"

func TestReferenceOfCommandsIsUpToDate(t *testing.T) {
	want := reference(newRoot(func() {}))
	if *update {
		if err := os.WriteFile(referenceFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/commands.md does not say what the commands say; run: go test ./cmd/lingpai -run TestReference -update\n%s", diff)
	}
}

func TestEveryCommandAndFlagIsExplained(t *testing.T) {
	each(newRoot(func() {}), func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: the short text is %q; it is a phrase without a full stop", c.CommandPath(), c.Short)
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s is not explained", c.CommandPath(), f.Name)
			}
		})
	})
}

const referenceHead = `# Commands

<!-- Made from the texts of the commands in cmd/lingpai; change those, then run: go test ./cmd/lingpai -run TestReference -update -->

All commands work on the same data whether a server runs or not; a running server follows within a tenth of a second.

Exit codes: 0 done, 1 it could not be done, 2 the command line or the configuration is wrong. What went wrong, and how to mend it, is
one sentence on standard error that begins with ` + "`lingpai:`" + `. Colour is used on a terminal only, and not at all where ` + "`NO_COLOR`" + ` is set.
What ` + "`--json`" + ` prints is for programs: the names of members stay as they are, times are RFC 3339 in UTC, and a list is one array.

Flags of all commands:

`

// reference is the manual of the commands in Markdown.
func reference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(referenceHead)
	flagList(&b, root.PersistentFlags())
	for _, g := range root.Groups() {
		fmt.Fprintf(&b, "\n## %s\n", g.Title)
		for _, c := range root.Commands() {
			if c.GroupID == g.ID {
				each(c, func(c *cobra.Command) { b.WriteString(entry(c)) })
			}
		}
	}
	return b.String()
}

// each visits a command and those below it that are shown.
func each(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	if c.Name() == "completion" {
		return // its members belong to cobra and explain themselves
	}
	for _, member := range c.Commands() {
		if !member.Hidden {
			each(member, visit)
		}
	}
}

func entry(c *cobra.Command) string {
	var b strings.Builder
	if c.HasAvailableSubCommands() && !c.HasAvailableLocalFlags() {
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n", c.CommandPath(), c.Short)
		return b.String()
	}
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	fmt.Fprintf(&b, "\n### `%s`\n\n%s\n", strings.TrimSuffix(c.UseLine(), " [flags]"), fenceIndented(text))
	if flags := c.NonInheritedFlags(); flags.HasAvailableFlags() {
		b.WriteString("\n")
		flagList(&b, flags)
	}
	if t, ok := printed[c.CommandPath()]; ok {
		fmt.Fprintf(&b, "\nMembers in JSON: %s.\n", strings.Join(members(t), ", "))
	}
	if c.Example != "" {
		fmt.Fprintf(&b, "\n```sh\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
	}
	return b.String()
}

// printed is what --json prints an array of, by command.
var printed = map[string]reflect.Type{
	"lingpai doctor": reflect.TypeFor[finding](), "lingpai user list": reflect.TypeFor[record.User](),
	"lingpai dev switch": reflect.TypeFor[routeView](), "lingpai session list": reflect.TypeFor[record.Session](), "lingpai key list": reflect.TypeFor[record.Key](), "lingpai audit list": reflect.TypeFor[record.Event](),
}

func members(t reflect.Type) (names []string) {
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, "`"+name+"`")
	}
	return names
}

// fenceIndented makes what is indented in a terminal a block of its own.
func fenceIndented(text string) string {
	var b strings.Builder
	open := false
	for line := range strings.SplitSeq(text, "\n") {
		if indented := strings.HasPrefix(line, "  "); indented != open {
			if !open && !strings.HasSuffix(b.String(), "\n\n") {
				b.WriteString("\n")
			}
			b.WriteString("```\n")
			open = indented
		}
		b.WriteString(strings.TrimPrefix(line, "  ") + "\n")
	}
	if open {
		b.WriteString("```\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func flagList(b *strings.Builder, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		fmt.Fprintf(b, "- `%s`: %s\n", strings.TrimSpace("--"+f.Name+" "+value), text)
	})
}
