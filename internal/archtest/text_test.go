package archtest

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sayings are what no file of the repository contains. They are written in pieces, so that this file keeps to its own rule.
var sayings = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`(^|[^.\w])(TO` + `DO|FIX` + `ME)\b`), "what is to be done is an issue, not a note that everybody passes by"},
	{regexp.MustCompile(`(^|[^\w.$})-])/(wo` + `rk|Us` + `ers)/`), "names a folder of the machine that it was written on"},
	{
		regexp.MustCompile(`proxy\.gol` + `ang\.org|registry\.np` + `mjs\.org|deb\.deb` + `ian\.org`),
		"names a registry; where packages come from is the builder's choice",
	},
	{regexp.MustCompile(`(?m)^(<<<<<<<|>>>>>>>) `), "is a merge that was not finished"},
}

// written are files that a tool writes, with the addresses that it was told.
var written = []string{"go.sum", "package-lock.json", "pnpm-lock.yaml"}

func TestNoFileSaysWhatItShouldNot(t *testing.T) { hold(t, unsaid, nil) }

func TestNoModuleReplacesAnother(t *testing.T) {
	hold(t, noReplace, exceptions{"interop/go.mod": "it has tests and nothing to install, and holds code of this tree against that of others"})
}

func unsaid(s *source) (found []violation) {
	for _, f := range s.texts {
		if slices.Contains(written, path.Base(f.name)) {
			continue
		}
		for _, saying := range sayings {
			if at := saying.pattern.FindIndex(f.data); at != nil {
				line := strings.Count(string(f.data[:at[1]]), "\n") + 1
				said := strings.TrimSpace(string(f.data[at[0]:at[1]]))
				found = append(found, violation{f.name, line, "says " + said + ": " + saying.why})
			}
		}
	}
	return found
}

var replaces = regexp.MustCompile(`(?m)^\s*replace\b`)

func noReplace(s *source) (found []violation) {
	for _, f := range s.texts {
		if path.Base(f.name) == "go.mod" && replaces.Match(f.data) {
			found = append(found, violation{f.name, 0, "has a replace directive, with which `go install ...@latest` refuses to work"})
		}
	}
	return found
}
