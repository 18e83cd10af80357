package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// Identity is who a provider says somebody is.
type Identity struct {
	Issuer string
	// Session is what the provider calls its session, or "".
	Session  string
	AuthTime time.Time

	raw     string // the ID token
	refresh string // the refresh token, or ""
	person
}

// person is what is said of somebody, by an ID token or the userinfo endpoint.
type person struct {
	claim string // where the groups are

	subject, username, name, email string
	verified                       bool
	groups, amr                    []string
}

// Subject is what the provider knows the person by: it is never given to another.
func (p *person) Subject() string { return p.subject }

// maxGroups bounds what is read of the groups of a person.
const maxGroups = 1000

func (p *person) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "sub":
		p.subject, err = v.String()
	case "preferred_username":
		p.username = textOf(v)
	case "name":
		p.name = textOf(v)
	case "email":
		p.email = textOf(v)
	case "email_verified":
		p.verified = isTrue(v)
	case "amr":
		p.amr, _ = v.Strings() // an odd one is no reason to turn anybody away
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return p.readGroups(name, p.claim, v)
}

// textOf is a text, or "" for anything else: what is nice to know must not stand in the way.
func textOf(v strictjson.Value) string {
	s, err := v.String()
	if err != nil {
		return ""
	}
	return s
}

// isTrue reads a boolean, which some providers write as a string.
func isTrue(v strictjson.Value) bool {
	b, err := v.Bool()
	return err == nil && b || err != nil && textOf(v) == "true"
}

// readGroups finds the groups at a path: a claim of that very name, or one within claims.
func (p *person) readGroups(name, path string, v strictjson.Value) error {
	switch {
	case path == "":
		return nil
	case name == path:
		groups, err := v.StringOrStrings()
		if err != nil {
			return fmt.Errorf("%s: %w", p.claim, err)
		}
		if len(groups) > maxGroups {
			return fmt.Errorf("%s: more than %d", p.claim, maxGroups)
		}
		p.groups = groups
		return nil
	}
	rest, ok := strings.CutPrefix(path, name+".")
	if !ok || v.Kind() != strictjson.Object {
		return nil
	}
	return v.Object(func(inner string, v strictjson.Value) error { return p.readGroups(inner, rest, v) })
}

// addUserinfo adds what the userinfo endpoint says of the same person (OpenID Connect Core, section 5.3). The ID token weighs more, for it is signed.
func (p *Provider) addUserinfo(ctx context.Context, meta *metadata, t tokens, id *Identity) error {
	if meta.userinfo == "" || t.access == "" {
		return nil
	}
	doc, err := p.fetch.GetAs(ctx, meta.userinfo, t.access)
	if err != nil {
		return err
	}
	said := person{claim: p.RolesClaim}
	if err := strictjson.ParseObject(doc.Body, said.set); err != nil {
		return err
	}
	if said.subject != id.subject { // section 5.3.4
		return errors.New("it speaks of somebody else than the ID token")
	}
	id.fill(said)
	return nil
}

func (p *person) fill(from person) {
	if p.email == "" { // whether it is verified belongs to the address
		p.email, p.verified = from.email, from.verified
	}
	if p.username == "" {
		p.username = from.username
	}
	if p.name == "" {
		p.name = from.name
	}
	if p.groups == nil {
		p.groups = from.groups
	}
}

// maxAMR is how many methods are taken over.
const maxAMR = 8

// methods are how the person proved who they are: at another provider, and how there.
func (p *person) methods() []string {
	out := []string{session.MethodFederated}
	for _, m := range p.amr {
		if len(out) <= maxAMR && len(m) <= 32 && oauth.IsScopeWord(m) && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}
