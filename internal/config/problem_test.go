package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestBadFilesAreRefusedWithPlaceAndMend(t *testing.T) {
	const plainKey, notUnderstood = "a key must be a plain word, as in `name: value`", "needs a plain value here; nested keys, anchors, aliases and tags are not understood"
	for _, c := range []struct{ name, file, want string }{
		{"misspelt section", "tokens:\n  lifetime: 5m\n", `1:1: "tokens" is not a key; did you mean token?`},
		{"misspelt key", "token:\n  lifetme: 5m\n", `2:3: "token.lifetme" is not a key; did you mean token.lifetime?`},
		{"key outside of its section", "lifetime: 5m\n", `1:1: "lifetime" is not a key; did you mean token.lifetime?`},
		{"key in another section", "log:\n  idle: 5m\n", `2:3: "log.idle" is not a key; did you mean session.idle?`},
		{"key unlike any", "frobnicate: 1\n", `1:1: "frobnicate" is not a key; see docs/configuration.md for those that exist`},
		{"list for one value", "token:\n  lifetime: [5m]\n", "2:13: token.lifetime takes one value, not a list"},
		{"value for a section", "token: 5m\n", "1:8: token must hold keys with values, as in `name: value`"},
		{"list for the file", "- listen\n", "1:1: the file must hold keys with values, as in `name: value`"},
		{"text for the file", "just text\n", "1:1: the file must hold keys with values, as in `name: value`"},
		{"key twice", "listen: a\nlisten: b\n", `2:1: this is not YAML: mapping key "listen" already defined at [1:1]`},
		{"quote left open", "listen: \"abc\n", "1:9: this is not YAML: could not find end character of double-quoted text"},
		{"tab", "token:\n\tlifetime: 5m\n", "2:1: a tab stands here; YAML is indented with spaces"},
		{"two documents", "name: a\n---\nname: b\n", "3:1: a second document begins here; keep one"},
		{"anchor", "name: &x Lingpai\n", "1:7: name " + notUnderstood},
		{"alias", "name: *x\n", "1:7: name " + notUnderstood},
		{"tag", "name: !!str x\n", "1:7: name " + notUnderstood},
		{"mapping for a value", "tls:\n  key:\n    a: b\n", "3:5: tls.key " + notUnderstood},
		{"merge key", "<<: {name: x}\n", "1:1: " + plainKey},
		{"number as key", "1: b\n", "1:1: " + plainKey},
		{"bytes that are no text", "\xff\xfe", "1:1: the file must hold keys with values, as in `name: value`"},

		{"secret in the file", "master_key: abc\n", "1:13: master_key is taken from the environment only; set LINGPAI_MASTER_KEY, or use master_key_file"},
		{"span without unit", "token:\n  lifetime: 5\n", `2:13: token.lifetime "5" is not a span of time; write it like 30s, 5m, 12h or 90d`},
		{"span out of range", "token: {lifetime: 0s}\n", `1:19: token.lifetime "0s" is out of range; choose from 1s to 1d`},
		{"not a number", "password:\n  queue: 1e9\n", `2:10: password.queue "1e9" is not a whole number; write digits only`},
		{"number out of range", "password:\n  min_length: 4\n", "2:15: password.min_length 4 is out of range; choose from 8 to 128"},
		{"neither yes nor no", "fetch: {insecure_loopback: yes}\n", `1:28: fetch.insecure_loopback "yes" is neither true nor false`},
		{"own machine open on a public server", "issuer: https://login.example.com\nfetch: {insecure_loopback: true}\n",
			"2:28: fetch.insecure_loopback is for development on one machine; leave it out where issuer is not an address of this machine"},
		{"unknown choice", "token: {algorithm: HS256}\n", `1:20: token.algorithm "HS256" is not known; choose one of ES256, EdDSA, RS256`},
		{"empty name", "name: ''\n", `1:7: name "" cannot be shown; use 1 to 60 characters on one line`},
		{"name of two lines", "name: |\n  a\n  b\n", `1:7: name "a\nb\n" cannot be shown; use 1 to 60 characters on one line`},
		{"audience with space", "token: {audience: [ok, 'a b']}\n", `1:24: token.audience[1] "a b" cannot name an audience; use 1 to 255 characters without spaces`},

		{"address without host", "listen: 4401\n", `1:9: listen "4401" is not host:port, as in localhost:8080`},
		{"port by name", "listen: localhost:http\n", `1:9: listen "localhost:http" has no port from 0 to 65535, as in localhost:8080`},
		{"open to others without issuer", "listen: 0.0.0.0:4401\n", `1:9: listen "0.0.0.0:4401" takes connections from other machines, so the server must be told its public address; add this line to the configuration file, or set LINGPAI_ISSUER:
    issuer: https://login.example.com
or, to stay on this machine:
    listen: localhost:4401`},
		{"metrics open to others", "metrics:\n  listen: :9090\n", `2:11: metrics.listen ":9090" can be reached by other machines, and the figures have no login; use localhost:PORT`},
		{"metrics without host", "metrics: {listen: 9090}\n", `1:19: metrics.listen "9090" is not host:port, as in localhost:8080`},
		{"traces to nowhere", "traces:\n  endpoint: localhost:4318\n", `2:13: traces.endpoint "localhost:4318" is no collector; write it like http://localhost:4318`},
		{"traces with a password in the address", "traces: {endpoint: 'https://u:geheim@otel.example'}\n", `1:20: traces.endpoint "...@otel.example" is no collector; write it like http://localhost:4318`},
		{"traces to the whole address", "traces: {endpoint: 'http://localhost:4318/v1/traces'}\n", `1:20: traces.endpoint "http://localhost:4318/v1/traces" ends in /v1/traces, which is added; leave it out`},
		{"key of a collector in the clear", "traces: {endpoint: 'http://otel.example', headers: a=geheim}\n", `1:20: traces.endpoint "http://otel.example" would be sent traces.headers in the clear; use https`},
		{"headers for no collector", "traces: {headers: a=geheim}\n", `1:19: traces.headers says nothing while traces.endpoint is empty; set both, or neither`},
		{"headers that are none", "traces: {endpoint: 'http://localhost:4318', headers: 'a b=geheim'}\n", `1:54: traces.headers is no list of headers; write name=value, with commas between them, and a comma or a percent sign in a value as %2C or %25`},
		{"more than all traces", "traces: {sample: 1.5}\n", `1:18: traces.sample "1.5" is no share; write a number from 0 to 1, as in 0.1`},
		{"traces by a word", "traces: {sample: NaN}\n", `1:18: traces.sample "NaN" is no share; write a number from 0 to 1, as in 0.1`},
		{"key without certificate", "tls:\n  key: /k.pem\n", "2:8: tls.key is set without tls.certificate; set both, or neither"},
		{"certificates of clients without TLS", "mtls:\n  listen: localhost:4402\n", "2:11: mtls.listen needs tls.certificate and tls.key: only where TLS ends can it be known who holds the key of a certificate"},
		{
			"certificates of clients where browsers come", "listen: localhost:1\ntls: {certificate: /c, key: /k}\nmtls:\n  listen: localhost:1\n",
			`4:11: mtls.listen "localhost:1" is where browsers come, which are not to be asked for certificates; choose another port`,
		},
		{"authorities for nobody", "mtls:\n  authorities: /a\n", "2:16: mtls.authorities says nothing while mtls.listen is empty; set both, or neither"},
		{
			"certificates of clients by http", "tls: {certificate: /c, key: /k}\nmtls:\n  listen: localhost:2\n  origin: http://a.example\n",
			`4:11: mtls.origin "http://a.example" is not https, so nobody could show a certificate there`,
		},
		{"certificate without key", "tls:\n  certificate: /c.pem\n", "2:16: tls.certificate is set without tls.key; set both, or neither"},
		{"every proxy", "trusted_proxies: [10.0.0.1, x, 0.0.0.0/0]\n", `1:29: trusted_proxies[1] "x" is not an address or network; write it like 10.0.0.7 or 10.0.0.0/8
1:32: trusted_proxies[2] "0.0.0.0/0" trusts everybody, so anybody could claim any address; name the proxies`},
		{"origins", "cors:\n  origins: ['*', https://a.example/, 'null', https://ok.example]\n", `2:13: cors.origins[0] "*" would let any page call, with the session of whoever looks at it; name the pages, like https://app.example.com or http://localhost:5173
2:18: cors.origins[1] "https://a.example/" is more than an origin; write "https://a.example"
2:38: cors.origins[2] "null" would let any page call, with the session of whoever looks at it; name the pages, like https://app.example.com or http://localhost:5173`},
		{"database of another kind", "database: mysql://u:geheim@h/db\n", "1:11: database must be empty, for SQLite in the data folder, or like postgres://user:password@host/name"},
		{"database without name", "database: postgres://u:geheim@h\n", "1:11: database names no database; write it like postgres://user:password@host/name"},
		{"span over a default", "session: {idle: 100d}\n", `1:17: session.idle "100d" is longer than session.lifetime (90d); shorten the first or lengthen the second`},
		{"span under a default", "session: {short_lifetime: 1h}\n", `1:27: session.short_lifetime "1h" is shorter than session.short_idle (12h); lengthen the first or shorten the second`},
		{"a service of stolen passwords in the clear", "password: {breached_service: 'http://a.example/range/'}\n", `1:30: password.breached_service "http://a.example/range/" can be read and changed on its way; use https`},
		{"no ranges", "password: {breached_service: 'https://a.example/range'}\n", `1:30: password.breached_service "https://a.example/range" is no address of ranges; write it like https://api.pwnedpasswords.com/range/`},
		{"two ways to stolen passwords", "password: {breached_file: a, breached_service: 'https://a.example/'}\n", `1:48: password.breached_service is set, and so is password.breached_file; keep one of the two`},
		{"too little hashing", "password: {argon2_memory_kib: 7168, argon2_time: 4}\n", `1:50: password.argon2_time 4 is too few with 7168 KiB of memory; their product is at least 35840`},
		{"too much hashing", "password: {argon2_memory_kib: 65536, argon2_time: 33}\n", `1:51: password.argon2_time 33 is too many with 65536 KiB of memory; their product is at most 2097152`},
		{"published too early", "keys: {rotate_every: 1h, publish_before: 40m}\n", `1:42: keys.publish_before "40m" is more than half of keys.rotate_every (1h); publish later, or rotate less often`},
		{"mail server of another kind", "mail: {server: 'imap://mail.example.com', from: a@b.example}\n", `1:16: mail.server "imap://mail.example.com" is no mail server; write it like smtp://mail.example.com or smtps://mail.example.com:465`},
		{"mail server with a password in it", "mail: {server: 'smtp://u:geheim@mail.example.com', from: a@b.example}\n", `1:16: mail.server has a name or a password in it; they belong into mail.username and mail.password_file`},
		{"mail from nobody", "mail: {server: 'smtp://mail.example.com'}\n", `mail.from is missing; mail servers want to know whom letters come from, as in no-reply@example.com`},
		{"mail from two", "mail: {server: 'smtp://mail.example.com', from: 'a@b.example, c@d.example'}\n", `1:49: mail.from "a@b.example, c@d.example" is no address; write it like no-reply@example.com or Notes <no-reply@example.com>`},
		{"mail without a server", "mail:\n  from: a@b.example\n  password: geheim\n", `2:9: mail.from says nothing without mail.server; set that too, as in smtp://mail.example.com
3:13: mail.password says nothing without mail.server; set that too, as in smtp://mail.example.com`},
		{"mail with half a sign-in", "mail:\n  server: smtp://mail.example.com\n  from: a@b.example\n  username: u\n", `4:13: mail.username is set without a password; set mail.password_file as well, or neither`},
		{"mail with the other half", "mail:\n  server: smtp://mail.example.com\n  from: a@b.example\n  password: geheim\n", `4:13: mail.password is set without mail.username; set both, or neither`},
		{"sign-up without mail", "sign_up: {enabled: true}\n", `1:20: sign_up.enabled needs mail.server: an account is made by a link that is mailed`},
		{"sign-up of no domain", "sign_up: {domains: ['@example.com', Example.com, '*.example.com']}\n", `1:21: sign_up.domains[0] "@example.com" is no domain; write it in small letters, like example.com
1:37: sign_up.domains[1] "Example.com" is no domain; write it in small letters, like example.com
1:50: sign_up.domains[2] "*.example.com" is no domain; write it in small letters, like example.com`},
		{"sign-up of administrators", "sign_up: {roles: [member, admin]}\n", `1:27: sign_up.roles[1] would make everybody who signs up an administrator; leave it out, and give it to single people with lingpai user set NAME --role admin`},
		{"mail in two ways", "mail:\n  server: smtps://mail.example.com\n  from: a@b.example\n  insecure_plaintext: true\n", `4:23: mail.insecure_plaintext contradicts smtps://; leave one of the two out`},
		{"all at once, in order", "token:\n  lifetime: x\nfoo: 1\nlog: {level: loud}\n", `2:13: token.lifetime "x" is not a span of time; write it like 30s, 5m, 12h or 90d
3:1: "foo" is not a key; did you mean log?
4:14: log.level "loud" is not known; choose one of debug, info, warn, error`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.ReplaceAll(lines(t, write(t, c.file), home, nil), "lingpai.yaml:", "")
			if got != c.want {
				t.Errorf("\n got: %s\nwant: %s", got, c.want)
			}
		})
	}
}

