package archtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/admin"
	"github.com/lingpai/lingpai/internal/api"
	"github.com/lingpai/lingpai/internal/devserver"
	"github.com/lingpai/lingpai/internal/feed"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/oidc"
)

// firstParty is where the API of our own client lives.
const firstParty = "/auth/api/"

// routeTables are the addresses of the server by the adapter that answers them.
func routeTables() map[string][]httpd.Route {
	return map[string][]httpd.Route{
		"api":   new(api.Handler).Routes(),
		"admin": new(admin.Handler).Routes(),
		"login": new(login.Handler).Routes(),
		"oidc":  new(oidc.Handler).Routes(),
		"feed":  new(feed.Handler).Routes(),
		"dev":   new(devserver.Server).Routes(),
	}
}

// ASVS 6.3.4
func TestEveryRouteStatesItsRules(t *testing.T) {
	for adapter, table := range routeTables() {
		if len(table) == 0 {
			t.Errorf("%s has no routes", adapter)
		}
		for _, err := range unruly(table) {
			t.Errorf("%s: %s", adapter, err)
		}
	}
}

func TestNoTwoRoutesShareAPattern(t *testing.T) {
	var all []httpd.Route
	for _, table := range routeTables() {
		all = append(all, table...)
	}
	for _, pattern := range twice(all) {
		t.Errorf("%s is answered twice; an address has one owner", pattern)
	}
}

// unruly says which routes leave a rule open, live outside our part of the address space, or weaken the first-party API.
func unruly(table []httpd.Route) (found []string) {
	for _, r := range table {
		if err := r.Check(); err != nil {
			found = append(found, err.Error())
			continue
		}
		_, path, _ := strings.Cut(r.Pattern, " ")
		if path != "/{$}" && !strings.HasPrefix(path, "/auth/") && !strings.HasPrefix(path, "/.well-known/") {
			found = append(found, r.Pattern+": we live under /auth/ and /.well-known/, the rest of the origin is the app's")
		}
		if !strings.HasPrefix(path, firstParty) {
			continue
		}
		if r.Surface != httpd.API || r.CORS != httpd.Configured {
			found = append(found, r.Pattern+": the first-party API is for programs of the configured origins")
		}
		if r.Cache != httpd.NoStore {
			found = append(found, r.Pattern+": answers of the first-party API hold tokens and persons, and are never stored")
		}
	}
	return found
}

func twice(all []httpd.Route) (found []string) {
	seen := map[string]bool{}
	for _, r := range all {
		if seen[r.Pattern] {
			found = append(found, r.Pattern)
		}
		seen[r.Pattern] = true
	}
	slices.Sort(found)
	return found
}
