package main

import (
	"context"
	"errors"
	"time"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/fault"
)

// factorView is a second factor as JSON shows it.
type factorView struct {
	AddedAt      time.Time `json:"added_at"`
	RecoveryLeft int       `json:"recovery_codes_left"`
}

// factorOf returns the second factor of an account, or nil. It needs no key.
func factorOf(ctx context.Context, c *app.Core, userID string) (*factorView, error) {
	f, err := c.Store.Factor(ctx, userID)
	if errors.Is(err, fault.ErrNotFound) {
		return nil, nil //nolint:nilnil // no second factor is no mistake
	}
	if err != nil {
		return nil, err
	}
	return &factorView{utc(f.AddedAt), f.RecoveryLeft}, nil
}

// line says it in one line.
func (f *factorView) line(p *page) string {
	if f == nil {
		return "off"
	}
	return "on since " + p.exactly(f.AddedAt) + ", " + count(f.RecoveryLeft, "recovery code", "recovery codes") + " left"
}

// passkeyView is a passkey as JSON shows it.
type passkeyView struct {
	Name    string    `json:"name"`
	AddedAt time.Time `json:"added_at"`
	UsedAt  time.Time `json:"used_at,omitzero"`
	Synced  bool      `json:"synced"`
}

// passkeysOf lists the passkeys of an account. It needs no key.
func passkeysOf(ctx context.Context, c *app.Core, userID string) ([]passkeyView, error) {
	list, err := c.Store.Passkeys(ctx, userID)
	views := make([]passkeyView, 0, len(list))
	for _, k := range list {
		views = append(views, passkeyView{k.Name, utc(k.AddedAt), utc(k.UsedAt), k.BackupEligible})
	}
	return views, err
}

// line says it in one line.
func (v passkeyView) line(p *page) string {
	used := "not used yet"
	if !v.UsedAt.IsZero() {
		used = "last used " + p.ago(v.UsedAt)
	}
	return printable(v.Name) + ", added " + p.exactly(v.AddedAt) + ", " + used
}
