package token

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
)

const app = "https://app.example.com"

func TestIdentityReadsAsItWasWritten(t *testing.T) {
	key := newKey(t)
	i := newIssuer(key)
	g := Grant{Subject: "u1", Audience: []string{app}, ClientID: "lingpai", SessionID: "s1", Roles: []string{"admin"}, Lifetime: time.Minute}
	p := Profile{Username: "alice", Name: "Alice 王", Email: "alice@example.com"}
	access, err := i.IssueIdentity(g, p)
	if err != nil {
		t.Fatal(err)
	}
	r := rulesFor(key)
	r.Audience = []string{app}
	got, err := r.JudgeIdentity(t.Context(), access.Token)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got.Profile); diff != "" {
		t.Error(diff)
	}
	if got.Subject != "u1" || got.SessionID != "s1" || !cmp.Equal(got.Roles, g.Roles) || !got.ExpiresAt.Equal(access.ExpiresAt) {
		t.Errorf("%+v", got.Claims)
	}
	if life := got.ExpiresAt.Sub(got.IssuedAt); life != time.Minute {
		t.Errorf("it lives %v", life)
	}
}

func TestIdentityIsNoAccessTokenAndNoneIsAnIdentity(t *testing.T) {
	key := newKey(t)
	i := newIssuer(key)
	g := Grant{Subject: "u1", ClientID: "lingpai", SessionID: "s1"}
	identity, err := i.IssueIdentity(g, Profile{Username: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rulesFor(key).Judge(t.Context(), identity.Token); !fault.Is(err, fault.TokenType) {
		t.Errorf("as an access token: %v", err)
	}
	if _, err := rulesFor(key).JudgeIdentity(t.Context(), issue(t, i, g).Token); !fault.Is(err, fault.TokenType) {
		t.Errorf("an access token as an identity: %v", err)
	}
	r := rulesFor(key)
	r.Audience = []string{app}
	if _, err := r.JudgeIdentity(t.Context(), identity.Token); !fault.Is(err, fault.TokenAudience) {
		t.Errorf("for another app: %v", err)
	}
}
