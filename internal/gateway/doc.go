// Package gateway puts apps that know nothing of login behind it: by answering the proxy that its operator runs already, at /auth/check, or by
// being the proxy itself. Both judge by the same routes on the same reading of a request.
//
//	request ─▶ path.go      one reading of host, method and path, or 400
//	        ─▶ table.go     the first route that fits
//	        ─▶ judge.go     who is asking (people.go), caused by which page, with the roles that the route wants
//	        ─▶ identity.go  told to the app in headers, signed
//	        ─▶ check.go     the verdict alone, for nginx, Caddy, Traefik, Envoy, HAProxy
//	        or proxy.go     the request, sent on by app.go, open as long as the session (streams.go)
//
// What cannot be judged does not pass: a request that two programs could read differently is refused with 400, and one that nobody can decide
// about, because the store is away, with 503.
//
// The routes are one immutable table behind a pointer. [Gateway.Reload] puts another in its place; a request that has begun goes on by the old.
package gateway
