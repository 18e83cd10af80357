package revoked

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	testKey = Key{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	noon    = time.Unix(1_800_000_000, 0)
)

// vectors are the outputs of the reference implementation for the inputs 00 01 02 ... of 8 to 47 bytes under testKey.
var vectors = []uint64{
	0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
	0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
	0x3f2acc7f57c29bdb, 0x699ae9f52cbe4794, 0x4bc1b3f0968dd39c, 0xbb6dc91da77961bd,
	0xbed65cf21aa2ee98, 0xd0f2cbb02e3b67c7, 0x93536795e3a33e88, 0xa80c038ccd5ccec8,
	0xb8ad50c6f649af94, 0xbce192de8a85b8ea, 0x17d835b85bbb15f3, 0x2f2e6163076bcfad,
	0xde4daaaca71dc9a5, 0xa6a2506687956571, 0xad87a3535c49ef28, 0x32d892fad841c342,
	0x7127512f72f27cce, 0xa7f32346f95978e3, 0x12e0b01abb051238, 0x15e034d40fa197ae,
	0x314dffbe0815a3b4, 0x027990f029623981, 0xcadcd4e59ef40c4d, 0x9abfd8766a33735c,
	0x0e3ea96b5304a7d0, 0xad0c42d6fc585992, 0x187306c89bc215a9, 0xd4a60abcf3792b95,
	0xf935451de4f21df2, 0xa9538f0419755787, 0xdb9acddff56ca510, 0xd06c98cd5c0975eb,
}

func TestFingerprintIsSipHash(t *testing.T) {
	for i, want := range vectors {
		input := make([]byte, 8+i)
		for j := range input {
			input[j] = byte(j)
		}
		if got := testKey.begin(binary.LittleEndian.Uint64(input)).hash(string(input[8:])); got != want {
			t.Errorf("%d bytes: %x, want %x", len(input), got, want)
		}
	}
}

func entry(s *Set, kind Kind, value string, at, until time.Time) Entry {
	return Entry{s.Print(kind, value), Seconds(at), Seconds(until), kind}
}

var everything = Claims{Session: "s", Token: "t", Subject: "u", Client: "c", Signer: "k", IssuedAt: noon}

func TestTokenIsFoundByEachOfItsNames(t *testing.T) {
	for kind, value := range map[Kind]string{Session: "s", Token: "t", Subject: "u", Client: "c", Signer: "k", All: ""} {
		s := NewSet(testKey)
		s.Add(noon, entry(s, kind, value, noon, noon.Add(time.Hour)))
		if e, ok := s.Find(&everything); !ok || e.Kind != kind {
			t.Errorf("%v: %+v, %v", kind, e, ok)
		}
		if e, ok := s.Find(&Claims{Session: "t", Token: "s", Subject: "c", Client: "u", IssuedAt: noon.Add(time.Second)}); ok {
			t.Errorf("%v: another token is called back by %+v", kind, e)
		}
	}
}

func TestTokenIssuedLaterIsSparedWhereTheKindSaysSo(t *testing.T) {
	for kind, spared := range map[Kind]bool{Session: false, Token: false, Signer: false, Subject: true, Client: true, All: true} {
		s := NewSet(testKey)
		value := map[Kind]string{Session: "s", Token: "t", Subject: "u", Client: "c", Signer: "k"}[kind]
		s.Add(noon, entry(s, kind, value, noon.Add(900*time.Millisecond), noon.Add(time.Hour)))
		for issued, want := range map[time.Duration]bool{-time.Hour: true, 0: true, time.Second: !spared} {
			c := everything
			c.IssuedAt = noon.Add(issued)
			if _, ok := s.Find(&c); ok != want {
				t.Errorf("%v, issued %v after: found %v, want %v", kind, issued, ok, want)
			}
		}
	}
}

func TestSetHoldsEverythingAcrossRebuildsUntilItsTime(t *testing.T) {
	s := NewSet(testKey)
	const n = 5 * maxOverlay
	for i := range n {
		s.Add(noon, entry(s, Session, strconv.Itoa(i), noon, noon.Add(time.Duration(1+i%2)*time.Hour)))
		if i%777 != 0 {
			continue
		}
		for j := range i {
			if _, ok := s.Find(&Claims{Session: strconv.Itoa(j)}); !ok {
				t.Fatalf("of %d, entry %d is missed", i, j)
			}
		}
	}
	if s.Len(noon) != n || len(s.Living(noon)) != n {
		t.Fatalf("holds %d, %d living, want %d", s.Len(noon), len(s.Living(noon)), n)
	}
	later := noon.Add(time.Hour)
	if got := len(s.Living(later)); got != n/2 {
		t.Errorf("%d live after an hour, want half", got)
	}
	for i := range maxOverlay + 1 {
		s.Add(later, entry(s, Token, strconv.Itoa(i), later, later.Add(time.Hour)))
	}
	v := s.view.Load()
	if got := len(v.base.entries) + len(v.overlay.entries); got != n/2+maxOverlay+1 {
		t.Errorf("holds %d after a rebuild, want the living %d", got, n/2+maxOverlay+1)
	}
}

