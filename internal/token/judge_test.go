package token

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

// rulesFor trusts these keys of our issuer.
func rulesFor(keys ...*jose.Key) *Rules {
	return &Rules{
		Issuer: issuerName, Audience: []string{api}, Now: time.Now,
		Keys: func(_ context.Context, kid string) (*jose.Key, error) {
			for _, k := range keys {
				if k.ID() == kid {
					return k, nil
				}
			}
			return nil, nil
		},
	}
}

// codeOf is the code of a refusal, "" for no error, and the error's text for what is no refusal.
func codeOf(err error) fault.Code {
	if err == nil {
		return ""
	}
	if r, ok := errors.AsType[*fault.Refusal](err); ok {
		return r.Code
	}
	return fault.Code(err.Error())
}

func expect(t testing.TB, r *Rules, what, tok string, want fault.Code) {
	t.Helper()
	c, err := r.Judge(t.Context(), tok)
	if got := codeOf(err); got != want {
		t.Errorf("%s: %q, want %q (%v)", what, got, want, err)
	}
	if (c == nil) != (err != nil) {
		t.Errorf("%s: claims %v with error %v", what, c, err)
	}
}

func TestJudgeReadsWhatWasIssued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := newKey(t)
		now := time.Now()
		access := issue(t, newIssuer(key), Grant{
			Subject: "u_1", ClientID: "web", SessionID: "s_1", AuthTime: now.Add(-time.Minute), ACR: "1", AMR: []string{"pwd", "otp"},
			Scope: "openid notes:read", Roles: []string{"admin", "editor"}, KeyThumb: "thumb",
		})
		got, err := rulesFor(key).Judge(t.Context(), access.Token)
		if err != nil {
			t.Fatal(err)
		}
		want := &Claims{
			Issuer: issuerName, Subject: "u_1", Audience: []string{api}, ExpiresAt: access.ExpiresAt, IssuedAt: now, ID: access.ID,
			ClientID: "web", SessionID: "s_1", AuthTime: now.Add(-time.Minute), ACR: "1", AMR: []string{"pwd", "otp"},
			Scopes: []string{"openid", "notes:read"}, Roles: []string{"admin", "editor"}, KeyThumb: "thumb", KeyID: key.ID(),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
	})
}

func TestTimeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := newKey(t)
		r := rulesFor(key)
		tok := issue(t, newIssuer(key), Grant{Subject: "u", ClientID: "c"}).Token
		expect(t, r, "at once", tok, "")
		time.Sleep(5*time.Minute - time.Nanosecond)
		expect(t, r, "a moment before its end", tok, "")
		time.Sleep(time.Nanosecond)
		expect(t, r, "at its end", tok, fault.TokenExpired)
		for _, tt := range []struct {
			later time.Duration // than the one before
			want  string
		}{
			{0, "The token expired 1 second ago."},
			{42 * time.Second, "The token expired 42 seconds ago."},
			{10 * time.Minute, "The token expired 10 minutes ago."},
			{49 * time.Hour, "The token expired 2 days ago."},
		} {
			time.Sleep(tt.later)
			_, err := r.Judge(t.Context(), tok)
			if got := fault.From(err).Detail(); got != tt.want {
				t.Errorf("%v later: %q, want %q", tt.later, got, tt.want)
			}
		}
	})
}

func TestRefusalsNameTheFirstRuleBroken(t *testing.T) {
	key := newKey(t)
	r := rulesFor(key)
	i := newIssuer(key)
	i.Name, i.Audience = "https://other.example", []string{"https://other.example"}
	i.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	tok := issue(t, i, Grant{Subject: "u", ClientID: "c"}).Token
	expect(t, r, "wrong issuer, audience and time", tok, fault.TokenIssuer)
	i.Name = issuerName
	tok = issue(t, i, Grant{Subject: "u", ClientID: "c"}).Token
	expect(t, r, "wrong audience and time", tok, fault.TokenAudience)
	i.Audience = []string{api}
	tok = issue(t, i, Grant{Subject: "u", ClientID: "c"}).Token
	expect(t, r, "wrong time", tok, fault.TokenExpired)
}

func TestUnknownKeySaysTheIssuerIfItIsAnother(t *testing.T) {
	stranger := newKey(t)
	r := rulesFor(newKey(t))
	i := newIssuer(stranger)
	expect(t, r, "our name, unknown key", issue(t, i, Grant{Subject: "u", ClientID: "c"}).Token, fault.TokenSignature)
	i.Name = "https://other.example"
	expect(t, r, "another name, unknown key", issue(t, i, Grant{Subject: "u", ClientID: "c"}).Token, fault.TokenIssuer)
}

func TestNoKeysToBeHadIsNoRefusal(t *testing.T) {
	key := newKey(t)
	r := rulesFor(key)
	down := errors.New("no route")
	r.Keys = func(context.Context, string) (*jose.Key, error) { return nil, down }
	_, err := r.Judge(t.Context(), issue(t, newIssuer(key), Grant{Subject: "u", ClientID: "c"}).Token)
	if _, ok := errors.AsType[*fault.Refusal](err); ok || !errors.Is(err, down) {
		t.Errorf("got %v, want an error that wraps %v", err, down)
	}
}

func TestExcerptsAreFitForHeaders(t *testing.T) {
	key := newKey(t)
	r := rulesFor(key)
	for _, tt := range []struct{ name, want string }{
		{"", "The token comes from nobody, which is not trusted here."},
		{"a\"b\\c\r\nd令", "The token comes from a?b?c??d?, which is not trusted here."},
		{strings.Repeat("x", 200), "The token comes from " + strings.Repeat("x", 120) + "..., which is not trusted here."},
	} {
		i := newIssuer(key)
		i.Name = tt.name
		_, err := r.Judge(t.Context(), issue(t, i, Grant{Subject: "u", ClientID: "c"}).Token)
		if got := fault.From(err).Detail(); got != tt.want {
			t.Errorf("issuer %.20q: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestMalformedSaysHow(t *testing.T) {
	r := rulesFor(newKey(t))
	for _, tt := range []struct{ tok, want string }{
		{"abc", "This is not a token: it has one part, not 3."},
		{"undefined", "This is not a token: it is the word undefined, so the client held no token when it sent this."},
		{"null", "This is not a token: it is the word null, so the client held no token when it sent this."},
		{"Bearer a.b.c", "This is not a token: the word Bearer stands before it twice."},
		{"'a.b.c'", "This is not a token: it is in quotes."},
		{"<access_token>", "This is not a token: it is in brackets, as in an example that was not filled in."},
		{"${TOKEN}", "This is not a token: it is in brackets, as in an example that was not filled in."},
		{"lpr_abc", "This is not a token: it is a refresh token, and the access token belongs here."},
		{"a. b.c", "This is not a token: there is a space in it."},
		{"a.b", "This is not a token: it has 2 parts, not 3."},
		{"a.b.c.d.e", "This is not a token: it has 5 parts, not 3."},
		{"a.b.c", "This is not a token: a part of it does not read."},
	} {
		_, err := r.Judge(t.Context(), tt.tok)
		if got := fault.From(err).Detail(); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.tok, got, tt.want)
		}
	}
}
