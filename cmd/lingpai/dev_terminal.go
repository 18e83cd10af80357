package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/devserver/exchange"
	"github.com/lingpai/lingpai/internal/localca"
)

// devTerminal is where `lingpai dev` shows what happens: a screen on a terminal, lines elsewhere.
type devTerminal struct {
	*page
	screen *devScreen // nil: lines

	authority *localca.Authority // that vouches for us; nil without --https

	log   io.Writer // of the server
	child io.Writer // what the app's own dev server prints; nil on a screen, which asks for it
}

func newDevTerminal(cmd *cobra.Command) *devTerminal {
	t := &devTerminal{page: newPage(cmd.OutOrStdout()), log: cmd.ErrOrStderr(), child: cmd.OutOrStdout()}
	in, _ := cmd.InOrStdin().(*os.File)
	out, _ := cmd.OutOrStdout().(*os.File)
	if plain, _ := cmd.Flags().GetBool("plain"); plain || !isTerminal(in) || !isTerminal(out) || os.Getenv("TERM") == "dumb" {
		return t
	}
	lines := new(lineLog)
	t.screen, t.log, t.child = &devScreen{page: t.page, in: in, out: out, lines: lines}, lines, nil
	return t
}

// follow shows what happens until the context ends or serving fails.
func (t *devTerminal) follow(ctx context.Context, a *app.App) error {
	if t.screen != nil {
		t.screen.app = a
		(&page{Writer: t.screen.lines, now: t.now}).trust(t.authority)
		return t.screen.run(ctx)
	}
	t.greetDeveloper(a)
	t.trust(t.authority)
	log, last, letters := a.Dev().Exchanges(), uint64(0), 0
	told := map[string]bool{} // what to write, by its text: an app may ask the same again and again
	for {
		more, mail := log.Rings(), a.Dev().MailRings()
		for _, x := range log.Since(last) {
			t.exchange(x)
			if text := strings.Join(addition(x), "\n"); text != "" && !told[text] && len(told) < mostTold {
				told[text] = true
				t.printf("%s\n", t.paint(faint, text))
			}
			last = x.Number
		}
		letters = t.mails(a, letters)
		select {
		case <-ctx.Done():
			return nil
		case err := <-a.Failed():
			return err
		case <-more:
		case <-mail:
		}
	}
}

// mails prints a line for each letter after one, and what it asks to open; it returns the number of the last.
func (p *page) mails(a *app.App, after int) int {
	for _, l := range slices.Backward(a.Dev().Mails()) {
		if l.Number <= after {
			continue
		}
		p.printf("%s  %s  %s to %s", p.paint(faint, l.At.Local().Format("15:04:05")), p.paint(good, "mail"), printable(l.Subject), printable(l.To))
		if l.Link != "" {
			p.printf("  %s", p.paint(strong, l.Link))
		}
		p.printf("\n")
		after = l.Number
	}
	return after
}

// mostTold is how often lines say what to write: who asks for that many addresses that are not there is looking for something else.
const mostTold = 100

// addition says what to write into the dev file, if something is missing there, indented as it has to stand there.
func addition(x exchange.Exchange) []string {
	if x.Add == nil {
		return nil
	}
	where := "# write into " + x.Add.File
	if x.Add.To != "" {
		where += ", at the end of " + x.Add.To
	}
	lines := []string{printable(where + ", and it is answered:")}
	for _, line := range x.Add.Lines {
		lines = append(lines, printable(line))
	}
	return lines
}

// servedBy names who answered.
func servedBy(x exchange.Exchange) string {
	switch {
	case x.By == "":
		return "nobody"
	case x.Route > 0:
		return x.By + " " + strconv.Itoa(x.Route)
	}
	return x.By
}

// exchange is one line of what passed.
func (p *page) exchange(x exchange.Exchange) {
	by := servedBy(x)
	rest := took(x.Took)
	if x.Reason != "" {
		rest += "  " + p.paint(faint, printable(x.Code+" "+x.Reason))
	}
	p.printf("%s  %s  %s %s  %s  %s\n", p.paint(faint, x.At.Local().Format("15:04:05")), p.paint(statusStyle(x.Status), padTo(statusText(x), 3)),
		printable(x.Method), printable(x.Path), p.paint(faint, by), rest)
}