func TestOfTwoEntriesForOneValueTheUnionHolds(t *testing.T) {
	for _, between := range []int{0, maxOverlay + 1} {
		s := NewSet(testKey)
		s.Add(noon, entry(s, Subject, "u", noon.Add(time.Minute), noon.Add(time.Hour)))
		for i := range between {
			s.Add(noon, entry(s, Token, strconv.Itoa(i), noon, noon.Add(time.Hour)))
		}
		s.Add(noon, entry(s, Subject, "u", noon, noon.Add(2*time.Hour)))
		e, ok := s.Find(&Claims{Subject: "u", IssuedAt: noon.Add(30 * time.Second)})
		if !ok || e.Until != Seconds(noon.Add(2*time.Hour)) || e.At != Seconds(noon.Add(time.Minute)) {
			t.Errorf("after %d others: %+v, %v", between, e, ok)
		}
	}
}

func TestProbesSeeEveryAdditionWhileOthersAdd(t *testing.T) {
	s := NewSet(testKey)
	var added atomic.Int64
	var adding, probing sync.WaitGroup
	adding.Go(func() {
		for i := range int64(5000) {
			s.Add(noon, entry(s, Session, strconv.FormatInt(i, 10), noon, noon.Add(time.Hour)))
			added.Store(i + 1)
		}
	})
	for range 3 {
		probing.Go(func() {
			for n := added.Load(); n < 5000; n = added.Load() {
				if n == 0 {
					continue
				}
				i := rand.Int64N(n)
				if _, ok := s.Find(&Claims{Session: strconv.FormatInt(i, 10)}); !ok {
					t.Errorf("entry %d of %d is missed", i, n)
					return
				}
			}
		})
	}
	adding.Wait()
	probing.Wait()
}

func TestProbeDoesNotAllocate(t *testing.T) {
	s := filled(10_000)
	c := benchClaims("absent")
	if n := testing.AllocsPerRun(100, func() { s.Find(&c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// filled has n sessions called back, and a few of each other kind.
func filled(n int) *Set {
	s := NewSet(testKey)
	batch := make([]Entry, 0, n+4)
	for i := range n {
		batch = append(batch, entry(s, Session, fmt.Sprintf("present-session-%06d", i), noon, noon.Add(time.Hour)))
	}
	for kind, value := range map[Kind]string{Token: "jti", Subject: "sub", Client: "client", Signer: "kid"} {
		batch = append(batch, entry(s, kind, value, noon, noon.Add(time.Hour)))
	}
	s.Add(noon, batch...)
	return s
}

func benchClaims(session string) Claims {
	return Claims{
		Session: session, Token: "0d6c8009d9a94f5a856766.12", Subject: "bzq3xq4wkpd7mcxnhgrgqy2zwi", Client: "lingpai",
		Signer: "dPpyAfBqL1bQjOeeFjejDeRSge_41SHAQSsXQh8OPYk", IssuedAt: noon,
	}
}

// BenchmarkFind probes for one token under all of its names, with every kind in the set, and (sessions) with sessions only, as usual.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		s := filled(n)
		for _, session := range []string{"absent-session-000000", "present-session-000007"} {
			b.Run(fmt.Sprintf("%d/%s", n, session[:7]), func(b *testing.B) {
				c := benchClaims(session)
				for b.Loop() {
					s.Find(&c)
				}
			})
		}
		b.Run(fmt.Sprintf("%d/again", n), func(b *testing.B) { // a token that was met before, under all of its names
			c := benchClaims("absent-session-000000")
			c.Marks = new(Marks)
			b.ReportAllocs()
			for b.Loop() {
				s.Find(&c)
			}
		})
		b.Run(fmt.Sprintf("%d/sessions", n), func(b *testing.B) {
			only := NewSet(testKey)
			only.Add(noon, slices.DeleteFunc(s.Living(noon), func(e Entry) bool { return e.Kind != Session })...)
			c := benchClaims("absent-session-000000")
			for b.Loop() {
				only.Find(&c)
			}
		})
	}
}

// BenchmarkFindWhileEventsArrive probes on all processors, for tokens that nobody has met, while 1,000 entries a second arrive, one at a time.
func BenchmarkFindWhileEventsArrive(b *testing.B) { whileEventsArrive(b, func() *Marks { return nil }) }

// BenchmarkFindAgainWhileEventsArrive does so for tokens that were met before, as almost all are.
func BenchmarkFindAgainWhileEventsArrive(b *testing.B) {
	whileEventsArrive(b, func() *Marks { return new(Marks) })
}

func whileEventsArrive(b *testing.B, marks func() *Marks) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := filled(n)
			stop := make(chan struct{})
			var events sync.WaitGroup
			events.Go(func() {
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					case <-tick.C:
						s.Add(noon, entry(s, Session, strconv.Itoa(i), noon, noon.Add(time.Hour)))
					}
				}
			})
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				c := benchClaims("absent-session-000000")
				c.Marks = marks()
				for pb.Next() {
					s.Find(&c)
				}
			})
			b.StopTimer()
			close(stop)
			events.Wait()
		})
	}
}

