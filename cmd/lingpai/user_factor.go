package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/user"
)

// factorView is a second factor as JSON shows it.
type factorView struct {
	AddedAt      time.Time `json:"added_at"`
	RecoveryLeft int       `json:"recovery_codes_left"`
}

// factorOf returns the second factor of an account, or nil. It needs no key.
func factorOf(ctx context.Context, c *app.Core, userID string) (*factorView, error) {
	f, err := c.Store.Factor(ctx, userID)
	if errors.Is(err, fault.ErrNotFound) {
		return nil, nil //nolint:nilnil // no second factor is no mistake
	}
	if err != nil {
		return nil, err
	}
	return &factorView{utc(f.AddedAt), f.RecoveryLeft}, nil
}

// line says it in one line.
func (f *factorView) line(p *page) string {
	if f == nil {
		return "off"
	}
	return "on since " + p.exactly(f.AddedAt) + ", " + count(f.RecoveryLeft, "recovery code", "recovery codes") + " left"
}

func newUserResetFactor() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reset-factor NAME",
		Short: "Take the second factor off an account, for who has lost app and recovery codes",
		Long: "Take the second factor off an account, and end all its sessions. The password alone opens it then, so make sure that it is the person who asks.\n" +
			"Who must have a second factor (second_factor.required_for) is led to set up a new one at the next sign-in.",
		Args: takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onUser(cmd, args[0], func(ctx context.Context, c *app.Core, u user.User, p *page) error {
				f, err := factorOf(ctx, c, u.ID)
				switch {
				case err != nil:
					return err
				case f == nil:
					return fmt.Errorf("%s has no second factor", u.Username)
				}
				if err := confirm(cmd, yes, "taking the second factor off "+u.Username, u.Username); err != nil {
					return err
				}
				if err := c.OTP.Reset(ctx, u.ID, byOperator); err != nil {
					return err
				}
				p.printf("The second factor of %s is off, and all earlier sign-ins are over.\n", u.Username)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
