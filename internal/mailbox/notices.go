package mailbox

import (
	"context"
	"log/slog"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// PasswordChanged implements user.Notices. The first password of an account is no change.
func (s *Service) PasswordChanged(ctx context.Context, of user.User, src audit.Source) {
	if !of.Password.Empty() {
		s.tell(ctx, Letter{Kind: PasswordChanged, User: of, Link: s.Issuer + s.Pages.Forgot, At: s.Now(), Source: src})
	}
}

// EmailChanged implements user.Notices. It writes to the address that the account had: whoever has the new one knows.
func (s *Service) EmailChanged(ctx context.Context, was user.User, email string, src audit.Source) {
	s.tell(ctx, Letter{Kind: EmailChanged, User: was, Email: email, At: s.Now(), Source: src})
}

// FactorChanged implements otp.Notices.
func (s *Service) FactorChanged(ctx context.Context, userID string, n otp.News, src audit.Source) {
	s.tellLater(ctx, userID, Letter{Kind: Kind(n), Source: src})
}

// PasskeyChanged implements passkey.Notices.
func (s *Service) PasskeyChanged(ctx context.Context, userID string, n passkey.News, src audit.Source) {
	s.tellLater(ctx, userID, Letter{Kind: Kind(n), Source: src})
}

// tellLater tells somebody whose account is yet to be read of what happened now.
func (s *Service) tellLater(ctx context.Context, userID string, l Letter) {
	l.At, l.Link = s.Now(), s.Issuer+s.Pages.Account
	s.later(ctx, func(ctx context.Context) error {
		u, err := s.Users.Store.UserByID(ctx, userID)
		if err != nil || !u.EmailVerified {
			return err
		}
		l.User = u
		return s.Post.Write(ctx, l)
	})
}

// SignedIn implements session.Notices: a sign-in from a device that the account does not know, at a place where it was not seen before, is told.
func (s *Service) SignedIn(row session.Session, knownDevice bool, src audit.Source) {
	if knownDevice || !row.Holder.EmailVerified {
		return
	}
	now := s.Now()
	s.later(context.Background(), func(ctx context.Context) error {
		isNew, err := s.isNewPlace(ctx, row)
		if err != nil || !isNew {
			return err
		}
		u, err := s.Users.Store.UserByID(ctx, row.UserID)
		if err != nil {
			return err
		}
		return s.Post.Write(ctx, Letter{Kind: NewPlace, User: u, Link: s.Issuer + s.Pages.Account, At: now, Source: src})
	})
}

// lookBack is how many sign-ins of an account are remembered as places.
const lookBack = 200

// isNewPlace reports whether an account has signed in before, and never from the network where a session began.
func (s *Service) isNewPlace(ctx context.Context, row session.Session) (bool, error) {
	past, err := s.Events.Events(ctx, audit.Query{UserID: row.UserID, Action: audit.SignIn, Limit: lookBack})
	if err != nil {
		return false, err
	}
	place, before := session.Place(row.Address), false
	for _, e := range past {
		if e.SessionID == row.ID.String() || e.At.After(row.CreatedAt) {
			continue
		}
		if before = true; session.Place(e.Address) == place {
			return false, nil
		}
	}
	return before, nil
}

// tell writes to an address that is known to be the person's. Anybody may write another into their profile, and could fill the mailbox of whoever has
// it by changing something again and again.
func (s *Service) tell(ctx context.Context, l Letter) {
	if l.User.EmailVerified {
		s.later(ctx, func(ctx context.Context) error { return s.Post.Write(ctx, l) })
	}
}

// later does something that nobody waits for, if people are told at all. What keeps it from being done is logged.
func (s *Service) later(ctx context.Context, do func(ctx context.Context) error) {
	if !s.Mails() || !s.Notify {
		return
	}
	err := s.soon(ctx, do)
	if err != nil {
		s.Logger.LogAttrs(ctx, slog.LevelWarn, "somebody was not told of a change of their account", slog.Any("error", err))
	}
}
