package passkey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
)

// ReasonReset is why sessions ended whose passkeys an operator removed.
const ReasonReset = "passkeys reset"

// MaxName is how many characters the name of a passkey may have.
const MaxName = 60

// CleanName is a name as it is kept: of what can be seen, in one line, and not too long.
func CleanName(name string) string {
	visible := strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(name, ""))
	name = strings.Join(strings.Fields(visible), " ")
	if runes := []rune(name); len(runes) > MaxName {
		name = strings.TrimSpace(string(runes[:MaxName]))
	}
	return name
}

// Find returns a passkey of an account; fault.ErrNotFound when it has none with this id.
func (s *Service) Find(ctx context.Context, userID, id string) (Credential, error) {
	list, err := s.Of(ctx, userID)
	if err != nil {
		return Credential{}, err
	}
	if i := slices.IndexFunc(list, func(c Credential) bool { return c.ID == id }); i >= 0 {
		return list[i], nil
	}
	return Credential{}, fmt.Errorf("find passkey: %w", fault.ErrNotFound)
}

// Rename gives a passkey another name. A name with nothing in it to see changes nothing. fault.ErrNotFound when the account has none with this id.
func (s *Service) Rename(ctx context.Context, userID, id, name string) error {
	if name = CleanName(name); name == "" {
		return nil
	}
	if err := s.Store.RenamePasskey(ctx, userID, id, name); err != nil {
		return fmt.Errorf("rename passkey: %w", err)
	}
	return nil
}

// Remove removes a passkey, and ends no session. The refusal is passkey_last, when nothing else opens the account. fault.ErrNotFound when the account has
// none with this id.
func (s *Service) Remove(ctx context.Context, userID, id string, src audit.Source) error {
	c, err := s.Find(ctx, userID, id)
	if err != nil {
		return err
	}
	r := Removal{
		UserID: userID, ID: id, Event: audit.Event{At: s.Now(), Action: audit.PasskeyRemoved, Source: src, UserID: userID, Detail: c.Name},
	}
	if s.Others != nil {
		r.Others = s.Others()
	}
	err = s.Store.RemovePasskey(ctx, r)
	if errors.Is(err, fault.ErrConflict) {
		return fault.Refuse(fault.PasskeyLast).Because(err)
	}
	if err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	s.tell(ctx, userID, Removed, src)
	return nil
}

// Reset removes all passkeys of an account on the word of an operator, and ends all its sessions: whoever has a device may be in one.
// fault.ErrNotFound when there is none.
func (s *Service) Reset(ctx context.Context, userID string, src audit.Source) error {
	now := s.Now()
	err := s.Store.RemovePasskeys(ctx, Removal{
		UserID: userID, EndReason: ReasonReset, RevokeUntil: now.Add(s.RevokeFor),
		Event: audit.Event{At: now, Action: audit.PasskeysReset, Source: src, UserID: userID},
	})
	if err != nil {
		return fmt.Errorf("remove passkeys: %w", err)
	}
	if err := s.Revocations.CatchUp(ctx); err != nil {
		return fmt.Errorf("apply revocations: %w", err)
	}
	s.tell(ctx, userID, Removed, src)
	return nil
}

func (s *Service) tell(ctx context.Context, userID string, n News, src audit.Source) {
	if s.Notices != nil {
		s.Notices.PasskeyChanged(ctx, userID, n, src)
	}
}
