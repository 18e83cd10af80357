package app

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

const (
	ordersAPI = "https://orders.example.com"
	stockAPI  = "https://stock.example.com"
)

// sign makes a token of claims.
func sign(s *server, key *jose.Key, typ string, claims map[string]any) string {
	s.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		s.Fatal(err)
	}
	jwt, err := jose.Sign(key, typ, payload)
	if err != nil {
		s.Fatal(err)
	}
	return jwt
}

// exchanging is a person's app, which has a token for an API of orders, and that API, which calls one of stock.
func exchanging(s *server) (app, orders *rp, tokens handed) {
	s.addUser("alice", battery, "admin")
	app = s.addClient(registry.Web, func(set *registry.Settings) {
		set.FirstParty, set.Audiences, set.Scopes = true, []string{ordersAPI}, set.Scopes.With(oauth.Scope{"stock:read", "stock:write", "orders"})
	})
	orders = s.addClient(registry.Service, func(set *registry.Settings) {
		set.Grants = append(set.Grants, oauth.TokenExchange)
		set.Audiences, set.Scopes = []string{ordersAPI, stockAPI}, oauth.Scope{"stock:read", "stock:write", "roles", "openid", "admin"}
	})
	app.signIn("alice")
	tokens = app.redeem(app.code("scope", "openid roles stock:read orders offline_access", "resource", ordersAPI)).handed(s)
	return app, orders, tokens
}

// exchange shows a token for one to an API of stock.
func (a *rp) exchange(token string, change ...string) reply {
	a.s.Helper()
	form := map[string]string{
		"grant_type": string(oauth.TokenExchange), "subject_token": token, "subject_token_type": "urn:ietf:params:oauth:token-type:access_token", "resource": stockAPI,
	}
	for i := 0; i < len(change); i += 2 {
		form[change[i]] = change[i+1]
	}
	return a.post("/auth/token", form)
}

func TestAnAPIExchangesATokenForItsOwnCalls(t *testing.T) {
	s := start(t)
	_, orders, tokens := exchanging(s)
	s.clock.advance(2 * time.Minute)
	r := orders.exchange(tokens.AccessToken)
	got := r.handed(t)
	before, after := claimsOf(t, tokens.AccessToken), claimsOf(t, got.AccessToken)
	for _, same := range []string{"sub", "sid", "auth_time", "acr"} {
		if before[same] != after[same] {
			t.Errorf("%s was %v and is %v", same, before[same], after[same])
		}
	}
	if after["aud"] != stockAPI || after["client_id"] != orders.id || after["scope"] != "roles stock:read" {
		t.Errorf("the token says %v", after)
	}
	if act, _ := after["act"].(map[string]any); act["sub"] != orders.id || act["act"] != nil {
		t.Errorf("who acts is %v", after["act"])
	}
	if after["exp"] != before["exp"] || got.RefreshToken != "" || got.IDToken != "" {
		t.Errorf("it lives until %v, what it stands on until %v; %s", after["exp"], before["exp"], r.body)
	}
	if !strings.Contains(r.body, `"issued_token_type":"urn:ietf:params:oauth:token-type:access_token"`) {
		t.Errorf("the answer does not say what it is: %s", r.body)
	}
	if got := claimsOf(t, orders.exchange(tokens.AccessToken, "scope", "stock:read").handed(t).AccessToken); got["roles"] != nil || got["scope"] != "stock:read" {
		t.Errorf("asked for less: %v", got)
	}
}

func TestWhoActedIsToldInOrder(t *testing.T) {
	s := start(t)
	_, orders, tokens := exchanging(s)
	stock := s.addClient(registry.Service, func(set *registry.Settings) {
		set.Grants = append(set.Grants, oauth.TokenExchange)
		set.Audiences, set.Scopes = []string{stockAPI}, oauth.Scope{"stock:read"}
	})
	token := orders.exchange(tokens.AccessToken).handed(t).AccessToken
	token = stock.exchange(token).handed(t).AccessToken
	var about struct {
		Active bool
		Act    struct {
			Sub string
			Act struct{ Sub string }
		}
	}
	stock.post("/auth/introspect", map[string]string{"token": token}).json(t, &about)
	if !about.Active || about.Act.Sub != stock.id || about.Act.Act.Sub != orders.id {
		t.Errorf("introspection says %+v", about)
	}
	for range 2 {
		token = stock.exchange(token).handed(t).AccessToken
	}
	stock.exchange(token).wantsOAuth(t, 400, "invalid_grant") // it has gone round often enough
}

