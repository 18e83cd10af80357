package user

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Claims are what else is known of a person, by the names of OpenID Connect Core, section 5.1; the members of `address` are written
// with a dot, such as `address.country`. Apps learn them by the scopes profile, address and phone.
type Claims map[string]string

// ClaimNames lists the claims there are, in the order of the specification.
func ClaimNames() []string {
	return []string{
		"given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale",
		"phone_number",
		"address.formatted", "address.street_address", "address.locality", "address.region", "address.postal_code", "address.country",
	}
}

const maxClaim = 500

// check says what is wrong with the claims, the first by name.
func (c Claims) check() error {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		value := c[name]
		several := name == "address.formatted" || name == "address.street_address" // may have lines
		switch {
		case !slices.Contains(ClaimNames(), name):
			return invalid("claims", fmt.Sprintf("There is no claim %q; known are %s.", name, strings.Join(ClaimNames(), ", ")))
		case value == "", utf8.RuneCountInString(value) > maxClaim, !utf8.ValidString(value):
			return invalid("claims", fmt.Sprintf("The claim %s is not a text of 1 to %d characters.", name, maxClaim))
		case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && (!several || r != '\n') }):
			return invalid("claims", fmt.Sprintf("The claim %s has characters that cannot be shown.", name))
		}
	}
	return nil
}
