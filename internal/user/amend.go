package user

import (
	"context"
	"errors"

	"github.com/lingpai/lingpai/internal/audit"
)

// Amendment is what an operator may change about an account. Nil members stay as they are.
type Amendment struct {
	Username, Email, Name *string
	Roles                 *[]string
}

// Amend changes an account in one act: all of the amendment takes effect, or nothing. Tokens already issued keep what they say until
// they expire.
func (d *Directory) Amend(ctx context.Context, id string, a Amendment, src audit.Source) error {
	c := Change{ID: id, Username: a.Username, Email: a.Email, Name: a.Name}
	var errs []error
	c.CanonicalUsername = canonical(a.Username, CanonicalUsername, &errs)
	c.CanonicalEmail = canonical(a.Email, CanonicalEmail, &errs)
	if a.Name != nil {
		errs = append(errs, checkName(*a.Name))
	}
	if a.Roles != nil {
		errs = append(errs, checkRoles(*a.Roles))
		c.Roles = new(sortedRoles(*a.Roles))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return d.change(ctx, c, audit.UserChanged, src)
}

func canonical(text *string, of func(string) (string, error), errs *[]error) *string {
	if text == nil {
		return nil
	}
	c, err := of(*text)
	*errs = append(*errs, err)
	return &c
}
