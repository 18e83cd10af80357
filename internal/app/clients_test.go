package app

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// configure reads a configuration file and gives its clients to a server.
func (s *server) configure(text string) error {
	s.Helper()
	name := filepath.Join(s.TempDir(), "lingpai.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	cfg, err := config.Load(name, nil, nil)
	if err != nil {
		return err
	}
	clients, err := ConfiguredClients(cfg)
	if err == nil {
		s.core.Clients.Configured = clients
	}
	return err
}

func TestClientsOfTheConfigurationSignPeopleIn(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	secret := strings.Repeat("s3cret", 8)
	sum := sha256.Sum256([]byte(secret))
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WIKI_SECRET", secret)
	for from, line := range map[string]string{"hash": "secret_hash: " + hex.EncodeToString(sum[:]), "file": "secret_file: " + file, "environment": "secret_env: WIKI_SECRET"} {
		t.Run(from, func(t *testing.T) {
			err := s.configure("clients:\n  - id: wiki\n    name: Wiki\n    profile: web\n    redirect_uris: [" + callback + "]\n    first_party: true\n    id_token_alg: ES256\n    " + line + "\n")
			if err != nil {
				t.Fatal(err)
			}
			a := &rp{client: s.browser(), id: "wiki", secret: secret, redirect: callback, verifier: strings.Repeat("v", 43)}
			a.signIn("alice")
			got := a.redeem(a.code()).handed(t)
			if claimsOf(t, got.AccessToken)["client_id"] != "wiki" {
				t.Error("the token is another client's")
			}
			a.secret = secret[1:] + "x"
			a.refreshWith(got.RefreshToken).wantsOAuth(t, 401, "invalid_client")
		})
	}
	for what, err := range map[string]error{
		"removed":  s.core.Clients.Remove(t.Context(), "wiki", cli),
		"changed":  s.core.Clients.DropSecrets(t.Context(), "wiki", cli),
		"replaced": addNamed(s, "wiki"),
	} {
		if err == nil {
			t.Errorf("a client of the configuration can be %s", what)
		}
	}
}

func addNamed(s *server, id string) error {
	preset, _ := registry.PresetOf("service")
	_, _, err := s.core.Clients.Add(s.Context(), registry.New{ID: id, Source: cli, Settings: registry.Settings{
		Name: "Other", Profile: preset.Profile, Auth: preset.Auth, Grants: preset.Grants, Scopes: preset.Scopes,
	}})
	return err
}

func TestWhatIsWrongWithConfiguredClientsIsToldWithItsPlace(t *testing.T) {
	s := start(t)
	const head = "clients:\n  - id: wiki\n    name: Wiki\n"
	hash := "    secret_hash: " + strings.Repeat("ab", 32) + "\n"
	for name, c := range map[string]struct{ file, want string }{
		"no list":       {"clients: {id: wiki}\n", "1:10: clients needs a list of sections, each begun with a dash"},
		"misspelt key":  {"clients:\n  - id: wiki\n    nam: Wiki\n", `3:5: "clients[0].nam" is not a key; did you mean clients[0].name?`},
		"no id":         {"clients:\n  - name: Wiki\n    profile: web\n", "2:5: clients[0].id is missing; every client needs one, as in `- id: wiki`"},
		"id twice":      {head + "    profile: spa\n  - id: wiki\n", `5:9: clients[1].id "wiki" stands above already`},
		"neither":       {head + "    first_party: 1\n", `4:18: clients[0].first_party "1" is neither true nor false`},
		"profile":       {head + "    profile: toaster\n", `4:14: clients[0].profile: "toaster" is not known; choose one of `},
		"no secret":     {head + "    profile: service\n", "2:5: clients[0]: its secret is missing: give it by secret_file, secret_env or secret_hash"},
		"two secrets":   {head + "    profile: service\n    secret_env: A\n" + hash, `2:9: clients[0].id "wiki" has its secret in more than one way`},
		"bad hash":      {head + "    profile: service\n    secret_hash: abc\n", "5:18: clients[0].secret_hash: is not a SHA-256 in hex, which has 64 digits"},
		"no variable":   {head + "    profile: service\n    secret_env: NOT_SET_ANYWHERE\n", `5:17: clients[0].secret_env: names the variable "NOT_SET_ANYWHERE", which is not set`},
		"our variable":  {head + "    profile: service\n    secret_env: LINGPAI_X\n", `5:17: clients[0].secret_env "LINGPAI_X" begins with LINGPAI_`},
		"no file":       {head + "    profile: service\n    secret_file: /nowhere/at/all\n", "5:18: clients[0].secret_file: cannot be read: "},
		"useless":       {head + "    profile: spa\n    redirect_uris: [" + callback + "]\n" + hash, "6:18: clients[0].secret_hash: is of no use to a client that authenticates by none"},
		"no address":    {head + "    profile: spa\n", "2:5: clients[0]: it has no address for the browser to go back to"},
		"bad address":   {head + "    profile: spa\n    redirect_uris: [" + callback + ", http://evil.example/]\n", `5:49: clients[0].redirect_uris[1]: the address "http://evil.example/" cannot be used`},
		"bad id":        {"clients:\n  - id: Wiki!\n    name: x\n    profile: service\n" + hash, `2:9: clients[0].id: the id "Wiki!" is not made of`},
		"keys twice":    {head + "    profile: service\n    jwks_uri: https://a.example/\n    jwks_file: x\n", "5:15: clients[0].jwks_uri is set, and so is jwks_file"},
		"exchange":      {head + "    profile: service\n    exchange: true\n" + hash, "2:5: clients[0]: a client that exchanges tokens must say for which APIs"},
		"bad role":      {head + "    profile: spa\n    redirect_uris: [" + callback + "]\n    roles: [editor, the boss]\n", `6:21: clients[0].roles[1]: the role "the boss" is not one word`},
		"nobody":        {head + "    profile: service\n    roles: [editor]\n" + hash, "2:5: clients[0]: a client that acts for itself alone has nobody whose roles"},
		"long lifetime": {head + "    profile: service\n    token_lifetime: 2h\n" + hash, `5:21: clients[0].token_lifetime "2h" is out of range; choose from 1s to 1h`},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.configure(c.file)
			if err == nil {
				t.Fatal("nothing is found to be wrong")
			}
			if !strings.Contains(err.Error(), "lingpai.yaml:"+c.want) {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
			if strings.Contains(err.Error(), strings.Repeat("ab", 32)) {
				t.Error("the message shows the hash")
			}
		})
	}
}

