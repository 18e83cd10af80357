package session_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

func TestTokensSayWhatTheirSessionIs(t *testing.T) {
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	row := session.Session{
		ID: session.NewID(), UserID: "u1", ClientID: "notes", Counter: 7, AuthTime: began, AMR: []string{"pwd"}, StatusPlace: 42, ExpiresAt: began.Add(time.Hour),
		Holder: session.Holder{Roles: []string{"admin"}},
	}
	want := token.Grant{
		Subject: "u1", ClientID: "notes", SessionID: row.ID.String(), Counter: 7, AuthTime: began, ACR: token.ACRPassword, AMR: []string{"pwd"},
		Roles: []string{"admin"}, StatusPlace: 42, NotAfter: began.Add(time.Hour),
	}
	for what, change := range map[string]func(){
		"by a password": func() {},
		"by another provider": func() {
			row.AMR, want.AMR, want.ACR = []string{"fed", "otp"}, []string{"fed", "otp"}, token.ACRProvider
		},
		"bound to a key":         func() { row.KeyThumb, want.KeyThumb = "thumb", "thumb" },
		"bound to a certificate": func() { row.KeyThumb, want.KeyThumb, want.CertThumb = session.ByCertificate("cert"), "", "cert" },
		"bound to nothing":       func() { row.KeyThumb, want.KeyThumb, want.CertThumb = session.ByCertificate(""), "", "" },
	} {
		kept, wanted := row, want
		change()
		if diff := cmp.Diff(want, row.Access()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		row, want = kept, wanted
	}
}

func TestASessionBoundToACertificateIsHeldByThatCertificateAlone(t *testing.T) {
	row := session.Session{KeyThumb: session.ByCertificate("cert")}
	if err := session.Holds(row, session.ByCertificate("cert")); err != nil {
		t.Errorf("by its certificate: %v", err)
	}
	for _, other := range []string{"", "cert", session.ByCertificate("another")} {
		if err := session.Holds(row, other); fault.From(err).Code != fault.CertificateInvalid {
			t.Errorf("by %q: %v", other, err)
		}
	}
}

func TestOnlyAVerifiedAddressIsGivenOn(t *testing.T) {
	h := session.Holder{Email: "alice@example.com"}
	if got := h.VerifiedEmail(); got != "" {
		t.Errorf("%q, which nobody has verified", got)
	}
	h.EmailVerified = true
	if got := h.VerifiedEmail(); got != h.Email {
		t.Errorf("%q", got)
	}
}

func TestAPlaceIsAsLargeAsANetworkAtHome(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.8": "203.0.113.0/24", "203.0.113.250": "203.0.113.0/24", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"127.0.0.1": "::/64", "::1": "::/64",
	} {
		if got := session.Place(address); got != netip.MustParsePrefix(want) {
			t.Errorf("%s is at %s, not %s", address, got, want)
		}
	}
	if got := session.Place("unknown"); got.IsValid() {
		t.Errorf("what is no address is at %s", got)
	}
}
