// Package backchannel tells apps that somebody is signed out (OpenID Connect Back-Channel Logout 1.0).
//
//	a session of an app ends, for whatever reason ──▶ a [Notice] in the store, in the same act
//	                                                        │ due at once
//	                                                        ▼
//	[Sender.Send] takes what is due, for itself for a while, signs a logout token and posts it
//	     ├─ the app answers 200 or 204 ──▶ forgotten
//	     ├─ anything else, or nothing ───▶ due again, later each time ([Sender.Send] gives up after a day)
//	     └─ this process dies ───────────▶ due again when the while is over
//
// So an app hears of every sign-out at least once, whoever restarts in between, and may hear of one twice: the `jti` of the token is then
// the same. An app that took its token back itself (RFC 7009) is not told.
package backchannel
