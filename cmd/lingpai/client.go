package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/spelling"
)

func newClient() *cobra.Command {
	return newFamily("client", "Add, show, change and remove the apps that people sign in to",
		newClientAdd(), newClientList(), newClientShow(), newClientSet(), newClientSecret(), newClientRemove(), newClientInvite())
}

// issuerOf is the issuer that clients are told: the configured one, or that of a server on this machine.
func issuerOf(c *app.Core) (string, error) {
	_, port, err := net.SplitHostPort(c.Config.Listen)
	if err != nil {
		return "", err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return "", err
	}
	return c.Config.ResolveIssuer(n)
}

// findClient finds a client by its id.
func findClient(ctx context.Context, c *app.Core, id string) (client.Client, error) {
	found, err := c.Clients.Find(ctx, id)
	if errors.Is(err, fault.ErrNotFound) {
		return client.Client{}, fmt.Errorf("there is no client %q%s which there are: lingpai client list", id, meant(nearClient(ctx, c, id)))
	}
	return found, err
}

// nearClient is the id of the client that was probably meant: its name was given in place of its id, or one of the two is misspelt.
func nearClient(ctx context.Context, c *app.Core, given string) string {
	all, err := c.Clients.List(ctx)
	if err != nil {
		return ""
	}
	var ids []string
	for _, one := range all {
		if strings.EqualFold(one.Name, given) || strings.HasPrefix(one.ID, given+"-") {
			return one.ID
		}
		ids = append(ids, one.ID)
	}
	return spelling.Nearest(given, ids)
}

func newClientList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the apps that people sign in to",
		Args:  takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return onData(cmd, func(ctx context.Context, c *app.Core) error {
				return listClients(ctx, newPage(cmd.OutOrStdout()), c, asJSON)
			})
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

func listClients(ctx context.Context, p *page, c *app.Core, asJSON bool) error {
	all, err := c.Clients.List(ctx)
	if err != nil {
		return err
	}
	issuer, err := issuerOf(c)
	if err != nil {
		return err
	}
	var views []record.Client
	var rows [][]string
	for _, found := range all {
		views = append(views, record.OfClient(found, issuer))
		from := "added " + p.ago(found.CreatedAt)
		if found.Configured {
			from = "configuration"
		}
		rows = append(rows, []string{found.ID, shorten(printable(found.Name), 30), string(found.Profile), string(found.Auth), from})
	}
	switch {
	case asJSON:
		return p.json(record.List(views))
	case len(rows) == 0:
		p.printf("No client yet. Add one with: lingpai client add NAME --profile spa --redirect-uri ADDRESS\n")
	default:
		p.table([]string{"ID", "NAME", "PROFILE", "AUTHENTICATION", "FROM"}, rows)
	}
	return nil
}

func newClientShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one client, and how to configure the app",
		Args:  takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onData(cmd, func(ctx context.Context, c *app.Core) error {
				found, err := findClient(ctx, c, args[0])
				if err != nil {
					return err
				}
				return showClient(newPage(cmd.OutOrStdout()), c, found, "", asJSON)
			})
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}
