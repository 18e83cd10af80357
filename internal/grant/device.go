package grant

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// How long a device waits for its person, and how often it may ask (RFC 8628, section 3.2).
const (
	DeviceLifetime = 10 * time.Minute
	DevicePace     = 5 * time.Second
)

// DeviceStatus is how far a device has come.
type DeviceStatus string

// The states of a device, in the order of its life.
const (
	DeviceWaits   DeviceStatus = ""
	DeviceAllowed DeviceStatus = "allowed"
	DeviceDenied  DeviceStatus = "denied"
	DeviceSpent   DeviceStatus = "spent" // Session is what came of it
)

// Device is a device, or a program without a browser, that asks to be signed in.
type Device struct {
	ClientID  string        `json:"-"`
	Scope     oauth.Scope   `json:"scope,omitzero"`
	Resources []string      `json:"resources,omitzero"`
	Address   string        `json:"address,omitzero"`    // that it asked from
	Agent     string        `json:"user_agent,omitzero"` // its User-Agent
	CreatedAt time.Time     `json:"-"`
	ExpiresAt time.Time     `json:"-"`
	PolledAt  time.Time     `json:"-"` // zero before the first time
	Pace      time.Duration `json:"-"`
	Status    DeviceStatus  `json:"-"`
	Approval  Approval      `json:"-"` // from DeviceAllowed on
	Session   session.ID    `json:"-"`
}

// DevicePoll is one question of a device.
type DevicePoll struct {
	Hash     Hash
	ClientID string // who asks
	At       time.Time
	// Slack is how much sooner than its pace a device may ask: clocks and networks are not exact. One that asks sooner than that is told to
	// keep Slower from then on.
	Slack, Slower time.Duration
}

// DeviceAnswer is what a person says to a device.
type DeviceAnswer struct {
	UserCode Hash
	Status   DeviceStatus // DeviceAllowed or DeviceDenied
	Approval Approval     // of DeviceAllowed
	At       time.Time
	Event    audit.Event
}

// Devices keeps the devices that wait. Every method that writes is one atomic, durable act.
type Devices interface {
	// AddDevice stores a device that waits; fault.ErrConflict when its user code is taken.
	AddDevice(ctx context.Context, h, userCode Hash, d Device) error
	// DeviceByUserCode finds a device, whatever has become of it; fault.ErrNotFound when there is none.
	DeviceByUserCode(ctx context.Context, userCode Hash) (Device, error)
	// PollDevice notes a question and returns the device as it stands, and whether it asked too soon, in which case its pace has been
	// lengthened. fault.ErrNotFound when there is none of that client.
	PollDevice(ctx context.Context, p DevicePoll) (d Device, soon bool, err error)
	// AnswerDevice takes what a person says to a device that waits and has not expired; fault.ErrConflict when there is none, or no more.
	AnswerDevice(ctx context.Context, a DeviceAnswer) error
	// RedeemDevice spends a device that was allowed and starts a session with its approval, by the rules of Store.RedeemCode.
	RedeemDevice(ctx context.Context, r Redemption) error
}

// Guesses slows down who tries user codes, and who fills the store.
type Guesses interface {
	// Guess has a person try, and charges them and the address for what is not found; a refusal when they have tried too much.
	Guess(ctx context.Context, userID, address string, try func() (found bool, err error)) error
	// Begin charges an address for the beginning of something; a refusal when it has begun too much.
	Begin(ctx context.Context, address string) error
	// Push charges an address for a request that it leaves with us; a refusal when it has left too many.
	Push(ctx context.Context, address string) error
}

const (
	devicePrefix = "lpdc_"
	// userCodeLetters are capitals that make no words and are not mixed up (RFC 8628, section 6.1).
	userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength  = 8
)

// DeviceStart is what a device shows, and what it keeps.
type DeviceStart struct {
	DeviceCode, UserCode string
	ExpiresIn, Interval  time.Duration
}

