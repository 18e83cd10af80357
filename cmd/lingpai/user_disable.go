package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserDisable() *cobra.Command {
	return &cobra.Command{
		Use:   "disable NAME",
		Short: "Close an account for now, which ends all its sessions",
		Args:  takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return setDisabled(cmd, args[0], true, "%s is disabled, and all its sessions are over.\n", "%s was disabled before.\n")
		},
	}
}

func newUserEnable() *cobra.Command {
	return &cobra.Command{
		Use:   "enable NAME",
		Short: "Open an account again",
		Args:  takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return setDisabled(cmd, args[0], false, "%s may sign in again.\n", "%s was not disabled.\n")
		},
	}
}

func setDisabled(cmd *cobra.Command, name string, disabled bool, done, already string) error {
	return onUser(cmd, name, func(ctx context.Context, c *app.Core, u user.User, p *page) error {
		if u.Disabled == disabled {
			p.printf(already, u.Username)
			return nil
		}
		if err := c.Users.SetDisabled(ctx, u.ID, disabled, byOperator); err != nil {
			return err
		}
		p.printf(done, u.Username)
		return nil
	})
}
