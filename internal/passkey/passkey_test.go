package passkey_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/passkeytest"
	"github.com/lingpai/lingpai/internal/seal"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/sqlstore"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webauthn"
)

const issuer = "https://login.example"

var alice, bob = passkey.Owner{ID: "u1", Username: "alice", Name: "Alice Ames"}, passkey.Owner{ID: "u2", Username: "bob"}

// house is the service on a real database, with a clock that the test moves, and what people were told.
type house struct {
	*testing.T
	*passkey.Service
	now  time.Time
	told []string
}

func start(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	store, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "lingpai.db"), sqlstore.Options{})
	h.must(err)
	t.Cleanup(func() { h.must(store.Close()) })
	h.must(store.Migrate(t.Context()))
	for _, o := range []passkey.Owner{alice, bob} {
		h.must(store.AddUser(t.Context(), user.Addition{
			User: user.User{ID: o.ID, Username: o.Username, Password: secret.New("x"), CreatedAt: h.now}, CanonicalUsername: o.Username, Event: audit.Event{Action: audit.UserAdded, UserID: o.ID},
		}))
	}
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	h.must(err)
	h.Service = &passkey.Service{Store: store, Notices: h, Box: box, RevokeFor: time.Hour, Now: func() time.Time { return h.now }}
	h.must(h.Serve("Acme", issuer))
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// PasskeyChanged notes what people are told.
func (h *house) PasskeyChanged(_ context.Context, userID string, n passkey.News, _ audit.Source) {
	h.told = append(h.told, userID+" "+string(n))
}

// refused wants a refusal.
func (h *house) refused(err error, code fault.Code) {
	h.Helper()
	if !fault.Is(err, code) {
		h.Errorf("want %s, got %v", code, err)
	}
}

func (h *house) device(o passkey.Owner) *passkeytest.Authenticator {
	return passkeytest.New(passkeytest.ES256(), o.ID, issuer, "login.example")
}

// asked is what a browser is to ask.
type asked struct {
	cookie, challenge string
	options           map[string]any
}

func (h *house) read(b passkey.Begun, err error) asked {
	h.Helper()
	h.must(err)
	text, err := json.Marshal(b.Options)
	h.must(err)
	var options struct{ PublicKey map[string]any }
	h.must(json.Unmarshal(text, &options))
	return asked{b.Sealed.Reveal(), options.PublicKey["challenge"].(string), options.PublicKey}
}

func (h *house) toSignIn() asked { h.Helper(); return h.read(h.Begin()) }

func (h *house) toAdd(o passkey.Owner) asked {
	h.Helper()
	return h.read(h.BeginAdding(h.Context(), o))
}

func (h *house) add(o passkey.Owner, a *passkeytest.Authenticator, q asked) (passkey.Credential, error) {
	return h.Add(h.Context(), o, q.cookie, a.Create(q.challenge).JSON(), "Blue key", audit.Source{})
}

func (h *house) judge(a *passkeytest.Authenticator, q asked) (passkey.Use, error) {
	return h.Judge(h.Context(), q.cookie, a.Get(q.challenge).JSON())
}

// has gives an account a passkey.
func (h *house) has(o passkey.Owner) *passkeytest.Authenticator {
	h.Helper()
	a := h.device(o)
	_, err := h.add(o, a, h.toAdd(o))
	h.must(err)
	return a
}

func TestAPasskeyIsKeptAsItWasMade(t *testing.T) {
	h := start(t)
	a := h.device(alice)
	a.Count = 4
	q := h.toAdd(alice)
	answer := strings.Replace(a.Create(q.challenge).JSON(), `["internal","hybrid"]`, `["usb","","Cable","an-exceedingly-long-one","nfc","smart-card","a","b","c","d","e","f"]`, 1)
	made, err := h.Add(t.Context(), alice, q.cookie, answer, " Blue \x00 key ", audit.Source{})
	h.must(err)
	kept, err := h.Find(t.Context(), alice.ID, base64.RawURLEncoding.EncodeToString(a.ID))
	h.must(err)
	if fmt.Sprint(kept) != fmt.Sprint(made) || string(kept.PublicKey) != string(a.COSE) || kept.SignCount != 4 || kept.Name != "Blue key" || !kept.AddedAt.Equal(h.now) ||
		!kept.BackupEligible || !kept.BackedUp || kept.AAGUID != strings.Repeat("0", 32) || strings.Join(kept.Transports, " ") != "usb nfc smart-card a b c d e" {
		t.Errorf("%+v", kept)
	}
	if strings.Join(h.told, ", ") != "u1 passkey_added" {
		t.Errorf("told: %v", h.told)
	}
	if has, err := h.Has(t.Context(), alice.ID); err != nil || !has {
		t.Error("it is not there", err)
	}
	if has, err := h.Has(t.Context(), bob.ID); err != nil || has {
		t.Error("somebody else has it", err)
	}
}

