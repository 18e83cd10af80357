// Command conformance runs the OpenID Foundation's test plans against the built server, and writes what came out to docs/conformance.md.
//
//	go build -o bin/lingpai ./cmd/lingpai && go -C conformance run . -binary ../bin/lingpai -out ../docs/conformance.md
//
// It is our own program, written from the descriptions of the modules: each has the name that the Foundation's suite gives it, and is
// meant to be read beside it. Where to begin:
//
//   - basic.go, logout.go, backchannel.go, frontchannel.go, dpop.go and fapi2.go with its neighbours are the plans, one function a module.
//   - module.go is what a module may say: must, should, skip.
//   - flow.go is what a client does: authorize, redeem, refresh, ask for the userinfo.
//   - checks.go is what every module checks besides: metadata, answers, tokens.
//   - browser.go is a browser and the person before it. server.go starts the program under test.
//
// It is a client like any other: nothing of the server is imported, tokens are judged by go-jose, and all that is known of the server comes
// from its discovery document. It speaks with 127.0.0.1 only, and ends the server that it started.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	binary := flag.String("binary", "../bin/lingpai", "the built `FILE`")
	out := flag.String("out", "", "write the table to this `FILE` (default: standard output)")
	only := flag.String("only", "", "run only modules and plans whose name contains this `TEXT`")
	flag.Parse()
	if err := report(*binary, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func report(binary, out, only string) error {
	s, err := start(binary)
	if err != nil {
		return err
	}
	defer s.stop()
	results := runPlans(s, only)
	for _, r := range results {
		if r.verdict == fail || r.verdict == warning {
			fmt.Fprintf(os.Stderr, "%s %s: %s: %s\n", r.verdict, r.plan.title, r.module.name, r.note)
		}
	}
	to := os.Stdout
	if out != "" {
		if to, err = os.Create(filepath.Clean(out)); err != nil {
			return err
		}
		defer to.Close()
	}
	if _, err := to.WriteString(table(results)); err != nil {
		return err
	}
	return failures(results)
}
