package app

import (
	"context"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/user"
)

// meanwhile is a store before which something else happens when a code is to be kept.
type meanwhile struct {
	mailbox.Store
	first func()
}

func (m meanwhile) AddMailCode(ctx context.Context, c mailbox.Code, e audit.Event) error {
	m.first()
	return m.Store.AddMailCode(ctx, c, e)
}

// claimed adds somebody with an address that nobody has confirmed, who is signed in.
func (s *server) claimed(name string) (user.User, *client) {
	s.Helper()
	u := s.addUser(name, battery)
	if err := s.core.Users.Amend(s.Context(), u.ID, user.Amendment{EmailVerified: new(false)}, cli); err != nil {
		s.Fatal(err)
	}
	b := s.browser()
	b.postForm("/auth/login", map[string]string{"username": name, "password": battery})
	return s.user(u.ID), b
}

func (s *server) user(id string) user.User {
	s.Helper()
	u, err := s.core.Store.UserByID(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	return u
}

// A link that is mailed to one address while the account gets another confirms neither: who reads the first need not own the second.
func TestAttack79ALinkConfirmsNoOtherAddressThanItWasMailedTo(t *testing.T) {
	s, post := startMail(t, "mail.notices=false")
	eve, b := s.claimed("eve")
	kept := s.core.Mailbox.Store
	s.core.Mailbox.Store = meanwhile{kept, func() {
		if err := s.core.Users.SetProfile(t.Context(), eve, user.Profile{Name: "Eve", Email: "victim@example.com"}, cli); err != nil {
			t.Error(err)
		}
	}}
	if r := b.postForm("/auth/account/email/confirm", nil); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	l := post.Wait(t)
	path := link(t, l)
	if l.To != "eve@example.com" {
		t.Fatalf("%+v", l)
	}
	if page := b.get(path); page.status != 410 {
		t.Errorf("the link opens: %d %s", page.status, page.body)
	}
	if r := b.postForm(httpd.ConfirmPath, map[string]string{"code": linkCode(t, path)}); r.status != 410 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if u := s.user(eve.ID); u.Email != "victim@example.com" || u.EmailVerified {
		t.Errorf("%s is confirmed, which nobody was asked: %v", u.Email, u.EmailVerified)
	}
}

// postbox keeps letters instead of sending them.
type postbox struct{ letters []mailbox.Letter }

func (p *postbox) Write(_ context.Context, l mailbox.Letter) error {
	p.letters = append(p.letters, l)
	return nil
}

// Whoever signs in from ever more browsers, or goes from address to address, does not fill the mailbox of a stranger.
func TestAttack78NobodyFillsTheMailboxThatTheyClaim(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(s *server, b *client, n int) reply{
		"by links": func(_ *server, b *client, _ int) reply { return b.postForm("/auth/account/email/confirm", nil) },
		"by asking for a password": func(_ *server, b *client, _ int) reply {
			return b.postForm("/auth/forgot", map[string]string{"username": "eve"})
		},
		"by going from address to address": func(_ *server, b *client, n int) reply {
			to := []string{"victim@example.com", "eve@example.com"}[n%2]
			return b.postForm("/auth/account/profile", map[string]string{"name": "Eve", "email": to, "proof": battery})
		},
		"by changing the password": func(s *server, _ *client, n int) reply {
			pw := []string{battery, freshPassword}
			b := s.browser()
			b.postForm("/auth/login", map[string]string{"username": "eve", "password": pw[n%2]})
			return b.postForm("/auth/account/password", map[string]string{"current": pw[n%2], "new": pw[(n+1)%2]})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := startMail(t)
			s.claimed("eve")
			post := new(postbox)
			s.core.Mailbox.Post = post
			for n := range 8 {
				b := s.browser()
				b.postForm("/auth/login", map[string]string{"username": "eve", "password": battery})
				if r := again(s, b, n); r.status != 303 && r.status != 429 {
					t.Fatalf("%d %s", r.status, r.body)
				}
			}
			s.settle(t)
			if n := len(post.letters); n > 3 {
				t.Errorf("%d letters to an address that nobody confirmed", n)
			}
		})
	}
}

// Others do not use up the links by which somebody confirms their address.
func TestAttack78AFloodLeavesTheOwnerTheirLink(t *testing.T) {
	s, post := startMail(t)
	_, b := s.claimed("bob")
	for range 5 {
		s.browser().postForm("/auth/forgot", map[string]string{"username": "bob"})
	}
	s.settle(t)
	for range 3 {
		post.Wait(t)
	}
	if r := b.postForm("/auth/account/email/confirm", nil); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	link(t, post.Wait(t))
}

// A letter to somebody who may be a stranger says nothing in the words of whoever gave their address.
func TestAttack78NobodyWritesToStrangersInOurName(t *testing.T) {
	s, post := startMail(t)
	_, b := s.claimed("eve")
	const lure = "Your account is closed, go to www.evil.example to open it"
	r := b.postForm("/auth/account/profile", map[string]string{"name": lure, "email": "victim@example.com", "proof": battery})
	if r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if l := post.Wait(t); l.To != "victim@example.com" || strings.Contains(l.Source+l.Text+l.HTML, "evil") {
		t.Errorf("to %s:\n%s", l.To, l.Text)
	}
}
