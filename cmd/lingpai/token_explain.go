package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/inspector"
	"github.com/lingpai/lingpai/internal/jose"
)

// explainBy says for which API a token is judged, and with which key.
type explainBy struct {
	issuer     string
	audience   []string
	jwks       string
	secretFile string
	json       bool
}

func newTokenExplain() *cobra.Command {
	var o explainBy
	cmd := &cobra.Command{
		Use:   "explain [TOKEN]",
		Short: "Say why an API would refuse a token, rule by rule",
		Long: "Say why an API would refuse a token, rule by rule: the very refusal that it would give. Without --jwks or --secret-file the signature\n" +
			"is taken to hold. Without --issuer or --audience, the API is one that the token itself names. Nothing is asked of anybody.\n\n" + aboutTokens,
		Example: "  lingpai token explain --issuer https://login.example.com --audience https://api.example.com < token.txt",
		Args:    takes("[TOKEN]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, _, err := readToken(cmd, args)
			if err != nil {
				return err
			}
			p := newPage(cmd.OutOrStdout())
			v, err := o.verdict(p, text)
			if err != nil {
				return err
			}
			if o.json {
				return p.json(v)
			}
			p.verdict(v)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.issuer, "issuer", "", "the `URL` of the issuer that the API trusts")
	f.StringSliceVar(&o.audience, "audience", nil, "what the API is called, a `NAME`")
	f.StringVar(&o.jwks, "jwks", "", "a `FILE` with a JWK Set, to check the signature with")
	f.StringVar(&o.secretFile, "secret-file", "", "a `FILE` with the secret of an HS256 token, less one line feed at its end")
	f.BoolVar(&o.json, "json", false, "print JSON, for programs")
	cmd.MarkFlagsMutuallyExclusive("jwks", "secret-file")
	return cmd
}

func (o *explainBy) verdict(p *page, text string) (*inspector.Verdict, error) {
	said := saidBy(text)
	options := inspector.Options{Now: p.now, Issuer: o.issuer, Audience: o.audience}
	if options.Issuer == "" {
		options.Issuer = said.issuer
	}
	if len(options.Audience) == 0 {
		options.Audience = said.audience
	}
	switch {
	case o.jwks != "":
		set, err := readKeySet(o.jwks)
		if err != nil {
			return nil, err
		}
		options.Keys = set.Key
	case o.secretFile != "":
		var err error
		if options.Secret, err = readSecretFile(o.secretFile); err != nil {
			return nil, err
		}
	}
	if options.Issuer == "" {
		options.Issuer = "(any)" // a token without an issuer is refused before issuers are compared
	}
	if len(options.Audience) == 0 {
		options.Audience = []string{"(any)"}
	}
	return inspector.Inspect(text, options).Verdict, nil
}

func readKeySet(file string) (*jose.KeySet, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	set, err := jose.ParseKeySet(data)
	if err != nil {
		return nil, fmt.Errorf("%s is not a key set that can be used: %w", file, err)
	}
	return set, nil
}

func readSecretFile(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	return []byte(strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")), nil
}

func (p *page) verdict(v *inspector.Verdict) {
	switch {
	case v.Code == "" && v.Assumed:
		p.printf("%s\n", p.paint(good, "It would be accepted, if its signature holds."))
	case v.Code == "":
		p.printf("%s\n", p.paint(good, "It would be accepted."))
	default:
		p.printf("%s %d %s\n%s %s\n", p.paint(bad, "It would be refused:"), v.Code.Status(), v.Code, printable(v.Detail), v.Advice)
	}
	if v.Cause != "" {
		p.printf("%s\n", p.paint(faint, printable(v.Cause)))
	}
	p.printf("\n")
	for _, step := range v.Steps {
		mark, look, text := p.paint(good, "✓"), style(""), words().Step(step)
		switch step.Outcome {
		case inspector.Failed:
			mark, look = p.paint(bad, "✗"), strong
		case inspector.Skipped:
			mark, look = p.paint(faint, "–"), faint
		}
		for _, line := range wrap(text, p.wide-4) {
			p.printf("  %s %s\n", mark, p.paint(look, line))
			mark = " "
		}
	}
}
