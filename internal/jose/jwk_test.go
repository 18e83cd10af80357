package jose

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// object reads a JWK into a map, so that a test can alter it.
func object(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func privateJWK(t *testing.T, k *Key) []byte {
	t.Helper()
	text, err := k.InsecurePrivateJWK()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestKeysAreReadAsTheyWereWritten(t *testing.T) {
	for _, alg := range algorithms {
		k := newKey(t, alg)
		private, err := ParseKey(privateJWK(t, k))
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if string(privateJWK(t, private)) != string(privateJWK(t, k)) || !private.IsPrivate() || private.ID() != "k1" {
			t.Errorf("%s: the private key changed", alg)
		}
		token, err := Sign(private, "", claims)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if _, err := verify(token, k); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		if alg.keyIs(symmetric) {
			continue
		}
		public, err := ParseKey(k.JWK())
		if err != nil || public.IsPrivate() || public.ID() != "k1" || public.Algorithm() != alg || string(public.JWK()) != string(k.JWK()) {
			t.Errorf("%s: read %v, %v", alg, public, err)
		}
	}
}

func (alg Algorithm) keyIs(keyType string) bool { return specs[alg].keyType == keyType }

func TestPublicJWKHoldsNothingPrivate(t *testing.T) {
	want := map[Algorithm][]string{
		RS256: {"alg", "e", "kid", "kty", "n", "use"}, ES256: {"alg", "crv", "kid", "kty", "use", "x", "y"}, EdDSA: {"alg", "crv", "kid", "kty", "use", "x"},
	}
	for alg, names := range want {
		got := object(t, newKey(t, alg).JWK())
		for _, name := range names {
			delete(got, name)
		}
		if len(got) > 0 || len(object(t, newKey(t, alg).JWK())) != len(names) {
			t.Errorf("%s: besides %v there is %v", alg, names, got)
		}
	}
}

func TestMissingAlgorithmAndIDAreFilledIn(t *testing.T) {
	for _, alg := range []Algorithm{RS256, ES256, ES384, ES512, EdDSA} {
		k := newKey(t, alg)
		m := object(t, k.JWK())
		delete(m, "alg")
		delete(m, "kid")
		delete(m, "use")
		m["x5c"], m["x5u"], m["ext"], m["exp"] = []string{"MIIB"}, "http://127.0.0.1:1/", true, 1
		got, err := ParseKey(marshal(t, m))
		if err != nil || got.Algorithm() != alg || got.ID() != k.Thumbprint() {
			t.Errorf("%s: %v, %v", alg, got, err)
		}
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	ec, rsaKey, ed, secret := newKey(t, ES256), newKey(t, RS256), newKey(t, EdDSA), newKey(t, HS256)
	other := newKey(t, ES256)
	otherEC, otherEd := object(t, privateJWK(t, other)), object(t, privateJWK(t, newKey(t, EdDSA)))
	const zero32 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	tests := []struct {
		name    string
		base    []byte
		changes map[string]any // nil takes a member out
	}{
		{"no kty", ec.JWK(), map[string]any{"kty": nil}},
		{"kty of another type", ec.JWK(), map[string]any{"kty": "RSA"}},
		{"kty in lower case", ec.JWK(), map[string]any{"kty": "ec"}},
		{"kty that is a number", ec.JWK(), map[string]any{"kty": 1}},
		{"empty kid", ec.JWK(), map[string]any{"kid": ""}},
		{"kid that is a number", ec.JWK(), map[string]any{"kid": 1}},
		{"use enc", ec.JWK(), map[string]any{"use": "enc"}},
		{"use of no meaning", ec.JWK(), map[string]any{"use": "SIG"}},
		{"alg of another curve", ec.JWK(), map[string]any{"alg": "ES384"}},
		{"alg of another type", ec.JWK(), map[string]any{"alg": "HS256"}},
		{"alg none", ec.JWK(), map[string]any{"alg": "none"}},
		{"alg for encryption", rsaKey.JWK(), map[string]any{"alg": "RSA-OAEP"}},
		{"alg null", ec.JWK(), map[string]any{"alg": json.RawMessage("null")}},
		{"public key that may sign", ec.JWK(), map[string]any{"key_ops": []string{"sign", "verify"}}},
		{"public key that may nothing", ec.JWK(), map[string]any{"key_ops": []string{}}},
		{"public key that may encrypt", rsaKey.JWK(), map[string]any{"key_ops": []string{"verify", "encrypt"}}},
		{"same operation twice", ec.JWK(), map[string]any{"key_ops": []string{"verify", "verify"}}},
		{"operations in one string", ec.JWK(), map[string]any{"key_ops": "verify"}},
		{"private key that may only verify", privateJWK(t, ec), map[string]any{"key_ops": []string{"verify"}}},
		{"secret that may only verify", privateJWK(t, secret), map[string]any{"key_ops": []string{"verify"}}},
		{"secret that may only sign", privateJWK(t, secret), map[string]any{"key_ops": []string{"sign"}}},

		{"unknown curve", ec.JWK(), map[string]any{"crv": "secp256k1"}},
		{"no curve", ec.JWK(), map[string]any{"crv": nil}},
		{"another curve", ec.JWK(), map[string]any{"crv": "P-384"}},
		{"no y", ec.JWK(), map[string]any{"y": nil}},
		{"y of another point", ec.JWK(), map[string]any{"y": otherEC["y"]}},
		{"x too short", ec.JWK(), map[string]any{"x": encode(make([]byte, 31))}},
		{"x too long", ec.JWK(), map[string]any{"x": encode(make([]byte, 33))}},
		{"point at infinity", ec.JWK(), map[string]any{"x": zero32, "y": zero32}},
		{"d of another key", privateJWK(t, ec), map[string]any{"d": otherEC["d"]}},
		{"d zero", privateJWK(t, ec), map[string]any{"d": zero32}},
		{"d too short", privateJWK(t, ec), map[string]any{"d": "AQ"}},
		{"d and no public half", privateJWK(t, ec), map[string]any{"x": nil, "y": nil}},
		{"EC key with a secret", ec.JWK(), map[string]any{"k": zero32}},

		{"X25519", ed.JWK(), map[string]any{"crv": "X25519"}},
		{"Ed25519 too short", ed.JWK(), map[string]any{"x": "AQ"}},
		{"Ed25519 with y", ed.JWK(), map[string]any{"y": zero32}},
		{"Ed25519 with d of another key", privateJWK(t, ed), map[string]any{"d": otherEd["d"]}},
		{"Ed25519 with d too short", privateJWK(t, ed), map[string]any{"d": "AQ"}},

		{"RSA without n", rsaKey.JWK(), map[string]any{"n": nil}},
		{"RSA with n and a zero in front", rsaKey.JWK(), map[string]any{"n": "AA" + object(t, rsaKey.JWK())["n"].(string)}},
		{"RSA with e and a zero in front", rsaKey.JWK(), map[string]any{"e": "AAEAAQ"}},
		{"RSA with an e of 33 bits", rsaKey.JWK(), map[string]any{"e": "AQAAAAE"}},
		{"RSA with e = 1", rsaKey.JWK(), map[string]any{"e": "AQ"}},
		{"RSA with e = 0", rsaKey.JWK(), map[string]any{"e": "AA"}},
		{"RSA with d and no primes", privateJWK(t, rsaKey), map[string]any{"p": nil, "q": nil, "dp": nil, "dq": nil, "qi": nil}},
		{"RSA without qi", privateJWK(t, rsaKey), map[string]any{"qi": nil}},
		{"RSA with another dp", privateJWK(t, rsaKey), map[string]any{"dp": "AQ"}},
		{"RSA with another d", privateJWK(t, rsaKey), map[string]any{"d": "AQ"}},
		{"RSA with p = 1", privateJWK(t, rsaKey), map[string]any{"p": "AQ"}},
		{"RSA with p = 0", privateJWK(t, rsaKey), map[string]any{"p": "AA", "q": "AA"}},
		{"RSA with p = q", privateJWK(t, rsaKey), map[string]any{"p": object(t, privateJWK(t, rsaKey))["q"]}},
		{"RSA with an even p", privateJWK(t, rsaKey), map[string]any{"p": "Ag"}},
		{"RSA with p and q, and no d", privateJWK(t, rsaKey), map[string]any{"d": nil}},

		{"secret without alg", privateJWK(t, secret), map[string]any{"alg": nil}},
		{"secret without k", privateJWK(t, secret), map[string]any{"k": nil}},
		{"secret that is empty", privateJWK(t, secret), map[string]any{"k": ""}},
		{"secret that is too short", privateJWK(t, secret), map[string]any{"alg": "HS384"}},
		{"secret with padding", privateJWK(t, secret), map[string]any{"k": zero32 + "="}},
		{"secret with a line break", privateJWK(t, secret), map[string]any{"k": zero32[:4] + "\n" + zero32[4:]}},
		{"secret with stray bits", privateJWK(t, secret), map[string]any{"k": zero32[:42] + "B"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseKey(tt.base); err != nil {
				t.Fatalf("the unchanged key: %v", err)
			}
			m := object(t, tt.base)
			for name, value := range tt.changes {
				if value == nil {
					delete(m, name)
				} else {
					m[name] = value
				}
			}
			if k, err := ParseKey(marshal(t, m)); !errors.Is(err, ErrKey) {
				t.Errorf("got %v, %v", k, err)
			}
		})
	}
	for _, text := range []string{``, `[]`, `{}`, `{"kty":"EC","kty":"EC"}`, string(ec.JWK()) + "x", strings.Replace(string(ec.JWK()), "{", `{"KTY":"EC",`, 1)} {
		if k, err := ParseKey([]byte(text)); !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v, %v", text, k, err)
		}
	}
}

func TestKeyOperationsThatFit(t *testing.T) {
	ec, secret := newKey(t, ES256), newKey(t, HS256)
	for _, tt := range []struct {
		base []byte
		ops  []string
	}{
		{ec.JWK(), []string{"verify"}}, {privateJWK(t, ec), []string{"sign"}}, {privateJWK(t, ec), []string{"verify", "sign"}}, {privateJWK(t, secret), []string{"sign", "verify"}},
	} {
		m := object(t, tt.base)
		m["key_ops"] = tt.ops
		delete(m, "use")
		if _, err := ParseKey(marshal(t, m)); err != nil {
			t.Errorf("%v: %v", tt.ops, err)
		}
	}
}

// set writes a JWK Set of texts.
func set(keys ...string) []byte { return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`) }

func TestKeySetPublishesPublicHalves(t *testing.T) {
	a, b := newKey(t, ES256).WithID("a"), newKey(t, RS256).WithID("b")
	s, err := NewKeySet(a, b)
	if err != nil {
		t.Fatal(err)
	}
	text := marshal(t, s)
	if want := string(set(string(a.JWK()), string(b.JWK()))); string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if s.Key("a").IsPrivate() || s.Key("b").IsPrivate() || s.Key("c") != nil || s.Key("") != nil {
		t.Error("the set finds a private key, or one that is not in it")
	}
	read, err := ParseKeySet(text)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range read.Keys() {
		ids = append(ids, k.ID())
	}
	if diff := cmp.Diff([]string{"a", "b"}, ids); diff != "" {
		t.Error(diff)
	}
	if _, err := NewKeySet(a.WithID("")); !errors.Is(err, ErrKey) {
		t.Errorf("a key without an id: got %v", err)
	}
	if empty, err := NewKeySet(); err != nil || string(marshal(t, empty)) != `{"keys":[]}` {
		t.Errorf("the empty set: %v", err)
	}
}

func TestKeysForOthersAreSkipped(t *testing.T) {
	ours := string(newKey(t, ES256).JWK())
	foreign := []string{
		`{"kty":"AKP","alg":"ML-DSA-65","pub":"AAAA"}`,
		`{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		`{"kty":"OKP","crv":"Ed448","x":"AAAA","alg":"Ed448"}`,
		`{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA","alg":"ES256K"}`,
		strings.Replace(ours, `"use":"sig"`, `"use":"enc"`, 1),
		strings.Replace(ours, `"use":"sig"`, `"key_ops":["deriveKey"]`, 1),
		strings.Replace(string(newKey(t, RS256).JWK()), `"RS256"`, `"RSA-OAEP-256"`, 1),
	}
	s, err := ParseKeySet(set(append(foreign, ours)...))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Keys()) != 1 || s.Key("k1").Algorithm() != ES256 {
		t.Errorf("read %v", s.Keys())
	}
}

func TestKeySetsThatAreRefused(t *testing.T) {
	k := newKey(t, ES256)
	ours := string(k.JWK())
	many := make([]string, MaxKeys+1)
	for i := range many {
		many[i] = `{"kty":"AKP"}`
	}
	for name, text := range map[string][]byte{
		"nothing":                       nil,
		"no object":                     []byte(`[` + ours + `]`),
		"no keys":                       []byte(`{}`),
		"one key":                       []byte(ours),
		"keys that are no array":        []byte(`{"keys":{}}`),
		"key that is no object":         set(ours, `"k1"`),
		"keys twice":                    []byte(`{"keys":[],"keys":[` + ours + `]}`),
		"keys in two spellings":         []byte(`{"keys":[],"Keys":[` + ours + `]}`),
		"text behind":                   append(set(ours), 'x'),
		"malformed key of ours":         set(ours, `{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}`),
		"key without type":              set(ours, `{}`),
		"RSA key of 1024 bits":          set(`{"kty":"RSA","e":"AQAB","n":"` + encode(append([]byte{0x80}, make([]byte, 127)...)) + `"}`),
		"private key":                   set(string(privateJWK(t, k))),
		"private key of another curve":  set(ours, `{"kty":"OKP","crv":"X25519","x":"AAAA","d":"AAAA"}`),
		"secret key":                    set(string(privateJWK(t, newKey(t, HS256)))),
		"secret key for another use":    set(ours, `{"kty":"oct","use":"enc","k":"AAAA"}`),
		"two keys of one id":            set(ours, ours),
		"65 keys":                       set(many...),
		"more than 256 KiB":             set(`{"kty":"AKP","pub":"` + strings.Repeat("A", 256<<10) + `"}`),
		"key with a member that is odd": set(`{"kty":"EC","kid":7}`),
	} {
		if s, err := ParseKeySet(text); !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v, %v", name, s, err)
		}
	}
	if s, err := ParseKeySet(set(many[:MaxKeys]...)); err != nil || len(s.Keys()) != 0 {
		t.Errorf("64 keys for others: %v, %v", s, err)
	}
}
