package interop

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func TestGoOIDCSignsInRefreshesAndSignsOut(t *testing.T) {
	s, ctx := start(t), t.Context()
	s.addAlice()
	origin := s.serve(http.NotFoundHandler())
	callback, goodbye := origin+"/callback", origin+"/goodbye"
	for _, profile := range []string{"web", "spa"} {
		t.Run(profile, func(t *testing.T) {
			c := s.addClient("--profile", profile, "--redirect-uri", callback, "--post-logout-redirect-uri", goodbye)
			provider, err := oidc.NewProvider(ctx, s.issuer)
			if err != nil {
				t.Fatal(err)
			}
			app := oauth2.Config{
				ClientID: c.ID, ClientSecret: c.Secret, Endpoint: provider.Endpoint(), RedirectURL: callback, Scopes: []string{"openid", "profile", "email"},
			}
			verifier := oauth2.GenerateVerifier()
			alice := s.person()
			back := alice.visit(app.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier), oidc.Nonce("nonce"))).Query()
			if back.Get("state") != "state" || back.Get("iss") != s.issuer {
				t.Fatalf("the browser came back with %v", back)
			}
			got, err := app.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := got.Extra("id_token").(string)
			id, err := provider.Verifier(&oidc.Config{ClientID: c.ID}).Verify(ctx, raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := id.VerifyAccessToken(got.AccessToken); err != nil || id.Nonce != "nonce" {
				t.Errorf("nonce %q: %v", id.Nonce, err)
			}
			info, err := provider.UserInfo(ctx, app.TokenSource(ctx, got))
			if err != nil || info.Subject != id.Subject || info.Email != "alice@example.com" {
				t.Errorf("userinfo: %+v %v", info, err)
			}
			got.Expiry = time.Now().Add(-time.Minute)
			fresh, err := app.TokenSource(ctx, got).Token()
			if err != nil || fresh.AccessToken == got.AccessToken || fresh.RefreshToken == "" {
				t.Fatalf("refresh: %v", err)
			}
			var metadata struct {
				EndSession string `json:"end_session_endpoint"`
			}
			if err := provider.Claims(&metadata); err != nil {
				t.Fatal(err)
			}
			leave := url.Values{"id_token_hint": {raw}, "post_logout_redirect_uri": {goodbye}}
			if at := alice.visit(metadata.EndSession + "?" + leave.Encode()); at.String() != goodbye {
				t.Errorf("the sign-out leads to %s", at)
			}
			if _, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(fresh)); err == nil {
				t.Error("a token outlives the sign-out")
			}
			fresh.Expiry = time.Now().Add(-time.Minute)
			if _, err := app.TokenSource(ctx, fresh).Token(); err == nil {
				t.Error("a refresh token outlives the sign-out")
			}
		})
	}
}

func TestXOAuth2ActsForItself(t *testing.T) {
	s := start(t)
	c := s.addClient("--profile", "service", "--scope", "files:read")
	app := clientcredentials.Config{ClientID: c.ID, ClientSecret: c.Secret, TokenURL: s.issuer + "/auth/token", Scopes: []string{"files:read"}}
	got, err := app.Token(t.Context())
	if err != nil || got.AccessToken == "" {
		t.Fatal(err)
	}
}