func TestBadVariablesAndFlagsAreRefused(t *testing.T) {
	got := lines(t, write(t, "log: {level: x}\n"), []string{
		"LINGPAI_TOKEN_LIFETIM=1m", "LINGPAI_FOO_BAR_BAZ_QUX=2", "LINGPAI_TRUSTED_PROXIES=1.2.3.4, x",
	}, map[string]string{"listn": "x", "data": "\x00", "master_key": "geheim"})
	want := `lingpai.yaml:1:14: log.level "x" is not known; choose one of debug, info, warn, error
LINGPAI_TOKEN_LIFETIM: is not a variable of Lingpai; did you mean LINGPAI_TOKEN_LIFETIME?
LINGPAI_FOO_BAR_BAZ_QUX: is not a variable of Lingpai; see docs/configuration.md for those that exist
LINGPAI_TRUSTED_PROXIES: trusted_proxies[1] "x" is not an address or network; write it like 10.0.0.7 or 10.0.0.0/8
--listn: is not a setting; did you mean listen?
--master_key: master_key is taken from the environment only; set LINGPAI_MASTER_KEY, or use master_key_file
--data: data "\x00" is not a folder name`
	if got != want {
		t.Errorf("\n got: %s\nwant: %s", got, want)
	}
}

func TestBothMasterKeysAreRefused(t *testing.T) {
	got := lines(t, write(t, "master_key_file: m\n"), []string{"LINGPAI_MASTER_KEY=geheim"}, nil)
	if want := "lingpai.yaml:1:18: master_key_file is set, and so is LINGPAI_MASTER_KEY; keep one of the two"; got != want {
		t.Errorf("\n got: %s\nwant: %s", got, want)
	}
}

