package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/cors"
)

// crossFlags say what a page asks a backend, for `lingpai doctor URL`.
type crossFlags struct {
	origin, method string
	headers        []string
	credentials    bool
}

func (f *crossFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.origin, "origin", "", "judge the backend at URL as the browser of a page of `ORIGIN` does")
	cmd.Flags().StringVar(&f.method, "method", http.MethodGet, "the `METHOD` of the page's request: GET, PUT …")
	cmd.Flags().StringArrayVar(&f.headers, "header", nil, "a `NAME` or \"NAME: VALUE\" that the page sets on it, such as Authorization; may be repeated")
	cmd.Flags().BoolVar(&f.credentials, "credentials", false, "the page sends cookies along")
}

// ask reads the flags together with the address.
func (f *crossFlags) ask(address string) (cors.Ask, error) {
	if f.origin == "" {
		return cors.Ask{}, usage("--origin is missing: the origin of the page that asks, such as http://localhost:5173")
	}
	page, err := cors.ParseOrigin(f.origin)
	if err != nil {
		return cors.Ask{}, usage("--origin: %s", err)
	}
	target, err := cors.ParseOrigin(address)
	if err != nil {
		return cors.Ask{}, usage("%q is no address of a backend; write it like https://api.example.com/notes", address)
	}
	u, err := url.Parse(address)
	if err != nil {
		return cors.Ask{}, usage("%q cannot be read as an address", address)
	}
	return cors.Ask{Page: page, Target: target, Path: u.RequestURI(), Method: f.method, Headers: f.headers, Credentials: f.credentials}, nil
}

// examineAcross asks a backend what a browser would, and judges it as one.
func examineAcross(ctx context.Context, address string, ask cors.Ask) cors.Diagnosis {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	origin := "Origin: " + ask.Page.String()
	var preflight *cors.Answer
	if cors.Diagnose(ask, nil, nil).Preflight != "" {
		headers := []string{origin, "Access-Control-Request-Method: " + strings.ToUpper(ask.Method)}
		if names := cors.Unsafe(ask.Headers); len(names) > 0 {
			headers = append(headers, "Access-Control-Request-Headers: "+strings.Join(names, ","))
		}
		preflight = send(ctx, http.MethodOptions, address, headers)
	}
	method := strings.ToUpper(ask.Method)
	if method != http.MethodHead {
		method = http.MethodGet // nothing is changed there
	}
	answer := send(ctx, method, address, append([]string{origin}, withValue(ask.Headers)...))
	return cors.Diagnose(ask, preflight, answer)
}

func withValue(headers []string) (out []string) {
	for _, h := range headers {
		if strings.Contains(h, ":") && !strings.HasPrefix(strings.ToLower(h), "content-") {
			out = append(out, h)
		}
	}
	return out
}

// send asks once and follows no redirect, which is an answer like another.
func send(ctx context.Context, method, address string, headers []string) *cors.Answer {
	r, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
	if err != nil {
		return &cors.Answer{Failure: err.Error()}
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		r.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		return &cors.Answer{Failure: unanswered(err)}
	}
	_ = res.Body.Close() // only the head is of interest
	return &cors.Answer{Status: res.StatusCode, Header: res.Header}
}

// unanswered says in a clause why nothing came.
func unanswered(err error) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not trusted; a browser opens the address by itself first, and says why"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name " + e.Name + " is not known"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return "nothing takes connections there"
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it did not answer in 30 seconds"
	}
	return "the connection broke off"
}

// across tells a diagnosis.
func (p *page) across(d cors.Diagnosis) {
	if len(d.Differs) == 0 {
		p.printf("%s  page and backend are one origin (%s), so the browser asks for nothing\n", p.paint(good, pad("ok")), d.Page)
		return
	}
	p.table([]string{"", "protocol", "domain", "port"}, [][]string{p.parts(d, "page", d.PageParts), p.parts(d, "asks", d.AskedParts)})
	p.printf("Another origin: %s.", strings.Join(d.Differs, ", ")+map[bool]string{true: " differs", false: " differ"}[len(d.Differs) == 1])
	if d.Preflight != "" {
		p.printf(" The browser asks first (OPTIONS), because %s.", d.Preflight)
	}
	p.printf("\n\n")
	for _, f := range d.Findings {
		p.crossFinding(f)
	}
	if d.Allowed {
		p.printf("%s  the page may read the answer\n", p.paint(good, pad("ok")))
	}
	if len(d.Hidden) > 0 {
		p.printf("%s  its script cannot read these headers of it: %s\n         → Access-Control-Expose-Headers: %s\n",
			p.paint(warn, pad("note")), strings.Join(d.Hidden, ", "), strings.Join(d.Hidden, ", "))
	}
	if !d.Allowed {
		p.printf("\nOr use one origin, and need none of it: lingpai dev, with this route, and ask the path alone:\n\n")
		p.printf("  - { match: \"%s\", proxy: %s }\n", matchOf(d.Path), d.Target)
	}
}

// parts is a line of the table of two origins; what differs is painted.
func (p *page) parts(d cors.Diagnosis, who string, o cors.Origin) []string {
	line := []string{p.paint(faint, who)}
	for _, part := range [][2]string{{"protocol", o.Protocol}, {"domain", o.Domain}, {"port", o.Port}} {
		if slices.Contains(d.Differs, part[0]) {
			part[1] = p.paint(bad, part[1])
		}
		line = append(line, part[1])
	}
	return line
}

func (p *page) crossFinding(f cors.Finding) {
	level := p.paint(bad, pad(levelError))
	if f.Mild {
		level = p.paint(warn, pad(levelWarning))
	}
	p.printf("%s  %s: %s\n         %s\n", level, f.Step, printable(f.What), p.paint(faint, f.Then))
	if len(f.Add) > 0 {
		when := "on every answer, errors too"
		if f.Step == "preflight" {
			when = "on the answer to OPTIONS"
		}
		p.printf("         → %s:\n", when)
	}
	for _, line := range f.Add {
		p.printf("             %s\n", p.paint(strong, line))
	}
	if f.Hint != "" {
		p.printf("         → %s\n", f.Hint)
	}
}

// matchOf is a pattern for all that begins like a path.
func matchOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	first, _, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if first == "" {
		return "/**"
	}
	if !more {
		return fmt.Sprintf("/%s", first)
	}
	return fmt.Sprintf("/%s/**", first)
}
