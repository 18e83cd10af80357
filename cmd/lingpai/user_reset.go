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

// invitation is how a link for a password reaches somebody.
type invitation struct {
	validFor time.Duration
	handOver bool // print it instead of mailing it
}

func (i *invitation) check() error {
	if i.validFor < time.Minute || i.validFor > 30*24*time.Hour {
		return usage("--for is from 1m to 720h")
	}
	return nil
}

func newUserReset() *cobra.Command {
	var i invitation
	cmd := &cobra.Command{
		Use:   "reset NAME",
		Short: "Send somebody a link to choose a new password",
		Long: "Send somebody a link by which they choose a new password, to the address of their account, or print it to be handed over in another way.\n" +
			"The link is good once. Until it is used, the account stays as it is; then all its sessions end. You do not learn the password.\n\n" +
			"Whoever has the link can take the account over: hand a printed one to the person alone.",
		Example: "  lingpai user reset alice\n  lingpai user reset alice --print --for 1h",
		Args:    takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := i.check(); err != nil {
				return err
			}
			return onUser(cmd, args[0], i.send)
		},
	}
	cmd.Flags().BoolVar(&i.handOver, "print", false, "print the link instead of mailing it")
	cmd.Flags().DurationVar(&i.validFor, "for", 24*time.Hour, "how `LONG` the link is good")
	return cmd
}

// reachable says why a link cannot be mailed to somebody, or nil.
func reachable(c *app.Core, u user.User) error {
	switch {
	case !c.Mailbox.Mails():
		return errors.New("no mail server is configured, so nothing can be mailed; set mail.server, or add --print")
	case u.Email == "":
		return fmt.Errorf("%s has no email address; set one with lingpai user set %s --email ADDRESS, or add --print", u.Username, u.Username)
	case !u.EmailVerified:
		return fmt.Errorf("nobody knows whether %s is the address of %s, and whoever reads its mail would get the account; "+
			"vouch for it with lingpai user set %s --email-verified, or add --print", u.Email, u.Username, u.Username)
	}
	return nil
}

// send makes the link, and mails or prints it.
func (i *invitation) send(ctx context.Context, c *app.Core, u user.User, p *page) error {
	if u.Disabled {
		return fmt.Errorf("%s is disabled, so no link would let them in; open the account first: lingpai user enable %s", u.Username, u.Username)
	}
	if c.Mailbox.Issuer == "" {
		return errors.New("the address of the server is not known here; set issuer")
	}
	if !i.handOver {
		if err := reachable(c, u); err != nil {
			return err
		}
	}
	link, err := c.Mailbox.Invite(ctx, u, i.validFor, !i.handOver, byOperator)
	if err != nil {
		return fmt.Errorf("the link was not mailed: %w", err)
	}
	if i.handOver {
		p.printf("%s\n", link)
		return nil
	}
	p.printf("Mailed %s a link to choose a password. It is good once, for %s.\n", u.Email, fault.Span(i.validFor))
	return nil
}
