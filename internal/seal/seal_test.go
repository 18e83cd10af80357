package seal

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

func newBox(t testing.TB, n byte) *Box {
	t.Helper()
	b, err := NewBox(bytes.Repeat([]byte{n}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestASealedValueOpensInItsPlaceByItsKeyOnly(t *testing.T) {
	sealed := newBox(t, 1).Seal("here", []byte("plain"))
	if got, err := newBox(t, 1).Open("here", sealed); err != nil || string(got) != "plain" {
		t.Fatalf("Open: %q, %v", got, err)
	}
	if got, err := newBox(t, 1).Open("there", sealed); !errors.Is(err, ErrForeign) {
		t.Errorf("in another place: %q, %v", got, err)
	}
	if got, err := newBox(t, 2).Open("here", sealed); !errors.Is(err, ErrForeign) {
		t.Errorf("by another key: %q, %v", got, err)
	}
}

func TestWhatWasAlteredOrCutDoesNotOpen(t *testing.T) {
	b := newBox(t, 1)
	sealed := b.Seal("here", []byte("plain"))
	for i := range len(sealed) * 8 {
		altered := slices.Clone(sealed)
		altered[i/8] ^= 1 << (i % 8)
		if got, err := b.Open("here", altered); !errors.Is(err, ErrForeign) {
			t.Errorf("bit %d flipped: %q, %v", i, got, err)
		}
	}
	for n := range sealed {
		if got, err := b.Open("here", sealed[:n]); !errors.Is(err, ErrForeign) {
			t.Errorf("cut to %d bytes: %q, %v", n, got, err)
		}
	}
}

func TestWhatIsSealedTwiceLooksDifferent(t *testing.T) {
	b := newBox(t, 1)
	if bytes.Equal(b.Seal("here", []byte("plain")), b.Seal("here", []byte("plain"))) {
		t.Error("a nonce was used twice")
	}
}

func TestATextHasOneSpelling(t *testing.T) {
	b := newBox(t, 1)
	text := b.SealText("here", []byte("plain"))
	if got, err := b.OpenText("here", text); err != nil || string(got) != "plain" {
		t.Fatalf("OpenText: %q, %v", got, err)
	}
	for what, other := range map[string]string{
		"nothing": "", "padding": text + "=", "a line break": text[:9] + "\n" + text[9:], "a return at the end": text + "\r", "a space": " " + text,
		"no base64": "%" + text[1:], "more than anybody was given": strings.Repeat("A", maxText+1),
	} {
		if got, err := b.OpenText("here", other); !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
}

// What lies in databases and cookies may be older than the program that reads it. This was sealed before there was this package.
func TestWhatWasSealedByEarlierVersionsOpens(t *testing.T) {
	const earlier = "2IrCac9bA6OvZC099frqiGFYgIT7ZquwTZ_gZb9AkL0KMxob6eDq23Zqk2K5-KQ"
	got, err := newBox(t, 1).OpenText("provider_sessions refresh AQIDAAAAAAAAAAAAAAAAAA", earlier)
	if err != nil || string(got) != "their refresh token" {
		t.Errorf("OpenText: %q, %v", got, err)
	}
}

func TestAKeyOfAnotherLengthIsRefused(t *testing.T) {
	for _, n := range []int{0, 16, 24, 31, 33} {
		if _, err := NewBox(make([]byte, n)); err == nil {
			t.Errorf("%d bytes are accepted", n)
		}
	}
}
