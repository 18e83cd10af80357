package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loadProvider reads a configuration with one provider.
func loadProvider(t *testing.T, lines string) (*Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	if err := os.WriteFile(file, []byte("providers: [{"+lines+"}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(file, nil, nil)
}

func TestGitHubTakesNothingOfOpenIDConnect(t *testing.T) {
	const usual = "name: github, type: github, client_id: us, client_secret: s"
	c, err := loadProvider(t, usual)
	if err != nil || c.Providers[0].KnownAs() != "https://github.com" {
		t.Fatalf("%+v %v", c, err)
	}
	if c, err := loadProvider(t, usual+`, issuer: "https://git.example.com/"`); err != nil || c.Providers[0].KnownAs() != "https://git.example.com" {
		t.Errorf("a server of one's own: %v", err)
	}
	if _, err := loadProvider(t, usual+`, roles: {acme: reader, acme/it_ops: admin, "id:9919": staff}, require: ["id:9919/42"]`); err != nil {
		t.Errorf("organisations and teams: %v", err)
	}
	for lines, want := range map[string]string{
		usual + ", logout: true":                                                                       "providers[0].logout",
		usual + ", roles: {Acme: reader}":                                                              "providers[0].roles.Acme",
		usual + ", require: [acme/]":                                                                   "providers[0].require[0]",
		usual + `, require: ["id:acme"]`:                                                               "providers[0].require[0]",
		usual + `, require: [acme/it/ops]`:                                                             "providers[0].require[0]",
		usual + ", require: [acme], scopes: [user:email]":                                              "providers[0].scopes",
		usual + ", refresh: 5m":                                                                        "providers[0].refresh",
		usual + ", roles_claim: groups, roles: {it: a}":                                                "providers[0].roles_claim",
		usual + `, issuer: "http://git.example.com"`:                                                   "providers[0].issuer",
		"name: github, type: github, client_id: us":                                                    "providers[0].client_secret_file",
		"name: github, type: gitlab, client_id: us":                                                    "providers[0].type",
		`name: a, issuer: "https://a.example", parameters: {state: x}, client_id: us`:                  "providers[0].parameters.state",
		`name: a, issuer: "https://a.example", refresh: 1s, client_id: us`:                             "providers[0].refresh",
		`name: a, issuer: "https://a.example", client_secret: s, private_key_jwt: true, client_id: us`: "providers[0].private_key_jwt",
	} {
		if _, err := loadProvider(t, lines); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", lines, err, want)
		}
	}
}
