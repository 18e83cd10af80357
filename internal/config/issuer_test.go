package config

import (
	"strings"
	"testing"
)

func TestIssuerIsLocalhostWhileNobodyElseCanConnect(t *testing.T) {
	for listen, want := range map[string]string{
		"localhost:4401": "http://localhost:5000", "127.0.0.1:0": "http://localhost:5000", "127.8.9.1:1": "http://localhost:5000",
		"[::1]:4401": "http://localhost:5000", "app.localhost:1": "http://localhost:5000",
	} {
		c := mustLoad(t, "", home, map[string]string{"listen": listen})
		if got, err := c.ResolveIssuer(5000); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", listen, got, err, want)
		}
	}
}

func TestIssuerLeavesOutTheUsualPort(t *testing.T) {
	c := Default()
	if got, err := c.ResolveIssuer(80); err != nil || got != "http://localhost" {
		t.Errorf("port 80: %s, %v", got, err)
	}
	c.TLS = TLS{Certificate: "c", Key: "k"}
	if got, err := c.ResolveIssuer(443); err != nil || got != "https://localhost" {
		t.Errorf("port 443 with a certificate: %s, %v", got, err)
	}
	if got, err := c.ResolveIssuer(4401); err != nil || got != "https://localhost:4401" {
		t.Errorf("port 4401 with a certificate: %s, %v", got, err)
	}
}

func TestListeningToOthersNeedsAnIssuer(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:4401", ":4401", "[::]:4401", "192.168.1.5:4401", "login.example.com:443", "localhost.example.com:1"} {
		flags := map[string]string{"listen": listen}
		if _, err := Load("", home, flags); err == nil || !strings.Contains(err.Error(), "    issuer: https://") {
			t.Errorf("%s without issuer: %v", listen, err)
		}
		c := Default()
		c.Listen = listen
		if got, err := c.ResolveIssuer(4401); err == nil {
			t.Errorf("%s without issuer resolves to %s", listen, got)
		}
		flags["issuer"] = "https://login.example.com"
		if got, err := mustLoad(t, "", home, flags).ResolveIssuer(4401); err != nil || got != "https://login.example.com" {
			t.Errorf("%s with issuer: %s, %v", listen, got, err)
		}
	}
}

func TestIssuerIsAnOriginAndNothingElse(t *testing.T) {
	for issuer, complaint := range map[string]string{
		"https://login.example.com":            "",
		"https://login.example.com:8443":       "",
		"https://[2001:db8::1]":                "",
		"http://localhost:4401":                "",
		"http://127.0.0.1:4401":                "",
		"http://[::1]:4401":                    "",
		"http://app.localhost":                 "",
		"http://login.example.com":             "in the clear",
		"http://localhost.example.com":         "in the clear",
		"http://192.168.1.5":                   "in the clear",
		"https://login.example.com/":           `write "https://login.example.com"`,
		"https://login.example.com/auth":       `write "https://login.example.com"`,
		"https://login.example.com?":           `write "https://login.example.com"`,
		"https://login.example.com#x":          `write "https://login.example.com"`,
		"https://u:p@login.example.com":        `"...@login.example.com" is more than an origin`,
		"https://Login.Example.COM":            `write "https://login.example.com"`,
		"HTTPS://login.example.com":            `write "https://login.example.com"`,
		"https://login.example.com:443":        `write "https://login.example.com"`,
		"https://login.example.com:":           `write "https://login.example.com"`,
		"https://login.example.com:08443":      "no port",
		"https://login.example.com:0":          "no port",
		"https://login.example.com:99999":      "no port",
		"https://login.example.com.":           "neither a name nor an address",
		"https://münchen.example":              "neither a name nor an address",
		"https://127.1":                        "neither a name nor an address",
		"https://2130706433":                   "neither a name nor an address",
		"https://[fe80::1%25eth0]":             "neither a name nor an address",
		"https://*.example.com":                "not an origin",
		"login.example.com":                    "not an origin",
		"//login.example.com":                  "not an origin",
		"ftp://login.example.com":              "not an origin",
		"https://":                             "not an origin",
		"https://a b.example":                  "not an origin",
		"https://login.example.com\n":          "not an origin",
		"javascript:alert(1)//https://x.local": "not an origin",
	} {
		err := checkIssuer(issuer)
		if complaint == "" && err != nil {
			t.Errorf("%q is refused: %v", issuer, err)
		}
		if complaint != "" && (err == nil || !strings.Contains(err.Error(), complaint)) {
			t.Errorf("%q: %v, want %q", issuer, err, complaint)
		}
	}
}
