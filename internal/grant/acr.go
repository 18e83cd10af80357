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
		if who.Meets(wanted) || !slices.Contains(wanted, token.ACRMFA) {
			return false, nil
		}
	}
	if !slices.Contains(wanted, token.ACRMFA) {
		return false, unmet("no sign-in of that class is offered here")
	}
	has, err := s.Factors.Has(ctx, who.UserID)
	switch {
	case err != nil:
		return false, err
	case !has:
		return false, unmet("two factors are asked for, and this account has no second one; it is set up at /auth/account/two-step")
	case !who.AuthTime.Before(began):
		return false, unmet("two factors are asked for, and the sign-in was without a code of this server")
	case req.Prompts(oauth.PromptNone):
		return false, oauth.Refuse(oauth.LoginRequired, "two factors are asked for, and one was shown")
	}
	return true, nil
}

func unmet(why string) error { return oauth.Refuse(oauth.UnmetAuthenticationRequirements, "%s", why) }
