// Package throttle slows whoever guesses passwords, without letting them lock anyone out.
//
// # What is counted
//
// An [Attempt] holds what it may cost before the password is hashed, so that guesses sent in parallel are all counted, and is charged when it
// fails. A success costs nothing and clears nothing: an attacker cannot clear an address by signing in to an account of their own.
//
// From a device that this account does not know, an attempt pays three limits at once:
//   - its address (IPv4 /32, IPv6 /64), whatever the account: this stops one machine that tries one password on many accounts;
//   - its account, whatever the address: this stops many machines that try many passwords on one account;
//   - its account again, with a large burst and a long interval, for attacks that last ([Limits.Sustained]).
//
// From a device that signed in to this account before, it pays only two limits of its own (the pair of account and device, short and
// sustained). A flood from elsewhere, or from others behind the same address, therefore never keeps an owner out of a known device.
// The caller proves the device, by a signed cookie that names the account; a device known to one account is unknown to all others.
//
// # Why these numbers
//
// NIST SP 800-63B-4 section 3.2.2 wants at most 100 consecutive failures on an account, and names waiting times that grow to an hour as
// a way there. With the defaults an account meets 10 tries at once, one in 30 seconds after that, and when 50 more than its allowance
// have failed, one an hour. Failure 100 cannot come before the third day of an attack without pause, and a year of it buys fewer than
// 9,000 guesses; the list of common passwords in package password holds what those would be spent on. There is no hard stop, because
// a hard stop is a switch with which anyone could lock anyone out.
//
// An owner on a new device, during an attack on their account, competes with the attacker for the tries that are left. That is the price
// of slowing the attack; the ways around it are a known device and sign-in without a password.
//
// # How it is kept
//
// Each limit is a GCRA (generic cell rate algorithm): one number a key, the theoretical arrival time (TAT), see [Charge.Wait]. The state
// lives in a [Store], so it survives a restart and is shared by all nodes. Only failures are written. What attempts under way hold
// is in memory: a right password costs no write, and nodes overlook what is under way on each other, a few tries that are charged
// all the same when they fail, so that the next come later. Keys are keyed hashes, since people type passwords into the
// username field. Accounts are named as they were typed and nobody asks whether they exist: unknown ones are treated exactly as
// known ones.
//
// The package is used by sign-in, next to package password; it imports package fault only.
package throttle
