package main

import (
	"context"
	"errors"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/record"
)

// factorOf returns the second factor of an account, or nil. It needs no key.
func factorOf(ctx context.Context, c *app.Core, userID string) (*record.Factor, error) {
	f, err := c.Store.Factor(ctx, userID)
	if errors.Is(err, fault.ErrNotFound) {
		return nil, nil //nolint:nilnil // no second factor is no mistake
	}
	if err != nil {
		return nil, err
	}
	return record.OfFactor(f), nil
}

// factor says in one line what somebody has.
func (p *page) factor(f *record.Factor) string {
	if f == nil {
		return "off"
	}
	return "on since " + p.exactly(f.AddedAt) + ", " + count(f.RecoveryLeft, "recovery code", "recovery codes") + " left"
}

// passkeysOf lists the passkeys of an account. It needs no key.
func passkeysOf(ctx context.Context, c *app.Core, userID string) ([]record.Passkey, error) {
	list, err := c.Store.Passkeys(ctx, userID)
	return record.OfPasskeys(list), err
}

// passkey says it in one line.
func (p *page) passkey(v record.Passkey) string {
	used := "not used yet"
	if !v.UsedAt.IsZero() {
		used = "last used " + p.ago(v.UsedAt)
	}
	return printable(v.Name) + ", added " + p.exactly(v.AddedAt) + ", " + used
}
