package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/mail"
)

func newMail() *cobra.Command {
	return newFamily("mail", "See whether letters reach people", newMailTest())
}

func newMailTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test ADDRESS",
		Short: "Send one letter, and say what the mail server said",
		Long: "Send one letter to an address, by the mail server of the configuration, and say what that said. A letter that it has taken may still be\n" +
			"refused by others on its way, or be put among the spam: look whether it has come.",
		Example: "  lingpai mail test you@example.com",
		Args:    takes("ADDRESS"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			server, err := app.ConfiguredMail(cfg)
			if err != nil {
				return usageError{err}
			}
			if server == nil {
				return usage("no mail server is configured; set mail.server and mail.from, see docs/mail.md")
			}
			p := newPage(cmd.OutOrStdout())
			said, err := server.Send(cmd.Context(), mail.Letter{
				Kind: "test", Address: args[0], Subject: "A letter from " + cfg.Name, WrittenAt: time.Now(),
				Text: "This is what `lingpai mail test` sends. That you read it says that letters from " + cfg.Name + " come through.\n",
			})
			if refused, ok := errors.AsType[*mail.Refused](err); ok {
				return mailRefusal(server, refused)
			}
			if err != nil {
				return err
			}
			p.printf("%s has taken the letter to %s. It said: %s\n", server.Address(), args[0], printable(said))
			return nil
		},
	}
}

// mailRefusal says who refused, in which words, and what to do.
func mailRefusal(server *mail.SMTP, refused *mail.Refused) error {
	said := printable(refused.Said)
	switch {
	case refused.Code == 0:
		return errors.New(server.Address() + " did not take the letter: " + said)
	case refused.ForGood():
		return errors.New(server.Address() + " has refused the letter for good. It said: " + said)
	}
	return errors.New(server.Address() + " does not take the letter now; a server would try it again. It said: " + said)
}
