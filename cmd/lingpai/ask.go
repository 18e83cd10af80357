package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lingpai/lingpai/internal/secret"
)

// maxSecret is more than any password or token that is accepted.
const maxSecret = 32 << 10

// passwordFlags are how a password comes in: from whoever sits at the terminal, or on standard input. There is no flag for the password
// itself, because the list of processes and the history of the shell would show it.
type passwordFlags struct{ stdin bool }

func (f *passwordFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.stdin, "password-stdin", false, "read the password from standard input, less one line feed at its end")
}

// read returns the password. minimum is told to whoever is asked.
func (f *passwordFlags) read(cmd *cobra.Command, minimum int) (secret.String, error) {
	if f.stdin {
		return readPassword(cmd.InOrStdin())
	}
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !isTerminal(in) {
		return secret.String{}, usage("there is no terminal to ask for the password at; give it with --password-stdin")
	}
	return askPassword(in, cmd.ErrOrStderr(), minimum)
}

// readPassword removes one line feed (with the carriage return that some shells put before it) and nothing else.
func readPassword(r io.Reader) (secret.String, error) {
	text, err := readAtMost(r, maxSecret)
	if err != nil {
		return secret.String{}, err
	}
	if rest, ended := strings.CutSuffix(text, "\n"); ended {
		text = strings.TrimSuffix(rest, "\r")
	}
	if text == "" {
		return secret.String{}, usage("no password came on standard input; write it there, for example: printf %%s \"$PASSWORD\" | lingpai ...")
	}
	return secret.New(text), nil
}

func readAtMost(r io.Reader, limit int64) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	if int64(len(text)) > limit {
		return "", fmt.Errorf("more than %d bytes came on standard input", limit)
	}
	return string(text), nil
}

// askPassword asks twice, without showing what is typed.
func askPassword(in *os.File, out io.Writer, minimum int) (secret.String, error) {
	fmt.Fprintf(out, "At least %d characters; four or five words you will remember do well.\n", minimum)
	var first, second string
	err := rawly(in, out, func(t *term.Terminal) (err error) {
		if first, err = t.ReadPassword("Password: "); err != nil {
			return err
		}
		second, err = t.ReadPassword("Again: ")
		return err
	})
	switch {
	case err != nil:
		return secret.String{}, err
	case first == "":
		return secret.String{}, errors.New("no password was typed, and nothing was changed")
	case first != second:
		return secret.String{}, errors.New("the two passwords differ, and nothing was changed")
	}
	return secret.New(first), nil
}

// rawly runs f on a terminal that hands over every key. Ctrl-C arrives as the end of the input then, so that the terminal is always put
// back in order.
func rawly(in *os.File, out io.Writer, f func(t *term.Terminal) error) (err error) {
	fd := int(in.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return fmt.Errorf("prepare terminal: %w", err)
	}
	defer func() { err = errors.Join(err, term.Restore(fd, before)) }()
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, "")
	err = f(t)
	if errors.Is(err, io.EOF) {
		_, _ = io.WriteString(out, "\r\n")
		return errors.New("interrupted, and nothing was changed")
	}
	return err
}

// confirm lets somebody type a word before something is done that cannot be undone. Without a terminal, --yes has to be given.
func confirm(cmd *cobra.Command, yes bool, what, word string) error {
	if yes {
		return nil
	}
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !isTerminal(in) {
		return usage("%s cannot be undone, and there is no terminal to ask at; add --yes", what)
	}
	out := cmd.ErrOrStderr()
	fmt.Fprintf(out, "%s cannot be undone. Type %s to go on: ", capital(what), word)
	var line string
	err := rawly(in, out, func(t *term.Terminal) (err error) {
		line, err = t.ReadLine()
		return err
	})
	if err != nil {
		return err
	}
	if strings.TrimSpace(line) != word {
		return errors.New("that is something else, so nothing was changed")
	}
	return nil
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
