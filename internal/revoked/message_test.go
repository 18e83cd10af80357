package revoked

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMessageReadsAsItWasWritten(t *testing.T) {
	s := filled(3)
	for _, m := range []Message{
		{Issuer: "https://a", Feed: "f", Kind: Beat, Seq: 7, IssuedAt: 1_800_000_000},
		{Issuer: "https://a", Feed: "f", Kind: Events, Prev: 3, Seq: 7, IssuedAt: 1_800_000_000, Entries: []Entry{entry(s, All, "", noon, noon.Add(1))}},
		{Issuer: "https://a", Feed: "f", Kind: Snapshot, Seq: 7, IssuedAt: 1, Key: &testKey, Part: 2, Parts: 2},
	} {
		text, err := m.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseMessage(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for i := range got.Entries {
			got.Entries[i].Print = s.Print(All, "")
		}
		if diff := cmp.Diff(&m, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestSnapshotTravelsWhole(t *testing.T) {
	s := filled(100)
	m := Message{Issuer: "i", Feed: "f", Kind: Snapshot, IssuedAt: 1, Key: new(s.Key()), Part: 1, Parts: 1, Entries: s.Living(noon)}
	text, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseMessage(text)
	if err != nil {
		t.Fatal(err)
	}
	copied := NewSet(*got.Key)
	copied.Add(noon, got.Entries...)
	for i := range 100 {
		if _, ok := copied.Find(&Claims{Session: fmt.Sprintf("present-session-%06d", i)}); !ok {
			t.Fatalf("session %d is lost", i)
		}
	}
	if copied.Len(noon) != s.Len(noon) {
		t.Errorf("%d entries, want %d", copied.Len(noon), s.Len(noon))
	}
}

// packed is one entry as the wire has it, called back at noon.
var packed = base64.RawURLEncoding.EncodeToString([]byte{0, 0, 0, 0, 0, 0, 0, 9, 0x6b, 0x49, 0xd2, 0, 0x6b, 0x49, 0xd2, 0xff})

func TestUnknownKindStandsForAll(t *testing.T) {
	m, err := ParseMessage([]byte(`{"iss":"i","feed":"f","kind":"events","prev":1,"seq":2,"iat":1,"entries":{"tenant":"` + packed + `"}}`))
	if err != nil {
		t.Fatal(err)
	}
	s := NewSet(testKey)
	s.Add(noon, m.Entries...)
	if e, ok := s.Find(&Claims{Session: "s", IssuedAt: noon.Add(-time.Minute)}); !ok || e.Kind != All {
		t.Errorf("a token of before passes: %+v", e)
	}
	if _, ok := s.Find(&Claims{Session: "s", IssuedAt: noon.Add(time.Minute)}); ok {
		t.Error("a token of after does not pass")
	}
}

func TestKindThatMayBePassedOverIs(t *testing.T) {
	m, err := ParseMessage([]byte(`{"iss":"i","feed":"f","kind":"events","prev":1,"seq":2,"iat":1,"entries":{"note?":"` + packed + `"}}`))
	if err != nil || len(m.Entries) != 0 {
		t.Fatalf("%+v, %v", m, err)
	}
}

func TestMessageThatDoesNotReadIsRefused(t *testing.T) {
	const good = `{"iss":"i","feed":"f","kind":"events","prev":1,"seq":2,"iat":1,"entries":{"sid":"PACKED"}}`
	for _, change := range [][2]string{
		{`"iss":"i"`, `"iss":""`}, {`"feed":"f",`, ``}, {`"events"`, `"gossip"`}, {`"prev":1`, `"prev":2`}, {`"seq":2`, `"seq":-2`},
		{`"iat":1`, `"iat":0`}, {`"seq":2`, `"seq":2,"seq":3`}, {`"PACKED"`, `"UEFDS0VE"`}, {`"PACKED"`, `7`}, {`"seq":2`, `"seq":"2"`},
		{`"events"`, `"snapshot"`}, {`"events"`, `"beat"`}, {`"PACKED"`, `"AAAAAAAAAAAAAAAAAAAAAA"`}, {`"seq":2`, `"seq":2,"part":0`},
		{`"seq":2`, `"seq":2,"key":"AAAA"`},
	} {
		text := strings.ReplaceAll(strings.Replace(good, change[0], change[1], 1), "PACKED", packed)
		if m, err := ParseMessage([]byte(text)); err == nil {
			t.Errorf("%s reads as %+v", text, m)
		}
	}
	if _, err := ParseMessage([]byte(strings.ReplaceAll(good, "PACKED", packed))); err != nil {
		t.Error(err)
	}
}

func FuzzParseMessage(f *testing.F) {
	f.Add([]byte(`{"iss":"i","feed":"f","kind":"events","prev":1,"seq":2,"iat":1,"entries":{"sid":"` + packed + `"}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := ParseMessage(payload)
		if err != nil {
			return
		}
		s := NewSet(testKey)
		s.Add(noon, m.Entries...)
		if _, err := m.Marshal(); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
