package interop

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/client/rs"
	"github.com/zitadel/oidc/v3/pkg/client/tokenexchange"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

// arrived is what the package hands to the app when somebody has signed in.
type arrived struct {
	tokens *oidc.Tokens[*oidc.IDTokenClaims]
	info   *oidc.UserInfo
}

// relyingParty is an app that is made of the package's own handlers, and served at an address of its own.
type relyingParty struct {
	rp.RelyingParty
	registered
	origin string
	came   chan arrived
}

func (s *server) relyingParty(profile string, style oauth2.AuthStyle, asks []rp.URLParamOpt, flags ...string) *relyingParty {
	s.Helper()
	mux := http.NewServeMux()
	app := &relyingParty{origin: s.serve(mux), came: make(chan arrived, 1)}
	app.registered = s.addClient(append(flags, "--profile", profile, "--redirect-uri", app.origin+"/callback", "--post-logout-redirect-uri", app.origin+"/goodbye")...)
	cookies := httphelper.NewCookieHandler([]byte("the key of the app's own cookies"), nil, httphelper.WithUnsecure())
	var err error
	app.RelyingParty, err = rp.NewRelyingPartyOIDC(s.Context(), s.issuer, app.ID, app.Secret, app.origin+"/callback", []string{"openid", "profile", "email"},
		rp.WithPKCE(cookies), rp.WithCookieHandler(cookies), rp.WithAuthStyle(style), rp.WithSigningAlgsFromDiscovery())
	if err != nil {
		s.Fatal(err)
	}
	mux.Handle("/sign-in", rp.AuthURLHandler(func() string { return "state" }, app, asks...))
	mux.Handle("/callback", rp.CodeExchangeHandler(rp.UserinfoCallback(
		func(_ http.ResponseWriter, _ *http.Request, tokens *oidc.Tokens[*oidc.IDTokenClaims], _ string, _ rp.RelyingParty, info *oidc.UserInfo) {
			app.came <- arrived{tokens, info}
		}), app))
	return app
}

// signIn lets somebody press "sign in" at the app.
func (app *relyingParty) signIn(p *person) arrived {
	p.s.Helper()
	at := p.visit(app.origin + "/sign-in")
	select {
	case a := <-app.came:
		return a
	default:
		p.s.Fatalf("the app has signed nobody in; the browser is at %s", at)
		return arrived{}
	}
}

func TestZitadelRelyingPartySignsInRefreshesAndSignsOut(t *testing.T) {
	s, ctx := start(t), t.Context()
	s.addAlice()
	for profile, style := range map[string]oauth2.AuthStyle{"web": oauth2.AuthStyleInHeader, "spa": oauth2.AuthStyleInParams} {
		t.Run(profile, func(t *testing.T) {
			app, alice := s.relyingParty(profile, style, nil), s.person()
			got := app.signIn(alice)
			if got.info.Email != "alice@example.com" || got.info.Name != "Alice" || got.tokens.IDTokenClaims.Subject != got.info.Subject {
				t.Errorf("userinfo: %+v", got.info)
			}
			fresh, err := rp.RefreshTokens[*oidc.IDTokenClaims](ctx, app, got.tokens.RefreshToken, "", "")
			if err != nil || fresh.AccessToken == got.tokens.AccessToken || fresh.IDTokenClaims.Subject != got.info.Subject {
				t.Fatalf("refresh: %+v %v", fresh, err)
			}
			to, err := rp.EndSession(ctx, app, fresh.IDToken, app.origin+"/goodbye", "bye", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			if at := alice.visit(to.String()); at.String() != app.origin+"/goodbye?state=bye" {
				t.Errorf("the sign-out leads to %s", at)
			}
			if _, err := rp.Userinfo[*oidc.UserInfo](ctx, fresh.AccessToken, "Bearer", got.info.Subject, app); err == nil {
				t.Error("a token outlives the sign-out")
			}
			if _, err := rp.RefreshTokens[*oidc.IDTokenClaims](ctx, app, fresh.RefreshToken, "", ""); err == nil {
				t.Error("a refresh token outlives the sign-out")
			}
		})
	}
}

func TestZitadelRelyingPartySignsADeviceIn(t *testing.T) {
	s, ctx := start(t), t.Context()
	s.addAlice()
	c := s.addClient("--profile", "device")
	device, err := rp.NewRelyingPartyOIDC(ctx, s.issuer, c.ID, "", "", nil, rp.WithAuthStyle(oauth2.AuthStyleInParams))
	if err != nil {
		t.Fatal(err)
	}
	asked, err := rp.DeviceAuthorization(ctx, []string{"openid", "profile"}, device, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.person().visit(asked.VerificationURIComplete)
	waiting, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	got, err := rp.DeviceAccessToken(waiting, asked.DeviceCode, time.Duration(asked.Interval)*time.Second, device)
	if err != nil || got.AccessToken == "" || got.IDToken == "" || got.RefreshToken == "" {
		t.Fatalf("%+v %v", got, err)
	}
}

func TestZitadelResourceServerAsksExchangesAndLearnsOfRevocation(t *testing.T) {
	const orders, stock = "https://orders.example", "https://stock.example"
	s, ctx := start(t), t.Context()
	s.addAlice()
	app := s.relyingParty("web", oauth2.AuthStyleInHeader, []rp.URLParamOpt{rp.WithURLParam("resource", orders)}, "--audience", orders, "--scope", "stock:read")
	app.OAuthConfig().Scopes = []string{"openid", "stock:read"}
	c := s.addClient("--profile", "service", "--exchange", "--audience", orders, "--audience", stock, "--scope", "stock:read")
	got := app.signIn(s.person())
	api, err := rs.NewResourceServerClientCredentials(ctx, s.issuer, c.ID, c.Secret)
	if err != nil {
		t.Fatal(err)
	}
	about, err := rs.Introspect[*oidc.IntrospectionResponse](ctx, api, got.tokens.AccessToken)
	if err != nil || !about.Active || about.Subject != got.info.Subject || about.ClientID != app.ID {
		t.Fatalf("introspection: %+v %v", about, err)
	}
	exchanger, err := tokenexchange.NewTokenExchangerClientCredentials(ctx, s.issuer, c.ID, c.Secret)
	if err != nil {
		t.Fatal(err)
	}
	passed, err := tokenexchange.ExchangeToken(ctx, exchanger, got.tokens.AccessToken, oidc.AccessTokenType, "", "", []string{stock}, nil, []string{"stock:read"}, oidc.AccessTokenType)
	if err != nil || passed.AccessToken == "" {
		t.Fatalf("exchange: %+v %v", passed, err)
	}
	if err := rp.RevokeToken(ctx, app, got.tokens.RefreshToken, "refresh_token"); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{got.tokens.AccessToken, passed.AccessToken} {
		if about, err := rs.Introspect[*oidc.IntrospectionResponse](ctx, api, token); err != nil || about.Active {
			t.Errorf("a token outlives its session: %+v %v", about, err)
		}
	}
}
