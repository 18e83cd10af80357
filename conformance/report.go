package main

import (
	"fmt"
	"net/url"
	"strings"
)

func escape(s string) string { return url.QueryEscape(s) }

// table is docs/conformance.md. It has neither times nor dates, so that it changes only when a verdict does.
func table(results []result) string {
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("\n## In short\n\n| plan | modules | pass | warning | skipped | not built | fail |\n|---|---|---|---|---|---|---|\n")
	for _, of := range byPlan(results) {
		count := map[verdict]int{}
		for _, r := range of {
			count[r.verdict]++
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", of[0].plan.title, len(of), count[pass], count[warning], count[skipped], count[notBuilt], count[fail])
	}
	for _, of := range byPlan(results) {
		p := of[0].plan
		fmt.Fprintf(&b, "\n## %s\n\n`%s`. %s\n\n| module | holds the server to | section | verdict |\n|---|---|---|---|\n", p.title, p.name, p.about)
		for _, r := range of {
			said := string(r.verdict)
			if r.note != "" {
				said += ": " + strings.ReplaceAll(r.note, "|", `\|`)
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.module.name, r.module.about, r.module.section, said)
		}
	}
	return b.String()
}

const intro = `# The OpenID conformance plans

The OpenID Foundation certifies providers by test plans. Our own program in [conformance](../conformance) runs them against the built server, over HTTPS, with
a scripted browser: the modules have the names of the Foundation's suite, and are written from its descriptions. ` + "`make plans`" + ` wrote this page.

This is not a certificate: that takes a run of the Foundation's suite. A test runs all modules, and fails when a verdict is another than here.

**WARNING** is what the standard allows and a client may not expect; the reason stands beside it. **SKIPPED** is about something that a provider may do
without, and whose metadata says so. **NOT BUILT** is to come. **FAIL** breaks the standard.

Every module also checks the metadata and the keys, and of each answer that it gets: state, issuer and place of an authorization response; form, caching,
type, lifetime and entropy of tokens; signature, issuer, audience, times, nonce and at_hash of ID tokens.
`

// byPlan groups results, in their order.
func byPlan(results []result) (groups [][]result) {
	for i, r := range results {
		if i == 0 || results[i-1].plan != r.plan {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], r)
	}
	return groups
}

// failures is an error that names the modules that failed, or nil.
func failures(results []result) error {
	var names []string
	for _, r := range results {
		if r.verdict == fail {
			names = append(names, r.module.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%d modules failed: %s", len(names), strings.Join(names, ", "))
}