func TestFilesThatCannotBeReadAreRefused(t *testing.T) {
	dir := t.TempDir()
	for file, want := range map[string]string{
		filepath.Join(dir, "none.yaml"):                   "none.yaml: this configuration file does not exist; check the name, or leave it out to run with the defaults",
		dir + string(filepath.Separator) + ".":            ".: the configuration file cannot be read: is a directory",
		write(t, strings.Repeat("# long\n", maxFile/7+1)): "lingpai.yaml: the configuration file is larger than 64 KiB; is it the right one?",
	} {
		if got := lines(t, file, home, nil); !strings.HasSuffix(got, want) {
			t.Errorf("\n got: %s\nwant: %s", got, want)
		}
	}
}

func TestMessagesHoldNoSecret(t *testing.T) {
	for _, file := range []string{
		"database: mysql://u:geheim@h/db\n", "database: postgres://u:geheim@h\n", "database: 'postgres://u:geheim %@h:x/d'\n", "database: [postgres://u:geheim@h/d]\n",
		"issuer: https://u:geheim@h.example\n", "issuer: 'https://u:geheim x@h.example'\n", "master_key: geheim\n", "database: \"postgres://u:geheim@h\n", "database: {geheim\n",
	} {
		if got := lines(t, write(t, file), home, nil); strings.Contains(got, "geheim") {
			t.Errorf("%q: the message shows it: %s", file, got)
		}
	}
	c := mustLoad(t, "", append(home, "LINGPAI_MASTER_KEY=geheim", "LINGPAI_DATABASE=postgres://u:geheim@h/d?password=geheim"), nil)
	for _, format := range []string{"yaml", "json"} {
		if out := printed(t, c, format); strings.Contains(out, "geheim") {
			t.Errorf("Print shows it:\n%s", out)
		}
	}
}
