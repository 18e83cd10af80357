package keys

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
)

// master is a fixed master key, one for each n.
func master(n byte) []byte { return bytes.Repeat([]byte{n}, MasterSize) }

func newSealer(t testing.TB, n byte) *Sealer {
	t.Helper()
	s, err := NewSealer(master(n))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealedValueOpensInItsPlaceOnly(t *testing.T) {
	s := newSealer(t, 1)
	sealed := s.Seal("keys", "private", "row1", []byte("plain"))
	if got, err := newSealer(t, 1).Open("keys", "private", "row1", sealed); err != nil || string(got) != "plain" {
		t.Fatalf("Open: %q, %v", got, err)
	}
	for _, place := range [][3]string{
		{"keys", "private", "row2"}, {"keys", "public", "row1"}, {"secrets", "private", "row1"},
		{"key", "sprivate", "row1"}, {"keys", "privater", "ow1"}, {"keysprivate", "", "row1"}, {"", "keysprivate", "row1"},
	} {
		if got, err := s.Open(place[0], place[1], place[2], sealed); !errors.Is(err, ErrAltered) {
			t.Errorf("moved to %q: %q, %v", place, got, err)
		}
	}
}

// A database may be older than the program that opens it.
func TestAValueSealedByAnEarlierVersionOpens(t *testing.T) {
	sealed, err := base64.RawURLEncoding.DecodeString("AWtglYlmbloMg57ismVhUIsKTZcszx1bgHgSubZbjE2vsqVYUpo")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := newSealer(t, 1).Open("keys", "private", "row1", sealed); err != nil || string(got) != "plain" {
		t.Errorf("Open: %q, %v", got, err)
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	s := newSealer(t, 1)
	sealed := s.Seal("t", "c", "r", []byte("plain"))
	for i := range len(sealed) * 8 {
		altered := slices.Clone(sealed)
		altered[i/8] ^= 1 << (i % 8)
		if got, err := s.Open("t", "c", "r", altered); err == nil {
			t.Errorf("bit %d flipped: opened as %q", i, got)
		}
	}
}

func TestEveryCutIsRefused(t *testing.T) {
	s := newSealer(t, 1)
	sealed := s.Seal("t", "c", "r", nil)
	for n := range sealed {
		if _, err := s.Open("t", "c", "r", sealed[:n]); err == nil {
			t.Errorf("cut to %d bytes: opened", n)
		}
	}
	if _, err := s.Open("t", "c", "r", append(sealed, 0)); err == nil {
		t.Error("one byte more: opened")
	}
}

func TestWrongMasterKeyIsNamedAsSuch(t *testing.T) {
	sealed := newSealer(t, 1).Seal("t", "c", "r", []byte("plain"))
	_, err := newSealer(t, 2).Open("t", "c", "r", sealed)
	if !errors.Is(err, ErrMaster) {
		t.Fatalf("Open: %v, want ErrMaster", err)
	}
	for _, part := range []string{"the master key does not fit this database: ", Fingerprint(master(1)), Fingerprint(master(2))} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in: %v", part, err)
		}
	}
}

func TestUnknownSealVersionAsksForAnUpgrade(t *testing.T) {
	s := newSealer(t, 1)
	sealed := s.Seal("t", "c", "r", nil)
	sealed[0]++
	if _, err := s.Open("t", "c", "r", sealed); err == nil || !strings.Contains(err.Error(), "upgrade") {
		t.Errorf("Open: %v", err)
	}
}

func TestSealingTwiceGivesDifferentBytes(t *testing.T) {
	s := newSealer(t, 1)
	if bytes.Equal(s.Seal("t", "c", "r", []byte("x")), s.Seal("t", "c", "r", []byte("x"))) {
		t.Error("the nonce was used twice")
	}
}

func TestMasterKeyOfAnotherLengthIsRefused(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33, 64} {
		if _, err := NewSealer(make([]byte, n)); err == nil {
			t.Errorf("%d bytes are accepted", n)
		}
	}
}
