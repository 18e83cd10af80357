package authn

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestADeviceIsKnownToItsAccountOnly(t *testing.T) {
	d := NewDevices(bytes.Repeat([]byte{1}, 32))
	cookie := d.Issue("alice", time.Unix(5, 0)).Reveal()
	if d.Known(cookie, "alice") == "" {
		t.Fatal("not known")
	}
	if d.Known(d.Issue("alice", time.Unix(5, 0)).Reveal(), "alice") == d.Known(cookie, "alice") {
		t.Error("two devices have one name")
	}
	other := NewDevices(bytes.Repeat([]byte{2}, 32))
	for what, known := range map[string]string{
		"another account": d.Known(cookie, "bob"),
		"no account":      d.Known(cookie, ""),
		"another server":  other.Known(cookie, "alice"),
		"longer account":  d.Known(cookie, "alicealice"),
	} {
		if known != "" {
			t.Errorf("known to %s", what)
		}
	}
}

func TestForgedDevicesAreUnknown(t *testing.T) {
	d := NewDevices(bytes.Repeat([]byte{1}, 32))
	cookie := d.Issue("alice", time.Unix(5, 0)).Reveal()
	forged := []string{
		"", "lpd_", cookie + "A", cookie[:len(cookie)-1], cookie + "=", strings.TrimPrefix(cookie, "lpd_"), strings.Replace(cookie, "lpd_", "lps_", 1),
		" " + cookie, cookie + "\n", strings.ToUpper(cookie), "lpd_" + strings.Repeat("A", 43),
	}
	for i := len("lpd_"); i < len(cookie); i++ {
		changed := []byte(cookie)
		changed[i] = map[bool]byte{true: 'B', false: 'A'}[changed[i] == 'A']
		forged = append(forged, string(changed))
	}
	for _, f := range forged {
		if d.Known(f, "alice") != "" {
			t.Errorf("%q is known", f)
		}
	}
}

func TestADeviceIsKnownSinceItSignedIn(t *testing.T) {
	d := NewDevices(bytes.Repeat([]byte{1}, 32))
	at := time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, time.UTC)
	cookie := d.Issue("alice", at).Reveal()
	if d.KnownSince(cookie, "alice", at.Truncate(time.Microsecond)) == "" {
		t.Error("not known since then")
	}
	if d.KnownSince(cookie, "alice", at.Add(time.Microsecond)) != "" {
		t.Error("known since later")
	}
}
