package otp

import (
	"context"
	"encoding/base32"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
)

// TestCodesAreThoseOfTheRFC holds the codes against RFC 6238, appendix B, cut to six digits, and RFC 4226, appendix D.
func TestCodesAreThoseOfTheRFC(t *testing.T) {
	key := []byte("12345678901234567890")
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		got, err := Code(base32.StdEncoding.EncodeToString(key), time.Unix(unix, 0))
		if err != nil || got != want {
			t.Errorf("at %d: %s (%v), want %s", unix, got, err, want)
		}
	}
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := codeOf(key, int64(step)); got != want {
			t.Errorf("step %d: %s, want %s", step, got, want)
		}
	}
}

// plainSealer shows that sealing keeps a value to its place.
type plainSealer struct{}

func (plainSealer) Seal(table, column, row string, plain []byte) []byte {
	return slices.Concat([]byte(table+column+row+"\x00"), plain)
}

func (plainSealer) Open(table, column, row string, sealed []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), table+column+row+"\x00")
	if !ok {
		return nil, errors.New("sealed for another place")
	}
	return []byte(plain), nil
}

// patient counts what is charged.
type patient struct{ charged int }

func (p *patient) Code(_ context.Context, _, _, _ string, try func() (bool, error)) error {
	good, err := try()
	if err == nil && !good {
		p.charged++
	}
	return err
}

func (p *patient) RecoveryCode(ctx context.Context, user, device, address string, try func() (bool, error)) error {
	return p.Code(ctx, user, device, address, try)
}

// memory keeps one factor, with the promises of Store.
type memory struct {
	mu     sync.Mutex
	factor Factor
	hashes []string
}

func (m *memory) Factor(context.Context, string) (Factor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.factor.UserID == "" {
		return Factor{}, fault.ErrNotFound
	}
	m.factor.RecoveryLeft = len(m.hashes)
	return m.factor, nil
}

func (m *memory) AddFactor(_ context.Context, a Addition) error {
	if m.factor.UserID != "" {
		return fault.ErrConflict
	}
	m.factor, m.hashes = a.Factor, a.Hashes
	return nil
}

func (m *memory) RemoveFactor(context.Context, Removal) error {
	m.factor, m.hashes = Factor{}, nil
	return nil
}

func (m *memory) SpendStep(_ context.Context, _ string, addedAt time.Time, step int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.factor.AddedAt.Equal(addedAt) || m.factor.LastStep >= step {
		return fault.ErrConflict
	}
	m.factor.LastStep = step
	return nil
}

func (m *memory) SpendRecovery(_ context.Context, _, hash string, _ audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.Index(m.hashes, hash)
	if i < 0 {
		return fault.ErrConflict
	}
	m.hashes = slices.Delete(m.hashes, i, i+1)
	return nil
}

func (m *memory) RenewRecovery(_ context.Context, _ string, hashes []string, _ audit.Event) error {
	m.hashes = hashes
	return nil
}

// app is a phone with an app that was set up, and the account of its owner.
type app struct {
	*testing.T
	*Service
	secret   string
	recovery []string
	limiter  *patient
	now      time.Time
}

var began = time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC)

func newApp(t *testing.T) *app {
	t.Helper()
	a := &app{T: t, limiter: &patient{}, now: began}
	a.Service = &Service{
		Store: &memory{}, Sealer: plainSealer{}, Limiter: a.limiter, Key: []byte("key"), Name: "Notes: ours", Now: func() time.Time { return a.now },
	}
	return a
}

func setUpApp(t *testing.T) *app {
	t.Helper()
	a := newApp(t)
	o := a.Offer("u1", "alice")
	a.secret = o.Secret.Reveal()
	var err error
	if a.recovery, err = a.Add(t.Context(), "u1", o.Token.Reveal(), a.code(), audit.Source{}); err != nil {
		t.Fatal(err)
	}
	a.now = a.now.Add(time.Minute)
	return a
}

func (a *app) code() string { return a.codeAt(a.now) }

