// Package grant leads an authorization request to tokens: it reads the request, finds out what is still missing from the person, writes the
// code, and trades it for a session of the client.
//
// # An authorization, as a state machine
//
//	                      ┌─ client or address in doubt ─▶ a page that says so; the browser is sent nowhere
//	                      │
//	GET or POST ─▶ Read ──┼─ anything else is wrong ─────▶ error, at the client's address
//	/auth/authorize    ▲  │
//	POST /auth/par ────┘  ▼
//	                   Decide ── nobody is signed in, or not lately enough ──▶ sign-in page ──┐
//	                     │ ▲                                                                  │
//	                     │ └────────────────────────── the same request, marked as begun ◀────┘
//	                     ├── the person has none of the client's roles ──▶ page that says so ──▶ somebody else, or access_denied at the client's address
//	                     ├── the person has not allowed this ──▶ consent page ─┬─ deny ──▶ access_denied, at the client's address
//	                     │                                                     └─ allow: stored ─┐
//	                     ▼                                                                       ▼
//	                  Approve ◀──────────────────────────────────────────────────────────────────┘
//	                     │ a code, good for [CodeLifetime] and once
//	                     ▼
//	client ─▶ Redeem ─ client, address, verifier or key do not fit ──▶ invalid_grant; the code is burned
//	                     ├─ the person has lost the role ──▶ invalid_grant
//	                     ├─ redeemed before ──▶ invalid_grant; the session that came of it ends
//	                     ▼
//	                  a session of the client ([session.KeepClient]), with what was allowed
//
// The parameters that Read judges are those that came; or, of a request that was pushed to /auth/par before ([Service.Push]) or that the client
// has signed, those of that and nothing beside it. A pushed request is known by its `request_uri`, which must reach the browser within
// [PushedLifetime] and is forgotten in the act that answers it: by a code ([Store.AddCode]) or by a refusal ([Service.Answered]). A mark that
// says it began in time keeps it good for an hour, while its person signs in.
//
// Otherwise, nothing is stored until the person has allowed something: between the steps, the request travels in the address, and is judged anew at
// each. The mark ([Service.Mark]) that says when it began, and so which sign-in is new enough for it, is sealed with the request's parameters.
//
// # What lives how long
//
// A session that was granted from a browser's session ends with that, at the latest when that expires; with `offline_access` it goes on by
// itself. Either way it is a session like any other: listed, ended and called back as such.
package grant
