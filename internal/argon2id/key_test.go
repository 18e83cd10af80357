package argon2id

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sys/cpu"

	"github.com/lingpai/lingpai/internal/skiptest"
)

// onBothPaths runs a test with the compression of this package, and with the library in its place.
func onBothPaths(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Run("own", func(t *testing.T) {
		needsAVX2(t)
		test(t)
	})
	t.Run("library", func(t *testing.T) {
		accelerated = false
		t.Cleanup(func() { accelerated = hasAVX2 })
		test(t)
	})
}

// needsAVX2 ends a test of what only builds with assembly have. Where a build could use it, the processor must, too.
func needsAVX2(t *testing.T) {
	t.Helper()
	if runtime.GOARCH == "amd64" && !cpu.X86.HasAVX2 {
		skiptest.Missing(t, "this processor has no AVX2")
	}
	if !hasAVX2 {
		t.Skip("built without assembly")
	}
}

// The one vector of RFC 9106, section 5.3.
func TestKeyIsThatOfTheRFC(t *testing.T) {
	needsAVX2(t)
	in := input{
		password: bytes.Repeat([]byte{1}, 32), salt: bytes.Repeat([]byte{2}, 16),
		secret: bytes.Repeat([]byte{3}, 8), data: bytes.Repeat([]byte{4}, 12),
	}
	const want = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
	if got := new(Memory).key(in, cost{passes: 3, memoryKiB: 32, lanes: 4}, 32); hex.EncodeToString(got) != want {
		t.Errorf("%x, want %s", got, want)
	}
}

