package app

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/oauth"
)

// federation is a server that lets people sign in through another one: two real servers, which speak by real HTTP, and a browser that goes between them.
type federation struct {
	testing.TB
	ours, theirs *server
	app          *echo
	client       *rp // what they know us by
}

// companyRoutes are those of the app behind us.
const companyRoutes = `
    - {match: /admin/**, upstream: APP, require: {roles: [admin]}}
    - {match: /strong/**, upstream: APP, require: {acr: ["urn:lingpai:password"]}}
    - {match: /fresh/**, upstream: APP, require: {max_age: 5m}}
    - {match: /**, upstream: APP}
`

// federate starts both. extra is what the configuration says of the provider, besides the usual, as lines of YAML.
func federate(t testing.TB, extra ...string) *federation {
	t.Helper()
	f := &federation{TB: t, theirs: start(t, localApps), app: newEcho(t)}
	f.theirs.addUser("carol", battery, "it")
	f.theirs.addUser("dave", battery)
	f.client = f.theirs.addClient(registry.Web, func(set *registry.Settings) {
		firstParty(set)
		if slices.Contains(extra, "private_key_jwt: true") {
			set.Auth, set.JWKSURI = oauth.PrivateKeyJWT, "https://app.example.com/jwks.json" // until we know where we are
		}
	})
	lines := []string{
		"name: company", "title: Example Ltd", "issuer: " + f.theirs.origin, "client_id: " + f.client.id, "client_secret: " + f.client.secret,
		"scopes: [openid, profile, email, roles]", "roles_claim: roles", "roles: {it: admin}", "create: true",
	}
	text := "providers:\n  - " + strings.Join(override(lines, extra), "\n    ") +
		"\ngateway:\n  routes:" + strings.ReplaceAll(companyRoutes, "APP", f.app.URL)
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.ours = start(t, "file="+file)
	f.theirs.changeClient(f.client.id, func(set *registry.Settings) {
		set.RedirectURIs = []string{f.ours.origin + "/auth/connect/company/callback"}
		set.PostLogoutRedirectURIs = []string{f.ours.origin + "/auth/logout"}
		set.BackchannelLogoutURI = f.ours.origin + "/auth/connect/company/backchannel"
		set.Scopes = set.Scopes.With([]string{"roles"})
	})
	return f
}

// changeClient changes the settings of a client that there is.
func (s *server) changeClient(id string, change func(*registry.Settings)) {
	s.Helper()
	c, err := s.core.Clients.Find(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	set := c.Settings
	change(&set)
	if _, err := s.core.Clients.Change(s.Context(), c, set, cli); err != nil {
		s.Fatal(err)
	}
}

// override replaces lines by those that set the same key; an empty value takes the line out.
func override(lines, by []string) []string {
	out := []string{}
	for _, line := range append(lines, by...) {
		key, value, _ := strings.Cut(line, ":")
		kept := out[:0]
		for _, l := range out {
			if k, _, _ := strings.Cut(l, ":"); k != key {
				kept = append(kept, l)
			}
		}
		if out = kept; strings.TrimSpace(value) != "" {
			out = append(out, line)
		}
	}
	return out
}

// visitor is somebody with a browser, which keeps the cookies of both servers.
type visitor struct {
	f           *federation
	here, there *client
}

func (f *federation) visitor() *visitor {
	return &visitor{f: f, here: f.ours.browser(), there: f.theirs.browser()}
}

// open follows an address through both servers until a page comes that is no redirect.
func (v *visitor) open(path string, headers ...string) reply {
	v.f.Helper()
	at, who := path, v.here
	for range 12 {
		r := who.get(at, append(headers, page)...)
		if r.status != http.StatusSeeOther && r.status != http.StatusFound {
			return r
		}
		at, who = v.next(who, r)
	}
	v.f.Fatalf("%s leads round and round", path)
	return reply{}
}

// next is where a redirect leads: which browser half, and where.
func (v *visitor) next(from *client, r reply) (string, *client) {
	v.f.Helper()
	to := r.header.Get("Location")
	for _, c := range []*client{v.here, v.there} {
		if rest, ok := strings.CutPrefix(to, c.s.origin); ok {
			return rest, c
		}
	}
	if strings.HasPrefix(to, "/") {
		return to, from
	}
	v.f.Fatalf("a redirect leads elsewhere: %s", to)
	return "", nil
}

// signInThere signs in at the provider.
func (v *visitor) signInThere(name string) {
	v.f.Helper()
	v.there.login(name, battery, "cookie")
}

func TestSomebodySignsInThroughAnotherProviderToReachAnApp(t *testing.T) {
	f := federate(t)
	v := f.visitor()
	r := v.open("/notes?x=1")
	if r.status != http.StatusOK || !strings.Contains(r.body, `href="/auth/connect/company?return_to=%2Fnotes%3Fx%3D1"`) || !strings.Contains(r.body, "Continue with Example Ltd") {
		t.Fatalf("the sign-in page has no such button: %d %s", r.status, r.body)
	}
	v.signInThere("carol")
	h := v.open("/auth/connect/company?return_to=%2Fnotes%3Fx%3D1").heard(t)
	if h.URI != "/notes?x=1" || h.Header.Get("X-Forwarded-User") != "carol" || h.Header.Get("X-Forwarded-Email") != "carol@example.com" || h.Header.Get("X-Forwarded-Roles") != "admin" {
		t.Errorf("the app heard %+v", h)
	}
	if r := v.open("/admin/1"); r.status != http.StatusOK {
		t.Errorf("a mapped role opens nothing: %d", r.status)
	}
	if strings.Contains(f.ours.log.String(), f.client.secret) {
		t.Error("the secret is in the log")
	}
	if page := v.open("/auth/account"); page.status != http.StatusOK || strings.Contains(page.body, `action="/auth/account/password"`) || !strings.Contains(page.body, "This account has none") {
		t.Errorf("an account without a password is asked for the present one: %d %s", page.status, page.body)
	}
}
