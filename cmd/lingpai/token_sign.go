package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/strictjson"
	"github.com/lingpai/lingpai/internal/token"
)

// signWith says what a token for a test is made of.
type signWith struct {
	secretFile string
	serverKey  bool
	claimsFile string
	claims     []string
	typ        string
	lifetime   time.Duration
}

func newTokenSign() *cobra.Command {
	var o signWith
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "Make a token for a test",
		Long: "Make a token for a test. No sign-in and no session stand behind it, so that nobody can end it before it expires.\n\n" +
			"  --secret-file FILE   by HS256 with the secret in a file\n" +
			"  --server-key         with the signing key of the data folder: every API that trusts this server accepts it\n\n" +
			"Claims that are not given are made up: iss, sub, aud, client_id, iat, exp and jti.",
		Example: "  lingpai token sign --secret-file secret.txt --claim sub=u_1 --claim 'roles=[\"admin\"]'",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			signed, err := o.sign(cmd)
			if err != nil {
				return err
			}
			newPage(cmd.ErrOrStderr()).printf("For tests only: no session stands behind this token, and it cannot be called back.\n")
			newPage(cmd.OutOrStdout()).printf("%s\n", signed)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.secretFile, "secret-file", "", "a `FILE` with a secret of 32 bytes or more, less one line feed at its end")
	f.BoolVar(&o.serverKey, "server-key", false, "sign with the key of the data folder")
	f.StringVar(&o.claimsFile, "claims", "", "a `FILE` with a JSON object of claims; - is standard input")
	f.StringArrayVar(&o.claims, "claim", nil, "one claim, `NAME=VALUE`; what reads as JSON is taken as JSON, the rest as text")
	f.StringVar(&o.typ, "type", token.Type, "the `TYPE` in the header")
	f.DurationVar(&o.lifetime, "lifetime", 5*time.Minute, "how long the token is good, a `DURATION`")
	cmd.MarkFlagsMutuallyExclusive("secret-file", "server-key")
	return cmd
}

func (o *signWith) sign(cmd *cobra.Command) (signed string, err error) {
	given, err := o.given(cmd)
	if err != nil {
		return "", err
	}
	switch {
	case o.secretFile != "":
		secret, err := readSecretFile(o.secretFile)
		if err != nil {
			return "", err
		}
		key, err := jose.NewKey(jose.HS256, secret)
		if err != nil {
			return "", fmt.Errorf("%s: HS256 needs a secret of 32 bytes or more: %w", o.secretFile, err)
		}
		return o.signBy(key.WithID(""), "https://issuer.example", given)
	case o.serverKey:
		err = onData(cmd, func(_ context.Context, c *app.Core) error {
			issuer, err := configuredIssuer(c.Config)
			if err == nil {
				signed, err = o.signBy(c.Keys.Signing(), issuer, given)
			}
			return err
		})
		return signed, err
	}
	return "", usage("nothing was named to sign with; add --secret-file FILE or --server-key")
}

// signBy adds to the given claims those that a good token has.
func (o *signWith) signBy(key *jose.Key, issuer string, given map[string]json.RawMessage) (string, error) {
	now := time.Now()
	claims := map[string]any{
		"iss": issuer, "sub": "test", "aud": issuer, "client_id": "test",
		"iat": now.Unix(), "exp": now.Add(o.lifetime).Unix(), "jti": rand.Text(),
	}
	for name, value := range given {
		claims[name] = value
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	if err := strictjson.Valid(payload); err != nil {
		return "", usage("the claims would be refused by every strict reader: %v", err)
	}
	signed, err := jose.Sign(key, o.typ, payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed, nil
}

func (o *signWith) given(cmd *cobra.Command) (map[string]json.RawMessage, error) {
	given := map[string]json.RawMessage{}
	if o.claimsFile != "" {
		object, err := o.readClaims(cmd)
		if err != nil {
			return nil, err
		}
		maps.Copy(given, object)
	}
	for _, claim := range o.claims {
		name, value, ok := strings.Cut(claim, "=")
		if !ok || name == "" {
			return nil, usage("--claim cannot be %q: one claim, NAME=VALUE", claim)
		}
		raw := json.RawMessage(value)
		if !json.Valid(raw) {
			raw, _ = json.Marshal(value) // text becomes JSON always
		}
		given[name] = raw
	}
	return given, nil
}

func (o *signWith) readClaims(cmd *cobra.Command) (map[string]json.RawMessage, error) {
	var text string
	var err error
	if o.claimsFile == "-" {
		text, err = readAtMost(cmd.InOrStdin(), maxSecret)
	} else {
		var data []byte
		if data, err = os.ReadFile(o.claimsFile); err != nil {
			return nil, unreadable(o.claimsFile, err)
		}
		text = string(data)
	}
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	object := map[string]json.RawMessage{}
	err = strictjson.ParseObject([]byte(text), func(name string, v strictjson.Value) error {
		object[name] = v.Raw()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	return object, nil
}
