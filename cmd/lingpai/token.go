package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/inspector"
	"github.com/lingpai/lingpai/internal/pattern"
	"github.com/lingpai/lingpai/internal/token"
)

func newToken() *cobra.Command {
	return newFamily("token", "Look into tokens, judge them, and make some for tests",
		newTokenInspect(), newTokenExplain(), newTokenVerify(), newTokenSign())
}

// aboutTokens is said by the commands that read a token.
const aboutTokens = "The token is read from standard input, or taken as an argument. Prefer the first: an argument stays in the history of the shell.\n" +
	"An Authorization header, a cookie header, JSON, an address or a curl line will do: the token in it is found."

// readToken takes the token of a command out of its argument, or out of standard input if that is missing or "-".
func readToken(cmd *cobra.Command, args []string) (string, inspector.Place, error) {
	text := strings.Join(args, "")
	if text == "" || text == "-" {
		if isTerminal(cmd.InOrStdin()) {
			newPage(os.Stderr).printf("Paste the token, then press Enter and Ctrl-D:\n")
		}
		var err error
		if text, err = readAtMost(cmd.InOrStdin(), maxSecret); err != nil {
			return "", "", err
		}
	}
	found, where := inspector.Find(text)
	if found == "" {
		return "", "", usage("no token came on standard input; write it there, for example: lingpai %s < token.txt",
			strings.TrimPrefix(cmd.CommandPath(), "lingpai "))
	}
	if strings.HasPrefix(found, "lpr_") {
		return "", "", errors.New("this is a refresh token, which says nothing to anybody but the server that issued it; an access token belongs here")
	}
	if slip := token.Slip(authorizationIn(text)); slip != "" {
		p := newPage(os.Stderr)
		p.prose("", p.paint(warn, "Note:")+" "+slip+" An API refuses it like that; what follows is about the token alone.")
	}
	return found, where, nil
}

var authorizationHeader = pattern.Lazy(`(?i)\bauthorization\s*:\s*([^'"\r\n]+)`)

// authorizationIn is what a text says is in the Authorization header, "" if it says nothing of one.
func authorizationIn(text string) string {
	if m := authorizationHeader().FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if text = strings.TrimSpace(text); len(text) > 6 && strings.EqualFold(text[:6], "bearer") {
		return text
	}
	return ""
}
