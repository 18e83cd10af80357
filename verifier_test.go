package lingpai_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/token"
)

// ASVS 10.3.3
func TestVerifyReturnsWhatTheTokenSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		now := time.Now()
		got, err := i.verifier(t).Verify(t.Context(), i.token(t, func(_ *token.Issuer, g *token.Grant) {
			g.AuthTime, g.ACR, g.AMR = now.Add(-time.Hour), "urn:x", []string{"pwd", "otp"}
		}))
		if err != nil {
			t.Fatal(err)
		}
		want := &lingpai.Claims{
			Issuer: issuerURL, Subject: "u_alice", Audience: []string{api}, ExpiresAt: now.Add(5 * time.Minute), IssuedAt: now,
			ID: got.ID, ClientID: "web", SessionID: "s_1", AuthTime: now.Add(-time.Hour), ACR: "urn:x", AMR: []string{"pwd", "otp"},
			Scopes: []string{"notes:read", "notes:write"}, Roles: []string{"editor"}, KeyID: i.signing.ID(),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
		if got.ID == "" || !got.HasRole("editor") || got.HasRole("admin") || !got.HasScope("notes:read") || got.HasScope("notes") {
			t.Errorf("wrong id, role or scope: %+v", got)
		}
	})
}

// The life of a token, told by one clock.
//
// ASVS 9.2.1
func TestTimeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		strict, lenient := i.verifier(t), i.verifier(t, lingpai.Leeway(30*time.Second))
		tok := i.token(t, nil)
		for _, tt := range []struct {
			at              time.Duration
			strict, lenient string
		}{
			{0, "", ""},
			{5*time.Minute - 1, "", ""},
			{5 * time.Minute, lingpai.CodeTokenExpired, ""},
			{5*time.Minute + 30*time.Second - 1, lingpai.CodeTokenExpired, ""},
			{5*time.Minute + 30*time.Second, lingpai.CodeTokenExpired, lingpai.CodeTokenExpired},
		} {
			time.Sleep(tt.at - time.Since(startOfBubble))
			expect(t, strict, tok, tt.strict)
			expect(t, lenient, tok, tt.lenient)
		}
	})
}

// startOfBubble is when the clock of every synctest bubble starts.
var startOfBubble = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// ASVS 9.2.3, 10.3.1
func TestTokensForOthersAreRefused(t *testing.T) {
	i := newIssuer(t)
	tok := i.token(t, nil)
	v := i.verifier(t)
	expect(t, v, tok, "")
	expect(t, v, i.token(t, func(is *token.Issuer, _ *token.Grant) { is.Name += "/" }), lingpai.CodeTokenIssuer)
	expect(t, v, i.token(t, func(_ *token.Issuer, g *token.Grant) { g.Audience = []string{issuerURL} }), lingpai.CodeTokenAudience)
	expect(t, v, i.token(t, func(_ *token.Issuer, g *token.Grant) { g.Audience = []string{"https://other.example", api} }), "")
	expect(t, v, withKeyID(tok, ""), lingpai.CodeTokenSignature)
	expect(t, v, "undefined", lingpai.CodeTokenMalformed)
	expect(t, v, "", lingpai.CodeTokenMalformed)
}

func TestAudienceIsTheIssuerByDefault(t *testing.T) {
	i := newIssuer(t)
	v, err := lingpai.NewVerifier(t.Context(), i.url, lingpai.HTTPClient(&http.Client{Transport: i}))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, v, i.token(t, func(_ *token.Issuer, g *token.Grant) { g.Audience = []string{issuerURL} }), "")
	expect(t, v, i.token(t, nil), lingpai.CodeTokenAudience)
}

// Attack 31: two issuers, each with keys of its own.
//
// ASVS 9.1.3, 10.3.3
func TestAttack31KeysOfAnotherIssuer(t *testing.T) {
	ours, theirs := newIssuer(t), newIssuer(t)
	forged := theirs.token(t, nil) // It names our issuer and our API.
	expect(t, ours.verifier(t), forged, lingpai.CodeTokenSignature)
	expect(t, theirs.verifier(t), forged, "")
}

// Attack 34: what a refusal says holds nothing of the token or the key.
func TestAttack34RefusalsTellNoSecret(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	tok := i.token(t, nil)
	for _, bad := range []string{tok[:len(tok)-1], tok + "A", tok[1:], withKeyID(tok, "x"), strings.Replace(tok, ".", "..", 1)} {
		_, err := v.Verify(t.Context(), bad)
		refusal, ok := errors.AsType[*lingpai.Error](err)
		if !ok {
			t.Fatalf("accepted %q", bad)
		}
		for part := range strings.SplitSeq(bad, ".") {
			if len(part) > 8 && (strings.Contains(err.Error(), part[:8]) || strings.Contains(refusal.Detail(), part[:8])) {
				t.Errorf("the refusal repeats the token: %v", err)
			}
		}
	}
}

func TestErrorUnwrapsToItsCause(t *testing.T) {
	i := newIssuer(t)
	i.down = true
	v := i.verifier(t, lingpai.Lazy())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := v.Verify(ctx, i.token(t, nil))
	if codeOf(t, err) != lingpai.CodeUnavailable {
		t.Fatalf("got %v, want unavailable", err)
	}
	if _, err := v.Verify(ctx, "x"); !strings.HasPrefix(err.Error(), "lingpai: token_malformed: ") || errors.Unwrap(err) == nil {
		t.Errorf("no reason for the log: %v", err)
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name, issuer string
		opt          lingpai.Option
		want         string
	}{
		{"no address", "login.example.com", nil, "is not an address"},
		{"other scheme", "ftp://login.example.com", nil, "is not an address"},
		{"control character", "https://login.example.com\n", nil, "is not an address"},
		{"empty", "", nil, "is not an address"},
		{"user", "https://a:b@login.example.com", nil, "no user"},
		{"query", issuerURL + "?", nil, "no user"},
		{"fragment", issuerURL + "#", nil, "no user"},
		{"plain http", "http://login.example.com", nil, "needs https"},
		{"plain http, looks local", "http://localhost.example.com", nil, "needs https"},
		{"plain http, address", "http://192.0.2.1:4401", nil, "needs https"},
		{"empty audience", issuerURL, lingpai.Audience(api, ""), "audience is empty"},
		{"negative leeway", issuerURL, lingpai.Leeway(-1), "leeway"},
		{"long leeway", issuerURL, lingpai.Leeway(time.Minute + 1), "leeway"},
		{"nil client", issuerURL, lingpai.HTTPClient(nil), "client is nil"},
		{"nil logger", issuerURL, lingpai.Logger(nil), "logger is nil"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opts := []lingpai.Option{lingpai.Lazy()}
			if tt.opt != nil {
				opts = append(opts, tt.opt)
			}
			_, err := lingpai.NewVerifier(t.Context(), tt.issuer, opts...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want something about %q", err, tt.want)
			}
		})
	}
}

func TestPlainHTTPIsFineOnThisMachineOrOnDemand(t *testing.T) {
	for _, issuer := range []string{"http://localhost:4401", "http://app.localhost", "http://127.0.0.2", "http://[::1]:4401"} {
		if _, err := lingpai.NewVerifier(t.Context(), issuer, lingpai.Lazy()); err != nil {
			t.Error(err)
		}
	}
	if _, err := lingpai.NewVerifier(t.Context(), "http://lingpai:4401", lingpai.Lazy(), lingpai.InsecurePlainHTTP()); err != nil {
		t.Error(err)
	}
}
