// Package provider lets people sign in through another OpenID provider: here we are the client (OpenID Connect Core, section 3.1). What comes of it is
// a session of ours like any other.
//
//	the sign-in page ─▶ Begin ──303──▶ the provider ──303──▶ Finish ─▶ Admit ─▶ Start
//	                     │ seals the flow into `state`        │          │        └ a session, with what the provider calls it
//	                     │ binds it to the browser's cookie   │          └ who may come in, whose account it is, which roles
//	                     └ nonce, PKCE S256                   └ state, iss (RFC 9207), code, ID token, userinfo
//
// Nothing of a flow is stored: `state` carries it, encrypted by our key and bound to a random value in a cookie of the browser that began it. So any
// number of tabs may sign in at a time, and an answer that was caused elsewhere (login CSRF, an injected code) opens in no other browser. Each state
// is good once, for ten minutes, at the callback of its provider alone.
//
// A person is known by issuer and subject, and by nothing else: an address of email that a provider claims opens no account (OpenID Connect Core,
// section 5.7). What a provider answers is believed as far as its ID token is signed by its published keys; what it says wrong is for the log, and the
// person reads which provider it was.
//
// Afterwards a session ends when its provider says so ([Service.Backchannel]), or when it renews it no more ([Service.Recheck]).
//
// GitHub is no OpenID provider, and the way is the same: only who somebody is, its API says ([GitHubIssuer]).
//
// A provider is asked when somebody needs it, never at the start: one that is down keeps nobody from signing in another way.
package provider
