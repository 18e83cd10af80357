// Package mailbox proves who somebody is by their mailbox, and tells people what became of their account.
//
// A [Code] is 130 random bits in a link. It is stored by its hash, is good once and for a while, and of each purpose an account has one, so that
// a new one replaces the old. Opening the link changes nothing, since programs open links in letters too; the form behind it does.
//
//	asked for     ─▶ letter ─▶ link opened ─▶ form sent ─▶ done        (the code is spent in the same act)
//	   │               ▲             │
//	   └ later, off the request      └ void: used, too old, replaced, another password or address since, account closed
//
// [Reset] is for a forgotten password: anybody may ask, the answer is always the same, and what is done about it is done later, so that no answer
// and no clock tells whether there is an account. The letter goes only to an address that is known to be the person's, and only for an account
// that has a password: whoever signs in another way shall not be able to pass that by. [Invite] is the same on the word of an operator,
// who does not learn the password. [Confirm] shows that an address is that of the person who is signed in.
//
// A [SignUp] is the way to an account of one's own, where that is on: of an address that nobody has yet, the code opens the form that makes the
// account, and is spent in that act. Whose address has an account gets a letter that says so, and whoever asked is answered alike.
//
// A new password ends all sessions of the account, signs nobody in, and shows that the address is the person's.
package mailbox
