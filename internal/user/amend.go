package user

import (
	"context"
	"errors"
	"maps"

	"github.com/lingpai/lingpai/internal/audit"
)

// Amendment is what an operator may change about an account. Nil members stay as they are.
type Amendment struct {
	Username, Email, Name *string
	// EmailVerified says whether the address is the person's, be it a new one or that which the account has. With nil, a new one is: the operator
	// who writes it vouches for it.
	EmailVerified *bool
	Roles         *[]string
	// IfRoles are those that the account must have, or fault.ErrConflict: who computes roles from what they read does not undo what others have done since.
	IfRoles *[]string
	// Claims are added to those that there are; an empty one is removed.
	Claims *Claims
	// Disabled closes the account for now, which ends its sessions at once, or opens it again.
	Disabled *bool
}

// Amend changes an account in one act: all of the amendment takes effect, or nothing. Tokens already issued keep what they say until
// they expire.
func (d *Directory) Amend(ctx context.Context, id string, a Amendment, src audit.Source) error {
	c := Change{ID: id, Username: a.Username, Email: a.Email, Name: a.Name, IfRoles: a.IfRoles}
	var errs []error
	c.CanonicalUsername = canonical(a.Username, CanonicalUsername, &errs)
	c.CanonicalEmail = canonical(a.Email, CanonicalEmail, &errs)
	errs = append(errs, d.vouch(ctx, &c, a.EmailVerified))
	if a.Name != nil {
		errs = append(errs, CheckName(*a.Name))
	}
	if a.Roles != nil {
		errs = append(errs, checkRoles(*a.Roles))
		c.Roles = new(sortedRoles(*a.Roles))
	}
	if a.Claims != nil {
		claims, err := d.claimsWith(ctx, id, *a.Claims)
		errs = append(errs, err)
		c.Claims = &claims
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	action := audit.UserChanged
	if a.Disabled != nil {
		c.Also = d.closing(&c, *a.Disabled)
		if a == (Amendment{Disabled: a.Disabled}) {
			action, c.Also = c.Also, ""
		}
	}
	return d.amend(ctx, c, action, src)
}

// closing adds to a change that the account is closed, or opened again, and returns what the log calls that.
func (d *Directory) closing(c *Change, disabled bool) audit.Action {
	c.Disabled = &disabled
	if !disabled {
		return audit.UserEnabled
	}
	c.Ending = d.ending(EndedByDisabling, "")
	return audit.UserDisabled
}

// amend carries out a change, and tells of another address.
func (d *Directory) amend(ctx context.Context, c Change, action audit.Action, src audit.Source) error {
	if c.Email == nil {
		return d.change(ctx, c, action, src)
	}
	was, err := d.Store.UserByID(ctx, c.ID)
	if err != nil {
		return err
	}
	if err := d.change(ctx, c, action, src); err != nil {
		return err
	}
	d.tellEmail(ctx, was, *c.Email, src)
	return nil
}

// members names what a change of an account is about, for the log: an address that became another opens a way in, and a role may be that of administrators.
func (c *Change) members() (names []string) {
	for _, m := range []struct {
		name  string
		named bool
	}{
		{"username", c.Username != nil}, {"email", c.Email != nil}, {"email_verified", c.EmailVerified != nil}, {"name", c.Name != nil},
		{"roles", c.Roles != nil}, {"claims", c.Claims != nil},
	} {
		if m.named {
			names = append(names, m.name)
		}
	}
	return names
}

// vouch notes in a change whether the address of the account is the person's.
func (d *Directory) vouch(ctx context.Context, c *Change, verified *bool) error {
	if c.Email == nil && verified == nil {
		return nil
	}
	email := c.Email
	if email == nil {
		u, err := d.Store.UserByID(ctx, c.ID)
		if err != nil {
			return err
		}
		email, c.IfEmail = &u.Email, &u.Email
	}
	if verified != nil && *verified && *email == "" {
		return invalid("email", "There is no email address that could be verified.")
	}
	c.EmailVerified = new(*email != "" && (verified == nil || *verified))
	return nil
}

func canonical(text *string, of func(string) (string, error), errs *[]error) *string {
	if text == nil {
		return nil
	}
	c, err := of(*text)
	*errs = append(*errs, err)
	return &c
}

// claimsWith are the claims of an account with those of a change.
func (d *Directory) claimsWith(ctx context.Context, id string, change Claims) (Claims, error) {
	u, err := d.Store.UserByID(ctx, id)
	if err != nil {
		return nil, err
	}
	all := Claims{}
	maps.Copy(all, u.Claims)
	maps.Copy(all, change)
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all, all.check()
}
