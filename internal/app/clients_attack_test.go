package app

import (
	"net/url"
	"testing"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/oauth"
)

// amend changes a client as an operator does.
func (a *rp) amend(change func(set *registry.Settings)) {
	a.s.Helper()
	_, _, err := a.s.core.Clients.Amend(a.s.Context(), a.id, func(set *registry.Settings) error { change(set); return nil }, cli)
	if err != nil {
		a.s.Fatal(err)
	}
}

// ASVS 10.4.11
func TestAttack52WhatWasTakenFromAClientIsNotGivenByWhatItHasAlready(t *testing.T) {
	const payment, deposit = `{"type":"payment","amount":"1"}`, `{"type":"deposit","amount":"2"}`
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) {
		set.FirstParty, set.Audiences, set.Scopes = true, []string{ordersAPI, stockAPI}, set.Scopes.With(oauth.Scope{"orders"})
		set.DetailTypes = []string{"payment", "deposit"}
	})
	a.signIn("alice")
	both := func() string {
		details := "[" + payment + "," + deposit + "]"
		asked := a.request("scope", "orders offline_access", "resource", ordersAPI, "authorization_details", details)
		return a.answer(a.get(asked + "&resource=" + url.QueryEscape(stockAPI))).Get("code")
	}
	got := a.redeem(both()).handed(t)
	one := a.redeem(a.code("scope", "offline_access", "resource", stockAPI)).handed(t)
	code, late := both(), a.code("resource", stockAPI)

	a.amend(func(set *registry.Settings) {
		set.Audiences, set.Scopes, set.DetailTypes = []string{ordersAPI}, set.Scopes.Only(oauth.Scope{"openid", "offline_access"}), []string{"payment"}
	})
	for what, r := range map[string]reply{"a refresh": a.refreshWith(got.RefreshToken), "a code": a.redeem(code)} {
		c := claimsOf(t, r.handed(t).AccessToken)
		if details, ok := c["authorization_details"].([]any); !ok || len(details) != 1 || c["aud"] != ordersAPI || c["scope"] != "offline_access" {
			t.Errorf("%s gives %v for %v, and %v", what, c["scope"], c["aud"], c["authorization_details"])
		}
	}
	a.refreshWith(got.RefreshToken, "resource", stockAPI).wantsOAuth(t, 400, "invalid_target")
	a.refreshWith(got.RefreshToken, "authorization_details", "["+deposit+"]").wantsOAuth(t, 400, "invalid_authorization_details")
	// Nor is a token for the API that need not be named given in the place of one for the API that was taken.
	a.refreshWith(one.RefreshToken).wantsOAuth(t, 400, "invalid_target")
	a.redeem(late).wantsOAuth(t, 400, "invalid_target")
}
