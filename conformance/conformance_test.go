package main

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// program is the server: that of LINGPAI_TEST_PROGRAM, or one that is built once.
var program = os.Getenv("LINGPAI_TEST_PROGRAM")

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if program != "" {
			return m.Run()
		}
		dir, err := os.MkdirTemp("", "conformance-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "lingpai")
		build := exec.Command("go", "build", "-o", program, "./cmd/lingpai")
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			panic(string(out))
		}
		return m.Run()
	}())
}

const page = "../docs/conformance.md"

// The verdicts on the page are those of a run now, so nobody reads that something passes which does not, or the other way round.
//
// ASVS 10.4.13, 10.4.14
func TestTheServerPassesThePlans(t *testing.T) {
	s, err := start(program)
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	results := runPlans(s, "")
	for _, r := range results {
		if r.verdict == fail {
			t.Errorf("%s: %s: %s", r.plan.title, r.module.name, r.note)
		}
	}
	if t.Failed() {
		return
	}
	written, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	is, was := strings.Split(table(results), "\n"), strings.Split(string(written), "\n")
	for i := range max(len(is), len(was)) {
		if i >= len(is) || i >= len(was) || is[i] != was[i] {
			t.Fatalf("%s is not up to date from line %d on; the first line of its head says how to write it", page, i+1)
		}
	}
}

// A program that judges must be judged: what every module demands is shown to notice what breaks it.
func TestChecksNotice(t *testing.T) {
	ended := func(check func(*T)) (v verdict) {
		v, _ = (&T{plan: &plan{}, OP: &OP{server: &server{issuer: "https://op.example"}}}).guarded(check)
		return v
	}
	for name, check := range map[string]func(*T){
		"a code of few bits":        func(t *T) { t.entropy("code", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") },
		"tokens that may be cached": func(t *T) { t.tokens(&client{}, &reply{status: 200, json: object{"access_token": random()}}) },
		"an error of another name":  func(t *T) { t.refused(&reply{status: 400, json: object{"error": "invalid_request"}}, "invalid_grant") },
		"a refusal that grants": func(t *T) {
			t.refused(&reply{status: 400, json: object{"error": "invalid_grant", "access_token": "x"}}, "invalid_grant")
		},
		"a success that is a refusal": func(t *T) { t.refused(&reply{status: 200, json: object{"error": "invalid_grant"}}, "invalid_grant") },
		"a browser that was sent on":  func(t *T) { t.stays(landing{atApp: true, to: callback}, "") },
		"a page that is no error":     func(t *T) { t.stays(landing{status: 200, text: "x"}, "") },
	} {
		t.Run(name, func(t *testing.T) {
			if v := ended(check); v != fail {
				t.Errorf("the verdict is %q", v)
			}
		})
	}
}

// What a client must notice in an ID token, and does: the untouched one passes, and each change fails.
func TestIDTokensAreJudged(t *testing.T) {
	key, now := newSigner("one", "ES256"), time.Now().Unix()
	judge := func(by *signer, change func(header, claims object)) verdict {
		module := &T{plan: &plan{}, OP: &OP{server: &server{issuer: "https://op.example"}, meta: object{"id_token_signing_alg_values_supported": []any{"ES256", "RS256"}}}}
		module.keys.Keys = []jose.JSONWebKey{{Key: key.key.Public(), KeyID: key.kid}}
		header := object{"alg": by.alg, "kid": key.kid}
		claims := object{"iss": "https://op.example", "sub": "alice", "aud": "app", "iat": now, "exp": now + 60, "nonce": "n", "at_hash": halfHash("ES256", "access")}
		change(header, claims)
		v, note := module.guarded(func(m *T) {
			m.idToken(request{client: &client{id: "app"}, params: url.Values{"nonce": {"n"}}}, tokens{id: by.sign(header, claims), access: "access"})
		})
		t.Log(v, note)
		return v
	}
	if v := judge(key, func(_, _ object) {}); v != pass {
		t.Fatalf("a good ID token: %s", v)
	}
	if v := judge(newSigner("one", "ES256"), func(_, _ object) {}); v != fail {
		t.Errorf("an ID token of a foreign key: %s", v)
	}
	for name, value := range map[string]any{
		"iss": "https://other.example", "sub": "", "aud": []string{"app", "other"}, "azp": "other", "iat": now + 60, "exp": now - 1, "nonce": "m", "at_hash": "x",
	} {
		if v := judge(key, func(_, claims object) { claims[name] = value }); v != fail {
			t.Errorf("an ID token with %s %v: %s", name, value, v)
		}
	}
}