func TestADeviceIsAskedForOneThatItDoesNotHave(t *testing.T) {
	h := start(t)
	a := h.has(alice)
	q := h.toAdd(alice)
	not, _ := json.Marshal(q.options["excludeCredentials"])
	want := `[{"id":"` + base64.RawURLEncoding.EncodeToString(a.ID) + `","transports":["internal","hybrid"],"type":"public-key"}]`
	if string(not) != want {
		t.Errorf("%s", not)
	}
	who, _ := json.Marshal(q.options["user"])
	if string(who) != `{"displayName":"Alice Ames","id":"dTE","name":"alice"}` {
		t.Errorf("%s", who)
	}
	if who, _ := json.Marshal(h.toAdd(bob).options["user"]); string(who) != `{"displayName":"bob","id":"dTI","name":"bob"}` {
		t.Errorf("%s", who)
	}
	_, err := h.add(alice, a, q)
	h.refused(err, fault.PasskeyKnown)
	_, err = h.add(bob, a, h.toAdd(bob))
	h.refused(err, fault.PasskeyKnown)
}

func TestAnAccountHasSoManyPasskeys(t *testing.T) {
	h := start(t)
	for range passkey.Most {
		h.has(alice)
	}
	_, err := h.BeginAdding(t.Context(), alice)
	h.refused(err, fault.PasskeyLimit)
	h.has(bob)
}

