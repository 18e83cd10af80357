package app

import "testing"

func TestGarbageIsGivenRoomWhileThereIsWork(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		what            string
		allocated, live uint64
		want            int
	}{
		{"nothing to do", 1 * mib, 6 * mib, 100},
		{"little is held", 200 * mib, 6 * mib, 200},
		{"more is held", 200 * mib, 9 * mib, 100},
		{"very much is held", 2000 * mib, 3000 * mib, 100},
		{"nothing is held yet", 200 * mib, 0, 200},
	} {
		if got := percentFor(c.allocated, c.live); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}
