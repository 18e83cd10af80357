package jose

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// The numbers in the names of these tests are those of the attack catalogue that the project is held to.

// refuse checks that a token is refused with the kind of error that it deserves.
func refuse(t *testing.T, name, token string, k *Key, want error) {
	t.Helper()
	payload, err := verify(token, k)
	if !errors.Is(err, want) || payload != nil {
		t.Errorf("%s: got %q, %v; want %v", name, payload, err, want)
	}
}

// ASVS 9.1.2
func TestAttack01AlgorithmNone(t *testing.T) {
	k := newKey(t, ES256)
	for _, name := range []string{"none", "None", "NONE", "nOnE", "none ", " none", "", "es256", "ES256 ", "ES256\u0000", "HS1", "ES256K", "RSA1_5"} {
		unsigned := encode([]byte(`{"alg":`+quote(name)+`}`)) + "." + encode(claims) + "."
		want := ErrAlgorithm
		if name == "" {
			want = ErrMalformed
		}
		refuse(t, fmt.Sprintf("%q unsigned", name), unsigned, k, want)
		refuse(t, fmt.Sprintf("%q signed", name), forge(t, k, `{"alg":`+quote(name)+`}`, "{}"), k, want)
	}
}

func TestAttack02AlgorithmMissingOrOfAnotherType(t *testing.T) {
	k := newKey(t, HS256)
	for _, header := range []string{
		`{}`, `{"typ":"JWT"}`, `{"alg":null}`, `{"alg":256}`, `{"alg":["HS256"]}`, `{"alg":{"HS256":1}}`, `{"alg":true}`,
		`{"alg":"HS256","alg":"HS256"}`, `{"alg":"none","alg":"HS256"}`, `{"alg":"HS256","\u0061lg":"none"}`, `{"alg":"HS256","ALG":"none"}`,
	} {
		refuse(t, header, forge(t, k, header, "{}"), k, ErrMalformed)
	}
}

// ASVS 9.1.2
func TestAttack03PublicKeyAsSecret(t *testing.T) {
	k := newKey(t, RS256)
	public := k.material.(*rsaKey).pub
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string][]byte{
		"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "DER": der, "JWK": k.JWK(), "modulus": public.N.Bytes(), "PKCS #1": x509.MarshalPKCS1PublicKey(public),
	}
	for name, secret := range secrets {
		confused, err := NewKey(HS256, secret)
		if err != nil {
			t.Fatal(err)
		}
		refuse(t, name, forge(t, confused, `{"alg":"HS256","kid":"k1"}`, "{}"), publicHalf(k), ErrAlgorithm)
		refuse(t, name+" under the key's own algorithm", forge(t, confused, `{"alg":"RS256","kid":"k1"}`, "{}"), publicHalf(k), ErrSignature)
	}
}

// ASVS 9.1.2
func TestAttack04KeyOfAnotherType(t *testing.T) {
	for _, signing := range algorithms {
		token := forge(t, newKey(t, signing), `{"alg":"`+string(signing)+`","kid":"k1"}`, "{}")
		for _, other := range algorithms {
			if other != signing {
				refuse(t, string(signing+" token, "+other+" key"), token, newKey(t, other), ErrAlgorithm)
			}
		}
	}
}

// TestAttack04OneKeyPairTwoNames shows that the one curve with two names has no way around the rule either.
func TestAttack04OneKeyPairTwoNames(t *testing.T) {
	old := newKey(t, EdDSA)
	renamed, err := NewKey(Ed25519, old.material.(*ed25519Key).priv)
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, "Ed25519 token, EdDSA key", forge(t, old, `{"alg":"Ed25519"}`, "{}"), old, ErrAlgorithm)
	refuse(t, "EdDSA token, Ed25519 key", forge(t, old, `{"alg":"EdDSA"}`, "{}"), renamed, ErrAlgorithm)
	if _, err := verify(forge(t, old, `{"alg":"Ed25519"}`, "{}"), renamed); err != nil {
		t.Errorf("Ed25519 token, Ed25519 key: %v", err)
	}
}

func TestAttack05WeakSecrets(t *testing.T) {
	for _, secret := range []string{"", "secret", "https://login.example", strings.Repeat("x", 31)} {
		if _, err := NewKey(HS256, []byte(secret)); !errors.Is(err, ErrKey) {
			t.Errorf("%q: got %v", secret, err)
		}
	}
	for alg, size := range map[Algorithm]int{HS256: 32, HS384: 48, HS512: 64} {
		if _, err := NewKey(alg, make([]byte, size-1)); !errors.Is(err, ErrKey) {
			t.Errorf("%s with %d bytes: got %v", alg, size-1, err)
		}
		if _, err := NewKey(alg, make([]byte, size)); err != nil {
			t.Errorf("%s with %d bytes: got %v", alg, size, err)
		}
	}
}

