package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserAdd() *cobra.Command {
	var o struct {
		n          user.New
		password   passwordFlags
		noPassword bool
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
			if o.noPassword && o.password.stdin {
				return usage("--no-password and --password-stdin exclude each other; give one")
			}
			o.n.Username, o.n.EmailVerified, o.n.Source = args[0], true, byOperator
			return onNewData(cmd, func(ctx context.Context, c *app.Core) error {
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
	return cmd
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
