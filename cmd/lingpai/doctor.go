package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/config"
)

func newDoctor() *cobra.Command {
	var asJSON bool
	var cross crossFlags
	cmd := &cobra.Command{
		Use:   "doctor [URL]",
		Short: "Find what is misconfigured",
		Long: "Look at the configuration, the data folder, the master key, the database, the disk, the clock, the certificate and the ports, and say\n" +
			"of each fault what it is, why it matters and how to mend it. Nothing is changed. The exit code is 1 if there is an error;\n" +
			"warnings alone leave it at 0.\n\n" +
			"With the URL of any backend, and --origin of a page: ask it what a browser would, and say what keeps the page from reading the\n" +
			"answer (CORS), with the header lines that mend it. Whatever --method is, nothing but OPTIONS, GET and HEAD is sent.",
		Example: "  lingpai doctor\n  lingpai doctor https://api.example.com/notes --origin http://localhost:5173 --method PUT --header Authorization",
		Args:    takes("[URL]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return doctorAcross(cmd, args[0], cross, asJSON)
			}
			findings := examine(cmd)
			p := newPage(cmd.OutOrStdout())
			if asJSON {
				if err := p.json(findings); err != nil {
					return err
				}
			} else {
				p.findings(findings)
			}
			for _, f := range findings {
				if f.Level == levelError {
					return errReported
				}
			}
			return nil
		},
	}
	addJSON(cmd, &asJSON)
	cross.add(cmd)
	return cmd
}

func doctorAcross(cmd *cobra.Command, address string, cross crossFlags, asJSON bool) error {
	ask, err := cross.ask(address)
	if err != nil {
		return err
	}
	d, p := examineAcross(cmd.Context(), address, ask), newPage(cmd.OutOrStdout())
	if asJSON {
		err = p.json(d)
	} else {
		p.across(d)
	}
	if err == nil && !d.Allowed {
		return errReported
	}
	return err
}

// The levels of a finding.
const (
	levelOK      = "ok"
	levelWarning = "warning"
	levelError   = "error"
)

// finding is the outcome of one check. Why and Mend are empty when all is well.
type finding struct {
	Check string `json:"check"`
	Level string `json:"level"`
	What  string `json:"what"`
	Why   string `json:"why,omitzero"`
	Mend  string `json:"mend,omitzero"`
}

// examination gathers findings. It sees the clock once, so that all checks agree.
type examination struct {
	cfg      *config.Config
	now      time.Time
	findings []finding
}

func (e *examination) ok(check, what string) {
	e.findings = append(e.findings, finding{Check: check, Level: levelOK, What: what})
}

func (e *examination) warn(check, what, why, mend string) {
	e.findings = append(e.findings, finding{check, levelWarning, what, why, mend})
}

func (e *examination) err(check, what, why, mend string) {
	e.findings = append(e.findings, finding{check, levelError, what, why, mend})
}

// examine runs all checks, or only the first if there is no configuration to check by.
func examine(cmd *cobra.Command) []finding {
	e := &examination{now: time.Now()}
	cfg, err := loadConfig(cmd)
	if err == nil {
		err = checkParts(cfg)
	}
	if err != nil {
		e.err("configuration", err.Error(), "the server does not start with it", "mend each place; docs/configuration.md describes every setting")
		return e.findings
	}
	e.cfg = cfg
	e.configuration()
	for _, check := range []func(context.Context){e.folder, e.masterKey, e.database, e.disk, e.clock, e.certificate, e.address} {
		check(cmd.Context())
	}
	return e.findings
}

func (p *page) findings(all []finding) {
	styles := map[string]style{levelOK: good, levelWarning: warn, levelError: bad}
	for _, f := range all {
		lines := strings.Split(f.What, "\n")
		if f.Why != "" {
			lines = append(lines, strings.Split("because "+f.Why, "\n")...)
		}
		if f.Mend != "" {
			lines = append(lines, strings.Split("→ "+f.Mend, "\n")...)
		}
		p.finding(p.paint(styles[f.Level], pad(f.Level)), p.paint(strong, f.Check), lines)
	}
}

// finding writes what was found beside its level and its check, or below them on a narrow terminal.
func (p *page) finding(level, check string, lines []string) {
	const beside = 24 + 30
	if p.wide > 0 && p.wide < beside {
		p.printf("%s  %s\n", level, check)
		for _, line := range lines {
			p.prose("  ", line)
		}
		return
	}
	var rows [][]string
	for _, line := range lines {
		rows = append(rows, []string{level, check + strings.Repeat(" ", max(0, 13-width(check))), line})
		level, check = strings.Repeat(" ", 7), ""
	}
	p.columns("", rows)
}

// pad makes the levels of findings, and the verdicts on requests, as wide as one another.
func pad(s string) string {
	const columns = 7
	return s + strings.Repeat(" ", max(0, columns-len(s)))
}
