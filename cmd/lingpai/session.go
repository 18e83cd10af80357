package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/session"
)

func newSession() *cobra.Command {
	return newFamily("session", "See who is signed in, and end it", newSessionList(), newSessionEnd())
}

func newSessionList() *cobra.Command {
	var name string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the sessions that live",
		Args:  takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return onUnkeyedData(cmd, func(ctx context.Context, c *app.Core) error {
				sessions, err := sessionsOf(ctx, c, name)
				if err != nil {
					return err
				}
				p := newPage(cmd.OutOrStdout())
				switch {
				case asJSON:
					return p.json(record.OfSessions(sessions))
				case len(sessions) == 0:
					p.printf("Nobody is signed in.\n")
				default:
					p.sessions(sessions)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&name, "user", "", "only those of `NAME`")
	addJSON(cmd, &asJSON)
	return cmd
}

// sessionsOf lists the living sessions of one account, or of all when name is empty.
func sessionsOf(ctx context.Context, c *app.Core, name string) ([]session.Session, error) {
	if name != "" {
		u, err := findUser(ctx, c, name)
		if err != nil {
			return nil, err
		}
		return c.Sessions.Of(ctx, u.ID)
	}
	return c.Sessions.All(ctx)
}

func (p *page) sessions(sessions []session.Session) {
	var rows [][]string
	for _, s := range sessions {
		rows = append(rows, []string{
			s.ID.String(), s.Holder.Username, s.ClientID, p.ago(s.CreatedAt), p.ago(s.SeenAt), s.Address, shorten(printable(s.Agent), 40),
		})
	}
	p.table([]string{"ID", "USER", "CLIENT", "SIGNED IN", "SEEN", "ADDRESS", "BROWSER OR PROGRAM"}, rows)
}

func newSessionEnd() *cobra.Command {
	var name string
	var all, yes, asJSON bool
	var wait waitFlag
	cmd := &cobra.Command{
		Use:   "end [ID]",
		Short: "End one session, those of one account, or all",
		Long: "End one session, those of one account (--user), or all (--all). Their tokens are refused at once: by a running server of this\n" +
			"database within a tenth of a second, and by the servers that follow it soon after. With --wait the command says how many have\n" +
			"heard of it, and its exit code is 1 if some have not by then; the sessions are over all the same.",
		Example: "  lingpai session end --user alice --wait\n  lingpai session end --all --yes --wait=5s",
		Args:    takes("[ID]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if chosen := len(args) + one(name != "") + one(all); chosen != 1 {
				return usage("name what to end: the ID of a session, or --user NAME, or --all")
			}
			if err := wait.check(); err != nil {
				return err
			}
			return onData(cmd, func(ctx context.Context, c *app.Core) error {
				n, err := endSessions(ctx, cmd, c, append(args, "")[0], name, yes)
				if err != nil {
					return err
				}
				p := newPage(cmd.OutOrStdout())
				if !asJSON {
					p.printf("Ended %s.\n", count(n, "session", "sessions"))
				}
				return p.reach(ctx, c, wait, asJSON, endedView{Ended: &n})
			})
		},
	}
	cmd.Flags().StringVar(&name, "user", "", "end all sessions of `NAME`")
	cmd.Flags().BoolVar(&all, "all", false, "end all sessions of everybody")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask before --all")
	wait.add(cmd)
	addJSON(cmd, &asJSON)
	return cmd
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func endSessions(ctx context.Context, cmd *cobra.Command, c *app.Core, id, name string, yes bool) (int, error) {
	switch {
	case id != "":
		sid, ok := session.ParseID(id)
		if !ok {
			return 0, usage("%q is not the ID of a session; see: lingpai session list", id)
		}
		return c.Sessions.EndByOperator(ctx, sid, byOperator)
	case name != "":
		u, err := findUser(ctx, c, name)
		if err != nil {
			return 0, err
		}
		return c.Sessions.EndAllByOperator(ctx, u.ID, byOperator)
	}
	if err := confirm(cmd, yes, "signing everybody out", "all"); err != nil {
		return 0, err
	}
	return c.Sessions.EndEverybody(ctx, byOperator)
}
