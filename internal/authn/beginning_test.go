package authn

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

func TestASessionBeginsWithTheAccountAsItWasProved(t *testing.T) {
	d := NewDevices(bytes.Repeat([]byte{1}, 32))
	u := user.User{
		ID: "u1", Username: "alice", Email: "a@example.com", EmailVerified: true, Name: "Alice", Roles: []string{"admin"},
		Claims: map[string]string{"locale": "zh"}, PasswordChangedAt: time.Unix(1, 0), ChangedAt: time.Unix(2, 0),
	}
	b := d.Beginning(u, d.Issue("u1", time.Unix(5, 0)).Reveal(), audit.Source{Address: "192.0.2.1"})
	if b.ID.IsZero() || b.ID == d.Beginning(u, "", audit.Source{}).ID {
		t.Error("it has no id of its own")
	}
	if d.Beginning(u, d.Issue("another", time.Unix(5, 0)).Reveal(), audit.Source{}).Known {
		t.Error("the device of somebody else is known")
	}
	want := session.Beginning{
		ID: b.ID, UserID: "u1", PasswordAt: time.Unix(1, 0), ClientID: client.OwnID, Known: true,
		Source: audit.Source{Address: "192.0.2.1", Actor: "u1"},
		Holder: session.Holder{
			Username: "alice", Email: "a@example.com", EmailVerified: true, Name: "Alice", Roles: []string{"admin"},
			Claims: map[string]string{"locale": "zh"}, ChangedAt: time.Unix(2, 0),
		},
	}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
}
