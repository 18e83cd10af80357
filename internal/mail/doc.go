// Package mail sends letters by SMTP, off the path of requests.
//
// A [Letter] is finished text; who writes it, and why, is the business of others. [SMTP] hands one letter to a mail server and says what the
// server said, by a [*Refused] if that was no. [Outbox] holds letters in memory, bounded, and has them sent by workers that package app runs:
// a letter that is to be tried later is, a few times and with patience, until it would come too late.
//
// What waits when the process ends is tried once more, and lost if the server does not take it then. Why there is no table of letters stands in
// docs/decisions/0011.
package mail
