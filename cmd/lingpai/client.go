package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/spelling"
)

func newClient() *cobra.Command {
	return newFamily("client", "Add, show, change and remove the apps that people sign in to",
		newClientAdd(), newClientList(), newClientShow(), newClientSet(), newClientSecret(), newClientRemove(), newClientInvite())
}

// clientView is a client as JSON shows it, by the names of RFC 7591 where it has them.
type clientView struct {
	ID               string               `json:"client_id"`
	Secret           string               `json:"client_secret,omitempty"` // when it was just made, and never again
	Name             string               `json:"client_name"`
	Profile          client.Profile       `json:"profile"`
	Issuer           string               `json:"issuer"`
	Auth             oauth.AuthMethod     `json:"token_endpoint_auth_method"`
	Grants           []oauth.GrantType    `json:"grant_types"`
	RedirectURIs     []string             `json:"redirect_uris"`
	PostLogoutURIs   []string             `json:"post_logout_redirect_uris"`
	Scope            string               `json:"scope"`
	Audiences        []string             `json:"audiences"`
	FirstParty       bool                 `json:"first_party"`
	IDTokenAlg       string               `json:"id_token_signed_response_alg,omitempty"`
	ResponseModes    []oauth.ResponseMode `json:"response_modes,omitempty"`
	UserInfoAlg      string               `json:"userinfo_signed_response_alg,omitempty"`
	IntrospectionAlg string               `json:"introspection_signed_response_alg,omitempty"`
	CertificateName  string               `json:"certificate_name,omitempty"`
	CertificateBound bool                 `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	Backchannel      string               `json:"backchannel_logout_uri,omitempty"`
	Frontchannel     string               `json:"frontchannel_logout_uri,omitempty"`
	JWKSURI          string               `json:"jwks_uri,omitempty"`
	RequirePAR       bool                 `json:"require_pushed_authorization_requests,omitempty"`
	RequireSigned    bool                 `json:"require_signed_request_object,omitempty"`
	DetailTypes      []string             `json:"authorization_details_types,omitempty"`
	Lifetime         float64              `json:"token_lifetime_seconds,omitempty"`
	WithoutPKCE      bool                 `json:"insecure_without_pkce,omitempty"`
	Secrets          []secretView         `json:"secrets"`
	Configured       bool                 `json:"configured"`
	AddedAt          time.Time            `json:"added_at,omitzero"`
}

type secretView struct {
	ID      string    `json:"id"`
	AddedAt time.Time `json:"added_at,omitzero"`
}

func viewClient(c client.Client, issuer string) clientView {
	v := clientView{
		ID: c.ID, Name: c.Name, Profile: c.Profile, Issuer: issuer, Auth: c.Auth, Grants: list(c.Grants),
		RedirectURIs: list(c.RedirectURIs), PostLogoutURIs: list(c.PostLogoutRedirectURIs), Scope: c.Scopes.String(), Audiences: list(c.Audiences),
		FirstParty: c.FirstParty, IDTokenAlg: string(c.IDTokenAlg), Configured: c.Configured, AddedAt: utc(c.CreatedAt), Secrets: []secretView{},
		UserInfoAlg: string(c.UserInfoAlg), IntrospectionAlg: string(c.IntrospectionAlg),
		CertificateName: c.CertificateName, CertificateBound: c.CertificateBound,
		Backchannel: c.BackchannelLogoutURI, Frontchannel: c.FrontchannelLogoutURI, JWKSURI: c.JWKSURI, RequirePAR: c.RequirePAR,
		RequireSigned: c.RequireSignedRequest, DetailTypes: c.DetailTypes, Lifetime: c.TokenLifetime.Seconds(), WithoutPKCE: c.InsecureWithoutPKCE,
	}
	if c.May(oauth.AuthorizationCode) {
		v.ResponseModes = c.Modes()
	}
	for _, s := range c.Secrets {
		v.Secrets = append(v.Secrets, secretView{s.ID, utc(s.AddedAt)})
	}
	return v
}

// issuerOf is the issuer that clients are told: the configured one, or that of a server on this machine.
func issuerOf(c *app.Core) (string, error) {
	_, port, err := net.SplitHostPort(c.Config.Listen)
	if err != nil {
		return "", err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return "", err
	}
	return c.Config.ResolveIssuer(n)
}

// findClient finds a client by its id.
func findClient(ctx context.Context, c *app.Core, id string) (client.Client, error) {
	found, err := c.Clients.Find(ctx, id)
	if errors.Is(err, fault.ErrNotFound) {
		return client.Client{}, fmt.Errorf("there is no client %q%s which there are: lingpai client list", id, meant(nearClient(ctx, c, id)))
	}
	return found, err
}

// nearClient is the id of the client that was probably meant: its name was given in place of its id, or one of the two is misspelt.
func nearClient(ctx context.Context, c *app.Core, given string) string {
	all, err := c.Clients.List(ctx)
	if err != nil {
		return ""
	}
	var ids []string
	for _, one := range all {
		if strings.EqualFold(one.Name, given) || strings.HasPrefix(one.ID, given+"-") {
			return one.ID
		}
		ids = append(ids, one.ID)
	}
	return spelling.Nearest(given, ids)
}

func newClientList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the apps that people sign in to",
		Args:  takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return onData(cmd, func(ctx context.Context, c *app.Core) error {
				return listClients(ctx, newPage(cmd.OutOrStdout()), c, asJSON)
			})
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

func listClients(ctx context.Context, p *page, c *app.Core, asJSON bool) error {
	all, err := c.Clients.List(ctx)
	if err != nil {
		return err
	}
	issuer, err := issuerOf(c)
	if err != nil {
		return err
	}
	var views []clientView
	var rows [][]string
	for _, found := range all {
		views = append(views, viewClient(found, issuer))
		from := "added " + p.ago(found.CreatedAt)
		if found.Configured {
			from = "configuration"
		}
		rows = append(rows, []string{found.ID, shorten(printable(found.Name), 30), string(found.Profile), string(found.Auth), from})
	}
	switch {
	case asJSON:
		return p.json(list(views))
	case len(rows) == 0:
		p.printf("No client yet. Add one with: lingpai client add NAME --profile spa --redirect-uri ADDRESS\n")
	default:
		p.table([]string{"ID", "NAME", "PROFILE", "AUTHENTICATION", "FROM"}, rows)
	}
	return nil
}

func newClientShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one client, and how to configure the app",
		Args:  takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onData(cmd, func(ctx context.Context, c *app.Core) error {
				found, err := findClient(ctx, c, args[0])
				if err != nil {
					return err
				}
				return showClient(newPage(cmd.OutOrStdout()), c, found, "", asJSON)
			})
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}
