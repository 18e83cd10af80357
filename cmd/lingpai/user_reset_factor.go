package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserResetFactor() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reset-factor NAME",
		Short: "Take second factor and passkeys off an account, for who has lost them",
		Long: "Take the second factor and all passkeys off an account, and end all its sessions. The password alone opens it then, so make sure that it is the\n" +
			"person who asks. Where there is no password, send a link for one with `lingpai user reset`.\n" +
			"Who must have a second factor (second_factor.required_for) is led to set up a new one at the next sign-in.",
		Args: takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onUser(cmd, args[0], func(ctx context.Context, c *app.Core, u user.User, p *page) error {
				return resetFactor(ctx, c, u, p, func() error {
					return confirm(cmd, yes, "taking second factor and passkeys off "+u.Username, u.Username)
				})
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// resetFactor takes off what there is when it is confirmed, which may be later.
func resetFactor(ctx context.Context, c *app.Core, u user.User, p *page, confirm func() error) error {
	ways, err := waysOf(ctx, c, u.ID)
	switch {
	case err != nil:
		return err
	case ways.SecondFactor == nil && len(ways.Passkeys) == 0:
		return fmt.Errorf("%s has no second factor and no passkey", u.Username)
	}
	if err := confirm(); err != nil {
		return err
	}
	taken, err := c.SecondStep.TakeOff(ctx, u.ID, byOperator)
	if taken.Passkeys > 0 {
		p.printf("Removed %s of %s.\n", count(taken.Passkeys, "passkey", "passkeys"), u.Username)
	}
	if err != nil {
		return err
	}
	if taken.SecondFactor {
		p.printf("The second factor of %s is off.\n", u.Username)
	}
	p.printf("All earlier sign-ins are over.\n")
	if u.Password.Empty() {
		p.printf("There is no password. Send a link for one with: lingpai user reset %s\n", u.Username)
	}
	return nil
}
