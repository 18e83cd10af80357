package login

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/session"
)

func TestAPlaceIsNewWhenNothingBeganThereBefore(t *testing.T) {
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	row := func(address string, minute int) session.Session {
		return session.Session{ID: session.NewID(), Address: address, CreatedAt: began.Add(time.Duration(minute) * time.Minute)}
	}
	rows := []session.Session{ // most recently seen first, which is not the order in which they began
		row("192.0.2.1", 0), row("198.51.100.1", 3), row("192.0.2.200", 2), row("198.51.100.9", 4), row("2001:db8::1", 5),
		row("2001:db8::ffff", 5), row("203.0.113.1", 6), row("198.51.100.1", 0),
	}
	var marked []string
	for _, p := range places(rows, rows[6].ID) {
		if p.NewPlace {
			marked = append(marked, p.Address)
		}
	}
	want := []string{"2001:db8::1", "2001:db8::ffff"} // both began there at once, and one's own is never new
	if diff := cmp.Diff(want, marked); diff != "" {
		t.Errorf("new places (-want +got):\n%s", diff)
	}
}

// Anybody may sign in again and again, each time from another network, and then open the page: going over each pair of a hundred thousand
// sessions would not end within the time of a test.
func TestPlacesOfManySessionsAreListed(t *testing.T) {
	rows := make([]session.Session, 100_000)
	for i := range rows {
		rows[i] = session.Session{ID: session.NewID(), Address: fmt.Sprintf("2001:db8:%x:%x::1", i>>8, i&0xff), CreatedAt: time.Unix(int64(i+1), 0)}
	}
	slices.Reverse(rows)
	isNew := 0
	for _, p := range places(rows, session.ID{}) {
		if p.NewPlace {
			isNew++
		}
	}
	if isNew != len(rows)-1 {
		t.Errorf("%d places are new, want all but the first", isNew)
	}
}
