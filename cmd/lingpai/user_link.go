package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserLink() *cobra.Command {
	var name, subject string
	cmd := &cobra.Command{
		Use:   "link NAME",
		Short: "Let a person of a provider sign in to an account",
		Long: "Let a person of a provider sign in to an account, as if its owner had connected it. The provider's word for the person is their subject\n" +
			"(`sub`), which it gives to nobody else; an address of email will not do.",
		Example: "  lingpai user link alice --provider company --subject 248289761001",
		Args:    takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if subject == "" {
				return usage("--subject is missing: it is what the provider knows the person by")
			}
			return onProvider(cmd, args[0], name, func(ctx context.Context, c *app.Core, u user.User, of *provider.Provider, p *page) error {
				err := c.Providers.TieSubject(ctx, of, subject, u.ID, byOperator)
				if fault.Is(err, fault.AccountExists) {
					return fmt.Errorf("%s signs in to another account as %q already; end that first: lingpai user unlink", of.Title, subject)
				}
				if err != nil {
					return err
				}
				p.printf("%s signs in as %q at %s.\n", u.Username, subject, of.Title)
				return nil
			})
		},
	}
	addProvider(cmd, &name)
	cmd.Flags().StringVar(&subject, "subject", "", "the `SUB` of the person there")
	return cmd
}

func newUserUnlink() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "unlink NAME",
		Short: "End that a person of a provider signs in to an account",
		Long: "End that a person of a provider signs in to an account. The roles that the provider gives end with it. Sessions go on; to end them, too:\n" +
			"lingpai session end --user NAME.",
		Example: "  lingpai user unlink alice --provider company",
		Args:    takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onProvider(cmd, args[0], name, func(ctx context.Context, c *app.Core, u user.User, of *provider.Provider, p *page) error {
				links, err := c.Store.LinksOf(ctx, u.ID)
				if err != nil {
					return err
				}
				if !slices.ContainsFunc(links, func(l provider.Link) bool { return l.Issuer == of.Issuer }) {
					p.printf("%s did not sign in through %s.\n", u.Username, of.Title)
					return nil
				}
				err = c.Providers.Untie(ctx, of, u.ID, byOperator)
				if errors.Is(err, fault.ErrConflict) {
					return fmt.Errorf("%s could not sign in any more; set a password before: lingpai user passwd %s", u.Username, u.Username)
				}
				if err != nil {
					return err
				}
				p.printf("%s signs in through %s no more.\n", u.Username, of.Title)
				return nil
			})
		},
	}
	addProvider(cmd, &name)
	return cmd
}

func addProvider(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "provider", "", "the `NAME` of the provider in the configuration")
}

// onProvider runs f on one account and one provider of the configuration.
func onProvider(cmd *cobra.Command, username, name string, f func(context.Context, *app.Core, user.User, *provider.Provider, *page) error) error {
	if name == "" {
		return usage("--provider is missing: it is the name of one in the configuration")
	}
	return onUser(cmd, username, func(ctx context.Context, c *app.Core, u user.User, p *page) error {
		of := c.Providers.Find(name)
		if of == nil {
			return fmt.Errorf("the configuration has no provider %q; it has %s", name, providerNames(c))
		}
		return f(ctx, c, u, of, p)
	})
}

func providerNames(c *app.Core) string {
	var names []string
	for _, p := range c.Providers.All() {
		names = append(names, p.Name)
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (p *page) link(l record.Link) string {
	if l.Provider == "" {
		return fmt.Sprintf("%s at %s %s", printable(l.Subject), l.Issuer, p.paint(warn, "(not in the configuration)"))
	}
	return fmt.Sprintf("%s at %s, since %s", printable(l.Subject), l.Provider, p.exactly(l.LinkedAt))
}
