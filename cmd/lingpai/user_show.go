package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show one account, which providers its person comes from, and where it is signed in",
		Args:  takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onUnkeyedData(cmd, func(ctx context.Context, c *app.Core) error {
				u, err := findUser(ctx, c, args[0])
				if err != nil {
					return err
				}
				sessions, err := c.Sessions.Of(ctx, u.ID)
				if err != nil {
					return err
				}
				w, err := waysOf(ctx, c, u.ID)
				if err != nil {
					return err
				}
				return showUser(newPage(cmd.OutOrStdout()), u, w, sessions, asJSON)
			})
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

func showUser(p *page, u user.User, w record.Ways, sessions []session.Session, asJSON bool) error {
	if asJSON {
		return p.json(record.WholeUser{User: record.OfUser(u), Ways: w, Sessions: record.OfSessions(sessions)})
	}
	password := "none"
	if !u.Password.Empty() {
		password = "set " + p.ago(u.PasswordChangedAt)
	}
	p.printf("%s\n\n", strings.TrimRight(p.paint(strong, u.Username)+"  "+standing(p, u), " "))
	rows := [][2]string{
		{"name", printable(u.Name)}, {"email", emailOf(p, u)}, {"roles", strings.Join(u.Roles, ", ")}, {"id", u.ID},
		{"added", p.exactly(u.CreatedAt)}, {"changed", p.exactly(u.ChangedAt)}, {"password", password},
		{"two-step", p.factor(w.SecondFactor)},
	}
	for _, k := range w.Passkeys {
		rows = append(rows, [2]string{"passkey", p.passkey(k)})
	}
	for _, l := range w.Links {
		rows = append(rows, [2]string{"provider", p.link(l)})
	}
	for _, name := range user.ClaimNames() {
		rows = append(rows, [2]string{name, printable(u.Claims[name])})
	}
	p.pairs(rows...)
	if len(sessions) > 0 {
		p.printf("\nSigned in %s:\n\n", count(len(sessions), "time", "times"))
		p.sessions(sessions)
	}
	return nil
}

// waysOf looks them up. It needs no key.
func waysOf(ctx context.Context, c *app.Core, userID string) (record.Ways, error) {
	return record.WaysOf(ctx, c.Store, userID, func(issuer string) string {
		for _, p := range c.Config.Providers {
			if p.KnownAs() == issuer {
				return p.Name
			}
		}
		return ""
	})
}
