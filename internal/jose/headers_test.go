package jose

import (
	"fmt"
	"strings"
	"testing"
)

func TestHeadersOfVerifiedTokensAloneAreRemembered(t *testing.T) {
	k := newKey(t, ES256).WithID(t.Name())
	token, err := Sign(k, "at+jwt", claims)
	if err != nil {
		t.Fatal(err)
	}
	segment, _, _ := strings.Cut(token, ".")
	forged, err := Parse(token[:len(token)-4] + "AAAA")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := forged.Verify(k); err == nil {
		t.Fatal("forged token accepted")
	}
	if _, ok := seenHeaders.find(segment); ok {
		t.Error("the header of a forged token is remembered")
	}
	for range 2 {
		m, err := Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Verify(k); err != nil {
			t.Fatal(err)
		}
		if want := (Header{Algorithm: ES256, KeyID: t.Name(), Type: "at+jwt"}); m.Header() != want {
			t.Errorf("got %+v, want %+v", m.Header(), want)
		}
		if _, ok := seenHeaders.find(segment); !ok {
			t.Error("the header of a good token is not remembered")
		}
	}
}

func TestMemoryOfHeadersIsBounded(t *testing.T) {
	var h headers
	for n := range 3 * maxHeaders {
		segment := fmt.Sprint("segment ", n)
		h.add(segment, Header{KeyID: segment})
		if got, ok := h.find(segment); !ok || got.KeyID != segment {
			t.Fatalf("%s: found %+v", segment, got)
		}
		if size := len(*h.known.Load()); size > maxHeaders {
			t.Fatalf("%d headers", size)
		}
	}
	long := strings.Repeat("x", maxHeaderSegment+1)
	h.add(long, Header{})
	if _, ok := h.find(long); ok {
		t.Error("a long segment is remembered")
	}
}