func TestWhatHasBegunIsGoodForItsPurposeAlone(t *testing.T) {
	h := start(t)
	a, next := h.has(alice), h.device(alice)
	signIn, add := h.toSignIn(), h.toAdd(alice)
	for what, cookie := range map[string]string{
		"to add one":       add.cookie,
		"altered":          signIn.cookie[:20] + string(signIn.cookie[20]^1) + signIn.cookie[21:],
		"cut":              signIn.cookie[:len(signIn.cookie)-4],
		"of another begin": h.toSignIn().cookie,
		"none":             "",
		"no base64url":     "%",
	} {
		_, err := h.judge(a, asked{cookie: cookie, challenge: signIn.challenge})
		if !fault.Is(err, fault.ChallengeVoid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, wrong := range []asked{{cookie: signIn.cookie, challenge: signIn.challenge}, h.toAdd(bob), {cookie: h.toAdd(alice).cookie, challenge: add.challenge}} {
		_, err := h.add(alice, next, wrong)
		h.refused(err, fault.ChallengeVoid)
	}
	other := *h.Service
	box, err := seal.NewBox([]byte(strings.Repeat("k", seal.KeySize)))
	h.must(err)
	other.Box = box
	_, err = other.Judge(t.Context(), signIn.cookie, a.Get(signIn.challenge).JSON())
	h.refused(err, fault.ChallengeVoid)
	_, err = h.judge(a, signIn)
	h.must(err)
	_, err = h.add(alice, next, add)
	h.must(err)
}

func TestWhatHasBegunIsGoodForTenMinutes(t *testing.T) {
	h := start(t)
	a := h.has(alice)
	signIn, add := h.toSignIn(), h.toAdd(alice)
	h.now = h.now.Add(passkey.BegunFor)
	use, err := h.judge(a, signIn)
	h.must(err)
	if !use.ChallengeEnds.After(h.now) {
		t.Error("that it was used is forgotten while it is good")
	}
	h.now = h.now.Add(time.Millisecond)
	_, err = h.judge(a, signIn)
	h.refused(err, fault.ChallengeVoid)
	_, err = h.add(alice, h.device(alice), add)
	h.refused(err, fault.ChallengeVoid)
	h.now = h.now.Add(-passkey.BegunFor - 2*time.Second) // a clock that was put back
	_, err = h.judge(a, signIn)
	h.refused(err, fault.ChallengeVoid)
}

func TestAnAnswerIsSpentOnce(t *testing.T) {
	h := start(t)
	a := h.has(alice)
	q := h.toSignIn()
	use, err := h.judge(a, q)
	h.must(err)
	if use.UserID != alice.ID || !use.At.Equal(h.now) || !use.BackedUp {
		t.Errorf("%+v", use)
	}
	var good sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			err := h.Spend(t.Context(), use)
			if err == nil {
				good.Store(i, true)
			} else if !fault.Is(err, fault.ChallengeVoid) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n := 0
	good.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("it was spent %d times", n)
	}
	h.now = h.now.Add(time.Minute)
	again, err := h.judge(a, q) // as it may be, for nobody was signed in by it yet
	h.must(err)
	h.refused(h.Spend(t.Context(), again), fault.ChallengeVoid)
	fresh, err := h.judge(a, h.toSignIn())
	h.must(err)
	h.must(h.Spend(t.Context(), fresh))
	c, err := h.Find(t.Context(), alice.ID, use.ID)
	h.must(err)
	if !c.UsedAt.Equal(h.now) {
		t.Errorf("it was last used %v", c.UsedAt)
	}
}

func TestOfTwoThatCountApartOneIsACopy(t *testing.T) {
	h := start(t)
	a := h.device(alice)
	a.Count = 1
	_, err := h.add(alice, a, h.toAdd(alice))
	h.must(err)
	spend := func(count uint32) error {
		a.Count = count
		use, err := h.judge(a, h.toSignIn())
		if err != nil {
			if use.UserID != alice.ID {
				t.Error("whose it is, is not said")
			}
			return err
		}
		return h.Spend(t.Context(), use)
	}
	h.must(spend(2))
	for _, count := range []uint32{2, 1, 0} {
		err := spend(count)
		h.refused(err, fault.PasskeyInvalid)
		if !errors.Is(err, passkey.ErrCopied) {
			t.Errorf("%d: %v", count, err)
		}
	}
	h.must(spend(3))
	a.Count = 5 // two answers that count alike are judged before one of them is spent
	first, err := h.judge(a, h.toSignIn())
	h.must(err)
	second, err := h.judge(a, h.toSignIn())
	h.must(err)
	h.must(h.Spend(t.Context(), first))
	h.refused(h.Spend(t.Context(), second), fault.ChallengeVoid)
}

func TestARefusalSaysToTheLogWhichRuleWasBroken(t *testing.T) {
	h := start(t)
	good, stranger := h.has(alice), h.device(alice)
	for what, c := range map[string]struct {
		spoil func(a *passkeytest.Authenticator)
		code  fault.Code
		inner error
		whose string
	}{
		"another origin":     {func(a *passkeytest.Authenticator) { a.Origin = "https://evil.example" }, fault.PasskeyInvalid, webauthn.ErrOrigin, alice.ID},
		"nobody made sure":   {func(a *passkeytest.Authenticator) { a.Flags &^= passkeytest.Verified }, fault.PasskeyInvalid, webauthn.ErrVerification, alice.ID},
		"another account":    {func(a *passkeytest.Authenticator) { a.User = []byte(bob.ID) }, fault.PasskeyInvalid, webauthn.ErrUser, alice.ID},
		"another key":        {func(a *passkeytest.Authenticator) { a.Key = stranger.Key }, fault.PasskeyInvalid, webauthn.ErrSignature, alice.ID},
		"an unknown passkey": {func(a *passkeytest.Authenticator) { a.ID = stranger.ID }, fault.PasskeyInvalid, fault.ErrNotFound, ""},
		"another challenge":  {func(a *passkeytest.Authenticator) { a.Says = map[string]any{"challenge": "AAAA"} }, fault.ChallengeVoid, webauthn.ErrChallenge, alice.ID},
		"a name twice":       {func(a *passkeytest.Authenticator) { a.Says = map[string]any{"TYPE": "x"} }, fault.BodyMalformed, webauthn.ErrMalformed, ""},
	} {
		a := *good
		c.spoil(&a)
		use, err := h.judge(&a, h.toSignIn())
		h.refused(err, c.code)
		if !errors.Is(err, c.inner) || use.UserID != c.whose {
			t.Errorf("%s: %v, of %q", what, err, use.UserID)
		}
	}
	for what, c := range map[string]struct {
		spoil func(a *passkeytest.Authenticator)
		code  fault.Code
		inner error
	}{
		"another origin": {func(a *passkeytest.Authenticator) { a.Origin = issuer + "/" }, fault.PasskeyInvalid, webauthn.ErrOrigin},
		"no key":         {func(a *passkeytest.Authenticator) { a.COSE = []byte{0xa0} }, fault.PasskeyInvalid, webauthn.ErrAlgorithm},
		"half a key":     {func(a *passkeytest.Authenticator) { a.COSE = a.COSE[:9] }, fault.BodyMalformed, webauthn.ErrMalformed},
	} {
		a := h.device(alice)
		c.spoil(a)
		_, err := h.add(alice, a, h.toAdd(alice))
		h.refused(err, c.code)
		if !errors.Is(err, c.inner) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAPasskeyIsCalledWhatItsPersonCallsIt(t *testing.T) {
	h := start(t)
	a := h.device(alice)
	q := h.toAdd(alice)
	c, err := h.Add(t.Context(), alice, q.cookie, a.Create(q.challenge).JSON(), " \u200b\n", audit.Source{})
	h.must(err)
	if c.Name != "Passkey" {
		t.Errorf("%q", c.Name)
	}
	h.must(h.Rename(t.Context(), alice.ID, c.ID, strings.Repeat("令", 100)))
	h.must(h.Rename(t.Context(), alice.ID, c.ID, "\x00"))
	c, err = h.Find(t.Context(), alice.ID, c.ID)
	if h.must(err); c.Name != strings.Repeat("令", passkey.MaxName) {
		t.Errorf("%q", c.Name)
	}
	if err := h.Rename(t.Context(), bob.ID, c.ID, "Mine"); !errors.Is(err, fault.ErrNotFound) {
		t.Error(err)
	}
	if err := h.Remove(t.Context(), bob.ID, c.ID, audit.Source{}); !errors.Is(err, fault.ErrNotFound) {
		t.Error(err)
	}
	h.must(h.Remove(t.Context(), alice.ID, c.ID, audit.Source{}))
	_, err = h.judge(a, h.toSignIn())
	h.refused(err, fault.PasskeyInvalid)
	if strings.Join(h.told, ", ") != "u1 passkey_added, u1 passkey_removed" {
		t.Errorf("told: %v", h.told)
	}
}

func TestAnAddressOfNumbersHasNoPasskeys(t *testing.T) {
	h := start(t)
	h.has(alice)
	for _, numbers := range []string{"http://127.0.0.1:4401", "http://[::1]:4401", "https://192.0.2.7"} {
		h.must(h.Serve("Acme", numbers))
		if h.Available() || h.RPID() != "" {
			t.Errorf("%s has", numbers)
		}
		_, err := h.Begin()
		h.refused(err, fault.PasskeysUnavailable)
		_, err = h.BeginAdding(t.Context(), alice)
		h.refused(err, fault.PasskeysUnavailable)
		_, err = h.Judge(t.Context(), "", "")
		h.refused(err, fault.PasskeysUnavailable)
		_, err = h.Add(t.Context(), alice, "", "", "", audit.Source{})
		h.refused(err, fault.PasskeysUnavailable)
		if has, err := h.Has(t.Context(), alice.ID); has || err != nil {
			t.Error("somebody can sign in", err)
		}
	}
	h.must(h.Serve("Acme", "https://LOGIN.example:8443"))
	if !h.Available() || h.RPID() != "login.example" {
		t.Error(h.RPID())
	}
	if err := h.Serve("Acme", "https://%"); err == nil {
		t.Error("that is no address")
	}
}
