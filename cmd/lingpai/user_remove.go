package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserRemove() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Delete an account with its sessions, for good",
		Args:  takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onUser(cmd, args[0], func(ctx context.Context, c *app.Core, u user.User, p *page) error {
				if err := confirm(cmd, yes, "removing "+u.Username, u.Username); err != nil {
					return err
				}
				if err := c.Users.Remove(ctx, u.ID, byOperator); err != nil {
					return err
				}
				p.printf("Removed %s.\n", u.Username)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
