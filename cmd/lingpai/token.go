package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
)

func newToken() *cobra.Command {
	return newFamily("token", "Look into tokens and judge them", newTokenInspect(), newTokenVerify())
}

// aboutTokens is said by both commands.
const aboutTokens = "The token is read from standard input, or taken as an argument. Prefer the first: an argument stays in the history of the shell."

// readToken takes the token of a command: its argument, or standard input if that is missing or "-". A header line pasted whole will do.
func readToken(cmd *cobra.Command, args []string) (string, error) {
	text := strings.Join(args, "")
	if text == "" || text == "-" {
		if isTerminal(cmd.InOrStdin()) {
			newPage(cmd.ErrOrStderr()).printf("Paste the token, then press Enter and Ctrl-D:\n")
		}
		var err error
		if text, err = readAtMost(cmd.InOrStdin(), maxSecret); err != nil {
			return "", err
		}
	}
	text = strings.TrimSpace(text)
	if _, value, found := strings.Cut(text, "Bearer "); found {
		text = strings.TrimSpace(value)
	}
	if text == "" {
		return "", usage("no token came on standard input; write it there, for example: lingpai %s < token.txt", strings.TrimPrefix(cmd.CommandPath(), "lingpai "))
	}
	if strings.HasPrefix(text, "lpr_") {
		return "", errors.New("this is a refresh token, which says nothing to anybody but the server that issued it; an access token belongs here")
	}
	return text, nil
}
