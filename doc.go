// Package lingpai protects Go APIs with the access tokens of a Lingpai server, or of any issuer that signs by RFC 9068.
//
//	v, err := lingpai.NewVerifier(ctx, "https://login.example.com", lingpai.Audience("https://api.example.com"))
//	if err != nil {
//		return err
//	}
//	mux := http.NewServeMux()
//	mux.HandleFunc("GET /notes", func(w http.ResponseWriter, r *http.Request) {
//		claims, _ := lingpai.FromContext(r.Context())
//		fmt.Fprintf(w, "The notes of %s\n", claims.Subject)
//	})
//	return http.ListenAndServe("localhost:8080", v.Middleware(mux))
//
// [NewVerifier] discovers the issuer's keys. [Verifier.Middleware] lets a request pass when it carries a good token and hands on what
// the token says, as [Claims]; [RequireRole], [RequireScope], [RequireACR], [MaxAge] and
// [RequireBound] ask for more on single routes. Outside net/http handlers, call
// [Verifier.Authenticate] with a request or [Verifier.Verify] with a bare token, and answer with [WriteError].
//
// # Refusals
//
// A refused request is answered with application/problem+json (RFC 9457) and a challenge (RFC 6750); Verify and Authenticate return the
// same as an [*Error]. Its code never changes its name, so callers may switch on it:
//
//	401  token_missing        there is no token
//	401  token_malformed      it is no signed token, or its claims do not read
//	401  token_algorithm      its algorithm is none, unknown, or not the one that its key is for
//	401  token_signature      it was altered, or the key that signed it is not published (any more)
//	401  token_type           it is an ID token, or something else that is not an access token
//	401  token_issuer         another issuer wrote it
//	401  token_audience       it is meant for another API
//	401  token_not_yet_valid  a clock is wrong
//	401  token_expired        the client should refresh once and try again
//	401  token_revoked        the issuer called it back before its time
//	401  session_ended        the person signed out, or was signed out
//	403  forbidden_role       RequireRole asks for a role that the person lacks
//	403  forbidden_scope      RequireScope asks for a scope that the client was not given
//	401  acr_required         RequireACR asks for another class of sign-in
//	401  step_up_required     MaxAge asks for a newer sign-in
//	401  dpop_proof_invalid   a bound token came without a good proof (see DPoP)
//	401  dpop_nonce_required  the client should put the DPoP-Nonce into a new proof and try again
//	401  certificate_invalid  the token is bound to a client certificate, and the connection shows none, another or an old one
//	401  token_unbound        RequireBound asks for a token that is bound to a key
//	400  request_malformed    there are two Authorization headers
//	503  unavailable          the keys could not be fetched, or the feed of revocations is stale; Retry-After says when to come back
//
// A token is looked for in one place, the Authorization header: never in the query, where logs and histories would keep it. A failing
// issuer is never blamed on the person: what cannot be judged is answered with 503, because a 401 would sign people out.
//
// # Keys
//
// Keys are kept for as long as the issuer's Cache-Control allows, at least 5 minutes and at most an hour. They are renewed by the
// requests and messages that notice their age, ahead of time, so that hardly any request waits. A
// token that names an unknown key causes one early fetch, shared by all who wait for it, at most every 10 seconds, however many such
// tokens arrive. While the issuer cannot be reached, the known keys stay in use; a key that it withdraws stops working with the next fetch.
//
// # Revocations
//
// An issuer whose metadata names a `revocations_uri`, as that of a Lingpai server does, is followed: a token that it calls back is refused
// here within a second, and the context of a request that is being answered is cancelled. Each check is a look into memory, without a lock.
// Two goroutines do the following, one that reads and one that acknowledges; both end with the context that NewVerifier was given, and
// there is nothing else to close. Only a beat of the issuer, one each second, is a sign of life. After 30 seconds without one, and before the
// first, [Staleness] says what passes. [Verifier.Health] tells how things are. Tokens of other issuers pass until they expire.
//
// # Compatibility
//
// Within a major version, exported names, codes, statuses and the members of the problem stay as they are. New codes, claims and
// options may come. The sentences in detail are for people and may be reworded.
package lingpai
