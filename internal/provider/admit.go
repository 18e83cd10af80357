package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/user"
)

// Link ties a person of a provider to an account.
type Link struct {
	Issuer, Subject string
	UserID          string
	At              time.Time
}

// Links finds and makes links. Every method that changes something is one atomic, durable act.
type Links interface {
	// LinkedUser returns the account of a person; fault.ErrNotFound when there is none.
	LinkedUser(ctx context.Context, issuer, subject string) (user.User, error)
	// AddLinkedUser adds an account together with its link. It returns what user.Writer.AddUser does, and fault.ErrConflict when the person has an
	// account by now.
	AddLinkedUser(ctx context.Context, a user.Addition, l Link) error
	// LinkUser ties an account that there is. fault.ErrConflict when the person is tied to another account; tying again changes nothing.
	LinkUser(ctx context.Context, l Link, e audit.Event) error
	// LinksOf lists the links of an account.
	LinksOf(ctx context.Context, userID string) ([]Link, error)
	// UnlinkUser removes the links of an account to an issuer, and the roles with them. fault.ErrConflict when the account has neither a password nor
	// another link by which its person may come, and nothing is changed then; that there is none to remove is no error, and changes nothing.
	UnlinkUser(ctx context.Context, u Unlinking) error
}

// Unlinking ends that a person of an issuer signs in to an account.
type Unlinking struct {
	UserID, Issuer string
	Others         []string // issuers that people may come from besides
	Roles          []string // that are the issuer's to give
	Event          audit.Event
}

// Admit returns the account of somebody whom a provider has signed in, by the rules of that provider, and gives it the roles that it has there. If the
// provider knows the address of the account to be theirs, so do we. Nobody gets an account by an address of email:
// whoever owns one at the provider need not own it here.
func (s *Service) Admit(ctx context.Context, p *Provider, id *Identity, src audit.Source) (user.User, error) {
	if err := p.mayEnter(id); err != nil {
		return user.User{}, err
	}
	u, err := s.Links.LinkedUser(ctx, id.Issuer, id.subject)
	if errors.Is(err, fault.ErrNotFound) {
		return s.create(ctx, p, id, src)
	}
	if err != nil {
		return user.User{}, fmt.Errorf("find account: %w", err)
	}
	if u.Disabled {
		return user.User{}, fault.Refuse(fault.AccountDisabled)
	}
	src.Actor = audit.System
	return s.believe(ctx, p, id, u, src)
}

// mayEnter holds the rules of who may come in.
func (p *Provider) mayEnter(id *Identity) error {
	refuse := func(why string) error {
		return fault.Refuse(fault.ProviderNotAdmitted, p.Title).Because(errors.New(why))
	}
	if len(p.Domains) > 0 && !slices.Contains(p.Domains, domainOf(p.emailOf(id))) {
		return refuse("their address is not a verified one of these domains")
	}
	if len(p.Require) > 0 && !slices.ContainsFunc(p.Require, func(g string) bool { return slices.Contains(id.groups, g) }) {
		return refuse("they are in none of the groups that are required")
	}
	return nil
}

// emailOf is the address of a person, if it may be believed to be theirs.
func (p *Provider) emailOf(id *Identity) string {
	if !id.verified && !p.InsecureUnverifiedEmail {
		return ""
	}
	if c, err := user.CanonicalEmail(id.email); err != nil || c == "" {
		return ""
	}
	return id.email
}

func domainOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	return strings.ToLower(domain)
}

// rolesOf are the roles of a person, given those that they have: what this provider maps is as it says, the rest stays.
func (p *Provider) rolesOf(id *Identity, has []string) []string {
	governed := make(map[string]bool, len(p.Roles))
	for _, ours := range p.Roles {
		governed[ours] = true
	}
	roles := slices.DeleteFunc(slices.Clone(has), func(r string) bool { return governed[r] })
	for _, group := range id.groups {
		if ours, ok := p.Roles[group]; ok && !slices.Contains(roles, ours) {
			roles = append(roles, ours)
		}
	}
	slices.Sort(roles)
	return roles
}

// withRoles gives somebody the roles that they have at a provider, unless the account has others by now than in u (fault.ErrConflict).
func (s *Service) withRoles(ctx context.Context, p *Provider, id *Identity, u user.User, src audit.Source) (user.User, error) {
	roles := p.rolesOf(id, u.Roles)
	if slices.Equal(roles, u.Roles) {
		return u, nil
	}
	if err := s.Users.Amend(ctx, u.ID, user.Amendment{Roles: &roles, IfRoles: &u.Roles}, src); err != nil {
		return user.User{}, err
	}
	u.Roles = roles
	return u, nil
}

