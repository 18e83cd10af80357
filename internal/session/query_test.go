package session

import (
	"strings"
	"testing"
	"time"
)

func TestACursorIsReadAsItWasWritten(t *testing.T) {
	for _, at := range []time.Time{time.UnixMicro(1), time.Date(2026, 3, 1, 12, 0, 0, 123_457_000, time.UTC)} {
		s := Session{ID: NewID(), CreatedAt: at.UTC()}
		got, ok := ParseCursor(s.Cursor().String())
		if !ok || got != s.Cursor() || got.IsZero() {
			t.Errorf("%v comes back as %v", s.Cursor(), got)
		}
	}
	if c, ok := ParseCursor(""); !ok || !c.IsZero() || c.String() != "" {
		t.Errorf("the beginning is %v", c)
	}
	whole := Cursor{time.UnixMicro(1).UTC(), NewID()}.String()
	for _, bad := range []string{"x", whole + "A", whole[1:], " " + whole, whole + "=", strings.Repeat("A", 31) + "+"} {
		if c, ok := ParseCursor(bad); ok {
			t.Errorf("%q is taken for %v", bad, c)
		}
	}
}
