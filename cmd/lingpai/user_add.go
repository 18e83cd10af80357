package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserAdd() *cobra.Command {
	var o struct {
		n          user.New
		password   passwordFlags
		noPassword bool
		invite     bool
		handOver   bool
	}
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add somebody who may sign in",
		Long: "Add somebody who may sign in. The password is asked for, or comes on standard input; it is never a flag, because the list\n" +
			"of processes and the history of the shell would show it. A running server knows the account at once.",
		Example: "  lingpai user add alice --name 'Alice Liddell' --role admin\n" +
			"  printf %s \"$PASSWORD\" | lingpai user add bob --email bob@example.com --password-stdin",
		Args: takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if count := trues(o.noPassword, o.password.stdin, o.invite); count > 1 {
				return usage("--no-password, --password-stdin and --invite exclude each other; give one")
			}
			if o.handOver && !o.invite {
				return usage("--print belongs to --invite")
			}
			o.n.Username, o.n.EmailVerified, o.n.Source = args[0], true, byOperator
			return onNewData(cmd, func(ctx context.Context, c *app.Core) error {
				if o.invite {
					return inviteUser(ctx, cmd, c, o.n, o.handOver)
				}
				return addUser(ctx, cmd, c, o.n, o.password, o.noPassword)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.n.Email, "email", "", "email `ADDRESS`, which is taken for verified; it serves to sign in as well")
	f.StringVar(&o.n.Name, "name", "", "the `NAME` that people use")
	f.StringSliceVar(&o.n.Roles, "role", nil, "a `ROLE`; repeat it or separate several by commas")
	o.password.add(cmd)
	f.BoolVar(&o.noPassword, "no-password", false, "make an account that cannot sign in with a password")
	f.BoolVar(&o.invite, "invite", false, "mail them a link by which they choose their password, good for three days")
	f.BoolVar(&o.handOver, "print", false, "with --invite, print the link instead of mailing it")
	return cmd
}

func trues(flags ...bool) (n int) {
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}

// inviteUser adds an account whose person chooses the password. Nothing is added where they could not be reached.
func inviteUser(ctx context.Context, cmd *cobra.Command, c *app.Core, n user.New, printed bool) error {
	if !printed {
		if err := reachable(c, user.User{Username: n.Username, Email: n.Email, EmailVerified: true}); err != nil {
			return err
		}
	}
	u, err := c.Users.Add(ctx, n)
	if err != nil {
		return err
	}
	p := newPage(cmd.OutOrStdout())
	if !printed {
		p.printf("Added %s.\n", p.paint(strong, u.Username))
	}
	i := invitation{validFor: mailbox.InviteFor, handOver: printed}
	if err := i.send(ctx, c, u, p); err != nil {
		return fmt.Errorf("%s was added, but %w; once that is mended: lingpai user reset %s", u.Username, err, u.Username)
	}
	return nil
}

// addUser checks everything else before it asks for a password, so that nobody types one in vain.
func addUser(ctx context.Context, cmd *cobra.Command, c *app.Core, n user.New, password passwordFlags, none bool) error {
	err := c.Users.Check(n)
	if err == nil {
		err = refuseTakenName(ctx, c, n)
	}
	if err != nil {
		return err
	}
	if n.Password, err = passwordUnless(none, cmd, c, password); err != nil {
		return err
	}
	u, err := c.Users.Add(ctx, n)
	if err != nil {
		return err
	}
	p := newPage(cmd.OutOrStdout())
	p.printf("Added %s", p.paint(strong, u.Username))
	if len(u.Roles) > 0 {
		p.printf(" as %s", strings.Join(u.Roles, ", "))
	}
	p.printf(".\n")
	if none {
		p.printf("There is no password yet. Set one with: lingpai user passwd %s\n", u.Username)
	}
	return nil
}

func passwordUnless(none bool, cmd *cobra.Command, c *app.Core, from passwordFlags) (secret.String, error) {
	if none {
		return secret.String{}, nil
	}
	return from.read(cmd, c.Config.Password.MinLength)
}
