package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/user"
)

// maxImport is the largest file that is imported at once: some hundred thousand accounts.
const maxImport = 64 << 20

func newUserImport() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add people from a file, with the password hashes of another system",
		Long: "Add people from a file, or from standard input with -. It is either JSON lines, one object to a line, or CSV with a line of\n" +
			"names first; which of the two, the first character tells. The members, or columns, are\n\n" +
			"  username       required\n  email\n  email_verified true if the address is known to be the person's; otherwise it is not\n" +
			"  name\n  roles          a list; in CSV separated by spaces\n" +
			"  password_hash  Argon2, bcrypt, scrypt or PBKDF2 as other systems write them; it is replaced by a hash of ours at the first\n" +
			"                 sign-in. Without it the account has no password yet.\n\n" +
			"Everything is checked before anything is added: if one line is wrong, all that are wrong are listed, and nothing is added.\n" +
			"Then each account is added for itself. If that is interrupted, what was added stays; run it again with --skip-existing.",
		Example: "  lingpai user import users.csv --dry-run\n  lingpai user import - < users.jsonl",
		Args:    takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			text, err := readImport(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			return onNewData(cmd, func(ctx context.Context, c *app.Core) error { return importUsers(ctx, cmd, c, text, o) })
		},
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "check everything, add nobody")
	cmd.Flags().BoolVar(&o.skip, "skip-existing", false, "pass over usernames that exist, instead of refusing them")
	return cmd
}

type importOptions struct {
	name         string
	dryRun, skip bool
}

func readImport(stdin io.Reader, name string) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxImport+1))
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	if len(text) > maxImport {
		return nil, fmt.Errorf("the file is larger than %d MB; divide it", maxImport>>20)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

func importUsers(ctx context.Context, cmd *cobra.Command, c *app.Core, text []byte, o importOptions) error {
	records, problems := parseRecords(text)
	records, skipped, found, err := checkRecords(ctx, c, records, o.skip)
	if err != nil {
		return err
	}
	if problems = append(problems, found...); len(problems) > 0 {
		return newPage(cmd.ErrOrStderr()).refuseImport(problems, o.name)
	}
	p := newPage(cmd.OutOrStdout())
	if o.dryRun {
		p.printf("%s could be added%s. Nothing was changed.\n", count(len(records), "account", "accounts"), alsoSkipped(skipped))
		return nil
	}
	bar := newProgress(cmd.ErrOrStderr(), len(records), "")
	defer bar.end()
	for i, r := range records {
		if _, err := c.Users.Add(ctx, r.user); err != nil {
			return fmt.Errorf("line %d could not be added, %s before it was; mend the cause and run this again with --skip-existing: %s",
				r.line, count(i, "account", "accounts"), explain(err))
		}
		bar.show(i + 1)
	}
	bar.end()
	p.printf("Added %s%s.\n", count(len(records), "account", "accounts"), alsoSkipped(skipped))
	return nil
}

func alsoSkipped(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d exist already and were passed over", n)
}

// checkRecords judges what the form of a line does not show: names that are taken, here or in the file itself.
func checkRecords(ctx context.Context, c *app.Core, records []imported, skip bool) (good []imported, skipped int, bad []lineProblem, err error) {
	usernames, emails := map[string]int{}, map[string]int{}
	for _, r := range records {
		if err := c.Users.Check(r.user); err != nil {
			bad = append(bad, lineProblem{r.line, wrongWith(err)})
			continue
		}
		if first, again := lineOf(usernames, user.CanonicalUsername, r.user.Username, r.line); again {
			bad = append(bad, lineProblem{r.line, fmt.Sprintf("the username %s stands in line %d, too", r.user.Username, first)})
			continue
		}
		if first, again := lineOf(emails, user.CanonicalEmail, r.user.Email, r.line); again {
			bad = append(bad, lineProblem{r.line, fmt.Sprintf("the email address %s stands in line %d, too", r.user.Email, first)})
			continue
		}
		taken := refuseTakenName(ctx, c, r.user)
		switch {
		case taken == nil:
			good = append(good, r)
		case fault.Is(taken, fault.UsernameTaken) && skip:
			skipped++
		case fault.Is(taken, fault.UsernameTaken), fault.Is(taken, fault.EmailTaken):
			bad = append(bad, lineProblem{r.line, wrongWith(taken)})
		default:
			return nil, 0, nil, taken
		}
	}
	return good, skipped, bad, nil
}

// lineOf notes in which line a name stands first, and reports if it stood in one before.
func lineOf(seen map[string]int, canonical func(string) (string, error), name string, line int) (first int, again bool) {
	key, err := canonical(name)
	if err != nil || key == "" {
		return 0, false
	}
	if first, again = seen[key]; !again {
		seen[key] = line
	}
	return first, again
}

// refuseTakenName refuses a username or email address that somebody has.
func refuseTakenName(ctx context.Context, c *app.Core, n user.New) error {
	names := []struct {
		code  fault.Code
		value string
	}{{fault.UsernameTaken, n.Username}, {fault.EmailTaken, n.Email}}
	for _, name := range names {
		if name.value == "" {
			continue
		}
		_, err := c.Store.UserByLogin(ctx, user.CanonicalLogin(name.value))
		if err == nil {
			return fault.Refuse(name.code, name.value)
		}
		if !errors.Is(err, fault.ErrNotFound) {
			return err
		}
	}
	return nil
}

func wrongWith(err error) string {
	if r, ok := errors.AsType[*fault.Refusal](err); ok {
		return r.Detail()
	}
	return err.Error()
}

// mostProblems is how many lines are listed; whoever has more has one cause.
const mostProblems = 20

func (p *page) refuseImport(problems []lineProblem, name string) error {
	if name == "-" {
		name = "standard input"
	}
	for _, problem := range problems[:min(len(problems), mostProblems)] {
		p.printf("%s:%d: %s\n", name, problem.line, problem.text)
	}
	if more := len(problems) - mostProblems; more > 0 {
		p.printf("and %d more\n", more)
	}
	return fmt.Errorf("%s to mend in %s; nobody was added", count(len(problems), "line", "lines"), name)
}
