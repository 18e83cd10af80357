package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
)

func newClientSecret() *cobra.Command {
	var drop, asJSON bool
	cmd := &cobra.Command{
		Use:   "secret ID",
		Short: "Give a client a new secret, beside the one it has",
		Long: "Give a client a new secret, beside the one it has, so that the app can be changed over without a gap. Afterwards, --drop-old ends\n" +
			"the old one. A client has two secrets at most: with a third, the oldest ends.",
		Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onData(cmd, func(ctx context.Context, c *app.Core) error {
				return changeSecret(ctx, newPage(cmd.OutOrStdout()), c, args[0], drop, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&drop, "drop-old", false, "end all secrets but the newest, and make none")
	addJSON(cmd, &asJSON)
	return cmd
}

func changeSecret(ctx context.Context, p *page, c *app.Core, id string, drop, asJSON bool) error {
	found, err := findClient(ctx, c, id)
	if err != nil {
		return err
	}
	if drop {
		if err := c.Clients.DropSecrets(ctx, id, byOperator); err != nil {
			return err
		}
		p.printf("Only the newest secret of %s is good now.\n", id)
		return nil
	}
	secret, err := c.Clients.AddSecret(ctx, id, byOperator)
	if err != nil {
		return err
	}
	return showClient(p, c, found, secret.Reveal(), asJSON)
}

func newClientRemove() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove ID",
		Short: "Remove a client, and end everything that it has",
		Long: "Remove a client. Its sessions end, its tokens are refused at once, and what people allowed it is forgotten. Who is signed in to\n" +
			"Lingpai itself stays so.",
		Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onData(cmd, func(ctx context.Context, c *app.Core) error {
				if _, err := findClient(ctx, c, args[0]); err != nil {
					return err
				}
				if err := confirm(cmd, yes, "removing "+args[0], args[0]); err != nil {
					return err
				}
				if err := c.Clients.Remove(ctx, args[0], byOperator); err != nil {
					return err
				}
				newPage(cmd.OutOrStdout()).printf("Removed %s.\n", args[0])
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
