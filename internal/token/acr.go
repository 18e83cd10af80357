package token

import "slices"

// The classes of a sign-in, as tokens and requests name them (`acr`; RFC 9068, section 2.2.1).
const (
	ACRPassword = "urn:lingpai:password"
	ACRMFA      = "urn:lingpai:mfa"      // a password, and a code of a second factor
	ACRProvider = "urn:lingpai:provider" // another OpenID provider vouches for the person
)

// MeetsACR reports whether a sign-in of the class acr is of one of these classes. Who has shown two factors has shown a password, too.
func MeetsACR(acr string, classes []string) bool {
	return acr != "" && (slices.Contains(classes, acr) || acr == ACRMFA && slices.Contains(classes, ACRPassword))
}
