package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/user"
)

func newUserSet() *cobra.Command {
	var username, email, name string
	var roles, claims []string
	var verified bool
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "Change username, email address, name, roles or claims",
		Long: "Change username, email address, name, roles or claims, all at once or not at all. What no flag names stays as it is; an empty value\n" +
			"removes. Tokens already issued keep what they say until they expire.\n\n" +
			"Whoever sets an address vouches that it is the person's (email_verified). Apps behind the gateway learn only such addresses.\n\n" +
			"Claims are what apps learn by the scopes profile, address and phone: " + strings.Join(user.ClaimNames()[:3], ", ") + ", … " +
			"(OpenID Connect Core, section 5.1).",
		Example: "  lingpai user set alice --role admin,editor\n  lingpai user set alice --email ''\n" +
			"  lingpai user set bob --email-verified\n" +
			"  lingpai user set alice --claim phone_number='+49 30 1234' --claim address.country=DE --claim nickname=",
		Args: takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var a user.Amendment
			f := cmd.Flags()
			a.Username, a.Email, a.Name = given(f.Changed("username"), username), given(f.Changed("email"), email), given(f.Changed("name"), name)
			a.EmailVerified = given(f.Changed("email-verified"), verified)
			a.Roles = given(f.Changed("role"), roles)
			var err error
			if a.Claims, err = readClaims(claims); err != nil {
				return err
			}
			if a == (user.Amendment{}) {
				return usage("nothing to change is named; see: lingpai user set --help")
			}
			return onUser(cmd, args[0], func(ctx context.Context, c *app.Core, u user.User, p *page) error {
				if err := c.Users.Amend(ctx, u.ID, a, byOperator); err != nil {
					return err
				}
				p.printf("Changed %s.\n", u.Username)
				if verified && a.Email == nil {
					p.printf("The address %s is verified: apps may take it for theirs.\n", u.Email)
				}
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&username, "username", "", "new `NAME` to sign in with")
	f.StringVar(&email, "email", "", "new email `ADDRESS`, which is taken for verified")
	f.BoolVar(&verified, "email-verified", false, "vouch for the address that the account has, or with =false do so no longer")
	f.StringVar(&name, "name", "", "the `NAME` that people use")
	f.StringSliceVar(&roles, "role", nil, "a `ROLE` instead of the present ones; repeat it or separate several by commas")
	f.StringArrayVar(&claims, "claim", nil, "a claim, as `NAME=VALUE`; without a value it is removed; may be repeated")
	return cmd
}

// readClaims reads what --claim says; nil for nothing.
func readClaims(flags []string) (*user.Claims, error) {
	if len(flags) == 0 {
		return nil, nil //nolint:nilnil // nothing to change is no mistake
	}
	out := user.Claims{}
	for _, flag := range flags {
		name, value, ok := strings.Cut(flag, "=")
		if !ok {
			return nil, usage("--claim is NAME=VALUE")
		}
		out[name] = value
	}
	return &out, nil
}

func given[T any](changed bool, value T) *T {
	if !changed {
		return nil
	}
	return &value
}
