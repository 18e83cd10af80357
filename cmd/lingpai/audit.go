package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/record"
)

func newAudit() *cobra.Command {
	return newFamily("audit", "Read what happened", newAuditList())
}

func newAuditList() *cobra.Command {
	var o struct {
		user, action string
		limit        int
		json         bool
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the latest events, newest first",
		Long:  "List the latest events, newest first. The actions are:\n" + wrapWords(audit.Actions()),
		Args:  takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := audit.Query{Action: audit.Action(o.action), Limit: o.limit}
			if o.action != "" && !slices.Contains(audit.Actions(), q.Action) {
				return usage("there is no action %q; see: lingpai audit list --help", o.action)
			}
			if o.limit < 1 || o.limit > 1000 {
				return usage("--limit is a number from 1 to 1000")
			}
			return onUnkeyedData(cmd, func(ctx context.Context, c *app.Core) error {
				return listEvents(ctx, newPage(cmd.OutOrStdout()), c, q, o.user, o.json)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.user, "user", "", "only what concerns `NAME` (or the id of an account that is gone)")
	f.StringVar(&o.action, "action", "", "only this `ACTION`")
	f.IntVar(&o.limit, "limit", 50, "at most so many; a `NUMBER` from 1 to 1000")
	addJSON(cmd, &o.json)
	return cmd
}

func wrapWords(words []audit.Action) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 && i%5 == 0 {
			b.WriteString("\n")
		}
		b.WriteString("  " + string(w))
	}
	return b.String()
}

func listEvents(ctx context.Context, p *page, c *app.Core, q audit.Query, name string, asJSON bool) error {
	if name != "" {
		q.UserID = name // an account that was removed is still in the log, by its id
		if u, err := findUser(ctx, c, name); err == nil {
			q.UserID = u.ID
		}
	}
	events, err := c.Store.Events(ctx, q)
	if err != nil {
		return err
	}
	names := usernames(ctx, c)
	if asJSON {
		return p.json(record.OfEvents(events, names))
	}
	if len(events) == 0 {
		p.printf("Nothing of that kind is in the log.\n")
		return nil
	}
	p.events(events, names)
	return nil
}

func (p *page) events(events []audit.Event, names func(id string) string) {
	var rows [][]string
	for _, e := range events {
		rows = append(rows, []string{
			e.At.UTC().Format(time.DateTime), p.paint(tone(e.Action), string(e.Action)), orID(names, e.UserID), by(names, e.Actor),
			e.ClientID, e.Address, printable(e.Detail),
		})
	}
	p.table([]string{"UTC", "ACTION", "USER", "BY", "CLIENT", "ADDRESS", "DETAIL"}, rows)
}

func tone(a audit.Action) style {
	switch a {
	case audit.SignInFailed, audit.SignInThrottled:
		return warn
	case audit.RefreshReused:
		return bad
	}
	return strong
}

// usernames looks up who an id is, each once. "" for nobody, or for somebody who is gone.
func usernames(ctx context.Context, c *app.Core) func(id string) string {
	known := map[string]string{"": ""}
	return func(id string) string {
		name, seen := known[id]
		if !seen {
			if u, err := c.Store.UserByID(ctx, id); err == nil {
				name = u.Username
			}
			known[id] = name
		}
		return name
	}
}

func orID(names func(id string) string, id string) string {
	if name := names(id); name != "" {
		return name
	}
	return id
}

func by(names func(id string) string, actor string) string {
	switch actor {
	case audit.CommandLine:
		return "command line"
	case audit.System:
		return "Lingpai"
	}
	return orID(names, actor)
}