// StartDevice begins a device authorization (RFC 8628, section 3.1). The error is an [oauth.Error] or a refusal.
func (s *Service) StartDevice(ctx context.Context, c client.Client, p oauth.Params, src audit.Source) (DeviceStart, error) {
	scope, err := allowedScope(&c, p.Get("scope"))
	if err != nil {
		return DeviceStart{}, err
	}
	resources := p.All("resource")
	if err := c.CheckResources(resources); err != nil {
		return DeviceStart{}, err
	}
	if err := s.Guesses.Begin(ctx, src.Address); err != nil {
		return DeviceStart{}, err
	}
	now := s.Now()
	d := Device{
		ClientID: c.ID, Scope: scope, Resources: resources, Address: src.Address, Agent: src.Agent,
		CreatedAt: now, ExpiresAt: now.Add(DeviceLifetime), Pace: DevicePace,
	}
	code, hash := newCode(devicePrefix)
	for try := 1; ; try++ {
		shown := newUserCode()
		err := s.Devices.AddDevice(ctx, hash, s.userCodeHash(shown), d)
		if errors.Is(err, fault.ErrConflict) && try < 5 {
			continue // of 25 billion codes, one that is in use
		}
		if err != nil {
			return DeviceStart{}, fmt.Errorf("store device: %w", err)
		}
		return DeviceStart{code, shown, DeviceLifetime, DevicePace}, nil
	}
}

// newUserCode makes eight letters with a dash between: 34 bits, which is enough for a code that lives for minutes and whose guesses are slowed
// down (RFC 8628, section 5.1).
func newUserCode() string {
	var b strings.Builder
	for b.Len() < userCodeLength+1 {
		if b.Len() == userCodeLength/2 {
			b.WriteByte('-')
		}
		b.WriteByte(userCodeLetters[letter(len(userCodeLetters))])
	}
	return b.String()
}

// letter is a number below n, each as likely as any other.
func letter(n int) int {
	for {
		var b [1]byte
		rand.Read(b[:]) // never fails since Go 1.24
		if int(b[0]) < 256/n*n {
			return int(b[0]) % n
		}
	}
}

// ParseUserCode reads what a person typed: capitals, dashes and spaces do not matter.
func ParseUserCode(typed string) (code string, ok bool) {
	if len(typed) > 40 {
		return "", false
	}
	letters := strings.Map(func(c rune) rune {
		if c == '-' || c == ' ' || c == '\u2013' || c == '\u2011' {
			return -1
		}
		return c
	}, strings.ToUpper(strings.TrimSpace(typed)))
	if len(letters) != userCodeLength || strings.Trim(letters, userCodeLetters) != "" {
		return "", false
	}
	return letters[:userCodeLength/2] + "-" + letters[userCodeLength/2:], true
}

// userCodeHash names a user code in the store. It is keyed, because so short a code would be found from a plain hash.
func (s *Service) userCodeHash(code string) (h Hash) {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write([]byte("user code " + code))
	copy(h[:], mac.Sum(nil))
	return h
}

// ErrNoDevice says that no device waits for that code: it was mistyped, has expired, or was answered before. It is a fault.ErrNotFound.
var ErrNoDevice = fmt.Errorf("no device waits for that code: %w", fault.ErrNotFound)

// Shown is a device that waits, found by the code that it shows.
type Shown struct {
	Device
	Client client.Client
	Code   string
}

// FindDevice finds the device that shows a code, for a person who is signed in. Each look-up is a guess, and is slowed down as such. The error is
// ErrNoDevice or a refusal.
func (s *Service) FindDevice(ctx context.Context, typed string, who session.Session, src audit.Source) (Shown, error) {
	code, ok := ParseUserCode(typed)
	if !ok {
		return Shown{}, ErrNoDevice // as nothing can be: that tells nothing
	}
	var d Shown
	found := false
	err := s.Guesses.Guess(ctx, who.UserID, src.Address, func() (_ bool, err error) {
		d, found, err = s.waiting(ctx, code)
		return found, err
	})
	if err == nil && !found {
		err = ErrNoDevice
	}
	return d, err
}

func (s *Service) waiting(ctx context.Context, code string) (Shown, bool, error) {
	d, err := s.Devices.DeviceByUserCode(ctx, s.userCodeHash(code))
	if errors.Is(err, fault.ErrNotFound) || err == nil && (d.Status != DeviceWaits || !s.Now().Before(d.ExpiresAt)) {
		return Shown{}, false, nil
	}
	if err != nil {
		return Shown{}, false, fmt.Errorf("find device: %w", err)
	}
	c, err := s.Clients.Find(ctx, d.ClientID)
	if errors.Is(err, fault.ErrNotFound) {
		return Shown{}, false, nil
	}
	return Shown{d, c, code}, err == nil, err
}

