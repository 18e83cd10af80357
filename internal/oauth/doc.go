// Package oauth is the vocabulary of OAuth 2.1 and OpenID Connect: errors with their wire form, names of grants, response modes and client
// authentication, and the rules that need nothing but text: scopes, parameters, PKCE, redirect addresses.
//
// It is a leaf. Who a client is, and what it may do, is said in package client; what a request leads to, in package grant.
package oauth
