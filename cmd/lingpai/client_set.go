package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/fault"
)

// amendFlags are what `client set` takes.
type amendFlags struct {
	settingFlags

	name                                                  string
	redirects, logouts, scopes, audiences, roles, details listFlags
	asJSON                                                bool
}

func newClientSet() *cobra.Command {
	var o amendFlags
	cmd := &cobra.Command{
		Use:   "set ID",
		Short: "Change where answers of a client may go, and what it may do",
		Long: "Change a client, all at once or not at all, and say what changed. What no flag names stays as it is; an empty value or =false\n" +
			"removes. A running server knows of it within a second. Tokens already issued keep what they say until they expire.\n\n" +
			"Its id, its profile, its --auth and the subjects that it knows people by (--pairwise) stay: for others, add another client. Its secret is\n" +
			"changed by lingpai client secret. A client of the configuration is changed there, and one that registered itself changes itself.",
		Example: "  lingpai client set reading-list --add-redirect-uri https://reading.example.com/callback\n" +
			"  lingpai client set reading-list --remove-redirect-uri http://localhost:5173/callback --first-party\n" +
			"  lingpai client set backup --add-scope files:write --token-lifetime 2m",
		Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !changesAnything(cmd) {
				return usage("nothing to change is named; see: lingpai client set --help")
			}
			return onData(cmd, func(ctx context.Context, c *app.Core) error { return o.set(ctx, cmd, c, args[0]) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "the `NAME` that people read when they are asked whether they trust it")
	o.redirects.declare(f.StringArrayVar, "redirect-uri", "an exact `ADDRESS` that answers may go to")
	o.logouts.declare(f.StringArrayVar, "post-logout-redirect-uri", "an exact `ADDRESS` that a sign-out may lead to")
	o.scopes.declare(f.StringSliceVar, "scope", "a `SCOPE` that it may ask for")
	o.audiences.declare(f.StringArrayVar, "audience", "an `API` (URI) that it may have tokens for")
	o.roles.declare(f.StringSliceVar, "role", "a `ROLE` that lets people use it; without any, everybody may")
	o.details.declare(f.StringSliceVar, "authorization-details-type", "a `TYPE` of authorization_details that it may ask for")
	o.declare(f)
	addJSON(cmd, &o.asJSON)
	return cmd
}

// changesAnything reports whether a flag says something of the client, and not of the output.
func changesAnything(cmd *cobra.Command) (found bool) {
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { found = found || f.Changed && f.Name != "json" })
	return found
}

func (o *amendFlags) set(ctx context.Context, cmd *cobra.Command, c *app.Core, id string) error {
	if _, err := findClient(ctx, c, id); err != nil {
		return err
	}
	was, is, err := c.Clients.Amend(ctx, id, func(s *client.Settings) error { return o.amend(cmd.Flags(), s) }, byOperator)
	switch {
	case errors.Is(err, client.ErrConfigured):
		return fmt.Errorf("%s stands in the configuration; change it there (%s), and start the server again", id, placeOf(c.Config, id))
	case errors.Is(err, fault.ErrConflict):
		return fmt.Errorf("somebody else has changed %s just now, and nothing was changed; try again", id)
	case err != nil:
		return err
	}
	if err := publishKeys(ctx, c, is); err != nil {
		return err
	}
	p := newPage(cmd.OutOrStdout())
	if o.asJSON {
		return showClient(p, c, is, "", true)
	}
	p.clientChanges(was, is)
	return nil
}

// amend makes of settings what the flags say.
func (o *amendFlags) amend(f *pflag.FlagSet, s *client.Settings) error {
	assign(f, "name", &s.Name, o.name)
	scopes := []string(s.Scopes)
	err := errors.Join(
		o.redirects.amend(&s.RedirectURIs, "redirect-uri"), o.logouts.amend(&s.PostLogoutRedirectURIs, "post-logout-redirect-uri"),
		o.scopes.amend(&scopes, "scope"), o.audiences.amend(&s.Audiences, "audience"), o.roles.amend(&s.Roles, "role"),
		o.details.amend(&s.DetailTypes, "authorization-details-type"),
		o.apply(f, s),
	)
	s.Scopes = scopes
	return err
}

// placeOf is where a client of the configuration stands.
func placeOf(cfg *config.Config, id string) string {
	i := slices.IndexFunc(cfg.Clients, func(c config.Client) bool { return c.ID == id })
	return cfg.Origin(config.ClientKey(i, "")).String()
}

// listFlags are what is added to a list, and what is removed from it. There is none that replaces it: who adds an address shall not lose the others.
type listFlags struct{ add, remove []string }

func (l *listFlags) declare(list func(p *[]string, name string, value []string, usage string), name, what string) {
	list(&l.add, "add-"+name, nil, "add "+what+"; may be repeated")
	list(&l.remove, "remove-"+name, nil, "remove "+what+"; may be repeated")
}

// amend changes a list. What is to be removed must be there: it may be misspelt.
func (l *listFlags) amend(list *[]string, name string) error {
	out := slices.Clone(*list)
	for _, item := range l.remove {
		i := slices.Index(out, item)
		if i < 0 {
			return fmt.Errorf("--remove-%s: there is no %q; there is: %s", name, item, cmp.Or(strings.Join(*list, ", "), "nothing"))
		}
		out = slices.Delete(out, i, i+1)
	}
	for _, item := range l.add {
		if !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	*list = out
	return nil
}

// clientChanges says what is new about a client, and what is gone.
func (p *page) clientChanges(was, is client.Client) {
	before := map[string][]string{}
	for _, f := range clientFacts(was) {
		before[f.about] = f.values
	}
	var rows [][2]string
	for _, f := range clientFacts(is) {
		var lines []string
		for _, gone := range without(before[f.about], f.values) {
			lines = append(lines, p.paint(bad, "- "+gone))
		}
		for _, added := range without(f.values, before[f.about]) {
			lines = append(lines, p.paint(good, "+ "+added))
		}
		rows = append(rows, [2]string{f.about, strings.Join(lines, "\n")})
	}
	if !slices.ContainsFunc(rows, func(r [2]string) bool { return r[1] != "" }) {
		p.printf("Nothing changed: %s is like that already.\n", is.ID)
		return
	}
	p.printf("Changed %s:\n", is.ID)
	p.pairs(rows...)
}

func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(item string) bool { return slices.Contains(others, item) })
}