// create makes the account of somebody who comes for the first time.
func (s *Service) create(ctx context.Context, p *Provider, id *Identity, src audit.Source) (user.User, error) {
	if !p.Create {
		return user.User{}, fault.Refuse(fault.AccountUnknown, p.Title)
	}
	src.Actor = audit.System
	fresh := user.New{Email: p.emailOf(id), EmailVerified: true, Name: nameOf(id), Roles: p.rolesOf(id, nil), Source: src}
	l := Link{Issuer: id.Issuer, Subject: id.subject, At: s.Now()}
	var err error
	for _, fresh.Username = range p.usernames(id) {
		var u user.User
		u, err = s.Users.AddBy(ctx, fresh, func(a user.Addition) error {
			l.UserID = a.User.ID
			return s.Links.AddLinkedUser(ctx, a, l)
		})
		switch {
		case fault.Is(err, fault.UsernameTaken):
			continue
		case fault.Is(err, fault.EmailTaken):
			return user.User{}, fault.Refuse(fault.AccountExists, p.Title).Because(err)
		case errors.Is(err, fault.ErrConflict): // their other tab was quicker
			return s.Links.LinkedUser(ctx, id.Issuer, id.subject)
		}
		return u, err
	}
	return user.User{}, fault.Refuse(fault.AccountExists, p.Title).Because(err)
}

// usernames are those that a new account may get, the best first: what the person is called there, what is before the @, and these with the name of
// the provider and numbers. A name is only a name: whose account it is, the link says.
func (p *Provider) usernames(id *Identity) []string {
	local, _, _ := strings.Cut(id.email, "@")
	var out []string
	for _, base := range []string{id.username, local, p.Name + "-user"} {
		if _, err := user.CanonicalUsername(base); err != nil {
			continue
		}
		out = append(out, base, base+"-"+p.Name)
		for n := 2; n < 100; n++ {
			out = append(out, base+"-"+p.Name+"-"+strconv.Itoa(n))
		}
		break
	}
	return slices.DeleteFunc(out, func(name string) bool { _, err := user.CanonicalUsername(name); return err != nil })
}

// nameOf is what people call somebody, if it can be shown.
func nameOf(id *Identity) string {
	if user.CheckName(id.name) != nil {
		return ""
	}
	return id.name
}

// Tie ties the person whom a provider has signed in to an account of somebody who is signed in here.
func (s *Service) Tie(ctx context.Context, p *Provider, id *Identity, userID string, src audit.Source) error {
	if err := p.mayEnter(id); err != nil {
		return err
	}
	return s.tie(ctx, p, id.subject, userID, src)
}

// TieSubject ties a person whom a provider knows by a subject to an account, on the word of whoever runs the server. fault.AccountExists when they
// have another account.
func (s *Service) TieSubject(ctx context.Context, p *Provider, subject, userID string, src audit.Source) error {
	if subject == "" || len(subject) > maxSubject || strings.ContainsFunc(subject, unicode.IsControl) {
		return fmt.Errorf("%q is no subject: it has 1 to %d characters", clip(subject), maxSubject)
	}
	return s.tie(ctx, p, subject, userID, src)
}

func (s *Service) tie(ctx context.Context, p *Provider, subject, userID string, src audit.Source) error {
	now := s.Now()
	err := s.Links.LinkUser(ctx, Link{p.Issuer, subject, userID, now}, audit.Event{
		At: now, Action: audit.AccountLinked, Source: src, UserID: userID, Detail: p.Name,
	})
	if errors.Is(err, fault.ErrConflict) {
		return fault.Refuse(fault.AccountExists, p.Title).Because(err)
	}
	return err
}

// Untie ends that a person of a provider signs in to an account. The roles that the provider gives end with it, for it could not take them any more.
// fault.ErrConflict when nobody could sign in to the account any more.
func (s *Service) Untie(ctx context.Context, p *Provider, userID string, src audit.Source) error {
	u := Unlinking{UserID: userID, Issuer: p.Issuer, Roles: slices.Collect(maps.Values(p.Roles)), Event: audit.Event{
		At: s.Now(), Action: audit.AccountUnlinked, Source: src, UserID: userID, Detail: p.Name,
	}}
	for _, other := range s.all {
		if other.Issuer != p.Issuer {
			u.Others = append(u.Others, other.Issuer)
		}
	}
	return s.Links.UnlinkUser(ctx, u)
}
