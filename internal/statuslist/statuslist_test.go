package statuslist_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"io"
	"testing"

	"github.com/lingpai/lingpai/internal/statuslist"
)

func TestPlacesAreCountedThroughAllLists(t *testing.T) {
	for _, c := range []struct {
		place       statuslist.Place
		list, index int
	}{{1, 0, 0}, {2, 0, 1}, {statuslist.Size, 0, statuslist.Size - 1}, {statuslist.Size + 1, 1, 0}, {64 * statuslist.Size, 63, statuslist.Size - 1}} {
		if c.place.List() != c.list || c.place.Index() != c.index || statuslist.At(c.list, c.index) != c.place {
			t.Errorf("place %d is %d on list %d, and back it is %d", c.place, c.place.Index(), c.place.List(), statuslist.At(c.list, c.index))
		}
	}
	for range 1000 {
		if p := statuslist.Random(2); p < 1 || p > 2*statuslist.Size {
			t.Fatalf("place %d is not on one of two lists", p)
		}
	}
	if got := statuslist.URI("https://example.com/auth/status", 3); got != "https://example.com/auth/status/3" {
		t.Errorf("the address is %s", got)
	}
}

func unpack(t *testing.T, lst string) []byte {
	t.Helper()
	packed, err := base64.RawURLEncoding.DecodeString(lst)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	bits, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return bits
}

// The 16 statuses of the draft's first example (section 4.1) are the bytes B9 A3.
func TestBitsAreInTheOrderOfTheDraft(t *testing.T) {
	var set []statuslist.Place
	for i, status := range []int{1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1} {
		if status == 1 {
			set = append(set, statuslist.At(2, i))
		}
	}
	set = append(set, statuslist.At(2, statuslist.Size-1))
	bits := unpack(t, statuslist.Bits(set))
	if len(bits) != statuslist.Size/8 || bits[0] != 0xb9 || bits[1] != 0xa3 || bits[len(bits)-1] != 0x80 {
		t.Errorf("%d bytes: %x %x … %x", len(bits), bits[0], bits[1], bits[len(bits)-1])
	}
	if got := unpack(t, statuslist.Bits(nil)); !bytes.Equal(got, make([]byte, statuslist.Size/8)) {
		t.Error("an empty list has bits that are set")
	}
}