func TestAClientOfTheConfigurationIsForItsRoles(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	if err := s.configure("clients:\n  - {id: desk, name: Desk, profile: spa, first_party: true, redirect_uris: [" + callback + "], roles: [editor]}\n"); err != nil {
		t.Fatal(err)
	}
	a := &rp{client: s.browser(), id: "desk", redirect: callback, verifier: strings.Repeat("v", 43)}
	a.signIn("alice")
	a.turnedAway(a.get(a.request()), "Desk")
	s.setRoles("alice", "editor")
	a.code()
}

// assert makes a client assertion.
func (s *server) assert(id string, key *jose.Key, jti string) string {
	s.Helper()
	now := s.clock.Now()
	return sign(s, key, "", map[string]any{"iss": id, "sub": id, "aud": s.origin, "jti": jti, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()})
}

func TestAKeySetByAddressIsFetchedAndRotates(t *testing.T) {
	s := start(t, "fetch.insecure_loopback=true")
	var body atomic.Pointer[string]
	var knocks atomic.Int32
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		knocks.Add(1)
		_, _ = w.Write([]byte(*body.Load()))
	}))
	defer door.Close()
	publish := func() *jose.Key {
		key, err := jose.GenerateKey(jose.ES256)
		if err != nil {
			t.Fatal(err)
		}
		text := `{"keys":[` + string(key.JWK()) + `]}`
		body.Store(&text)
		return key
	}
	first := publish()
	a := s.addClient(registry.Service, func(set *registry.Settings) { set.Auth, set.JWKSURI = oauth.PrivateKeyJWT, door.URL+"/jwks" })
	ask := func(key *jose.Key, jti string) reply {
		return s.program().postForm("/auth/token", map[string]string{
			"grant_type": "client_credentials", "client_assertion": s.assert(a.id, key, jti), "client_assertion_type": oauth.AssertionType,
		})
	}
	ask(first, "1").handed(t)
	second := publish()
	ask(second, "2").wantsOAuth(t, 401, "invalid_client") // it was fetched just now
	s.clock.advance(30 * time.Second)
	ask(second, "3").handed(t)
	ask(first, "4").wantsOAuth(t, 401, "invalid_client")
	if n := knocks.Load(); n != 2 {
		t.Errorf("the address was called %d times", n)
	}
}

// TestAttack47NoKeySetIsFetchedFromThisNetwork is case 47 of the catalogue at registration.
func TestAttack47NoKeySetIsFetchedFromThisNetwork(t *testing.T) {
	s := start(t)
	for _, uri := range []string{
		"http://127.0.0.1/jwks", "https://127.0.0.1/jwks", "https://localhost/jwks", "https://169.254.169.254/latest", "https://10.0.0.1/jwks", "http://app.example.com/jwks",
		"https://user@app.example.com/jwks", "file:///etc/passwd",
	} {
		_, _, err := s.core.Clients.Add(t.Context(), registry.New{Source: cli, Settings: registry.Settings{
			Name: "X", Profile: registry.Service, Auth: oauth.PrivateKeyJWT, JWKSURI: uri, Grants: []oauth.GrantType{oauth.ClientCredentials},
		}})
		if err == nil {
			t.Errorf("%s may be registered", uri)
		}
	}
}