// DeviceProof ties a form to the device that it shows and the session that it was shown to.
func (s *Service) DeviceProof(code string, id session.ID) string {
	return base64.RawURLEncoding.EncodeToString(s.tag("device", oauth.Only("user_code", code), id[:]))
}

// ProvesDevice reports whether a proof was made for this device and session, in constant time.
func (s *Service) ProvesDevice(proof, code string, id session.ID) bool {
	return subtle.ConstantTimeCompare([]byte(proof), []byte(s.DeviceProof(code, id))) == 1
}

// AllowDevice lets the device go on in the name of who says so.
func (s *Service) AllowDevice(ctx context.Context, d Shown, who session.Session, src audit.Source) error {
	u, err := s.Users.UserByID(ctx, who.UserID)
	if err != nil {
		return fmt.Errorf("find who allowed it: %w", err)
	}
	a := Approval{
		ClientID: d.ClientID, UserID: who.UserID, Scope: d.Scope, Resources: d.Resources, Device: true,
		Parent: who.ID, AuthTime: who.AuthTime, AMR: who.AMR, PasswordAt: u.PasswordChangedAt,
	}
	s.tell(&a, &d.Client)
	if err := s.Allow(ctx, &Request{Client: d.Client, Scope: d.Scope}, who, src); err != nil {
		return err
	}
	return s.answerDevice(ctx, DeviceAnswer{Status: DeviceAllowed, Approval: a}, d, who, audit.DeviceAllowed, src)
}

// DenyDevice turns the device away.
func (s *Service) DenyDevice(ctx context.Context, d Shown, who session.Session, src audit.Source) error {
	return s.answerDevice(ctx, DeviceAnswer{Status: DeviceDenied}, d, who, audit.DeviceDenied, src)
}

func (s *Service) answerDevice(ctx context.Context, a DeviceAnswer, d Shown, who session.Session, action audit.Action, src audit.Source) error {
	a.UserCode, a.At = s.userCodeHash(d.Code), s.Now()
	a.Event = audit.Event{At: a.At, Action: action, Source: src, UserID: who.UserID, SessionID: who.ID.String(), ClientID: d.ClientID}
	err := s.Devices.AnswerDevice(ctx, a)
	if errors.Is(err, fault.ErrConflict) {
		return ErrNoDevice
	}
	return err
}

// RedeemDevice gives a device its session, or says in the words of RFC 8628, section 3.5 why not yet or not at all.
func (s *Service) RedeemDevice(ctx context.Context, t Trade) (Granted, error) {
	hash, ok := hashOf(devicePrefix, t.Code)
	if !ok {
		return Granted{}, refuse("it is no device code of ours")
	}
	d, soon, err := s.Devices.PollDevice(ctx, DevicePoll{Hash: hash, ClientID: t.Client.ID, At: s.Now(), Slack: time.Second, Slower: 5 * time.Second})
	if errors.Is(err, fault.ErrNotFound) {
		return Granted{}, refuse("there is no such device code")
	}
	if err != nil {
		return Granted{}, fmt.Errorf("find device: %w", err)
	}
	switch {
	case d.Status == DeviceSpent:
		return Granted{}, s.reused(ctx, Code{Session: d.Session}, t.Source)
	case d.Status == DeviceDenied:
		return Granted{}, oauth.Refuse(oauth.AccessDenied, "The person said no.")
	case !s.Now().Before(d.ExpiresAt):
		return Granted{}, oauth.Refuse(oauth.ExpiredToken, "The code has expired. Begin again.")
	case soon:
		return Granted{}, oauth.Refuse(oauth.SlowDown, "Too soon. Wait %d seconds between questions.", int(d.Pace.Seconds()))
	case d.Status == DeviceWaits:
		return Granted{}, oauth.Refuse(oauth.AuthorizationPending, "The person has not answered yet.")
	}
	return s.redeem(ctx, d.Approval, t, func(o session.Opening) error {
		return s.Devices.RedeemDevice(ctx, Redemption{Hash: hash, Opening: o, At: s.Now()})
	}, func() error { return refuse("it was used before") })
}
