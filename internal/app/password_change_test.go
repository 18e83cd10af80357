package app

import (
	"errors"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
)

// Two who know the password change it at the same time: the second does not undo the first, who would be locked out without knowing.
func TestOfTwoChangesOfAPasswordTheSecondIsRefused(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	was, err := s.core.Password.Confirm(t.Context(), u.ID, authn.Attempt{Password: secretBattery, Source: cli})
	if err != nil {
		t.Fatal(err)
	}
	const first, second = "violet umbrella seventeen", "granite umbrella seventeen"
	if err := s.core.Users.SetPassword(t.Context(), was, secret.New(first), "", cli); err != nil {
		t.Fatal(err)
	}
	if err := s.core.Users.SetPassword(t.Context(), was, secret.New(second), "", cli); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("the second is answered %v", err)
	}
	s.program().login("alice", first, "memory")
	s.program().tryLogin("alice", second, "memory").wants(t, 401, "credentials_invalid")
}

// TestAPasswordIsGoodUntilItIsChanged: nobody is made to think of another because time has passed.
//
// ASVS 6.2.10
func TestAPasswordIsGoodUntilItIsChanged(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	s.clock.advance(10 * 365 * 24 * time.Hour)
	s.program().login("alice", battery, "memory")
	page := s.browser().postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	if to := page.header.Get("Location"); to != "/auth/account" {
		t.Errorf("after ten years the way leads to %q: %s", to, page.body)
	}
}
