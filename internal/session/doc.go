// Package session keeps people signed in: it starts sessions, rotates their refresh tokens, and ends them.
//
// # The refresh token
//
// A refresh token is `lpr_` and 48 characters of base64url: session id (16 bytes), counter (4), tag (16). The tag is an HMAC over the
// other two, so garbage is refused without touching the store, and the store keeps one row a session, not one a token.
//
// # Refreshing, as a state machine
//
// Let c be the session's counter (the token issued last) and n the presented one.
//
//	                 n = c                          n = c, …
//	  ┌──────────┐  rotate: c becomes c+1   ┌──────────────┐  confirm c   ┌───────────┐
//	  │ c known  │ ───────────────────────▶ │ c unconfirmed│ ───────────▶ │ c known   │ ─▶ …
//	  └──────────┘                          └──────────────┘              └───────────┘
//	                                          n = c-1: the answer was lost,   n = c-1: 10 s more,
//	                                          or tabs raced: c again          then reuse
//
//	anything else: reuse. The session ends, the audit log says so, the client learns `refresh_reused`.
//
// How long n = c-1 gets the same successor again, and never a new branch:
//   - a client that confirms (it said so at sign-in): until it has confirmed c, and [Service.Overlap] after that;
//   - a client that does not: [Service.Grace] from the rotation;
//   - a session that is bound to a DPoP key: without limit, because the proof shows that it is the same holder.
//
// A request is judged by when it arrived. If the counter moved while it waited for the store (a client gave up on it, asked again, and went
// on), its number tells nothing: it is neither answered nor reuse, and who sent it may ask again.
//
// Confirming lets both halves of the promise hold: an honest client that lost an answer may come back after any time, and a thief
// who shows up with a token whose successor is known to be held is caught.
//
// # Bound sessions
//
// A session that was started with a DPoP proof (RFC 9449) is bound to the key that made it. Without a proof by that key, its refresh tokens
// are refused before their number is looked at: who stole one can neither use it nor end the session with it.
//
//	without the key, any n: refused, nothing changes        with the key: as above
//
// Any number of tabs, processes and nodes may race. [Writer.RotateSession] advances for exactly one of them; the rest read the row and
// are judged by the rules above, which need no lock: c only rises, so a token that is reuse now is reuse for ever.
//
// # Limits
//
// A session has an idle limit that every rotation moves, and an absolute end that nothing moves.
package session