func (a *app) codeAt(at time.Time) string {
	code, err := Code(a.secret, at)
	if err != nil {
		a.Fatal(err)
	}
	return code
}

func stranger(time.Time) string { return "" }

func (a *app) try(code string) error {
	return a.Check(a.Context(), "u1", code, stranger, audit.Source{})
}

func (a *app) wantsGood(what, code string) {
	a.Helper()
	if err := a.try(code); err != nil {
		a.Errorf("%s: %v", what, err)
	}
}

func (a *app) wantsRefused(what, code string) {
	a.Helper()
	if err := a.try(code); !fault.Is(err, fault.CodeInvalid) {
		a.Errorf("%s: %v", what, err)
	}
}

// ASVS 6.5.1, 6.5.8
func TestAttack68ACodeIsGoodOnceAndInItsTime(t *testing.T) {
	a := setUpApp(t)
	first := a.code()
	a.wantsGood("the code of now", first)
	a.wantsRefused("the same again", first)
	a.wantsRefused("the code of the step before, which is over now that a later one was used", a.codeAt(a.now.Add(-period)))
	a.wantsGood("a clock that is a step ahead", a.codeAt(a.now.Add(period)))
	a.now = a.now.Add(10 * period)
	for what, at := range map[string]time.Time{"two steps early": a.now.Add(2 * period), "two steps late": a.now.Add(-2 * period), "of yesterday": a.now.Add(-24 * time.Hour)} {
		a.wantsRefused(what, a.codeAt(at))
	}
	a.wantsGood("a clock that is a step behind", a.codeAt(a.now.Add(-period)))
	if a.limiter.charged != 5 {
		t.Errorf("%d tries were charged", a.limiter.charged)
	}
}

func TestAttack68OfManyWhoShowOneCodeOneGetsIn(t *testing.T) {
	a := setUpApp(t)
	code := a.code()
	results := make(chan error, 16)
	a.Limiter = &unlimited{}
	for range cap(results) {
		go func() { results <- a.try(code) }()
	}
	in := 0
	for range cap(results) {
		if err := <-results; err == nil {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d got in", in)
	}
}

type unlimited struct{ patient }

func (*unlimited) Code(_ context.Context, _, _, _ string, try func() (bool, error)) error {
	_, err := try()
	return err
}

func TestTheCodeThatConfirmsAnAppIsUsed(t *testing.T) {
	a := newApp(t)
	o := a.Offer("u1", "alice")
	a.secret = o.Secret.Reveal()
	if _, err := a.Add(t.Context(), "u1", o.Token.Reveal(), a.codeAt(began.Add(-time.Hour)), audit.Source{}); !fault.Is(err, fault.CodeInvalid) {
		t.Fatalf("an old code confirms it: %v", err)
	}
	if _, err := a.Add(t.Context(), "u1", o.Token.Reveal(), a.code(), audit.Source{}); err != nil {
		t.Fatal(err)
	}
	a.wantsRefused("the code that confirmed it", a.code())
	if _, err := a.Add(t.Context(), "u1", o.Token.Reveal(), a.code(), audit.Source{}); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("it is set up a second time: %v", err)
	}
}

func TestHowACodeIsTypedDoesNotMatter(t *testing.T) {
	a := setUpApp(t)
	for what, write := range map[string]func(code string) string{
		"as it is shown": func(c string) string { return c[:3] + " " + c[3:] }, "with a hyphen": func(c string) string { return " " + c[:3] + "-" + c[3:] + "\t" },
		"in wide digits": func(c string) string {
			return strings.Map(func(r rune) rune { return r - '0' + '０' }, c)
		},
	} {
		a.wantsGood(what, write(a.code()))
		a.now = a.now.Add(period)
	}
	for _, nothing := range []string{"", "12345", "1234567", "abcdef", "-", "令牌", "\x00\x00\x00\x00\x00\x00", strings.Repeat("1", 10000)} {
		a.wantsRefused(nothing, nothing)
	}
}

