package grant

import (
	"context"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

// mustProveMore holds when a request wants two factors, one was shown, and the account has a second: then its person signs in again, and is asked for the
// code. Classes that a request insists on (the claim `acr`, essential) are met or refused. Of those that it wishes for (`acr_values`), two factors
// are met or refused as well: whoever asks for them was turned away elsewhere for want of them (RFC 9470, section 5). Others are only wishes.
func (s *Service) mustProveMore(ctx context.Context, req *Request, who *session.Session, began time.Time) (again bool, err error) {
	wanted := req.Claims.ACR
	switch {
	case len(wanted) > 0 && slices.Contains(wanted, who.ACR()):
		return false, nil
	case len(wanted) == 0:
		wanted = req.ACRValues
		if who.Meets(wanted) || !offered(wanted) {
			return false, nil
		}
	}
	if !offered(wanted) {
		return false, unmet("no sign-in of that class is offered here")
	}
	has, err := s.has(ctx, who.UserID, wanted)
	switch {
	case err != nil:
		return false, err
	case !has:
		return false, unmet("two factors are asked for, and this account has no second one, or no passkey if it must be that; both are set up at /auth/account")
	case !who.AuthTime.Before(began):
		return false, unmet("two factors are asked for, and the sign-in was without a code of this server, or without the passkey")
	case req.Prompts(oauth.PromptNone):
		return false, oauth.Refuse(oauth.LoginRequired, "two factors are asked for, and one was shown")
	}
	return true, nil
}

// offered holds when a class of two factors is among the wanted.
func offered(wanted []string) bool {
	return slices.Contains(wanted, token.ACRMFA) || slices.Contains(wanted, token.ACRPasskey)
}

// has reports whether somebody can sign in by one of the classes of two factors that are wanted.
func (s *Service) has(ctx context.Context, userID string, wanted []string) (bool, error) {
	if slices.Contains(wanted, token.ACRMFA) {
		return s.Factors.Has(ctx, userID)
	}
	return s.Factors.HasPasskey(ctx, userID)
}

func unmet(why string) error { return oauth.Refuse(oauth.UnmetAuthenticationRequirements, "%s", why) }
