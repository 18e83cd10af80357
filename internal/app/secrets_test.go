package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/config"
)

func TestTheSecretOfAProviderIsReadFromWhereTheConfigurationSays(t *testing.T) {
	dir := t.TempDir()
	full, empty := filepath.Join(dir, "full"), filepath.Join(dir, "empty")
	for name, text := range map[string]string{full: "open sesame\r\n", empty: "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("COMPANY_SECRET", "open sesame")
	t.Setenv("COMPANY_EMPTY", "")
	for name, c := range map[string]struct {
		p       config.Provider
		problem string
	}{
		"a file":          {config.Provider{ClientSecretFile: full}, ""},
		"a variable":      {config.Provider{ClientSecretEnv: "COMPANY_SECRET"}, ""},
		"no file":         {config.Provider{ClientSecretFile: filepath.Join(dir, "none")}, "providers[0].client_secret_file: cannot be read: "},
		"an empty file":   {config.Provider{ClientSecretFile: empty}, "providers[0].client_secret_file: holds no secret"},
		"no variable":     {config.Provider{ClientSecretEnv: "COMPANY_X"}, `providers[0].client_secret_env: names the variable "COMPANY_X", which is not set`},
		"an empty string": {config.Provider{ClientSecretEnv: "COMPANY_EMPTY"}, "providers[0].client_secret_env: holds no secret"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ConfiguredProviders(&config.Config{Providers: []config.Provider{c.p}})
			switch {
			case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
				t.Errorf("%v, want %q", err, c.problem)
			case c.problem == "" && (err != nil || got[0].Secret.Reveal() != "open sesame"):
				t.Errorf("%v %v", got, err)
			}
		})
	}
}
