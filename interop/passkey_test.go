package interop

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	rival "github.com/go-webauthn/webauthn/webauthn"

	"github.com/lingpai/lingpai/internal/passkeytest"
	"github.com/lingpai/lingpai/internal/webauthn"
)

const rpID, origin, account = "login.example", "https://login.example", "the user handle"

var (
	us        = webauthn.Party{ID: rpID, Name: "Acme", Origin: origin}
	challenge = base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte("challenge!"), 3))
	asks      = []protocol.CredentialParameter{
		{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
		{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
		{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
	}
)

// they is the library, told to want what we want.
func they(t testing.TB) *rival.WebAuthn {
	t.Helper()
	w, err := rival.New(&rival.Config{
		RPID: rpID, RPDisplayName: "Acme", RPOrigins: []string{origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// holder is the account in the form that the library wants.
type holder struct{ has []rival.Credential }

func (holder) WebAuthnID() []byte                        { return []byte(account) }
func (holder) WebAuthnName() string                      { return "alice" }
func (holder) WebAuthnDisplayName() string               { return "Alice" }
func (h holder) WebAuthnCredentials() []rival.Credential { return h.has }

func session(user []byte) rival.SessionData {
	return rival.SessionData{Challenge: challenge, UserID: user, UserVerification: protocol.VerificationRequired, CredParams: asks}
}

func weRegister(answer []byte) (c webauthn.Credential, err error) {
	r, err := webauthn.ParseRegistration(answer)
	if err != nil {
		return c, err
	}
	return us.Register(r, challenge)
}

func theyRegister(w *rival.WebAuthn, answer []byte) (c webauthn.Credential, err error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return c, err
	}
	made, err := w.CreateCredential(holder{}, session([]byte(account)), parsed)
	if err != nil {
		return c, err
	}
	return kept(made), nil
}

func weVerify(answer []byte, c webauthn.Credential) (webauthn.Credential, error) {
	a, err := webauthn.ParseAssertion(answer)
	if err != nil {
		return webauthn.Credential{}, err
	}
	return us.Verify(a, c, []byte(account), challenge)
}

func theyVerify(w *rival.WebAuthn, answer []byte, c webauthn.Credential) (webauthn.Credential, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return webauthn.Credential{}, err
	}
	whose := func([]byte, []byte) (rival.User, error) { return holder{[]rival.Credential{record(c)}}, nil }
	_, now, err := w.ValidatePasskeyLogin(whose, session(nil), parsed)
	if err != nil {
		return webauthn.Credential{}, err
	}
	if now.Authenticator.CloneWarning {
		return webauthn.Credential{}, errors.New("the counter went back")
	}
	return kept(now), nil
}

func record(c webauthn.Credential) rival.Credential {
	return rival.Credential{
		ID: c.ID, PublicKey: c.PublicKey,
		Flags:         rival.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: c.BackupEligible, BackupState: c.BackedUp},
		Authenticator: rival.Authenticator{AAGUID: c.AAGUID[:], SignCount: c.SignCount},
	}
}

func kept(c *rival.Credential) webauthn.Credential {
	out := webauthn.Credential{
		ID: c.ID, PublicKey: c.PublicKey, SignCount: c.Authenticator.SignCount, BackupEligible: c.Flags.BackupEligible, BackedUp: c.Flags.BackupState,
	}
	copy(out.AAGUID[:], c.Authenticator.AAGUID)
	return out
}

func alike(a, b webauthn.Credential) bool {
	return bytes.Equal(a.ID, b.ID) && bytes.Equal(a.PublicKey, b.PublicKey) && a.SignCount == b.SignCount && a.AAGUID == b.AAGUID &&
		a.BackupEligible == b.BackupEligible && a.BackedUp == b.BackedUp
}

// The rules by which we refuse what the library takes. Decision 18 lists them.
const (
	capitals = "a name in other capitals is another name"
	twoways  = "JSON that two readers can take differently is none"
	spelling = "base64url has one spelling"
	kinds    = "a member is of its kind, or not there"
	shortest = "CBOR is in its shortest form, and has no floats"
	members  = "an attestation object has its three members, and nothing else"
	letter   = "an origin is compared to the letter"
	above    = "there is no page above ours, whatever it is called"
	material = "a key has the members, curve and numbers of its algorithm"
)

// passedOver is what the library refuses by, and we do not: token binding is not in Level 3, and no statement of attestation is judged.
var passedOver = []string{"token binding present with invalid status", "Invalid attestation format"}

// ruleOf says which rule of the above an answer broke; "" for none.
func ruleOf(answer string, err error) string {
	text := err.Error()
	switch {
	case hasCapitals(answer):
		return capitals
	case errors.Is(err, webauthn.ErrOrigin):
		return letter
	case errors.Is(err, webauthn.ErrFrame):
		return above
	case errors.Is(err, webauthn.ErrKey):
		return material
	case !errors.Is(err, webauthn.ErrMalformed):
		return ""
	case strings.Contains(text, "CBOR: "):
		return shortest
	case strings.Contains(text, "fmt, attStmt and authData"):
		return members
	case strings.Contains(text, "not base64url"), strings.Contains(text, "id and rawId differ"):
		return spelling
	case strings.Contains(text, ": want "):
		return kinds
	case strings.Contains(text, "line "):
		return twoways
	}
	return ""
}

var (
	named = regexp.MustCompile(`"(\w+)"\s*:`)
	names = []string{
		"id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "transports", "authenticatorData", "signature", "userHandle",
		"challenge", "origin", "crossOrigin", "topOrigin",
	}
)

// hasCapitals reports whether a name in an answer or in its client data is one of those that are read, but for capitals.
func hasCapitals(answer string) bool {
	var read struct {
		Response struct{ ClientDataJSON string }
	}
	_ = json.Unmarshal([]byte(answer), &read)
	said, _ := base64.RawURLEncoding.DecodeString(read.Response.ClientDataJSON)
	for _, found := range named.FindAllStringSubmatch(answer+string(said), -1) {
		if slices.ContainsFunc(names, func(n string) bool { return n != found[1] && strings.EqualFold(n, found[1]) }) {
			return true
		}
	}
	return false
}

// sides feeds both, and counts.
type sides struct {
	*testing.T
	they          *rival.WebAuthn
	judged, taken int
	stricter      map[string]int
}

// hold compares what both say of one answer. What we take they take, and both keep the same.
func (s *sides) hold(what, answer string, ours webauthn.Credential, err error, theirs webauthn.Credential, theirErr error) {
	s.Helper()
	s.judged++
	switch {
	case err == nil && theirErr != nil:
		if !slices.ContainsFunc(passedOver, func(rule string) bool { return strings.Contains(theirErr.Error(), rule) }) {
			s.Errorf("%s: only we take it: %v\n%s", what, theirErr, answer)
		}
	case err == nil:
		s.taken++
		if !alike(ours, theirs) {
			s.Errorf("%s: we keep %+v, they %+v", what, ours, theirs)
		}
	case theirErr == nil:
		rule := ruleOf(answer, err)
		if s.stricter[rule]++; rule == "" {
			s.Errorf("%s: only they take it, by no rule that is listed: %v\n%s", what, err, answer)
		}
	}
}

func (s *sides) registers(what string, r passkeytest.Registration) {
	s.Helper()
	s.registersJSON(what, r.JSON())
}

func (s *sides) registersJSON(what, answer string) {
	s.Helper()
	ours, err := weRegister([]byte(answer))
	theirs, theirErr := theyRegister(s.they, []byte(answer))
	s.hold("registration, "+what, answer, ours, err, theirs, theirErr)
}

func (s *sides) verifies(what string, a passkeytest.Assertion, c webauthn.Credential) {
	s.Helper()
	s.verifiesJSON(what, a.JSON(), c)
}

func (s *sides) verifiesJSON(what, answer string, c webauthn.Credential) {
	s.Helper()
	ours, err := weVerify([]byte(answer), c)
	theirs, theirErr := theyVerify(s.they, []byte(answer), c)
	s.hold("assertion, "+what, answer, ours, err, theirs, theirErr)
}

func TestWhateverWeTakeOfPasskeysALibraryTakes(t *testing.T) {
	s := &sides{T: t, they: they(t), stricter: map[string]int{}}
	dice := rand.New(rand.NewPCG(20261129, 18))
	for range 2 {
		for _, key := range []func() crypto.Signer{passkeytest.ES256, passkeytest.EdDSA, passkeytest.RS256} {
			a := passkeytest.New(key(), account, origin, rpID)
			a.Count = 5
			c, err := weRegister([]byte(a.Create(challenge).JSON()))
			if err != nil {
				t.Fatal(err)
			}
			a.Count = 6
			s.honest(a, c)
			s.flags(a, c)
			s.says(a, c)
			s.shapes(a, c)
			s.keys(a)
			s.spoilt(a, c, dice)
		}
	}
	t.Logf("of %d answers both took %d; what only the library took we refused by:", s.judged, s.taken)
	for _, rule := range []string{capitals, twoways, spelling, kinds, shortest, members, letter, above, material} {
		t.Logf("%5d %s", s.stricter[rule], rule)
		if s.stricter[rule] == 0 {
			t.Errorf("the library does not forgive it any more: %s", rule)
		}
	}
	if s.judged < 5000 || s.taken < 500 {
		t.Error("that was not much")
	}
}

// BenchmarkPasskeys judges what a passkey answers, by ES256, from JSON to the record that is kept.
func BenchmarkPasskeys(b *testing.B) {
	w, a := they(b), passkeytest.New(passkeytest.ES256(), account, origin, rpID)
	made, asserted := []byte(a.Create(challenge).JSON()), []byte(a.Get(challenge).JSON())
	c, err := weRegister(made)
	if err != nil {
		b.Fatal(err)
	}
	for _, run := range []struct {
		name  string
		judge func() error
	}{
		{"registration/ours", func() error { _, err := weRegister(made); return err }},
		{"registration/library", func() error { _, err := theyRegister(w, made); return err }},
		{"assertion/ours", func() error { _, err := weVerify(asserted, c); return err }},
		{"assertion/library", func() error { _, err := theyVerify(w, asserted, c); return err }},
	} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := run.judge(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
