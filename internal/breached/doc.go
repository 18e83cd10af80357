// Package breached looks a password up among those that were stolen elsewhere, by its SHA-1 hash, which is how such collections are passed on.
//
// There are two ways. [File] searches a list on the disk, and asks nobody. [Service] asks a service that speaks the range protocol of
// Have I Been Pwned (https://haveibeenpwned.com/API/v3#PwnedPasswords): it is told the first 5 of the 40 digits of the hash and answers
// with all that begin so, some 800 of them; which one was meant stays here.
//
// The hash protects nothing and is kept nowhere. It is the name under which a password is on the list.
package breached

import (
	"crypto/sha1" //nolint:gosec // the names on these lists are SHA-1; nothing is protected by it
	"encoding/hex"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// digits is the length of a name in hexadecimal.
const digits = 2 * sha1.Size

// nameOf is the name of a password on these lists: the SHA-1 of its UTF-8 (NFC, as passwords are kept here) in capital hexadecimal digits.
func nameOf(password string) string {
	sum := sha1.Sum(norm.NFC.Bytes([]byte(password))) //nolint:gosec // as above
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