// ASVS 6.5.1, 6.5.2, 6.5.3, 6.5.4
func TestAttack69ARecoveryCodeIsGoodOnceInAnySpelling(t *testing.T) {
	a := setUpApp(t)
	if len(a.recovery) != 10 || len(slices.Compact(slices.Sorted(slices.Values(a.recovery)))) != 10 {
		t.Fatalf("%d recovery codes", len(a.recovery))
	}
	for i, spell := range []func(string) string{
		func(c string) string { return c },
		strings.ToUpper,
		func(c string) string { return strings.ReplaceAll(c, "-", "") },
		func(c string) string { return " " + strings.ReplaceAll(c, "-", "  ") + "\t" },
		func(c string) string { return strings.NewReplacer("o", "0", "l", "1", "b", "8").Replace(c) },
	} {
		a.wantsGood("spelling", spell(a.recovery[i]))
		for _, again := range []string{a.recovery[i], strings.ToUpper(a.recovery[i]), strings.ReplaceAll(a.recovery[i], "-", "")} {
			a.wantsRefused("used before", again)
		}
	}
	if f, err := a.Of(t.Context(), "u1"); err != nil || f.RecoveryLeft != 5 {
		t.Errorf("%d are left (%v)", f.RecoveryLeft, err)
	}
	if bits := 5 * len(strings.ReplaceAll(a.recovery[0], "-", "")); bits < 112 {
		t.Errorf("a recovery code has %d bits", bits)
	}
	for _, hash := range a.Store.(*memory).hashes {
		if strings.Contains(strings.Join(a.recovery, " "), hash) {
			t.Error("a recovery code is stored as it is")
		}
	}
}

func TestNewRecoveryCodesVoidTheOld(t *testing.T) {
	a := setUpApp(t)
	fresh, err := a.Renew(t.Context(), "u1", audit.Source{})
	if err != nil || len(fresh) != 10 {
		t.Fatal(fresh, err)
	}
	a.wantsRefused("an old one", a.recovery[0])
	a.wantsGood("a new one", fresh[9])
}

func TestAnOfferIsForOneAccountAndForAWhile(t *testing.T) {
	a := newApp(t)
	o := a.Offer("u1", "alice@home")
	u, err := url.Parse(o.Address.Reveal())
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Notes  ours:alice@home" || u.Query().Get("issuer") != "Notes  ours" ||
		u.Query().Get("secret") != strings.ReplaceAll(o.Secret.Reveal(), " ", "") || len(u.Query().Get("secret")) != 32 {
		t.Fatalf("%s (%v)", o.Address.Reveal(), err)
	}
	token := o.Token.Reveal()
	again, err := a.Again("u1", "alice@home", token)
	if err != nil || again.Address.Reveal() != o.Address.Reveal() || again.Token.Reveal() != token {
		t.Fatalf("%v", err)
	}
	altered := []byte(token)
	altered[3] ^= 1
	for what, try := range map[string]struct{ user, token string }{
		"another account": {"u2", token}, "an altered secret": {"u1", string(altered)}, "nothing": {"u1", ""}, "garbage": {"u1", "令牌"}, "cut": {"u1", token[:40]},
	} {
		if _, err := a.Again(try.user, "alice", try.token); !fault.Is(err, fault.OfferVoid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	a.now = a.now.Add(offerFor)
	if _, err := a.Add(t.Context(), "u1", token, "000000", audit.Source{}); !fault.Is(err, fault.OfferVoid) {
		t.Errorf("too late: %v", err)
	}
}

func TestASecretOpensInItsOwnRowOnly(t *testing.T) {
	a := setUpApp(t)
	store := a.Store.(*memory)
	store.factor.UserID = "u2" // as if the row had been moved to another account
	if err := a.Check(t.Context(), "u2", a.code(), stranger, audit.Source{}); err == nil || fault.Is(err, fault.CodeInvalid) {
		t.Errorf("it is answered %v", err)
	}
}
