package provider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// GitHubIssuer is what GitHub is called here. It speaks OAuth alone: nobody describes it, it signs nothing, and who somebody is, its API says. A server
// of one's own (GitHub Enterprise) has another address, and the same below it.
const GitHubIssuer = "https://github.com"

// gitHub is the description that GitHub would give of itself.
func (p *Provider) gitHub() *metadata {
	return &metadata{
		issuer: p.Issuer, authorization: p.Issuer + "/login/oauth/authorize", token: p.Issuer + "/login/oauth/access_token", userinfo: p.gitHubAPI() + "/user",
		tokenAuth: []string{"client_secret_post"},
	}
}

func (p *Provider) gitHubAPI() string {
	if p.Issuer == GitHubIssuer {
		return "https://api.github.com"
	}
	return p.Issuer + "/api/v3"
}

// askGitHub makes of an OpenID request one that GitHub knows. It cannot have people prove anew who they are, only choose who they are.
func askGitHub(q url.Values, again bool) {
	for _, name := range []string{"nonce", "max_age", "prompt"} {
		q.Del(name)
	}
	if hint := q.Get("login_hint"); hint != "" {
		q.Set("login", hint)
		q.Del("login_hint")
	}
	if again {
		q.Set("prompt", "select_account")
	}
}

// identifyAtGitHub asks the API who an access token is of. A person is their number: a login can be given up, and taken by another.
func (p *Provider) identifyAtGitHub(ctx context.Context, meta *metadata, t tokens) (*Identity, error) {
	if t.access == "" {
		return nil, errors.New("the answer of the token endpoint has no access_token")
	}
	doc, err := p.fetch.GetAs(ctx, meta.userinfo, t.access)
	if err != nil {
		return nil, err
	}
	id := &Identity{Issuer: p.Issuer, AuthTime: p.now(), refresh: t.refresh}
	var number int64
	err = strictjson.ParseObject(doc.Body, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "id":
			number, err = v.Int64()
		case "login":
			id.username = textOf(v)
		case "name":
			id.name = textOf(v)
		}
		return err
	})
	if err == nil && number <= 0 {
		err = errors.New("id is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", meta.userinfo, err)
	}
	id.subject = strconv.FormatInt(number, 10)
	if id.email, err = p.emailAtGitHub(ctx, t.access); err != nil {
		return nil, err
	}
	id.verified = id.email != ""
	id.groups, err = p.groupsAtGitHub(ctx, t.access)
	return id, err
}

// emailAtGitHub is the address that a person has chosen and shown to be theirs, or "". The one on their profile need be neither.
func (p *Provider) emailAtGitHub(ctx context.Context, token string) (email string, err error) {
	address := p.gitHubAPI() + "/user/emails"
	doc, err := p.fetch.GetAs(ctx, address, token)
	if err != nil {
		return "", err
	}
	one := func(v strictjson.Value) error {
		var text string
		var primary, verified bool
		err := v.Object(func(name string, v strictjson.Value) (err error) {
			switch name {
			case "email":
				text, err = v.String()
			case "primary":
				primary, err = v.Bool()
			case "verified":
				verified, err = v.Bool()
			}
			return err
		})
		if primary && verified {
			email = text
		}
		return err
	}
	if err := eachOf(doc.Body, one); err != nil {
		return "", fmt.Errorf("%s: %w", address, err)
	}
	return email, nil
}
