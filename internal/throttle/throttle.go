package throttle

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// Rate is a limit: Burst attempts at once, then one each Interval.
type Rate struct {
	Burst    int
	Interval time.Duration
}

// Limits are the rates in force. A rate that is zero takes its default.
type Limits struct {
	// Address holds for one client address and every account. Default: 20, then one in 10 seconds.
	Address Rate
	// Account holds for one account and every unknown device. Default: 10, then one in 30 seconds.
	Account Rate
	// Device holds for one account on one known device. Default: 10, then one in 30 seconds.
	Device Rate
	// Sustained holds beside Account and beside Device. Default: 50, then one an hour.
	Sustained Rate
}

// DefaultLimits are justified in the package documentation.
var DefaultLimits = Limits{
	Address:   Rate{Burst: 20, Interval: 10 * time.Second},
	Account:   Rate{Burst: 10, Interval: 30 * time.Second},
	Device:    Rate{Burst: 10, Interval: 30 * time.Second},
	Sustained: Rate{Burst: 50, Interval: time.Hour},
}

// Attempt is one try to sign in with a password.
type Attempt struct {
	// Account is the name as it was typed, in its canonical form (lower case, normalised), whether or not it exists.
	Account string
	// Address is the client's, after trusted proxies were taken off. The zero Addr is counted as one address of its own.
	Address netip.Addr
	// KnownDevice identifies the device when the caller has proof that it signed in to this account before; "" when it has none.
	KnownDevice string
}

// Ticket is an admitted attempt. It is given back exactly once, to [Limiter.Release].
type Ticket struct{ charges []Charge }

// Limiter decides which attempts may be tried. It is safe for concurrent use.
type Limiter struct {
	store  Store
	key    []byte
	limits Limits
	now    func() time.Time
	held   held
}

// New makes a Limiter. The key (32 random bytes, the same after a restart and on every node) turns names and addresses into store keys.
func New(store Store, key []byte, limits Limits, now func() time.Time) *Limiter {
	limits.Address = limits.Address.or(DefaultLimits.Address)
	limits.Account = limits.Account.or(DefaultLimits.Account)
	limits.Device = limits.Device.or(DefaultLimits.Device)
	limits.Sustained = limits.Sustained.or(DefaultLimits.Sustained)
	return &Limiter{store: store, key: key, limits: limits, now: now}
}

func (r Rate) or(other Rate) Rate {
	if r == (Rate{}) {
		return other
	}
	return r
}

// Admit lets an attempt try: a unit of each of its limits is held until [Limiter.Release]. It is called before the password is hashed.
// When a limit is exhausted the error is a `rate_limited` [fault.Refusal] with the wait, and nothing is held; when the store fails,
// nobody is admitted.
func (l *Limiter) Admit(ctx context.Context, a Attempt) (Ticket, error) {
	return l.admit(ctx, l.charges(a))
}

func (l *Limiter) admit(ctx context.Context, charges []Charge) (Ticket, error) {
	for {
		ended := l.held.ended()
		arrivals, err := l.store.Arrivals(ctx, keysOf(charges))
		if err != nil {
			return Ticket{}, fmt.Errorf("read limits of sign-in: %w", err)
		}
		wait, current := l.held.enter(charges, arrivals, l.now(), ended)
		switch {
		case !current:
			continue
		case wait > 0:
			return Ticket{}, fault.Refuse(fault.RateLimited, wait)
		}
		return Ticket{charges}, nil
	}
}

// settleWithin is how long a charge may take when nobody waits for it any more.
const settleWithin = 5 * time.Second

// Fail charges an attempt whose password was wrong, also when whoever made it has hung up. Its ticket is still to be released.
func (l *Limiter) Fail(ctx context.Context, t Ticket) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if err := l.store.Charge(ctx, t.charges, l.now()); err != nil {
		return fmt.Errorf("charge sign-in attempt: %w", err)
	}
	return nil
}

// Release ends an attempt. One that did not fail has cost nothing: its password was right, or was never judged.
func (l *Limiter) Release(t Ticket) { l.held.leave(t.charges) }

// Guess lets a person who is signed in try to find something that is not theirs to know, such as the code that a device shows. try says
// whether it was found; only what was not is charged, to the person and to the address. The errors are those of [Limiter.Admit] and of try.
func (l *Limiter) Guess(ctx context.Context, userID, address string, try func() (found bool, err error)) error {
	return l.guess(ctx, []Charge{
		l.charge(l.limits.Account, "guess account", userID), l.charge(l.limits.Sustained, "guess account sustained", userID),
		l.charge(l.limits.Address, "guess address", networkOf(address)),
	}, try)
}

// guess charges a try that found nothing.
func (l *Limiter) guess(ctx context.Context, charges []Charge, try func() (found bool, err error)) error {
	ticket, err := l.admit(ctx, charges)
	if err != nil {
		return err
	}
	defer l.Release(ticket)
	found, err := try()
	if err != nil || found {
		return err
	}
	return l.Fail(ctx, ticket)
}

// The limits of codes of a second factor. There are a million codes and three are good at a time, so the limit that lasts is tighter than that of
// passwords: some 2,200 guesses a year, by somebody who knows the password.
var (
	codes          = Rate{Burst: 8, Interval: 30 * time.Second}
	codesSustained = Rate{Burst: 30, Interval: 4 * time.Hour}
)

