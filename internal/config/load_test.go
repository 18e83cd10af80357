package config

import (
	"errors"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// home keeps the data folder of tests away from the machine's own.
var home = []string{"HOME=/home/lena"}

// write makes a configuration file and returns its name.
func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "lingpai.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// mustLoad loads what is meant to be good.
func mustLoad(t *testing.T, file string, env []string, flags map[string]string) *Config {
	t.Helper()
	c, err := Load(file, env, flags)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return c
}

// lines is the error of a load with the folder of the file cut out.
func lines(t *testing.T, file string, env []string, flags map[string]string) string {
	t.Helper()
	c, err := Load(file, env, flags)
	if err == nil {
		t.Fatal("Load accepted it")
	}
	if c != nil {
		t.Error("Load returned a configuration beside its error")
	}
	if _, ok := errors.AsType[Problems](err); !ok {
		t.Errorf("error is %T, want Problems", err)
	}
	if file == "" {
		return err.Error()
	}
	return strings.ReplaceAll(err.Error(), filepath.Dir(file)+string(filepath.Separator), "")
}

func TestNothingSetIsAGoodConfiguration(t *testing.T) {
	c := mustLoad(t, "", home, nil)
	want := Default()
	want.Data = "/home/lena/.local/share/lingpai"
	if diff := cmp.Diff(effective(want), effective(c)); diff != "" {
		t.Errorf("differs from the defaults (-want +got):\n%s", diff)
	}
}

// effective is every setting in written form.
func effective(c *Config) map[string][]string {
	out := make(map[string][]string)
	for _, s := range settingsAndRows(c) {
		out[s.key] = s.texts()
	}
	return out
}

func TestFileSetsEveryKindOfValue(t *testing.T) {
	file := write(t, `
listen: "[::1]:4500"
issuer: https://login.example.com
name: Wasserwerk Süd
database: postgres://lingpai:p@db/lingpai
master_key_file: secrets/master
trusted_proxies: [10.0.0.7, fd00::/8]
tls: {certificate: cert.pem, key: /etc/key.pem}
cors:
  origins:
    - https://app.example.com
    - http://localhost:5173
token:
  lifetime: 10m
  audience: api
password:
  min_length: 20
log:
session: ~
metrics: # nothing yet
`)
	dir := filepath.Dir(file)
	got := effective(mustLoad(t, file, home, nil))
	for key, want := range map[string][]string{
		"listen":              {"[::1]:4500"},
		"issuer":              {"https://login.example.com"},
		"name":                {"Wasserwerk Süd"},
		"database":            {"postgres://lingpai@db/lingpai"},
		"master_key_file":     {filepath.Join(dir, "secrets/master")},
		"trusted_proxies":     {"10.0.0.7/32", "fd00::/8"},
		"tls.certificate":     {filepath.Join(dir, "cert.pem")},
		"tls.key":             {"/etc/key.pem"},
		"cors.origins":        {"https://app.example.com", "http://localhost:5173"},
		"token.lifetime":      {"10m"},
		"token.audience":      {"api"},
		"password.min_length": {"20"},
		"log.level":           {"info"},
		"session.idle":        {"30d"},
	} {
		if diff := cmp.Diff(want, got[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

func TestFilesOfOtherEditorsAreRead(t *testing.T) {
	for name, text := range map[string]string{
		"Windows line ends": "name: A\r\nlog:\r\n  level: warn\r\n", "byte order mark": "\ufeffname: A\nlog:\n  level: warn\n", "no last line end": "log: {level: warn}\nname: A",
	} {
		c := mustLoad(t, write(t, text), home, nil)
		if c.Name != "A" || c.Log.Level != "warn" {
			t.Errorf("%s: name %q, level %q", name, c.Name, c.Log.Level)
		}
	}
}

func TestScalarsAreTakenAsWritten(t *testing.T) {
	for _, text := range []string{"yes", "true", "0x10", "1.50", "1e3", "2026-11-23", ".inf", "007"} {
		if c := mustLoad(t, write(t, "name: "+text+"\n"), home, nil); c.Name != text {
			t.Errorf("name: %s was read as %q", text, c.Name)
		}
	}
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	file := write(t, "token:\n  lifetime: 2m\n  audience: [file1, file2]\n")
	env := append(home, "LINGPAI_TOKEN_LIFETIME=3m", "LINGPAI_TOKEN_AUDIENCE=env")
	flags := map[string]string{"token.lifetime": "4m", "token.audience": "flag1, flag2,"}
	for _, step := range []struct {
		name             string
		file             string
		env              []string
		flags            map[string]string
		lifetime, origin string
		audience         []string
	}{
		{"default", "", home, nil, "5m", "default", nil},
		{"file", file, home, nil, "2m", file + ":2:13", []string{"file1", "file2"}},
		{"environment", file, env, nil, "3m", "LINGPAI_TOKEN_LIFETIME", []string{"env"}},
		{"flag", file, env, flags, "4m", "--token.lifetime", []string{"flag1", "flag2"}},
	} {
		t.Run(step.name, func(t *testing.T) {
			c := mustLoad(t, step.file, step.env, step.flags)
			if got := c.Token.Lifetime.String(); got != step.lifetime {
				t.Errorf("lifetime %s, want %s", got, step.lifetime)
			}
			if got := c.Origin("token.lifetime").String(); got != step.origin {
				t.Errorf("origin %s, want %s", got, step.origin)
			}
			if diff := cmp.Diff(step.audience, c.Token.Audience); diff != "" {
				t.Errorf("audience (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEverySettingHasAVariable(t *testing.T) {
	sample := map[string]string{
		"listen": "localhost:1", "issuer": "https://a.example", "name": "N", "data": "/d", "database": "postgres://h/n",
		"master_key": "k", "master_key_file": "", "trusted_proxies": "10.1.2.3", "tls.certificate": "c", "tls.key": "k",
		"mtls.listen": "localhost:3", "mtls.origin": "https://m.example", "mtls.authorities": "a", "cors.origins": "https://b.example",
		"token.audience": "x", "token.algorithm": "EdDSA", "log.level": "debug", "log.format": "json", "metrics.listen": "localhost:2",
		"traces.endpoint": "http://localhost:4318", "traces.headers": "a=b",
		"mail.server": "smtp://mail.example", "mail.from": "a@b.example", "mail.username": "u", "mail.password": "p", "mail.password_file": "",
		"second_factor.required_for": "admin", "sign_up.domains": "d.example", "sign_up.roles": "member", "password.breached_service": "https://c.example/range/",
	}
	env := home
	for _, s := range settings(Default()) {
		if s.isTable() {
			continue // in the file only
		}
		value, ok := sample[s.key]
		if !ok {
			value = s.texts()[0]
		}
		env = append(env, s.variable()+"="+value)
	}
	c := mustLoad(t, "", env, nil)
	for _, s := range settings(c) {
		if !strings.HasSuffix(s.key, "_file") && !s.isTable() && c.Origin(s.key).Variable != s.variable() {
			t.Errorf("%s was not taken from %s", s.key, s.variable())
		}
	}
	if c.MasterKey.Reveal() != "k" {
		t.Error("the master key was not taken from LINGPAI_MASTER_KEY")
	}
}

func TestForeignVariablesAreLeftAlone(t *testing.T) {
	mustLoad(t, "", append(home, "LINGPAI_CONFIG=/etc/x", "LINGPAI_TEST_REQUIRE=1", "LINGPAI_PORT=tcp://10.0.0.1:4401",
		"LINGPAI_PORT_4401_TCP_ADDR=10.0.0.1", "LINGPAI_SERVICE_HOST=10.0.0.1", "LINGPAI_LISTEN=", "LINGPAIX=1", "OTHER=1"), nil)
}

func TestDataFolderFollowsXDG(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"XDG_DATA_HOME=/x", "HOME=/h"}, "/x/lingpai"},
		{[]string{"XDG_DATA_HOME=relative", "HOME=/h"}, "/h/.local/share/lingpai"},
		{[]string{"USERPROFILE=/u"}, "/u/.local/share/lingpai"},
		{nil, "lingpai-data"},
		{[]string{"HOME=/h", "LINGPAI_DATA=here"}, "here"},
	} {
		if got := mustLoad(t, "", c.env, nil).Data; got != c.want {
			t.Errorf("%v: data in %s, want %s", c.env, got, c.want)
		}
	}
}

func TestDurationReadsAndPrintsDays(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "12h": 12 * time.Hour, "5m30s": 330 * time.Second, "1d12h": 36 * time.Hour, "0s": 0, "1.5s": 1500 * time.Millisecond, "1d1ms": day + time.Millisecond,
	} {
		d, err := ParseDuration(text)
		if err != nil || time.Duration(d) != want || d.String() != text {
			t.Errorf("%s: %v, %v, printed %s", text, time.Duration(d), err, d)
		}
	}
	for _, text := range []string{"", "5", "d", "-1s", "+1s", "1d-1s", "1.5d", "1h1d", "5 m", "106752d", "106751d24h", "1w", "99999999999d"} {
		if d, err := ParseDuration(text); err == nil {
			t.Errorf("%q was read as %s", text, d)
		}
	}
}

func TestPrefixesAreStrict(t *testing.T) {
	if p, err := parsePrefix("::1"); err != nil || p != netip.MustParsePrefix("::1/128") {
		t.Errorf("::1: %v, %v", p, err)
	}
	for _, text := range []string{"10.0.0.1/8", "fe80::1%eth0", "host", "10.0.0.0/33", ""} {
		if p, err := parsePrefix(text); err == nil {
			t.Errorf("%q was read as %s", text, p)
		}
	}
}

// FuzzLoad shows that no file can make Load panic, and that what it accepts prints to a file that means the same.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"listen: localhost:1\n", "token: {lifetime: 5m, audience: [a, b]}\n", "a: &x 1\nb: *x\n", "- 1\n", "? [1]\n: 2\n", "name: |\n  x\n",
		"--- \n...\n---\nname: x\n", "name: \"\\u0000\"\n", "<<: {a: b}\n", "name: !!binary aGk=\n", "\t", "a:\n b:\n  - c: [", "cors:\n  origins:\n    - https://a.example\n",
		"clients:\n  - id: wiki\n    scopes: [a, b]\n    secret_hash: abc\n  - {id: b, first_party: true}\n", "clients: []\n", "clients:\n  - \n",
	} {
		f.Add(text)
	}
	name := filepath.Join(f.TempDir(), "lingpai.yaml")
	again := filepath.Join(f.TempDir(), "again.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(name, home, nil)
		if err != nil {
			return
		}
		var b strings.Builder
		if err := c.Print(&b, "yaml"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(again, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		c2, err := Load(again, home, nil)
		if err != nil {
			t.Fatalf("the printed configuration is refused: %v\n%s", err, b.String())
		}
		shown := func(key string, _ []string) bool { return strings.HasSuffix(key, ".secret_hash") } // it is never printed
		before, after := effective(c), effective(c2)
		maps.DeleteFunc(before, shown)
		maps.DeleteFunc(after, shown)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the printed configuration differs:\n%s\n%s", diff, b.String())
		}
	})
}
