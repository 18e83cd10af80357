package lingpai

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/subprotocol"
	"github.com/lingpai/lingpai/internal/token"
)

// maxToken is the longest token that is looked at, in bytes. Ours have a few hundred.
const maxToken = 16 << 10

// Middleware lets a request pass to next when it carries a good token, with the claims in its context ([FromContext]), and answers for
// next otherwise ([WriteError]). It neither strips nor alters anything of the request.
//
// When the token is called back while next still answers, as it may with a stream or a WebSocket, the context of the request is cancelled;
// [context.Cause] then gives the [*Error]. A handler that heeds its context so ends within a second of the logout.
//
// A CORS preflight gets no exception: passing OPTIONS on without a token would let handlers that do not look at the method be called
// by anyone. Put CORS outside, so that it answers preflights itself and refusals, too, get its headers:
//
//	handler := cors(v.Middleware(mux))
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := v.Authenticate(r)
		if err != nil {
			WriteError(w, r, err)
			return
		}
		if nonce := v.proofs.nonce(); nonce != "" {
			w.Header().Set("DPoP-Nonce", nonce)
		}
		ctx, leave := v.follower.watch(NewContext(r.Context(), claims), claims)
		defer leave()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Authenticate verifies the token in the Authorization header of a request (RFC 6750, section 2.1). It is Middleware for routers whose
// handlers look otherwise, and for handlers that treat a guest ([CodeTokenMissing]) differently from a bad token. Errors are as those of
// [Verifier.Verify].
//
// A token that is bound to a key (RFC 9449) is good only by the scheme DPoP, with a proof, and where the option [DPoP] is given: as Bearer
// it proves nothing about the key. A token that is bound to a client certificate (RFC 8705) is good only on a connection whose client showed that
// certificate to this very server ([http.Request.TLS]): have its [crypto/tls.Config] ask for one ([crypto/tls.RequestClientCert]). A header
// in which a proxy names a certificate is not read.
//
// The handshake of a WebSocket may carry the token as a subprotocol, "lingpai.token." and the token, since a page cannot set its headers;
// the npm package does so. A handler that selects a subprotocol must not select that one.
func (v *Verifier) Authenticate(r *http.Request) (*Claims, error) {
	claims, err := v.authenticate(subprotocol.Meant(r))
	if err != nil {
		return nil, v.proofs.offer(refuse(err))
	}
	return claims, nil
}

func (v *Verifier) authenticate(r *http.Request) (*Claims, error) {
	scheme, raw, err := credentials(r)
	if err != nil {
		return nil, err
	}
	if scheme == dpopScheme && v.proofs == nil {
		return nil, fault.Refuse(fault.TokenMissing)
	}
	claims, err := v.judge(r.Context(), raw)
	if err != nil {
		return nil, err
	}
	return claims, v.proofs.bound(r, scheme, raw, claims)
}

// scheme is how a token is sent (RFC 9110, section 11.1).
type scheme int

const (
	noScheme   scheme = iota // none, or one of others
	bearer                   // RFC 6750
	dpopScheme               // RFC 9449
)

// schemeOf reads the name of the scheme, which is compared without case.
func schemeOf(authorization string) scheme {
	name, _, _ := strings.Cut(authorization, " ")
	switch {
	case strings.EqualFold(name, "Bearer"):
		return bearer
	case strings.EqualFold(name, "DPoP"):
		return dpopScheme
	}
	return noScheme
}

func credentials(r *http.Request) (scheme, string, error) {
	headers := r.Header["Authorization"]
	if len(headers) > 1 {
		return 0, "", fault.Refuse(fault.RequestMalformed, "it has two Authorization headers")
	}
	if len(headers) == 0 {
		return 0, "", fault.Refuse(fault.TokenMissing)
	}
	sent := schemeOf(headers[0])
	if sent == noScheme {
		return 0, "", token.NoScheme(headers[0])
	}
	_, raw, _ := strings.Cut(headers[0], " ")
	switch {
	case raw == "":
		return 0, "", fault.Refuse(fault.TokenMalformed, "it is empty")
	case len(raw) > maxToken:
		return 0, "", fault.Refuse(fault.TokenMalformed, "it is longer than 16 KiB")
	}
	return sent, raw, nil
}

// errNoClaims is a mistake of the program, not of the client.
var errNoClaims = errors.New("no claims in the context: put Verifier.Middleware before RequireRole and RequireScope")

// RequireRole makes a middleware that lets those pass who have one of the roles; without any role named, nobody. Others get a 403
// `forbidden_role`. It belongs behind [Verifier.Middleware]; without that before it, it answers 500 to everyone.
func RequireRole(roles ...string) func(http.Handler) http.Handler {
	refusal := fault.Refuse(fault.ForbiddenRole, strings.Join(roles, " or "))
	return require(refusal, func(c *Claims) bool { return slices.ContainsFunc(roles, c.HasRole) })
}

// RequireScope makes a middleware that lets clients pass which were given all of the scopes; without any scope named, none. Others
// get a 403 `forbidden_scope` whose challenge names the scopes. It belongs behind [Verifier.Middleware]; without that before it, it
// answers 500 to everyone.
func RequireScope(scopes ...string) func(http.Handler) http.Handler {
	refusal := fault.Refuse(fault.ForbiddenScope, strings.Join(scopes, " "))
	return require(refusal, func(c *Claims) bool {
		for _, scope := range scopes {
			if !c.HasScope(scope) {
				return false
			}
		}
		return len(scopes) > 0
	})
}

// RequireBound makes a middleware that lets those pass whose token is bound to a key that they hold: by DPoP (RFC 9449) or by a client
// certificate (RFC 8705). A token that was stolen on its way or from a log then opens nothing. Others get a 401 `token_unbound`. It belongs
// behind [Verifier.Middleware], which checks what a bound token asks for; without that before it, it answers 500 to everyone.
func RequireBound() func(http.Handler) http.Handler {
	return require(fault.Refuse(fault.TokenUnbound), (*Claims).Bound)
}

func require(refusal *fault.Refusal, allowed func(*Claims) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, ok := FromContext(r.Context())
			switch {
			case !ok:
				WriteError(w, r, errNoClaims)
			case !allowed(claims):
				e := refuse(refusal)
				e.bound = claims.KeyThumb != ""
				WriteError(w, r, e)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}
