package token

import "slices"

// The classes of a sign-in, as tokens and requests name them (`acr`; RFC 9068, section 2.2.1).
const (
	ACRPassword = "urn:lingpai:password"
	ACRMFA      = "urn:lingpai:mfa"      // a password, and a code of a second factor
	ACRPasskey  = "phr"                  // a passkey: resistant to phishing (OpenID Connect Extended Authentication Profile ACR Values 1.0, section 2)
	ACRProvider = "urn:lingpai:provider" // another OpenID provider vouches for the person
)

// MeetsACR reports whether a sign-in of the class acr is of one of these classes. Who has shown two factors has shown as much as a password, and a passkey
// is two factors.
func MeetsACR(acr string, classes []string) bool {
	switch {
	case acr == "":
		return false
	case slices.Contains(classes, acr):
		return true
	case acr == ACRPasskey:
		return slices.Contains(classes, ACRMFA) || slices.Contains(classes, ACRPassword)
	}
	return acr == ACRMFA && slices.Contains(classes, ACRPassword)
}
