package webauthn

import (
	"bytes"
	"crypto"
	"errors"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/passkeytest"
)

// us is the party of these tests, alice the account, asked what was asked.
var us = Party{ID: "login.example", Name: "Acme", Origin: "https://login.example"}

const alice, asked = "alice's user handle", "T1a2VkaWJsZS1jaGFsbGVuZ2Utb2YtMzItYnl0ZXMtLg"

func device(key crypto.Signer) *passkeytest.Authenticator {
	return passkeytest.New(key, alice, us.Origin, us.ID)
}

func keys() map[string]crypto.Signer {
	return map[string]crypto.Signer{"ES256": passkeytest.ES256(), "EdDSA": passkeytest.EdDSA(), "RS256": passkeytest.RS256()}
}

func register(r passkeytest.Registration) (Credential, error) { return us.registers(r.JSON()) }

func (p Party) registers(answer string) (Credential, error) {
	r, err := ParseRegistration([]byte(answer))
	if err != nil {
		return Credential{}, err
	}
	return p.Register(r, asked)
}

func verify(s passkeytest.Assertion, c Credential) (Credential, error) {
	return us.verifies(s.JSON(), c)
}

func (p Party) verifies(answer string, c Credential) (Credential, error) {
	a, err := ParseAssertion([]byte(answer))
	if err != nil {
		return Credential{}, err
	}
	return p.Verify(a, c, []byte(alice), asked)
}

