package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/strictjson"
	"github.com/lingpai/lingpai/internal/token"
)

// judgeBy says whose word is taken for a token.
type judgeBy struct {
	issuer   string
	audience []string
	jwks     string
	json     bool
}

func newTokenVerify() *cobra.Command {
	var o judgeBy
	cmd := &cobra.Command{
		Use:   "verify [TOKEN]",
		Short: "Judge a token as an API would",
		Long: "Judge a token as an API would, and say why if it is refused.\n\n" +
			"  --issuer URL   by the keys that the issuer publishes\n" +
			"  --jwks FILE    by the keys in a file, without a network; issuer and audience are judged if they are named\n" +
			"  otherwise      by the keys of the data folder; whether the session still lives is judged, too\n\n" + aboutTokens,
		Example: "  lingpai token verify --issuer https://login.example.com --audience https://api.example.com < token.txt",
		Args:    takes("[TOKEN]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, _, err := readToken(cmd, args)
			if err != nil {
				return err
			}
			claims, err := o.judge(cmd, text)
			return o.report(newPage(cmd.OutOrStdout()), claims, err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.issuer, "issuer", "", "the `URL` of the issuer that the token must come from")
	f.StringSliceVar(&o.audience, "audience", nil, "the API that the token must be meant for, a `NAME`; without it, the issuer itself")
	f.StringVar(&o.jwks, "jwks", "", "a `FILE` with a JWK Set")
	addJSON(cmd, &o.json)
	return cmd
}

func (o *judgeBy) judge(cmd *cobra.Command, text string) (claims *token.Claims, err error) {
	switch {
	case o.jwks != "":
		return o.byFile(cmd.Context(), text)
	case o.issuer != "" && !cmd.Flags().Changed("data"):
		return o.byIssuer(cmd.Context(), text)
	}
	err = onData(cmd, func(ctx context.Context, c *app.Core) error {
		claims, err = o.byData(ctx, c, text)
		return err
	})
	return claims, err
}

func (o *judgeBy) byIssuer(ctx context.Context, text string) (*token.Claims, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	var options []lingpai.Option
	if len(o.audience) > 0 {
		options = append(options, lingpai.Audience(o.audience...))
	}
	v, err := lingpai.NewVerifier(ctx, o.issuer, options...)
	if err != nil {
		return nil, keysProblem(o.issuer, err)
	}
	c, err := v.Verify(ctx, text)
	if err != nil {
		return nil, err
	}
	return &token.Claims{
		Issuer: c.Issuer, Subject: c.Subject, Audience: c.Audience, ExpiresAt: c.ExpiresAt, NotBefore: c.NotBefore, IssuedAt: c.IssuedAt,
		ID: c.ID, ClientID: c.ClientID, SessionID: c.SessionID, AuthTime: c.AuthTime, AMR: c.AMR, Scopes: c.Scopes, Roles: c.Roles,
	}, nil
}

// keysProblem says why there are no keys to judge by, without the words that the package has for programs.
func keysProblem(issuer string, err error) error {
	if unheard, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("the keys of %s cannot be had: %w; does a server run there?", issuer, unheard.Err)
	}
	if inner := errors.Unwrap(err); inner != nil {
		err = inner
	}
	return fmt.Errorf("the keys of %s cannot be had: %w", issuer, err)
}

// byFile takes from the token itself what nobody named; the report says so.
func (o *judgeBy) byFile(ctx context.Context, text string) (*token.Claims, error) {
	set, err := readKeySet(o.jwks)
	if err != nil {
		return nil, err
	}
	rules := &token.Rules{
		Issuer: o.issuer, Audience: o.audience, Now: time.Now,
		Keys: func(_ context.Context, kid string) (*jose.Key, error) { return set.Key(kid), nil },
	}
	said := saidBy(text)
	if rules.Issuer == "" {
		rules.Issuer = said.issuer
	}
	if len(rules.Audience) == 0 {
		rules.Audience = said.audience
	}
	return rules.Judge(ctx, text)
}

// byData judges as the server of this data does.
func (o *judgeBy) byData(ctx context.Context, c *app.Core, text string) (*token.Claims, error) {
	issuer, audience := o.issuer, o.audience
	if issuer == "" {
		var err error
		if issuer, err = configuredIssuer(c.Config); err != nil {
			return nil, err
		}
	}
	if len(audience) == 0 {
		audience = c.Config.AudienceOf(issuer)
	}
	rules := &token.Rules{Issuer: issuer, Audience: audience, Keys: c.Keys.Find, Now: c.Now}
	claims, err := rules.Judge(ctx, text)
	if err != nil {
		return nil, err
	}
	if e, found := c.Revoked.Revoked(revoked.Claims{
		Session: claims.SessionID, Token: claims.ID, Subject: claims.Subject, Client: claims.ClientID, Signer: claims.KeyID, IssuedAt: claims.IssuedAt,
	}); found {
		return nil, fault.Refuse(revokedAs(e), max(0, c.Now().Truncate(time.Second).Sub(e.Time())))
	}
	if id, ok := session.ParseID(claims.SessionID); ok {
		if _, err := c.Sessions.Living(ctx, id); err != nil {
			return nil, err
		}
	}
	return claims, nil
}

func revokedAs(e revoked.Entry) fault.Code {
	if e.Kind == revoked.Session {
		return fault.SessionEnded
	}
	return fault.TokenRevoked
}

// report says yes or no. A refusal is shown with its code, which is what programs and other people's questions go by.
func (o *judgeBy) report(p *page, c *token.Claims, err error) error {
	code, detail, advice, refused := refusalOf(err)
	switch {
	case err != nil && !refused:
		return err
	case refused && o.json:
		if err := p.json(struct {
			Valid  bool   `json:"valid"`
			Code   string `json:"code"`
			Detail string `json:"detail"`
		}{false, code, detail}); err != nil {
			return err
		}
		return errReported
	case refused:
		return fmt.Errorf("%s: %s %s", code, detail, advice)
	case o.json:
		return p.json(claimsView(c))
	}
	p.printf("%s\n\n", p.paint(good, "The token is good."))
	p.pairs([][2]string{
		{"subject", printable(c.Subject)}, {"roles", printable(strings.Join(c.Roles, ", "))}, {"client", printable(c.ClientID)},
		{"issuer", printable(c.Issuer) + o.unjudged(o.issuer == "")},
		{"audience", printable(strings.Join(c.Audience, ", ")) + o.unjudged(len(o.audience) == 0)},
		{"issued", p.exactly(c.IssuedAt)}, {"expires", p.exactly(c.ExpiresAt)}, {"session", printable(c.SessionID)},
	}...)
	return nil
}

func (o *judgeBy) unjudged(unnamed bool) string {
	if o.jwks != "" && unnamed {
		return " (not judged, because none was named)"
	}
	return ""
}

// refusalOf finds the refusal in the two errors that say so: that of the server, and that of the public package.
func refusalOf(err error) (code, detail, advice string, refused bool) {
	if r, ok := errors.AsType[*fault.Refusal](err); ok {
		return string(r.Code), r.Detail(), r.Code.Advice(), true
	}
	if e, ok := errors.AsType[*lingpai.Error](err); ok && e.Code() != lingpai.CodeUnavailable {
		return e.Code(), e.Detail(), fault.Code(e.Code()).Advice(), true
	}
	return "", "", "", false
}

func claimsView(c *token.Claims) any {
	return struct {
		Valid     bool      `json:"valid"`
		Issuer    string    `json:"issuer"`
		Subject   string    `json:"subject"`
		Audience  []string  `json:"audience"`
		Roles     []string  `json:"roles"`
		Scopes    []string  `json:"scopes"`
		ClientID  string    `json:"client_id"`
		SessionID string    `json:"session_id"`
		IssuedAt  time.Time `json:"issued_at"`
		ExpiresAt time.Time `json:"expires_at"`
	}{
		true, c.Issuer, c.Subject, record.List(c.Audience), record.List(c.Roles), record.List(c.Scopes), c.ClientID, c.SessionID,
		record.UTC(c.IssuedAt), record.UTC(c.ExpiresAt),
	}
}

// said is what an unverified token says about where it belongs.
type said struct {
	issuer   string
	audience []string
}

func saidBy(text string) (s said) {
	m, err := jose.Parse(text)
	if err != nil {
		return said{} // the judge says it better
	}
	_ = strictjson.ParseObject(m.UnverifiedPayload(), func(name string, v strictjson.Value) error { // likewise
		switch name {
		case "iss":
			s.issuer, _ = v.String()
		case "aud":
			if one, err := v.String(); err == nil {
				s.audience = []string{one}
			} else {
				s.audience, _ = v.Strings()
			}
		}
		return nil
	})
	return s
}
