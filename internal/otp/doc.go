// Package otp is the second factor of an account: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for who has lost it.
//
//	offered ─▶ confirmed by a code of the app ─▶ on ─▶ off
//	   │                                         │ ▲
//	   └ nothing is stored until then            └─┘ new recovery codes, in place of the old
//
// # What the app is told
//
// HMAC-SHA-1, six digits, 30 seconds: what every app reads, whatever the address says. The secret has 160 bits. It is sealed for its row before it
// reaches the store, and leaves the server once, when it is offered.
//
// # When a code is good
//
// The clock of the server counts, and a code of the step before or after does too (RFC 6238, section 6). A step is good once: the store keeps the last
// one that was used, and takes only later ones, in one act, so that of two who show the same code one gets in. The code that confirms the app counts as
// used.
//
// # Recovery codes
//
// There are ten, of 120 random bits each, shown once. The store has keyed hashes of them, and forgets one as it is used. How a code is written does not
// matter: capitals, hyphens and spaces are passed over, and so are the digits that look like letters.
//
// # Guessing
//
// Only who knows the password can guess at all. What is wrong is charged to the account and to the address by package throttle: a year of it without
// pause finds a code with a chance of less than one in a hundred. It locks nobody out: a device that has signed in since the factor was there has an
// allowance of its own, and recovery codes, which are too long to be guessed, are not charged to the account.
package otp
