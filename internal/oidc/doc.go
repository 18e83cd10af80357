// Package oidc speaks OAuth 2.1 and OpenID Connect with clients: it reads their requests, asks grant, client and session what follows, and
// writes the answers. Each grant of the token endpoint has a file of its own, and so has each endpoint.
//
//	GET|POST /auth/authorize      authorize.go   RFC 6749, OpenID Connect Core 3.1.2; the answer carries `iss` (RFC 9207)
//	POST     /auth/consent        consent.go     what a person says to it
//	POST     /auth/token          token.go       code.go, refresh.go, service.go, device.go, exchange.go: one file a grant
//	GET|POST /auth/userinfo       userinfo.go    OpenID Connect Core 5.3
//	POST     /auth/introspect     introspect.go  RFC 7662
//	POST     /auth/revoke         revoke.go      RFC 7009
//	POST     /auth/device_authorization, GET|POST /auth/device   device.go   RFC 8628
//	GET|POST /auth/end_session    logout.go      OpenID Connect RP-Initiated Logout 1.0
//	GET      /.well-known/…       wellknown.go   RFC 8414, OpenID Connect Discovery 1.0, RFC 9728, the key set
//
// The state machine of an authorization stands in the doc of package grant.
package oidc
