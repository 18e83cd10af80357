package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/record"
)

func newKey() *cobra.Command {
	return newFamily("key", "See, rotate and withdraw the keys that tokens are signed with", newKeyList(), newKeyRotate(), newKeyWithdraw())
}

func newKeyList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys that are published",
		Long: "List the keys that are published. Beside that of access tokens there may be one of RS256: it is made when the first client needs it,\n" +
			"and signs ID tokens for those that know nothing else.",
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return onData(cmd, func(_ context.Context, c *app.Core) error {
				return newPage(cmd.OutOrStdout()).keys(c.AllKeys(), asJSON)
			})
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

func (p *page) keys(all []keys.Info, asJSON bool) error {
	var rows [][]string
	for _, k := range all {
		state := string(k.State)
		if k.State == keys.Signing {
			state = p.paint(good, state)
		}
		rows = append(rows, []string{k.ID, string(k.Algorithm), state, p.ago(k.CreatedAt), p.ago(k.ActivatesAt), p.ago(k.ExpiresAt)})
	}
	if asJSON {
		return p.json(record.OfKeys(all))
	}
	p.table([]string{"ID", "ALGORITHM", "STATE", "MADE", "SIGNS FROM", "REMOVED"}, rows)
	return nil
}

func newKeyRotate() *cobra.Command {
	var now bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Make a new signing key before its time",
		Long: "Make a new signing key before its time. It is published first and signs later (keys.publish_before), so that every API knows\n" +
			"it by then; nobody is signed out. With --now it signs at once: an API that has not fetched it yet meets an\n" +
			"unknown key and fetches. When others may know the present key, withdraw it: lingpai key withdraw.",
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return onData(cmd, func(ctx context.Context, c *app.Core) error {
				k, err := c.Keys.Rotate(ctx, byOperator, now)
				if err != nil {
					return err
				}
				p := newPage(cmd.OutOrStdout())
				if k.State == keys.Next {
					p.printf("Key %s is published and signs %s.\n", k.ID, p.ago(k.ActivatesAt))
					return nil
				}
				p.printf("Key %s signs from now on.\n", k.ID)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&now, "now", false, "sign with it at once")
	return cmd
}

func newKeyWithdraw() *cobra.Command {
	var yes, asJSON bool
	var wait waitFlag
	cmd := &cobra.Command{
		Use:   "withdraw ID",
		Short: "Refuse every token that a key has signed, because others may have the key",
		Long: "Refuse every token that a key has signed, because others may have the key. If the key signs, a new one takes over first. The\n" +
			"key is unpublished, its tokens are refused by the running servers within a tenth of a second and by those that follow them\n" +
			"soon after, and clients refresh: nobody is signed out. It cannot be undone. --wait is that of lingpai session end.",
		Example: "  lingpai key list\n  lingpai key withdraw 5Wm…Q0s --yes --wait",
		Args:    takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := wait.check(); err != nil {
				return err
			}
			return onData(cmd, func(ctx context.Context, c *app.Core) error {
				return withdrawKey(ctx, cmd, c, args[0], yes, wait, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	wait.add(cmd)
	addJSON(cmd, &asJSON)
	return cmd
}

func withdrawKey(ctx context.Context, cmd *cobra.Command, c *app.Core, kid string, yes bool, wait waitFlag, asJSON bool) error {
	if !slices.ContainsFunc(c.AllKeys(), func(k keys.Info) bool { return k.ID == kid }) {
		return fmt.Errorf("no key here has the ID %q; see which there are: lingpai key list", kid)
	}
	if err := confirm(cmd, yes, "withdrawing key "+kid, kid); err != nil {
		return err
	}
	signing, err := c.WithdrawKey(ctx, kid, byOperator)
	if err != nil {
		return err
	}
	p := newPage(cmd.OutOrStdout())
	if !asJSON {
		p.printf("Key %s is withdrawn: every token that it signed is refused.\nKey %s signs.\n", kid, signing)
	}
	return p.reach(ctx, c, wait, asJSON, endedView{Withdrawn: kid, Signing: signing})
}
