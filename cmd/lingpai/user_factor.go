package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/user"
)

// factorOf returns the second factor of an account, or nil. It needs no key.
func factorOf(ctx context.Context, c *app.Core, userID string) (*record.Factor, error) {
	f, err := c.Store.Factor(ctx, userID)
	if errors.Is(err, fault.ErrNotFound) {
		return nil, nil //nolint:nilnil // no second factor is no mistake
	}
	if err != nil {
		return nil, err
	}
	return record.OfFactor(f), nil
}

// factor says in one line what somebody has.
func (p *page) factor(f *record.Factor) string {
	if f == nil {
		return "off"
	}
	return "on since " + p.exactly(f.AddedAt) + ", " + count(f.RecoveryLeft, "recovery code", "recovery codes") + " left"
}

// passkeysOf lists the passkeys of an account. It needs no key.
func passkeysOf(ctx context.Context, c *app.Core, userID string) ([]record.Passkey, error) {
	list, err := c.Store.Passkeys(ctx, userID)
	return record.OfPasskeys(list), err
}

// passkey says it in one line.
func (p *page) passkey(v record.Passkey) string {
	used := "not used yet"
	if !v.UsedAt.IsZero() {
		used = "last used " + p.ago(v.UsedAt)
	}
	return printable(v.Name) + ", added " + p.exactly(v.AddedAt) + ", " + used
}

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

// resetFactor takes off what there is, passkeys first: whoever is cut short begins again.
func resetFactor(ctx context.Context, c *app.Core, u user.User, p *page, confirm func() error) error {
	factor, err := factorOf(ctx, c, u.ID)
	if err != nil {
		return err
	}
	passkeys, err := passkeysOf(ctx, c, u.ID)
	switch {
	case err != nil:
		return err
	case factor == nil && len(passkeys) == 0:
		return fmt.Errorf("%s has no second factor and no passkey", u.Username)
	}
	if err := confirm(); err != nil {
		return err
	}
	if len(passkeys) > 0 {
		if err := c.Passkeys.Reset(ctx, u.ID, byOperator); err != nil {
			return err
		}
		p.printf("Removed %s of %s.\n", count(len(passkeys), "passkey", "passkeys"), u.Username)
	}
	if factor != nil {
		if err := c.OTP.Reset(ctx, u.ID, byOperator); err != nil {
			return err
		}
		p.printf("The second factor of %s is off.\n", u.Username)
	}
	p.printf("All earlier sign-ins are over.\n")
	if u.Password.Empty() {
		p.printf("There is no password. Send a link for one with: lingpai user reset %s\n", u.Username)
	}
	return nil
}
