package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserPasswd() *cobra.Command {
	var password passwordFlags
	cmd := &cobra.Command{
		Use:   "passwd NAME",
		Short: "Set a new password, which ends all sessions of the account",
		Args:  takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onUser(cmd, args[0], func(ctx context.Context, c *app.Core, u user.User, p *page) error {
				pw, err := password.read(cmd, c.Config.Password.MinLength)
				if err != nil {
					return err
				}
				if u, err = c.Store.UserByID(ctx, u.ID); err != nil { // Typing takes time.
					return err
				}
				err = c.Users.SetPassword(ctx, u, pw, "", byOperator)
				if errors.Is(err, fault.ErrConflict) {
					return fmt.Errorf("somebody else has changed the password of %s just now, and nothing was changed; try again", u.Username)
				}
				if err != nil {
					return err
				}
				p.printf("The password of %s is new, and all earlier sign-ins are over.\n", u.Username)
				return nil
			})
		},
	}
	password.add(cmd)
	return cmd
}
