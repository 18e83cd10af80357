package client

import (
	"errors"
	"fmt"
)

// Flaw is one thing that is wrong with what a client is to be, in words for who wants it so.
type Flaw struct {
	// Member is the setting, by the name that RFC 7591 has for it, or that `lingpai client show --json` prints; "" where several do not go together.
	Member string
	// Value is what is wrong in a setting of several values; "" where all of it is.
	Value string

	err error
}

func (f *Flaw) Error() string { return f.err.Error() }

// Unwrap gives the reason to errors.Is.
func (f *Flaw) Unwrap() error { return f.err }

// What settings do not go together, for who words it in another language. Nothing else is found by errors.Is.
var (
	ErrRedirectMissing = errors.New("it has no address for the browser to go back to: name one such as http://localhost:5173/callback, " +
		"by --redirect-uri or in redirect_uris")
	ErrTooManyAddresses = fmt.Errorf("there are more than %d addresses", MaxURIs)
	ErrAudienceMissing  = errors.New("a client that exchanges tokens must say for which APIs (audiences)")
	ErrSeveralHosts     = errors.New("a client that knows people by subjects of its own needs redirect addresses of one host, or a sector identifier")
	ErrNobodyHasRoles   = errors.New("a client that acts for itself alone has nobody whose roles could be asked for")
	ErrHTTPSOnly        = errors.New("the profile fapi2 takes answers by https alone")
)

// flawed says of which setting an error is, or each of several that are joined. nil stays nil, and what knows its setting already keeps it.
func flawed(member, value string, err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, one := range joined.Unwrap() {
			errs = append(errs, flawed(member, value, one))
		}
		return errors.Join(errs...)
	}
	if known, ok := err.(*Flaw); err == nil || ok && known != nil { //nolint:errorlint // what it is, and not what it wraps
		return err
	}
	return &Flaw{member, value, err}
}

// Flaws lists what an error of [Registry.Add] or [Registry.Amend] finds wrong with the settings. None: it is about something else.
func Flaws(err error) []*Flaw {
	if f, ok := err.(*Flaw); ok { //nolint:errorlint // the tree is walked here
		return []*Flaw{f}
	}
	switch err := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() []error }:
		var all []*Flaw
		for _, one := range err.Unwrap() {
			all = append(all, Flaws(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return Flaws(err.Unwrap())
	}
	return nil
}
