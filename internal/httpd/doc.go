// Package httpd is the edge: everything that holds for all requests, whichever adapter answers them.
//
// An adapter (login, api, oidc) hands over a table of [Route]s. Each route states its surface, who may call it, how it is kept from
// being called by other sites, how it may be cached, how large its body may be, and which origins may read the answer; [Edge.Handler]
// builds the chain from that and refuses a route that leaves one of them open. Handlers return an error, and the edge writes it:
// problem JSON for programs, a page (or a redirect to the sign-in page) for people.
//
//	request ─▶ event, id, recover ─▶ surface ─┬─ browser: CSP, cross-origin refused ──┐
//	                                          └─ API: CORS, preflight ────────────────┤
//	                             answer ◀─ error ─▶ page or problem JSON ◀─ handler ◀─ guard ◀─┘
//
// The edge also judges where a request comes from: the client's address through trusted proxies, and nothing else that a proxy says.
package httpd
