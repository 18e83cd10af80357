package main

import "github.com/lingpai/lingpai/internal/record"

// factor says in one line what somebody has.
func (p *page) factor(f *record.Factor) string {
	if f == nil {
		return "off"
	}
	return "on since " + p.exactly(f.AddedAt) + ", " + count(f.RecoveryLeft, "recovery code", "recovery codes") + " left"
}

// passkey says it in one line.
func (p *page) passkey(v record.Passkey) string {
	used := "not used yet"
	if !v.UsedAt.IsZero() {
		used = "last used " + p.ago(v.UsedAt)
	}
	return printable(v.Name) + ", added " + p.exactly(v.AddedAt) + ", " + used
}
