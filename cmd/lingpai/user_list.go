package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserList() *cobra.Command {
	var search string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the people who may sign in",
		Args:  takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return onUnkeyedData(cmd, func(ctx context.Context, c *app.Core) error {
				return listUsers(ctx, newPage(cmd.OutOrStdout()), c, search, asJSON)
			})
		},
	}
	cmd.Flags().StringVar(&search, "search", "", "only those with this `TEXT` in username, email address or name")
	addJSON(cmd, &asJSON)
	return cmd
}

func listUsers(ctx context.Context, p *page, c *app.Core, search string, asJSON bool) error {
	var views []record.ListedUser
	var rows [][]string
	err := eachUser(ctx, c, search, func(u user.User) error {
		passkeys, err := c.Store.Passkeys(ctx, u.ID)
		if err != nil {
			return err
		}
		views = append(views, record.ListedUser{User: record.OfUser(u), Passkeys: len(passkeys)})
		rows = append(rows, []string{
			u.Username, shorten(printable(u.Name), 30), emailOf(p, u), strings.Join(u.Roles, ", "), p.ago(u.CreatedAt), notes(p, u, len(passkeys)),
		})
		return nil
	})
	switch {
	case err != nil:
		return err
	case asJSON:
		return p.json(record.List(views))
	case len(rows) == 0 && search != "":
		p.printf("Nobody here has %q in username, email address or name.\n", search)
	case len(rows) == 0:
		p.printf("Nobody here yet. Add somebody with: lingpai user add NAME\n")
	default:
		p.table([]string{"USERNAME", "NAME", "EMAIL", "ROLES", "ADDED", ""}, rows)
	}
	return nil
}

// notes says of an account what is not of every one.
func notes(p *page, u user.User, passkeys int) string {
	var said []string
	if s := standing(p, u); s != "" {
		said = append(said, s)
	}
	if passkeys > 0 {
		said = append(said, count(passkeys, "passkey", "passkeys"))
	}
	return strings.Join(said, ", ")
}

// eachUser visits all accounts in the order of their usernames, a page at a time.
func eachUser(ctx context.Context, c *app.Core, search string, visit func(user.User) error) error {
	q := user.Query{Search: search, Limit: 1000}
	for {
		users, err := c.Store.Users(ctx, q)
		if err != nil {
			return err
		}
		for _, u := range users {
			if err := visit(u); err != nil {
				return err
			}
		}
		if len(users) < q.Limit {
			return nil
		}
		if q.After, err = user.CanonicalUsername(users[len(users)-1].Username); err != nil {
			return err
		}
	}
}