// TestAttack61AnExchangeNeverWidens is case 61 of the catalogue: an audience that is not allowed, a token that is over, an actor that is made up. And 52.
//
// ASVS 9.2.4, 10.4.11
func TestAttack61AnExchangeNeverWidens(t *testing.T) {
	s := start(t)
	app, orders, tokens := exchanging(s)
	bystander := s.addClient(registry.Service, func(set *registry.Settings) {
		set.Grants, set.Audiences = append(set.Grants, oauth.TokenExchange), []string{stockAPI}
	})
	plain := s.addClient(registry.Service, func(set *registry.Settings) { set.Audiences = []string{ordersAPI, stockAPI} })
	good := tokens.AccessToken
	other, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		r    reply
		code string
	}{
		"wider than the token":       {orders.exchange(good, "scope", "stock:write"), "invalid_scope"},
		"wider than the client":      {orders.exchange(good, "scope", "orders"), "invalid_scope"},
		"never granted":              {orders.exchange(good, "scope", "admin"), "invalid_scope"},
		"openid":                     {orders.exchange(good, "scope", "openid"), "invalid_scope"},
		"another API":                {orders.exchange(good, "resource", "https://bank.example.com"), "invalid_target"},
		"another API by name":        {orders.exchange(good, "audience", "https://bank.example.com"), "invalid_target"},
		"no API":                     {orders.exchange(good, "resource", ""), "invalid_target"},
		"a token for somebody else":  {bystander.exchange(good), "invalid_grant"},
		"a client that may not":      {plain.exchange(good), "unauthorized_client"},
		"an actor":                   {orders.exchange(good, "actor_token", good, "actor_token_type", "urn:ietf:params:oauth:token-type:access_token"), "invalid_request"},
		"another type":               {orders.exchange(good, "subject_token_type", "urn:ietf:params:oauth:token-type:id_token"), "invalid_request"},
		"a refresh token wanted":     {orders.exchange(good, "requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"), "invalid_request"},
		"an ID token":                {orders.exchange(tokens.IDToken), "invalid_grant"},
		"a refresh token":            {orders.exchange(tokens.RefreshToken), "invalid_grant"},
		"nothing":                    {orders.exchange(""), "invalid_request"},
		"a token of another signer":  {orders.exchange(sign(s, other, "at+jwt", claimsOf(t, good))), "invalid_grant"},
		"a token with a bit flipped": {orders.exchange(flip(good)), "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) { c.r.wantsOAuth(t, 400, c.code) })
	}
	if orders.post("/auth/token", map[string]string{"grant_type": string(oauth.TokenExchange)}).status != 400 {
		t.Error("without anything, it is no 400")
	}
	exchanged := orders.exchange(good).handed(t).AccessToken
	app.post("/auth/revoke", map[string]string{"token": tokens.RefreshToken}) // the session ends
	orders.exchange(good).wantsOAuth(t, 400, "invalid_grant")
	var about struct{ Active bool }
	orders.post("/auth/introspect", map[string]string{"token": exchanged}).json(t, &about)
	if about.Active {
		t.Error("what was exchanged outlives the session")
	}
}

func flip(token string) string {
	b := []byte(token)
	at := slices.Index(b, '.') + 5
	b[at] ^= 1
	return string(b)
}

func TestAttack61ATokenThatExpiredIsNotExchanged(t *testing.T) {
	s := start(t)
	_, orders, tokens := exchanging(s)
	s.clock.advance(5 * time.Minute)
	orders.exchange(tokens.AccessToken).wantsOAuth(t, 400, "invalid_grant")
}