func TestAttack06PsychicSignatures(t *testing.T) {
	for _, alg := range []Algorithm{ES256, ES384, ES512} {
		k := newKey(t, alg)
		curve := k.material.(*ecdsaKey).spec.curve
		size := coordinateSize(curve)
		zero, one := make([]byte, size), make([]byte, size)
		one[size-1] = 1
		order := curve.Params().N.FillBytes(make([]byte, size))
		prime := curve.Params().P.FillBytes(make([]byte, size))
		input := encode([]byte(`{"alg":"`+string(alg)+`"}`)) + "." + encode(claims)
		for i, r := range [][]byte{zero, one, order, prime} {
			for j, s := range [][]byte{zero, one, order, prime} {
				refuse(t, fmt.Sprintf("%s %d %d", alg, i, j), input+"."+encode(append(append([]byte{}, r...), s...)), k, ErrSignature)
			}
		}
	}
}

func TestAttack07SignatureInAnotherForm(t *testing.T) {
	k := newKey(t, ES256)
	input := encode([]byte(`{"alg":"ES256"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(input))
	der, err := ecdsa.SignASN1(rand.Reader, k.material.(*ecdsaKey).priv, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	plain, err := k.material.sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(input+"."+encode(plain), k); err != nil {
		t.Fatal(err)
	}
	for name, signature := range map[string][]byte{
		"DER":            der,
		"zero in front":  append([]byte{0}, plain...),
		"zero behind":    append(plain[:64:64], 0),
		"zero between":   append(append(append([]byte{}, plain[:32]...), 0), plain[32:]...),
		"zeros in front": append(append(append(make([]byte, 0, 66), 0), plain[:32]...), append([]byte{0}, plain[32:]...)...),
		"short":          plain[:63],
		"halves swapped": append(append([]byte{}, plain[32:]...), plain[:32]...),
	} {
		refuse(t, name, input+"."+encode(signature), k, ErrSignature)
	}
}

// ASVS 9.1.3
func TestAttack08To10KeysThatTheTokenBrings(t *testing.T) {
	var fetched int
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched++ }))
	defer server.Close()
	ours, theirs := newKey(t, ES256), newKey(t, ES256)
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	for name, member := range map[string]string{
		"08 jwk":                   `"jwk":` + string(theirs.JWK()),
		"08 jwk of no sense":       `"jwk":7`,
		"09 jku":                   `"jku":"` + server.URL + `/jwks.json"`,
		"09 jku with user":         `"jku":"http://login.example@127.0.0.1` + port + `/"`,
		"09 jku of the metadata":   `"jku":"http://169.254.169.254/latest/meta-data"`,
		"09 x5u":                   `"x5u":"` + server.URL + `/cert.pem"`,
		"10 x5c":                   `"x5c":["MIIB"],"x5t#S256":"AAAA"`,
		"10 x5c and its own alg":   `"x5c":[],"ALGORITHM":"none"`,
		"08 nested in other names": `"key":{"jwk":` + string(theirs.JWK()) + `}`,
	} {
		header := `{"alg":"ES256","kid":"k1",` + member + `}`
		refuse(t, name, forge(t, theirs, header, "{}"), ours, ErrSignature)
		if _, err := verify(forge(t, ours, header, "{}"), ours); err != nil {
			t.Errorf("%s: not passed over: %v", name, err)
		}
	}
	if fetched != 0 {
		t.Errorf("%d requests were made", fetched)
	}
}

func TestAttack11KeyIDThatIsAPathOrAQuery(t *testing.T) {
	k := newKey(t, HS256)
	set, err := NewKeySet(newKey(t, ES256))
	if err != nil {
		t.Fatal(err)
	}
	for _, kid := range []string{"../../dev/null", "/proc/self/environ", "' OR 1=1--", "\x00", "K1", "k1 ", "", strings.Repeat("k", 8000)} {
		m, err := Parse(forge(t, k, `{"alg":"HS256","kid":`+quote(kid)+`}`, "{}"))
		if err != nil {
			t.Errorf("%.20q: %v", kid, err)
			continue
		}
		if m.Header().KeyID != kid || set.Key(m.Header().KeyID) != nil {
			t.Errorf("%.20q: found a key", kid)
		}
		if _, err := m.Verify(set.Key(kid)); !errors.Is(err, ErrKey) {
			t.Errorf("%.20q: got %v", kid, err)
		}
	}
	for _, kid := range []string{`{"k1":1}`, `["k1"]`, `1`, `null`, quote(strings.Repeat("k", 64<<10))} {
		refuse(t, kid[:min(len(kid), 20)], forge(t, k, `{"alg":"HS256","kid":`+kid+`}`, "{}"), k, ErrMalformed)
	}
}

func TestAttack12UnknownKeyIDs(t *testing.T) {
	set, err := NewKeySet(newKey(t, ES256))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10_000 {
		if kid := fmt.Sprintf("k1%d", i); set.Key(kid) != nil {
			t.Fatalf("%s: found a key", kid)
		}
	}
}

func TestAttack13TwoKeysOfOneID(t *testing.T) {
	a, b := newKey(t, ES256), newKey(t, RS256)
	if _, err := NewKeySet(a, b); !errors.Is(err, ErrKey) {
		t.Errorf("NewKeySet: got %v", err)
	}
	if _, err := ParseKeySet([]byte(`{"keys":[` + string(a.JWK()) + `,` + string(b.JWK()) + `]}`)); !errors.Is(err, ErrKey) {
		t.Errorf("ParseKeySet: got %v", err)
	}
}

func TestAttack14And15CriticalExtensions(t *testing.T) {
	k := newKey(t, HS256)
	for _, member := range []string{
		`"crit":["exp"],"exp":1`, `"crit":[]`, `"crit":["alg"]`, `"crit":["http://login.example/x"]`, `"crit":null`, `"crit":"exp"`,
		`"crit":["b64"],"b64":false`, `"b64":false`, `"b64":true`,
	} {
		refuse(t, member, forge(t, k, `{"alg":"HS256",`+member+`}`, "{}"), k, ErrMalformed)
	}
	unencoded := encode([]byte(`{"alg":"HS256","crit":["b64"],"b64":false}`)) + ".$payload"
	mac, err := k.material.sign([]byte(unencoded))
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, "payload as it is", unencoded+"."+encode(mac), k, ErrMalformed)
}

func TestAttack16CompressionAndEncryption(t *testing.T) {
	k := newKey(t, HS256)
	refuse(t, "zip", forge(t, k, `{"alg":"HS256","zip":"DEF"}`, "{}"), k, ErrMalformed)
	refuse(t, "enc", forge(t, k, `{"alg":"HS256","enc":"A128GCM"}`, "{}"), k, ErrMalformed)
	refuse(t, "PBES2", forge(t, k, `{"alg":"PBES2-HS256+A128KW","p2c":2147483648,"p2s":"AAAA"}`, "{}"), k, ErrAlgorithm)
	refuse(t, "dir", forge(t, k, `{"alg":"dir"}`, "{}"), k, ErrAlgorithm)
	refuse(t, "JWE", encode([]byte(`{"alg":"dir","enc":"A128GCM"}`))+"..AAAA.AAAA.AAAA", k, ErrMalformed)
	nested := encode([]byte(`{"alg":"none"}`)) + "." + encode(claims) + "."
	token := forge(t, k, `{"alg":"HS256","cty":"JWT"}`, nested)
	if payload, err := verify(token, k); err != nil || string(payload) != nested {
		t.Errorf("a nested token is a payload like any other: %v", err)
	}
	refuse(t, "nested", nested, k, ErrAlgorithm)
}

func TestAttack20JSONSerialisation(t *testing.T) {
	k := newKey(t, HS256)
	parts := strings.Split(forge(t, k, `{"alg":"HS256"}`, "{}"), ".")
	refuse(t, "flattened", `{"protected":"`+parts[0]+`","payload":"`+parts[1]+`","signature":"`+parts[2]+`"}`, k, ErrMalformed)
	refuse(t, "general", `{"payload":"`+parts[1]+`","signatures":[{"protected":"`+parts[0]+`","signature":"`+parts[2]+`"}]}`, k, ErrMalformed)
	refuse(t, "flattened with dots", `{"a.b":"`+parts[0]+`.`+parts[1]+`","signature":"`+parts[2]+`"}`, k, ErrMalformed)
}

func TestAttack21And22HeadersThatReadTwoWays(t *testing.T) {
	k := newKey(t, HS256)
	for _, header := range []string{
		`{"alg":"HS256","kid":"a","kid":"b"}`, `{"alg":"HS256","kid":"a","KID":"b"}`, `{"alg":"HS256","kid":"a","\u006bid":"b"}`, "{\"alg\":\"HS256\",\"kid\":\"a\",\"\u212aid\":\"b\"}",
		"{\"alg\":\"HS256\",\"kid\":\"\xff\"}", `{"alg":"HS256","kid":"\ud800"}`, "\ufeff" + `{"alg":"HS256"}`, `{"alg":"HS256"}x`, `{"alg":"HS256"}{}`, `{"alg":"HS256"},`,
		`[{"alg":"HS256"}]`, `"HS256"`, `null`, ``, ` `, `{"alg":"HS256"`, `{"alg":"HS256",}`, `{alg:"HS256"}`, "{\"alg\":\"HS256\",\"kid\":\"a\nb\"}",
	} {
		refuse(t, header, forge(t, k, header, "{}"), k, ErrMalformed)
	}
	if _, err := verify(forge(t, k, " {\r\n\t\"\\u0061lg\" : \"HS\\u003256\" } ", "{}"), k); err != nil {
		t.Errorf("white space and escapes: %v", err)
	}
}

func TestAttack23CostBeforeRefusal(t *testing.T) {
	k := newKey(t, HS256)
	deep := forge(t, k, `{"alg":"HS256","x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`, "{}")
	tests := map[string]struct {
		token  string
		budget uint64 // bytes
	}{
		"10,000 levels":         {deep, 64 << 10},
		"header of 1 MiB":       {forge(t, k, `{"alg":"HS256","x":"`+strings.Repeat("x", 1<<20)+`"}`, "{}"), 1 << 10},
		"200 KB of dots":        {strings.Repeat(".", 200<<10), 1 << 10},
		"16 KiB of dots":        {strings.Repeat(".", MaxTokenSize), 1 << 10},
		"payload of 1 MiB":      {forge(t, k, `{"alg":"HS256"}`, strings.Repeat("x", 1<<20)), 1 << 10},
		"one byte over":         {encode([]byte(`{"alg":"HS256"}`)) + "." + strings.Repeat("A", MaxTokenSize), 1 << 10},
		"no dot in 16 KiB":      {strings.Repeat("A", MaxTokenSize), 1 << 10},
		"names that fold alike": {forge(t, k, manyNames(), "{}"), 64 << 10},
	}
	for name, tt := range tests {
		spent := uint64(math.MaxUint64)
		for range 5 { // the least of them: the count is that of the process, in which others allocate, too
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Parse(tt.token)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: got %v", name, err)
			}
			spent = min(spent, after.TotalAlloc-before.TotalAlloc)
		}
		if spent > tt.budget {
			t.Errorf("%s: %d bytes were allocated before the refusal", name, spent)
		}
	}
}

// manyNames is a header with more members than an object may have.
func manyNames() string {
	var b strings.Builder
	b.WriteString(`{"alg":"HS256"`)
	for i := range 300 {
		fmt.Fprintf(&b, `,"aaaaaaaaaaaaaaaaaaaaaaa%d":0`, i)
	}
	return b.String() + "}"
}

// TestAttack24Base64 signs each broken spelling anew, so that only the decoder can refuse it.
func TestAttack24Base64ThatReadsTwoWays(t *testing.T) {
	k := newKey(t, HS256)
	good := strings.Split(forge(t, k, `{"alg":"HS256" }`, `{"a":"??>>"}x`), ".")
	for i, part := range good {
		broken := map[string]string{
			"padding": part + "=", "two paddings": part + "==", "space": part + " ", "tab inside": part[:4] + "\t" + part[4:], "line break": part[:4] + "\n" + part[4:],
			"line break behind": part + "\n", "carriage return": part[:4] + "\r" + part[4:], "line breaks in front": "\r\n" + part, "question mark": part + "?", "plus": "+" + part[1:], "slash": "/" + part[1:],
			"percent": "%41" + part[1:], "NUL": part + "\x00", "non-ASCII": part + "é",
		}
		for name, text := range broken {
			parts := append([]string{}, good...)
			parts[i] = text
			input := parts[0] + "." + parts[1]
			if i < 2 {
				mac, err := k.material.sign([]byte(input))
				if err != nil {
					t.Fatal(err)
				}
				parts[2] = encode(mac)
			}
			_, err := verify(strings.Join(parts, "."), k)
			if err == nil {
				t.Errorf("%s in segment %d: accepted", name, i)
			}
		}
	}
}

// TestAttack24StrayBits gives every other spelling of the last character of each segment that stands for the same bytes.
func TestAttack24StrayBits(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	k := newKey(t, HS256)
	for _, payload := range []string{"x", "xx"} {
		token := forge(t, k, `{"alg":"HS256" }`, payload)
		ends := []int{strings.IndexByte(token, '.') - 1, strings.LastIndexByte(token, '.') - 1, len(token) - 1}
		for _, end := range ends {
			for _, c := range alphabet {
				if byte(c) == token[end] {
					continue
				}
				if _, err := verify(token[:end]+string(c)+token[end+1:], k); err == nil {
					t.Errorf("%c for %c at %d: accepted", c, token[end], end)
				}
			}
		}
	}
}

func TestAttack25SegmentsTooManyTooFewOrEmpty(t *testing.T) {
	k := newKey(t, HS256)
	token := forge(t, k, `{"alg":"HS256"}`, "{}")
	p := strings.Split(token, ".")
	for _, text := range []string{
		"", ".", "..", "...", "....", p[0], p[0] + "." + p[1], token + ".", "." + token, token + "." + p[2], token + ".." + p[2],
		"." + p[1] + "." + p[2], p[0] + "." + p[1] + ".", ".." + p[2], p[0] + "..", " " + token, token + " ", token + "\n", `"` + token + `"`, "Bearer " + token,
	} {
		if _, err := verify(text, k); err == nil {
			t.Errorf("%q: accepted", text)
		} else if !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: got %v", text, err)
		}
	}
	refuse(t, "payload taken out", p[0]+".."+p[2], k, ErrSignature)
	if payload, err := verify(forge(t, k, `{"alg":"HS256"}`, ""), k); err != nil || len(payload) != 0 {
		t.Errorf("an empty payload may be signed: %v", err)
	}
}

// ASVS 9.1.1
func TestAttack33EveryBitFlipped(t *testing.T) {
	for _, alg := range []Algorithm{HS256, ES256, EdDSA, RS256} {
		k := newKey(t, alg)
		token, err := Sign(k, "at+jwt", []byte(`{"sub":"a"}`))
		if err != nil {
			t.Fatal(err)
		}
		public := publicHalf(k)
		for i := range len(token) {
			for bit := range 8 {
				flipped := []byte(token)
				flipped[i] ^= 1 << bit
				if _, err := verify(string(flipped), public); err == nil {
					t.Errorf("%s: bit %d of byte %d flipped: accepted", alg, bit, i)
				}
			}
		}
		refuse(t, "signature stripped", token[:strings.LastIndexByte(token, '.')+1], public, ErrMalformed)
	}
}

func TestAttack34ErrorsTellNothing(t *testing.T) {
	k := newKey(t, HS256)
	secret := k.material.(*hmacKey).secret
	header := `{"alg":"HS256","kid":"k1"}`
	token := forge(t, k, header, "{}")
	input := token[:strings.LastIndexByte(token, '.')]
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(input))
	expected := h.Sum(nil)
	hidden := []string{encode(secret), encode(expected), fmt.Sprintf("%x", secret), fmt.Sprintf("%x", expected), string(secret), encode([]byte(header)), "topsecret"}

	_, wrongMAC := verify(input+"."+encode(make([]byte, 32)), k)
	_, wrongAlgorithm := verify(token, newKey(t, ES256))
	_, wrongHeader := verify(forge(t, k, `{"alg":"HS256","topsecret":"topsecret`, "{}"), k)
	_, wrongKid := verify(forge(t, k, `{"alg":"topsecret","kid":"topsecret"}`, "{}"), k)
	_, wrongPart := verify(token+"?topsecret", k)
	_, wrongKey := ParseKey([]byte(`{"kty":"oct","alg":"HS512","k":"` + encode(secret) + `"}`))
	_, foreignKey := ParseKey([]byte(`{"kty":"topsecret","alg":"HS512","k":"` + encode(secret) + `"}`))
	_, doubleKey := ParseKey([]byte(`{"kty":"oct","k":"` + encode(secret) + `","k":"` + encode(secret) + `"}`))
	for _, err := range []error{wrongMAC, wrongAlgorithm, wrongHeader, wrongKid, wrongPart, wrongKey, foreignKey, doubleKey} {
		if err == nil {
			t.Error("accepted")
			continue
		}
		for _, text := range hidden {
			if strings.Contains(err.Error(), text) {
				t.Errorf("an error shows what it must not: %v", err)
			}
		}
	}
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %v", k, k, k, k, k, k, struct{ K *Key }{k})
	for _, text := range append(hidden, fmt.Sprint(secret)) {
		if strings.Contains(printed, text) {
			t.Errorf("a printed key shows its secret: %s", printed)
		}
	}
}
