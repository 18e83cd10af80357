package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/revocation"
)

// waitFlag is how long a command waits until all servers have heard of what it has called back.
type waitFlag struct{ time.Duration }

func (w *waitFlag) add(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&w.Duration, "wait", 0, "wait so `LONG` (1s if no time is given) for the servers, and say how many have applied it")
	cmd.Flags().Lookup("wait").NoOptDefVal = "1s"
}

func (w *waitFlag) check() error {
	if w.Duration < 0 || w.Duration > revocation.MaxWait {
		return usage("--wait is a time from 0s to %s", revocation.MaxWait)
	}
	return nil
}

// endedView is what was called back, and how far that has come, as JSON shows it.
type endedView struct {
	Ended     *int   `json:"ended,omitempty"`
	Withdrawn string `json:"withdrawn,omitempty"`
	Signing   string `json:"signing,omitempty"`
	*revocation.Reach
}

// reach says how far it has come, if that was asked for. Not everywhere, in the time that was given, is a failure of the command.
func (p *page) reach(ctx context.Context, c *app.Core, wait waitFlag, asJSON bool, view endedView) error {
	if wait.Duration > 0 {
		r, err := revocation.Await(ctx, c.Store, wait.Duration, c.Now)
		if err != nil {
			return err
		}
		view.Reach = &r
	}
	if asJSON {
		if err := p.json(view); err != nil {
			return err
		}
	} else if view.Reach != nil {
		p.reached(*view.Reach)
	}
	if view.Reach != nil && !view.Complete() {
		return errReported
	}
	return nil
}

func (p *page) reached(r revocation.Reach) {
	if r.Servers == 0 {
		p.printf("No server runs on this database.\n")
		return
	}
	p.printf("Applied on %d of %d.\n", r.Applied, r.Servers)
	if len(r.Laggards) == 0 {
		return
	}
	names := make([]string, len(r.Laggards))
	for i, l := range r.Laggards {
		names[i] = printable(l.Name)
	}
	p.printf("Not yet on: %s\n", p.paint(warn, strings.Join(names, ", ")))
}
