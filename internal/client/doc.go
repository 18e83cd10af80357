// Package client knows the programs that people sign in to: who they are, how they prove it, and what each may ask for.
//
// A client comes from the configuration, where it is read-only, or from the store, where `lingpai client` keeps it; [Registry] looks in
// both. What a kind of client implies is said in one table, [Presets].
//
// A client proves who it is by a secret, by a signed assertion (RFC 7523), or not at all: a public client names itself, and PKCE and its
// registered addresses tie the answer to who asked. [Registry.Authenticate] tells none of its refusals apart, in words or in time.
package client
