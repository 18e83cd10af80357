package lingpai

import (
	"context"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// IdentityHeader is where the gateway of a Lingpai server says who is asking: a JWT that it signed, good for a minute or two.
const IdentityHeader = "X-Lingpai-Identity"

// Identity is who is asking, as the gateway says. Its Claims are those of the identity, which is no access token: its audience is this app.
type Identity struct {
	Claims

	Username string // preferred_username
	Name     string // name, or ""
	// Email is an address that is known to be the person's: the operator wrote it, or an OpenID provider vouched for it. "" for none, and for one that
	// the person wrote and nobody has verified.
	Email string
}

// Identity returns who is asking, for an app behind the gateway. The [Verifier] must name the app's own origin, or what the route of the
// gateway names, as its [Audience]: an identity that was made for another app is refused. A request without one, as of a guest on a public
// route, is refused with [CodeTokenMissing]. Errors are otherwise as those of [Verifier.Verify].
//
// X-Forwarded-User says the same without a signature: whoever reaches the app past the gateway can write it, but not this.
func (v *Verifier) Identity(r *http.Request) (*Identity, error) {
	id, err := v.identity(r.Context(), r.Header.Values(IdentityHeader))
	if err != nil {
		return nil, refuse(err)
	}
	return id, nil
}

func (v *Verifier) identity(ctx context.Context, sent []string) (*Identity, error) {
	switch {
	case len(sent) == 0 || len(sent) == 1 && sent[0] == "":
		return nil, fault.Refuse(fault.TokenMissing)
	case len(sent) > 1:
		return nil, fault.Refuse(fault.RequestMalformed, "it has two identities")
	case len(sent[0]) > maxToken:
		return nil, fault.Refuse(fault.TokenMalformed, "it is longer than 16 KiB")
	}
	id, err := v.rules.JudgeIdentity(ctx, sent[0])
	if err != nil {
		return nil, err
	}
	claims := Claims(id.Claims)
	if err := v.follower.check(&claims, nil, time.Now()); err != nil {
		return nil, err
	}
	return &Identity{claims, id.Username, id.Name, id.Email}, nil
}

// IdentityMiddleware is [Verifier.Middleware] for an app behind the gateway: it lets a request pass that has a good identity, with its
// claims in the context ([FromContext]) and, for a stream or a WebSocket, a context that ends with the session.
func (v *Verifier) IdentityMiddleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := v.Identity(r)
		if err != nil {
			WriteError(w, r, err)
			return
		}
		ctx, leave := v.follower.watch(NewContext(r.Context(), &id.Claims), &id.Claims)
		defer leave()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
