package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const routes = `
gateway:
  routes:
    - match: /static/**
      upstream: http://127.0.0.1:3000
      public: true
    - match: [admin.example.com/**, /admin/**]
      methods: [GET, POST]
      upstream:
        - http://127.0.0.1:3000
        - http://127.0.0.1:3001
      require: {roles: [admin, boss], addresses: [10.0.0.0/8]}
      timeout: 5s
      body: 10MiB
`

func TestRoutesOfTheGatewayAreRead(t *testing.T) {
	c := mustLoad(t, write(t, routes), home, nil)
	got := c.Gateway.Routes
	if len(got) != 2 || !got[0].Public || got[0].Timeout != Duration(time.Minute) || got[0].Concurrent != 1024 {
		t.Fatalf("%+v", got)
	}
	if diff := cmp.Diff([]string{"admin", "boss"}, got[1].Require.Roles); diff != "" {
		t.Error(diff)
	}
	if r := got[1]; r.Body != 10<<20 || r.Timeout != Duration(5*time.Second) || len(r.Upstream) != 2 || r.Require.Addresses[0].String() != "10.0.0.0/8" {
		t.Errorf("%+v", r)
	}
}

func TestPrintedRoutesAreReadBack(t *testing.T) {
	c := mustLoad(t, write(t, routes), home, nil)
	again := mustLoad(t, write(t, printed(t, c, "yaml")), home, nil)
	if diff := cmp.Diff(effective(c), effective(again)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBadRoutesAreRefusedWithLineAndReason(t *testing.T) {
	for change, want := range map[string]string{
		"match: /static/**|match: static":                        "4:14: gateway.routes[0].match[0] \"static\" has no path",
		"match: /static/**|match: /a/**/b":                       "has ** before its end",
		"match: /static/**|match: /a/../b":                       "one of dots",
		"match: /static/**|match: /a*b":                          "* only as a whole segment",
		"public: true|publc: true":                               "\"gateway.routes[0].publc\" is not a key; did you mean gateway.routes[0].public?",
		"public: true|public: yes":                               "6:15: gateway.routes[0].public \"yes\" is neither true nor false",
		"public: true|public: true\n      require: {roles: [a]}": "lets everybody through",
		"[GET, POST]|[GET, FETCH]":                               "8:22: gateway.routes[1].methods[1] \"FETCH\" is no method",
		"http://127.0.0.1:3001|http://127.0.0.1:3001/x":          "has a path",
		"http://127.0.0.1:3001|ftp://127.0.0.1":                  "is not where an app can be",
		"body: 10MiB|body: ten":                                  "is not a size",
		"timeout: 5s|timeout: 0s":                                "out of range",
		"match: /static/**|health: /x":                           "gateway.routes[0].match is missing",
	} {
		before, after, _ := strings.Cut(change, "|")
		_, err := Load(write(t, strings.Replace(routes, before, after, 1)), home, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", change, err, want)
		}
	}
	if _, err := Load("", append(home, "LINGPAI_GATEWAY_ROUTES=x"), nil); err == nil || !strings.Contains(err.Error(), "from the configuration file only") {
		t.Errorf("from the environment: %v", err)
	}
}

func TestSizesAreReadStrictly(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "1": 1, "512KiB": 512 << 10, "10MiB": 10 << 20, "2GiB": 2 << 30} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want || s.String() != text {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "1.5GiB", "10MB", "1 MiB", "9999999999GiB"} {
		if err := new(Size).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
