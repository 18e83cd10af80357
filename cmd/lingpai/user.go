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

func newUser() *cobra.Command {
	return newFamily("user", "Add, change and remove the people who sign in",
		newUserAdd(), newUserList(), newUserShow(), newUserSet(), newUserPasswd(), newUserReset(), newUserResetFactor(),
		newUserDisable(), newUserEnable(), newUserRemove(), newUserLink(), newUserUnlink(), newUserImport())
}

// findUser finds an account by username, email address or id.
func findUser(ctx context.Context, c *app.Core, name string) (user.User, error) {
	u, err := c.Store.UserByLogin(ctx, user.CanonicalLogin(name))
	if errors.Is(err, fault.ErrNotFound) {
		u, err = c.Store.UserByID(ctx, name)
	}
	if errors.Is(err, fault.ErrNotFound) {
		return user.User{}, fmt.Errorf("nobody here is called %q; see who is: lingpai user list", name)
	}
	return u, err
}

// onUser runs f on one account.
func onUser(cmd *cobra.Command, name string, f func(ctx context.Context, c *app.Core, u user.User, p *page) error) error {
	return onData(cmd, func(ctx context.Context, c *app.Core) error {
		u, err := findUser(ctx, c, name)
		if err != nil {
			return err
		}
		return f(ctx, c, u, newPage(cmd.OutOrStdout()))
	})
}

// emailOf is the address of an account, and whether it is not known to be theirs.
func emailOf(p *page, u user.User) string {
	if u.Email == "" || u.EmailVerified {
		return u.Email
	}
	return u.Email + " " + p.paint(warn, "(not verified)")
}

// standing says what keeps somebody from signing in, or "".
func standing(p *page, u user.User) string {
	switch {
	case u.Disabled:
		return p.paint(bad, "disabled")
	case u.Password.Empty():
		return p.paint(warn, "no password")
	}
	return ""
}