// Vectors of the reference implementation (phc-winner-argon2, src/test.c).
func TestKeysAreThoseOfTheReferenceImplementation(t *testing.T) {
	onBothPaths(t, func(t *testing.T) {
		var m Memory
		for _, c := range []struct {
			time, logMemory uint32
			threads         uint8
			password, salt  string
			want            string
		}{
			{2, 16, 1, "password", "somesalt", "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"},
			{2, 8, 1, "password", "somesalt", "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
			{2, 8, 2, "password", "somesalt", "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"},
			{1, 16, 1, "password", "somesalt", "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"},
			{4, 16, 1, "password", "somesalt", "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c"},
			{2, 16, 1, "differentpassword", "somesalt", "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"},
			{2, 16, 1, "password", "diffsalt", "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"},
		} {
			got := m.Key([]byte(c.password), []byte(c.salt), c.time, 1<<c.logMemory, c.threads, 32)
			if hex.EncodeToString(got) != c.want {
				t.Errorf("t=%d m=2^%d p=%d %s %s: %x, want %s", c.time, c.logMemory, c.threads, c.password, c.salt, got, c.want)
			}
		}
	})
}

// asked is what Key is called with.
type asked struct {
	password, salt  []byte
	time, memoryKiB uint32
	threads         uint8
	keyLength       uint32
}

func (a asked) String() string {
	return fmt.Sprintf("t=%d m=%d p=%d, %d bytes from %x with %x", a.time, a.memoryKiB, a.threads, a.keyLength, a.password, a.salt)
}

// compare asks this package and the library.
func compare(t *testing.T, m *Memory, a asked) {
	t.Helper()
	got := m.Key(a.password, a.salt, a.time, a.memoryKiB, a.threads, a.keyLength)
	want := argon2.IDKey(a.password, a.salt, a.time, a.memoryKiB, a.threads, a.keyLength)
	if !bytes.Equal(got, want) {
		t.Fatalf("%s:\n%x, and the library has\n%x", a, got, want)
	}
}

// anything makes up a question. Memory is small, and often less than the lanes need or no multiple of what they take.
func anything(r *rand.Rand) asked {
	text := func(most int) []byte {
		b := make([]byte, r.IntN(most+1))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	return asked{
		password: text(200), salt: text(80), time: 1 + r.Uint32N(4), memoryKiB: r.Uint32N(1 + 8<<r.IntN(7)),
		threads: []uint8{1, 1, 1, 2, 3, 4, 8}[r.IntN(7)], keyLength: 1 + r.Uint32N(200),
	}
}

// One memory for all of them, so that each finds what another, larger or smaller, left behind.
func TestKeysAreThoseOfTheLibraryWhateverIsAsked(t *testing.T) {
	needsAVX2(t)
	var m Memory
	r := rand.New(rand.NewPCG(9106, 0x13))
	for range 3000 {
		compare(t, &m, anything(r))
	}
}

func TestKeysOfEachLengthAreThoseOfTheLibrary(t *testing.T) {
	needsAVX2(t)
	var m Memory
	for length := range uint32(200) {
		compare(t, &m, asked{[]byte("password"), []byte("somesalt"), 1, 8, 1, length + 1})
	}
}

// Segments of more than 128 blocks need more than one block of addresses.
func TestKeysInMuchMemoryAreThoseOfTheLibrary(t *testing.T) {
	needsAVX2(t)
	var m Memory
	for _, a := range []asked{
		{nil, nil, 1, 512, 1, 32}, {nil, nil, 2, 513, 1, 32}, {nil, nil, 1, 516, 1, 32}, {nil, nil, 3, 2000, 1, 16},
		{[]byte("p"), []byte("s"), 2, 19 << 10, 1, 32}, {[]byte("p"), []byte("s"), 2, 9999, 3, 64}, {[]byte("p"), []byte("s"), 1, 8 << 10, 255, 32},
	} {
		compare(t, &m, a)
	}
}

func TestManyGoroutinesEachWithItsMemory(t *testing.T) {
	needsAVX2(t)
	var wg sync.WaitGroup
	for i := range uint64(8) {
		wg.Go(func() {
			var m Memory
			r := rand.New(rand.NewPCG(i, 1))
			for range 50 {
				a := anything(r)
				want := argon2.IDKey(a.password, a.salt, a.time, a.memoryKiB, a.threads, a.keyLength)
				if got := m.Key(a.password, a.salt, a.time, a.memoryKiB, a.threads, a.keyLength); !bytes.Equal(got, want) {
					t.Errorf("%s: %x, want %x", a, got, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestMemoryThatIsLargeEnoughIsNotAllocatedAgain(t *testing.T) {
	needsAVX2(t)
	var m Memory
	m.Key([]byte("first"), []byte("somesalt"), 1, 4096, 1, 32)
	if m.KiB() != 4096 {
		t.Errorf("%d KiB, asked for 4096", m.KiB())
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m.Key([]byte("second"), []byte("somesalt"), 2, 4096, 1, 32)
	m.Key([]byte("third"), []byte("somesalt"), 1, 1000, 4, 32)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<10 || m.KiB() != 4096 {
		t.Errorf("%d bytes were allocated for two keys that fit, and there are %d KiB", grown, m.KiB())
	}
}

func TestWhatGivesAPasswordAwayIsWiped(t *testing.T) {
	needsAVX2(t)
	for _, c := range []cost{{passes: 1, memoryKiB: 64, lanes: 2}, {passes: 2, memoryKiB: 64, lanes: 2}} {
		var m Memory
		m.Key([]byte("password"), []byte("somesalt"), c.passes, c.memoryKiB, uint8(c.lanes), 32)
		if m.work != (workspace{}) {
			t.Error("the workspace still has something")
		}
		wiped := 0
		for i, b := range m.blocks {
			if b == (block{}) {
				wiped++
			} else if c.passes == 1 || i == 31 || i == 63 {
				t.Errorf("after %d passes, block %d is still there", c.passes, i)
			}
		}
		if c.passes > 1 && wiped != 2 {
			t.Errorf("%d blocks are empty, want those at the ends of the lanes alone", wiped)
		}
	}
}

func TestWithoutAVX2TheLibraryComputesAndNothingIsKept(t *testing.T) {
	accelerated = false
	t.Cleanup(func() { accelerated = hasAVX2 })
	var m Memory
	r := rand.New(rand.NewPCG(9106, 0x13))
	for range 20 {
		compare(t, &m, anything(r))
	}
	if m.KiB() != 0 {
		t.Errorf("%d KiB are kept", m.KiB())
	}
}

func TestCostsOfNothingPanic(t *testing.T) {
	onBothPaths(t, func(t *testing.T) {
		for _, a := range []asked{{time: 0, threads: 1, keyLength: 1}, {time: 1, threads: 0, keyLength: 1}, {time: 1, threads: 1, keyLength: 0}} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: a key", a)
					}
				}()
				new(Memory).Key(a.password, a.salt, a.time, a.memoryKiB, a.threads, a.keyLength)
			}()
		}
	})
}

func FuzzKeyIsThatOfTheLibrary(f *testing.F) {
	f.Add([]byte("password"), []byte("somesalt"), uint32(2), uint32(64), uint8(1), uint32(32))
	f.Add([]byte(""), []byte(""), uint32(1), uint32(7), uint8(3), uint32(65))
	f.Add([]byte("\xff"), []byte("0123456789abcdef"), uint32(3), uint32(600), uint8(4), uint32(200))
	var m Memory
	f.Fuzz(func(t *testing.T, password, salt []byte, time, memoryKiB uint32, threads uint8, keyLength uint32) {
		compare(t, &m, asked{password, salt, 1 + time%4, memoryKiB % 2048, max(threads%9, 1), 1 + keyLength%300})
	})
}
