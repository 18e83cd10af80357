// Command bench measures the built server from outside, over HTTP on loopback, and writes the figures to docs/benchmarks.md. What can be
// compared is compared in the same run, because machines differ and drift: logins with the bare hash, refresh during a storm with
// refresh without.
//
//	go build -o bin/lingpai ./cmd/lingpai && go -C bench run . -binary ../bin/lingpai -out ../docs/benchmarks.md
//
// It sends traffic to 127.0.0.1 only, for a bounded time, to a server that it starts and stops itself.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

type settings struct {
	binary  string
	out     string
	only    string
	seconds time.Duration
}

func main() {
	var s settings
	flag.StringVar(&s.binary, "binary", "../bin/lingpai", "the built `FILE`")
	flag.StringVar(&s.out, "out", "", "write the report to this `FILE` (default: standard output)")
	flag.StringVar(&s.only, "only", "", "run one part: start, refresh, login, storm, read, oauth, proxy, revoke, verify or gateway")
	flag.DurationVar(&s.seconds, "for", 5*time.Second, "how long each figure is measured")
	bare := flag.Bool("serve-bare", false, "serve the yardstick (the program starts itself so)")
	app := flag.Bool("serve-app", false, "serve the app behind the gateway (the program starts itself so)")
	zitadel := flag.Bool("serve-zitadel", false, "serve zitadel/oidc's provider (the program starts itself so)")
	reverse := flag.String("serve-reverse", "", "proxy to this `URL` (the program starts itself so)")
	flag.Parse()
	work := func() error { return run(s) }
	switch {
	case *bare:
		work = serveBare
	case *app:
		work = serveApp
	case *zitadel:
		work = serveZitadel
	case *reverse != "":
		work = func() error { return serveReverse(*reverse) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(s settings) error {
	binary, err := filepath.Abs(s.binary)
	if err != nil {
		return err
	}
	s.binary = binary
	dir, err := os.MkdirTemp(".", "run-") // on the disk that holds the checkout, not in memory
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &report{cores: runtime.NumCPU()}
	parts := []struct {
		name    string
		measure func(settings, string, *report) error
	}{
		{"start", measureStart}, {"refresh", measureRefresh}, {"read", measureReads}, {"oauth", measureOAuth}, {"login", measureLogins}, {"storm", measureStorm},
		{"proxy", measureProxy}, {"revoke", measureRevoke}, {"verify", measureVerify}, {"gateway", measureGateway},
	}
	for _, p := range parts {
		if s.only != "" && s.only != p.name {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring", p.name)
		if err := p.measure(s, filepath.Join(dir, p.name), r); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return r.write(s.out)
}
