package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/inspector"
	"github.com/lingpai/lingpai/internal/record"
)

// words are those of the commands, which speak English.
func words() inspector.Catalogue { return inspector.In("en") }

func newTokenInspect() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect [TOKEN]",
		Short: "Show what is in a token and what is wrong with it, without judging it",
		Long: "Show what is in a token: header and payload are plain JSON, so nothing secret is in them; the signature makes them unalterable.\n" +
			"What is wrong with it, whoever judges it, is listed. Nothing is verified here; lingpai token verify does that.\n\n" + aboutTokens,
		Example: "  lingpai token inspect < token.txt",
		Args:    takes("[TOKEN]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, found, err := readToken(cmd, args)
			if err != nil {
				return err
			}
			r := inspector.Inspect(text, inspector.Options{})
			p := newPage(cmd.OutOrStdout())
			if asJSON {
				return p.json(viewReport(r, found))
			}
			if r.Kind == inspector.Unknown {
				return fmt.Errorf("this is not a signed token: it has %s where header.payload.signature are three", count(len(r.Parts), "part", "parts"))
			}
			p.report(r, found)
			return nil
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

// reportView is a report as JSON prints it. A header or payload that is no JSON is null.
type reportView struct {
	Verified  bool                 `json:"verified"` // always false
	Found     inspector.Place      `json:"found"`
	Kind      inspector.Kind       `json:"kind"`
	Length    int                  `json:"length"`
	Header    json.RawMessage      `json:"header"`
	Payload   json.RawMessage      `json:"payload"`
	Signature string               `json:"signature"`
	Times     map[string]time.Time `json:"times"`
	Findings  []findingView        `json:"findings"`
	Problem   string               `json:"problem,omitzero"`
}

type findingView struct {
	inspector.Reference
	What string `json:"what,omitzero"`
	inspector.Words
}

func viewReport(r *inspector.Report, found inspector.Place) reportView {
	v := reportView{Found: found, Kind: r.Kind, Length: r.Length, Times: map[string]time.Time{}, Findings: []findingView{}}
	for _, part := range r.Parts {
		if v.Problem == "" && part.Problem != "" {
			v.Problem = part.Name + ": " + part.Problem
		}
		switch valid := json.Valid([]byte(part.JSON)); {
		case part.Name == "header" && valid:
			v.Header = json.RawMessage(part.JSON)
		case part.Name == "payload" && valid:
			v.Payload = json.RawMessage(part.JSON)
		case part.Name == "signature":
			v.Signature = printable(part.Sent)
		}
	}
	for _, m := range r.Times {
		v.Times[m.Claim] = record.UTC(m.At)
	}
	for _, f := range r.Findings {
		v.Findings = append(v.Findings, findingView{f.About(), f.What, words().Words(f)})
	}
	return v
}

// colours of the parts; those of an encrypted token but its header have none.
var colours = map[string]style{"header": header, "payload": payload, "signature": signature}

func (p *page) report(r *inspector.Report, found inspector.Place) {
	if found != inspector.Bare {
		p.printf("%s\n\n", p.paint(faint, capital(words().Places[found])+"."))
	}
	for i := range r.Parts {
		p.part(&r.Parts[i])
	}
	p.moments(r.Times)
	p.line(r.Times)
	p.faults(r.Findings)
	p.prose("", p.paint(warn, "Not verified.")+" Anybody can write a token that says this. To judge it: lingpai token verify")
	for _, part := range r.Parts {
		if part.Problem != "" {
			p.prose("", fmt.Sprintf("%s Nobody should accept it: %s: %s.", p.paint(bad, "Not acceptable."), part.Name, part.Problem))
			break
		}
	}
}

// title names a part. Those of encrypted tokens have the names of RFC 7516.
func title(part string) string {
	switch part {
	case "iv":
		return "Initialization vector"
	case "tag":
		return "Authentication tag"
	}
	return capital(strings.ReplaceAll(part, "_", " "))
}

func (p *page) part(part *inspector.Part) {
	colour := colours[part.Name]
	shown := printableLines(part.JSON)
	if shown == "" {
		shown = printable(part.Sent)
	}
	if shown == "" {
		shown = "(none)"
	}
	p.printf("%s\n%s\n", p.paint(strong, title(part.Name)), p.lines(colour, shown))
	var rows [][]string
	for _, m := range part.Members {
		if meaning := words().Explain(part.Name, m); meaning != "" {
			rows = append(rows, []string{p.paint(colour, m.Name), meaning})
		}
	}
	p.columns("  ", rows)
	p.printf("\n")
}

// labels name the times of a token.
var labels = map[string]string{"auth_time": "signed in", "iat": "issued", "nbf": "good from", "exp": "expires"}

func (p *page) moments(times []inspector.Moment) {
	var rows [][2]string
	for _, m := range times {
		label := labels[m.Claim]
		if m.Claim == "exp" && m.At.Before(p.now) {
			label = "expired"
		}
		rows = append(rows, [2]string{label, p.exactly(m.At)})
	}
	p.pairs(rows...)
	if len(rows) > 0 {
		p.printf("\n")
	}
}

// line draws the life of a token that says when it begins and ends, with now in it, before it or after it.
func (p *page) line(times []inspector.Moment) {
	const columns = 40
	at := map[string]time.Time{}
	for _, m := range times {
		at[m.Claim] = m.At
	}
	iat, exp := at["iat"], at["exp"]
	if iat.IsZero() || !exp.After(iat) {
		return
	}
	bar := strings.Repeat("─", columns)
	switch passed := p.now.Sub(iat); {
	case passed < 0:
		p.printf("  %s  issued ├%s┤ expires\n\n", p.paint(warn, "now"), bar)
	case !p.now.Before(exp):
		p.printf("  issued ├%s┤ expired  %s\n\n", bar, p.paint(bad, "now"))
	default:
		n := int(float64(columns-1) * (float64(passed) / float64(exp.Sub(iat))))
		p.printf("  issued ├%s%s%s┤ expires\n\n", strings.Repeat("─", n), p.paint(good, "●"), strings.Repeat("─", columns-1-n))
	}
}

var severities = map[inspector.Severity]style{inspector.Danger: bad, inspector.Warning: warn, inspector.Note: faint}

func (p *page) faults(found []inspector.Finding) {
	for _, f := range found {
		about, w := f.About(), words().Words(f)
		p.printf("%s %s\n", p.paint(severities[about.Severity], capital(string(about.Severity))+":"), p.paint(strong, printable(w.Title)))
		p.prose("  ", printable(w.Why))
		p.prose("  ", printable(w.Do)+" "+p.paint(faint, strings.ReplaceAll(about.Source, " ", unbroken)))
		p.printf("\n")
	}
}

// lines paints each line for itself, as pagers want it.
func (p *page) lines(s style, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = p.paint(s, line)
	}
	return strings.Join(lines, "\n")
}

// printableLines is JSON for a terminal: what is not printable is escaped, so that a token cannot steer it.
func printableLines(text string) string {
	var out strings.Builder
	for _, r := range text {
		if r == '\n' || unicode.IsPrint(r) {
			out.WriteRune(r)
			continue
		}
		fmt.Fprintf(&out, `\u%04x`, r)
	}
	return out.String()
}
