package app

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/throttle"
)

// passwords joins policy, list of stolen passwords and hasher into what the directory of people asks for.
type passwords struct {
	policy password.Policy
	stolen stolen
	hasher *password.Hasher
}

func (c *Core) newPasswords() *passwords {
	return &passwords{password.Policy{MinLength: c.Config.Password.MinLength}, c.stolen, c.Hasher}
}

// Check implements user.Passwords. Only what is fine otherwise is looked up among the stolen ones.
func (p *passwords) Check(ctx context.Context, pw string, words ...string) error {
	rejection := p.policy.Check(pw, words...)
	if rejection == nil && p.stolen.has(ctx, pw) {
		rejection = &password.Rejection{Reasons: []password.Reason{{Rule: password.Stolen}}}
	}
	if rejection != nil {
		return rejection.Refusal()
	}
	return nil
}

// Hash implements user.Passwords.
func (p *passwords) Hash(ctx context.Context, pw string) (string, error) {
	return p.hasher.Hash(ctx, pw)
}

// Recognises implements user.Passwords.
func (p *passwords) Recognises(encoded string) error {
	_, err := password.Recognise(encoded)
	return err
}

func newHasher(cfg *config.Config, worker *password.Worker) (*password.Hasher, error) {
	p := cfg.Password
	return password.NewHasher(password.Options{
		Params: password.Params{
			MemoryKiB: uint32(p.Argon2MemoryKiB), Time: uint32(p.Argon2Time), Threads: uint8(p.Argon2Threads),
		},
		Concurrency: p.Concurrency, Queue: p.Queue, Worker: worker,
	})
}

func limits(t config.Throttle) throttle.Limits {
	rate := func(burst int, every config.Duration) throttle.Rate {
		return throttle.Rate{Burst: burst, Interval: time.Duration(every)}
	}
	return throttle.Limits{
		Address: rate(t.AddressBurst, t.AddressEvery), Account: rate(t.AccountBurst, t.AccountEvery),
		Device: rate(t.DeviceBurst, t.DeviceEvery), Sustained: rate(t.SustainedBurst, t.SustainedEvery),
	}
}

// makeRoomForHashing is for a server without a hashing process: one more processor for each thread that may hash, so that hashing never
// takes the last one from requests, and a soft limit of memory, so that the garbage of hashing does not double the heap.
func makeRoomForHashing(h *password.Hasher) {
	runtime.GOMAXPROCS(runtime.NumCPU() + h.Workers())
	debug.SetMemoryLimit(h.MemoryBytes() + 96<<20)
}
