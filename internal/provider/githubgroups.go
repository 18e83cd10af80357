package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/strictjson"
)

const (
	// groupsPerPage are asked for at a time. A team takes some 4 kB.
	groupsPerPage = 100
	pageBytes     = 1 << 20
	// maxPages bounds how often.
	maxPages = maxGroups / groupsPerPage
)

// GroupScope is what a token of GitHub needs to tell of organisations and teams.
const GroupScope = "read:org"

// groupsAtGitHub are the organisations and teams of a person, as far as the rules of this provider know any: `acme` and `acme/it`, and by their
// numbers, which outlast a change of name, `id:9919` and `id:9919/42`.
func (p *Provider) groupsAtGitHub(ctx context.Context, token string) (groups []string, err error) {
	orgs, teams := p.gitHubGroups()
	if orgs {
		if groups, err = p.listAtGitHub(ctx, "/user/orgs", token, (*gitHubGroup).org); err != nil {
			return nil, err
		}
	}
	if teams {
		more, err := p.listAtGitHub(ctx, "/user/teams", token, (*gitHubGroup).team)
		if err != nil {
			return nil, err
		}
		groups = append(groups, more...)
	}
	return groups, nil
}

// gitHubGroups reports whether the rules name organisations, and whether they name teams.
func (p *Provider) gitHubGroups() (orgs, teams bool) {
	note := func(group string) {
		team := strings.Contains(group, "/")
		orgs, teams = orgs || !team, teams || team
	}
	for group := range p.Roles {
		note(group)
	}
	for _, group := range p.Require {
		note(group)
	}
	return orgs, teams
}

// listAtGitHub reads all pages of a list.
func (p *Provider) listAtGitHub(ctx context.Context, path, token string, names func(*gitHubGroup) []string) (groups []string, err error) {
	for page := 1; page <= maxPages; page++ {
		address := fmt.Sprintf("%s%s?per_page=%d&page=%d", p.gitHubAPI(), path, groupsPerPage, page)
		doc, err := p.fetch.GetAs(ctx, address, token)
		if err != nil {
			return nil, err
		}
		err = eachOf(doc.Body, func(v strictjson.Value) error {
			var g gitHubGroup
			err := v.Object(g.set)
			if err == nil && (g.id <= 0 || g.login == "" && g.slug == "") {
				err = errors.New("one has no id or no name")
			}
			groups = append(groups, names(&g)...)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", address, err)
		}
		if !doc.More {
			return groups, nil
		}
	}
	return nil, fmt.Errorf("%s: there are more than %d", path, maxGroups)
}

// gitHubGroup is an organisation, or a team with its own.
type gitHubGroup struct {
	id          int64
	login, slug string
	of          *gitHubGroup
}

func (g *gitHubGroup) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "id":
		g.id, err = v.Int64()
	case "login":
		g.login, err = v.String()
	case "slug":
		g.slug, err = v.String()
	case "organization":
		g.of = new(gitHubGroup)
		err = v.Object(g.of.set)
	}
	return err
}

// org names an organisation. Upper and lower case are the same at GitHub.
func (g *gitHubGroup) org() []string {
	return []string{strings.ToLower(g.login), "id:" + strconv.FormatInt(g.id, 10)}
}

// team names a team.
func (g *gitHubGroup) team() []string {
	if g.of == nil {
		return nil
	}
	of := g.of.org()
	return []string{of[0] + "/" + strings.ToLower(g.slug), of[1] + "/" + strconv.FormatInt(g.id, 10)}
}

// eachOf reads a list of objects. What is read strictly is an object, so it is put into one.
func eachOf(list []byte, one func(strictjson.Value) error) error {
	return strictjson.ParseObject([]byte(`{"all":`+string(list)+`}`), func(name string, v strictjson.Value) error {
		if name != "all" {
			return errors.New("it is more than one list")
		}
		return v.Array(one)
	})
}