// made is what is kept of a device's passkey.
func made(t testing.TB, a *passkeytest.Authenticator) Credential {
	t.Helper()
	c, err := register(a.Create(asked))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAPasskeyIsMadeAndSignsIn(t *testing.T) {
	for alg, key := range keys() {
		a := device(key)
		a.Count = 7
		c := made(t, a)
		if !bytes.Equal(c.ID, a.ID) || !bytes.Equal(c.PublicKey, a.COSE) || c.SignCount != 7 || !c.BackupEligible || !c.BackedUp ||
			strings.Join(c.Transports, " ") != "internal hybrid" || c.AAGUID != [16]byte{} {
			t.Errorf("%s: what is kept is %+v", alg, c)
		}
		a.Count, a.Flags = 9, a.Flags&^passkeytest.BackedUp
		now, err := verify(a.Get(asked), c)
		if err != nil || now.SignCount != 9 || now.BackedUp || !bytes.Equal(now.PublicKey, c.PublicKey) || !bytes.Equal(now.ID, c.ID) {
			t.Errorf("%s: %+v, %v", alg, now, err)
		}
	}
}

// rule is one that is broken, before the authenticator signs or after.
type rule struct {
	broken       error
	device       func(a *passkeytest.Authenticator)
	registration func(r *passkeytest.Registration)
	assertion    func(s *passkeytest.Assertion)
}

// ofBoth are rules that registrations and assertions have in common (sections 7.1, steps 7 to 17; 7.2, steps 10 to 18).
var ofBoth = map[string]rule{
	"another challenge":                     {broken: ErrChallenge, device: says("challenge", "T1a2VkaWJsZS1jaGFsbGVuZ2Utb2YtMzItYnl0ZXMtLw")},
	"no challenge":                          {broken: ErrChallenge, device: says("challenge", "")},
	"a challenge with padding":              {broken: ErrChallenge, device: says("challenge", asked+"=")},
	"a challenge that goes on":              {broken: ErrChallenge, device: says("challenge", asked+"AAAA")},
	"another type":                          {broken: ErrType, device: says("type", "payment.get")},
	"no type":                               {broken: ErrType, device: says("type", "")},
	"another origin":                        {broken: ErrOrigin, device: says("origin", "https://login.example.evil")},
	"another port":                          {broken: ErrOrigin, device: says("origin", "https://login.example:8443")},
	"another scheme":                        {broken: ErrOrigin, device: says("origin", "http://login.example")},
	"a host below":                          {broken: ErrOrigin, device: says("origin", "https://a.login.example")},
	"an origin with capitals":               {broken: ErrOrigin, device: says("origin", "https://Login.example")},
	"an origin with a path":                 {broken: ErrOrigin, device: says("origin", "https://login.example/")},
	"an origin with a port":                 {broken: ErrOrigin, device: says("origin", "https://login.example:443")},
	"no origin":                             {broken: ErrOrigin, device: says("origin", "")},
	"the origin null":                       {broken: ErrMalformed, device: says("origin", nil)},
	"a frame":                               {broken: ErrFrame, device: says("crossOrigin", true)},
	"a frame that is no boolean":            {broken: ErrMalformed, device: says("crossOrigin", "false")},
	"a page above":                          {broken: ErrFrame, device: says("topOrigin", "https://login.example")},
	"a page above that is null":             {broken: ErrFrame, device: says("topOrigin", nil)},
	"another RP ID":                         {broken: ErrParty, device: func(a *passkeytest.Authenticator) { a.RPID = "example" }},
	"nobody present":                        {broken: ErrPresence, device: without(passkeytest.Present)},
	"nobody verified":                       {broken: ErrVerification, device: without(passkeytest.Verified)},
	"a copy of what has none":               {broken: ErrBackup, device: without(passkeytest.Eligible)},
	"something behind":                      {broken: ErrMalformed, device: func(a *passkeytest.Authenticator) { a.Behind = []byte{0} }},
	"extensions and no flag":                {broken: ErrMalformed, device: func(a *passkeytest.Authenticator) { a.Behind = []byte{0xa0} }},
	"the flag and no extensions":            {broken: ErrMalformed, device: func(a *passkeytest.Authenticator) { a.Flags |= passkeytest.Extensions }},
	"extensions that end early":             {broken: ErrMalformed, device: extends("\xa1\x61a")},
	"something behind extensions":           {broken: ErrMalformed, device: extends("\xa0\xa0")},
	"extensions that are no map":            {broken: ErrMalformed, device: extends("\x80")},
	"an extension with a number for a name": {broken: ErrMalformed, device: extends("\xa1\x01\xf5")},
	"an extension twice":                    {broken: ErrMalformed, device: extends("\xa2\x61a\xf5\x61a\xf5")},
}

func says(name string, value any) func(*passkeytest.Authenticator) {
	return func(a *passkeytest.Authenticator) { a.Says = map[string]any{name: value} }
}

func without(bit byte) func(*passkeytest.Authenticator) {
	return func(a *passkeytest.Authenticator) { a.Flags &^= bit }
}

func extends(data string) func(*passkeytest.Authenticator) {
	return func(a *passkeytest.Authenticator) {
		a.Flags |= passkeytest.Extensions
		a.Behind = []byte(data)
	}
}

func TestARegistrationIsHeldToEachRule(t *testing.T) {
	of := map[string]rule{
		"an assertion's type":         {broken: ErrType, device: says("type", "webauthn.get")},
		"another id than is attested": {broken: ErrCredential, registration: func(r *passkeytest.Registration) { r.ID = []byte{1} }},
		"no id":                       {broken: ErrMalformed, registration: func(r *passkeytest.Registration) { r.ID = nil }},
		"an id that is too long":      {broken: ErrMalformed, device: func(a *passkeytest.Authenticator) { a.ID = make([]byte, 1024) }},
		"an id that is empty":         {broken: ErrMalformed, device: func(a *passkeytest.Authenticator) { a.ID = nil }},
		"no credential": {broken: ErrCredential, registration: func(r *passkeytest.Registration) {
			r.Object = passkeytest.Object(device(passkeytest.ES256()).Data(passkeytest.Present|passkeytest.Verified, nil))
		}},
		"a credential that ends early": {broken: ErrMalformed, registration: func(r *passkeytest.Registration) {
			r.Object = passkeytest.Object(device(passkeytest.ES256()).Data(passkeytest.Present|passkeytest.Verified|passkeytest.Attested, make([]byte, 17)))
		}},
		"a credential without a key": {broken: ErrMalformed, device: func(a *passkeytest.Authenticator) { a.COSE = nil }},
		"a key that ends early":      {broken: ErrMalformed, device: func(a *passkeytest.Authenticator) { a.COSE = a.COSE[:len(a.COSE)-1] }},
		"a key of another algorithm": {broken: ErrAlgorithm, device: func(a *passkeytest.Authenticator) { a.COSE[4] = 0x27 + 1 }},
	}
	for _, rules := range []map[string]rule{ofBoth, of} {
		for what, rule := range rules {
			a := device(passkeytest.ES256())
			if rule.device != nil {
				rule.device(a)
			}
			r := a.Create(asked)
			if rule.registration != nil {
				rule.registration(&r)
			}
			if c, err := register(r); !errors.Is(err, rule.broken) {
				t.Errorf("%s: %+v, %v", what, c, err)
			}
		}
	}
}

func TestAnAssertionIsHeldToEachRule(t *testing.T) {
	mallory := device(passkeytest.ES256())
	of := map[string]rule{
		"a registration's type":    {broken: ErrType, device: says("type", "webauthn.create")},
		"another credential":       {broken: ErrCredential, device: func(a *passkeytest.Authenticator) { a.ID = mallory.ID }},
		"another account":          {broken: ErrUser, device: func(a *passkeytest.Authenticator) { a.User = []byte("bob") }},
		"no account":               {broken: ErrUser, device: func(a *passkeytest.Authenticator) { a.User = nil }},
		"another key":              {broken: ErrSignature, device: func(a *passkeytest.Authenticator) { a.Key = mallory.Key }},
		"no signature":             {broken: ErrSignature, assertion: func(s *passkeytest.Assertion) { s.Signature = nil }},
		"other client data":        {broken: ErrSignature, assertion: func(s *passkeytest.Assertion) { s.ClientData = append(s.ClientData, ' ') }},
		"other data":               {broken: ErrSignature, assertion: func(s *passkeytest.Assertion) { s.Data[len(s.Data)-1]++ }},
		"a counter that stands":    {broken: ErrCounter, device: func(a *passkeytest.Authenticator) { a.Count = 5 }},
		"a counter that goes back": {broken: ErrCounter, device: func(a *passkeytest.Authenticator) { a.Count = 4 }},
		"a counter that stops":     {broken: ErrCounter, device: func(a *passkeytest.Authenticator) { a.Count = 0 }},
		"no copies any more":       {broken: ErrBackup, device: without(passkeytest.Eligible | passkeytest.BackedUp)},
		"a new credential": {broken: ErrMalformed, device: func(a *passkeytest.Authenticator) {
			a.Flags |= passkeytest.Attested
			a.Behind = append(make([]byte, 17), append([]byte{1, 9}, a.COSE...)...)
		}},
		"data that ends early": {broken: ErrMalformed, assertion: func(s *passkeytest.Assertion) { s.Data = s.Data[:36] }},
		"no data":              {broken: ErrMalformed, assertion: func(s *passkeytest.Assertion) { s.Data = nil }},
		"no client data":       {broken: ErrMalformed, assertion: func(s *passkeytest.Assertion) { s.ClientData = nil }},
	}
	for _, rules := range []map[string]rule{ofBoth, of} {
		for what, rule := range rules {
			a := device(passkeytest.ES256())
			a.Count = 5
			c := made(t, a)
			a.Count = 6
			if rule.device != nil {
				rule.device(a)
			}
			s := a.Get(asked)
			if rule.assertion != nil {
				rule.assertion(&s)
			}
			if now, err := verify(s, c); !errors.Is(err, rule.broken) {
				t.Errorf("%s: %+v, %v", what, now, err)
			}
		}
	}
}

func TestASignatureHasOneForm(t *testing.T) {
	for alg, key := range keys() {
		a := device(key)
		c := made(t, a)
		good := a.Get(asked)
		for i := range 8 * len(good.Signature) {
			if alg == "RS256" && i%17 != 0 {
				continue // each takes a while
			}
			s := good
			s.Signature = bytes.Clone(s.Signature)
			s.Signature[i/8] ^= 1 << (i % 8)
			if _, err := verify(s, c); !errors.Is(err, ErrSignature) {
				t.Errorf("%s: bit %d: %v", alg, i, err)
			}
		}
		for what, other := range map[string][]byte{"longer": append(bytes.Clone(good.Signature), 0), "shorter": good.Signature[1:], "twice": bytes.Repeat(good.Signature, 2)} {
			s := good
			s.Signature = other
			if _, err := verify(s, c); !errors.Is(err, ErrSignature) {
				t.Errorf("%s: %s: %v", alg, what, err)
			}
		}
	}
}

func TestADeviceThatDoesNotCountSignsInAsOftenAsItLikes(t *testing.T) {
	a := device(passkeytest.EdDSA())
	c := made(t, a)
	for range 3 {
		var err error
		if c, err = verify(a.Get(asked), c); err != nil {
			t.Fatal(err)
		}
	}
	a.Count = 1 // from now on it counts
	if c, err := verify(a.Get(asked), c); err != nil || c.SignCount != 1 {
		t.Errorf("%d, %v", c.SignCount, err)
	}
}

func TestNothingIsHeldToAnEmptyChallengeOrAccount(t *testing.T) {
	a := device(passkeytest.ES256())
	c := made(t, a)
	a.User = nil
	a.Says = map[string]any{"challenge": ""}
	r, err := ParseRegistration([]byte(a.Create("").JSON()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := us.Register(r, ""); !errors.Is(err, ErrChallenge) {
		t.Error(err)
	}
	s, err := ParseAssertion([]byte(a.Get("").JSON()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := us.Verify(s, c, nil, asked); !errors.Is(err, ErrUser) {
		t.Error(err)
	}
}

func TestWhatIsOpenInTheStandardIsTaken(t *testing.T) {
	for what, open := range map[string]func(a *passkeytest.Authenticator){
		"extensions":               extends("\xa2\x6bcredProtect\x02\x6bhmac-secret\xf5"),
		"members that are new":     says("other_keys_can_be_added_here", "do not compare clientDataJSON against a template"),
		"a member of old browsers": says("tokenBinding", map[string]any{"status": "supported"}),
		"flags that are reserved":  func(a *passkeytest.Authenticator) { a.Flags |= 1<<1 | 1<<5 },
		"an id of 1023 bytes":      func(a *passkeytest.Authenticator) { a.ID = bytes.Repeat([]byte{7}, 1023) },
		"an id of one byte":        func(a *passkeytest.Authenticator) { a.ID = []byte{0} },
		"never to be copied":       without(passkeytest.Eligible | passkeytest.BackedUp),
		"not copied yet":           without(passkeytest.BackedUp),
	} {
		a := device(passkeytest.ES256())
		open(a)
		c, err := register(a.Create(asked))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if _, err := verify(a.Get(asked), c); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}