// Code lets somebody who has shown the password of an account try a code of its second factor. Only what was not good is charged: to the account and to the
// address, or, on a device that the account knows, to an allowance of that device. The errors are those of [Limiter.Admit] and of try.
func (l *Limiter) Code(ctx context.Context, userID, knownDevice, address string, try func() (good bool, err error)) error {
	charges := []Charge{
		l.charge(codes, "code", userID, knownDevice), l.charge(codesSustained, "code sustained", userID, knownDevice),
	}
	if knownDevice == "" {
		charges = append(charges, l.charge(l.limits.Address, "code address", networkOf(address)))
	}
	return l.guess(ctx, charges, try)
}

// RecoveryCode is [Limiter.Code] for codes that are too long to be guessed, so that guesses at the others keep no owner from theirs: what was not good is
// charged to the address, or, on a device that the account knows, to an allowance of that device.
func (l *Limiter) RecoveryCode(ctx context.Context, userID, knownDevice, address string, try func() (good bool, err error)) error {
	charge := l.charge(l.limits.Address, "recovery code address", networkOf(address))
	if knownDevice != "" {
		charge = l.charge(l.limits.Device, "recovery code", userID, knownDevice)
	}
	return l.guess(ctx, []Charge{charge}, try)
}

// Try lets somebody whom nobody knows yet try something that has another server do work. What fails is charged to the address, as charged says. The
// errors are those of [Limiter.Admit] and of try.
func (l *Limiter) Try(ctx context.Context, address string, charged func(error) bool, try func(context.Context) error) error {
	ticket, err := l.admit(ctx, []Charge{l.charge(l.limits.Address, "try address", networkOf(address))})
	if err != nil {
		return err
	}
	defer l.Release(ticket)
	err = try(ctx)
	if !charged(err) {
		return err
	}
	return errors.Join(l.Fail(ctx, ticket), err)
}

// Begin charges the beginning of something by somebody whom nobody knows yet. The error is that of [Limiter.Admit].
func (l *Limiter) Begin(ctx context.Context, address string) error {
	return l.pay(ctx, l.charge(l.limits.Address, "begin address", networkOf(address)))
}

// pushes bounds what one address can leave in the store: of people who sign in, whole houses come from one.
var pushes = Rate{Burst: 200, Interval: time.Second}

// Push charges an address for an authorization request that it leaves with us. The error is that of [Limiter.Admit].
func (l *Limiter) Push(ctx context.Context, address string) error {
	return l.pay(ctx, l.charge(pushes, "push address", networkOf(address)))
}

// The limits of letters that others may cause: enough for somebody who asks again because nothing has come yet, too few to fill a mailbox.
var (
	letters          = Rate{Burst: 3, Interval: 10 * time.Minute}
	lettersSustained = Rate{Burst: 12, Interval: 6 * time.Hour}
)

// Letter charges an account for a letter. A device that it knows has an allowance of its own, so that nobody uses up the owner's. The error is
// that of [Limiter.Admit].
func (l *Limiter) Letter(ctx context.Context, userID, knownDevice string) error {
	return l.pay(ctx, l.charge(letters, "letter", userID, knownDevice), l.charge(lettersSustained, "letter sustained", userID, knownDevice))
}

// LetterTo is [Limiter.Letter] for an address that may belong to nobody. It is counted by its canonical form.
func (l *Limiter) LetterTo(ctx context.Context, email string) error {
	return l.pay(ctx, l.charge(letters, "letter to", email), l.charge(lettersSustained, "letter to sustained", email))
}

// pay charges for what is done, whatever comes of it.
func (l *Limiter) pay(ctx context.Context, charges ...Charge) error {
	ticket, err := l.admit(ctx, charges)
	if err != nil {
		return err
	}
	defer l.Release(ticket)
	return l.Fail(ctx, ticket)
}

func keysOf(charges []Charge) []string {
	keys := make([]string, len(charges))
	for i, c := range charges {
		keys[i] = c.Key
	}
	return keys
}

func (l *Limiter) charges(a Attempt) []Charge {
	if a.KnownDevice != "" {
		return []Charge{
			l.charge(l.limits.Device, "device", a.Account, a.KnownDevice),
			l.charge(l.limits.Sustained, "device sustained", a.Account, a.KnownDevice),
		}
	}
	return []Charge{
		l.charge(l.limits.Address, "address", network(a.Address)),
		l.charge(l.limits.Account, "account", a.Account),
		l.charge(l.limits.Sustained, "account sustained", a.Account),
	}
}

// charge names the limit by a MAC over its parts, each preceded by its length so that no two lists of parts look alike.
func (l *Limiter) charge(r Rate, parts ...string) Charge {
	mac := hmac.New(sha256.New, l.key)
	for _, part := range parts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	key := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
	return Charge{Key: key, Interval: r.Interval, Burst: r.Burst}
}

func networkOf(address string) string {
	a, _ := netip.ParseAddr(address) // what is none counts as one address of its own
	return network(a)
}

// network is what one subscriber holds: a whole IPv4 address, or the 64 bits of an IPv6 address that a network gives out.
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	prefix, err := a.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
