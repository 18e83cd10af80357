package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
)

func newClientInvite() *cobra.Command {
	var validFor time.Duration
	cmd := &cobra.Command{
		Use:   "invite",
		Short: "Print a token by which one program registers itself as a client",
		Long: "Print an initial access token (RFC 7591): whoever holds it registers one client at /auth/register, once, while registration.enabled is\n" +
			"true. The token is on standard output, alone; nothing is stored until it is used.",
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if validFor < time.Minute || validFor > 30*24*time.Hour {
				return errors.New("--for is from 1m to 720h")
			}
			return onData(cmd, func(_ context.Context, c *app.Core) error {
				newPage(cmd.OutOrStdout()).printf("%s\n", c.Clients.Invite(c.Now().Add(validFor)).Reveal())
				return nil
			})
		},
	}
	cmd.Flags().DurationVar(&validFor, "for", 24*time.Hour, "how `LONG` it is good")
	return cmd
}