func TestAnEntryIsHeldToItsLastSecondAndNoLonger(t *testing.T) {
	s := NewSet(testKey)
	s.Add(noon, entry(s, Session, "over", noon, noon), entry(s, Session, "nearly over", noon, noon.Add(time.Second)))
	for id, want := range map[string]bool{"over": false, "nearly over": true} {
		if _, ok := s.Find(&Claims{Session: id}); ok != want {
			t.Errorf("%s is held: %v", id, ok)
		}
	}
}

// A probe ends at the first free slot, so there has to be one, whatever the number of entries.
func TestATableIsNeverMoreThanHalfFull(t *testing.T) {
	s := NewSet(testKey)
	for i := range 3 * maxOverlay {
		s.Add(noon, entry(s, Session, strconv.Itoa(i), noon, noon.Add(time.Hour)))
		for _, table := range []*table{s.view.Load().base, s.view.Load().overlay} {
			if 2*len(table.entries) > len(table.slots) {
				t.Fatalf("after %d additions %d of %d slots are taken", i+1, len(table.entries), len(table.slots))
			}
		}
	}
}

// Who has no session is not concerned by what is called back of a session without a name.
func TestATokenIsNotFoundByWhatItDoesNotHave(t *testing.T) {
	for kind := range All {
		s := NewSet(testKey)
		s.Add(noon, entry(s, kind, "", noon, noon.Add(time.Hour)))
		for _, marks := range []*Marks{nil, new(Marks)} {
			if e, ok := s.Find(&Claims{IssuedAt: noon, Marks: marks}); ok {
				t.Errorf("a token that says nothing is called back by %s %+v", kind, e)
			}
		}
	}
}

func TestManySigningKeysAreToldApart(t *testing.T) {
	s := NewSet(testKey)
	for i := range 100 {
		if i%2 == 0 {
			s.Add(noon, entry(s, Signer, fmt.Sprint("key ", i), noon, noon.Add(time.Hour)))
		}
	}
	for range 3 {
		for i := range 100 {
			if _, ok := s.Find(&Claims{Signer: fmt.Sprint("key ", i), IssuedAt: noon}); ok != (i%2 == 0) {
				t.Fatalf("key %d is withdrawn: %v", i, ok)
			}
			if n := len(*s.kids.Load()); n > maxKids {
				t.Fatalf("%d of them are kept", n)
			}
		}
	}
}

// A token that is kept with its marks is found as one without, whatever the set learns and whichever set is asked.
func TestMarksFindWhatIsCalledBackLater(t *testing.T) {
	c := benchClaims("some session")
	c.Marks = new(Marks)
	for kind := range kinds {
		s, other := NewSet(testKey), NewSet(Key{1})
		for _, set := range []*Set{s, other} {
			set.Add(noon, entry(set, Token, "another token", noon, noon.Add(time.Hour)))
			if e, ok := set.Find(&c); ok {
				t.Errorf("%s: called back by %s before it was", kind, e.Kind)
			}
			set.Add(noon, entry(set, kind, c.value(kind), noon, noon.Add(time.Hour)))
			if e, ok := set.Find(&c); !ok || e.Kind != kind {
				t.Errorf("%s: not called back, or by %s", kind, e.Kind)
			}
		}
	}
}
