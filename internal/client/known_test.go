package client

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestAClientIsRememberedForASecondAndNoLonger(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	reads := 0
	var k known
	find := func(want int) {
		t.Helper()
		_, err := k.find(t.Context(), "wiki", now, func(_ context.Context, id string) (Client, error) { reads++; return Client{ID: id}, nil })
		if err != nil || reads != want {
			t.Errorf("at %s it was read %d times, want %d: %v", now.Format("05.000"), reads, want, err)
		}
	}
	find(1)
	find(1)
	now = now.Add(KnownFor - 1)
	find(1)
	now = now.Add(1)
	find(2)
	k.forget("wiki")
	find(3)
	now = now.Add(-time.Hour)
	find(4) // a clock that is set back keeps nothing
}

func TestAClientThatIsNotThereIsNotRemembered(t *testing.T) {
	var k known
	gone := errors.New("gone")
	reads := 0
	for range 3 {
		_, err := k.find(t.Context(), "wiki", time.Now(), func(context.Context, string) (Client, error) { reads++; return Client{}, gone })
		if !errors.Is(err, gone) {
			t.Fatal(err)
		}
	}
	if reads != 3 {
		t.Errorf("it was read %d times", reads)
	}
}

// A client that is read while it is changed must not be remembered as it was.
func TestWhatIsReadDuringAChangeIsNotRemembered(t *testing.T) {
	var k known
	now := time.Now()
	_, _ = k.find(t.Context(), "wiki", now, func(_ context.Context, id string) (Client, error) {
		k.forget(id)
		return Client{ID: id, Settings: Settings{Name: "old"}}, nil
	})
	c, _ := k.find(t.Context(), "wiki", now, func(_ context.Context, id string) (Client, error) {
		return Client{ID: id, Settings: Settings{Name: "new"}}, nil
	})
	if c.Name != "new" {
		t.Errorf("it is remembered as %q", c.Name)
	}
}
