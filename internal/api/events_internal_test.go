package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
)

// page is the other end of a stream.
type page struct{ *httptest.ResponseRecorder }

func (page) SetWriteDeadline(time.Time) error { return nil }
func (page) SetReadDeadline(time.Time) error  { return nil }

func TestSilentStreamBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &Handler{Tabs: NewTabs(TabOptions{Limit: 1, PerSession: 1, Now: time.Now})}
		tab, err := h.Tabs.open(session.Session{ID: session.NewID()})
		if err != nil {
			t.Fatal(err)
		}
		p := page{httptest.NewRecorder()}
		stream, err := httpd.NewStream(p)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Second)
		defer cancel()
		if err := h.listen(ctx, stream, tab); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(p.Body.String(), ":\n\n"); got != 4 || !p.Flushed {
			t.Errorf("%d beats in a minute: %q", got, p.Body)
		}
		if buffering := p.Header().Get("X-Accel-Buffering"); p.Code != http.StatusOK || buffering != "no" {
			t.Errorf("%d %v", p.Code, p.Header())
		}
	})
}

func TestTabsAreCounted(t *testing.T) {
	tabs := NewTabs(TabOptions{Limit: 3, PerSession: 2, Now: time.Now})
	one, other := session.Session{ID: session.NewID()}, session.Session{ID: session.NewID()}
	open := func(row session.Session, room bool) *tab {
		t.Helper()
		added, err := tabs.open(row)
		if (err == nil) != room {
			t.Fatalf("with %d tabs open: %v", tabs.Len(), err)
		}
		return added
	}
	first := open(one, true)
	open(one, true)
	open(one, false)
	second := open(other, true)
	open(other, false)
	tabs.leave(first)
	open(one, true)
	open(other, false)
	tabs.Close()
	tabs.Close()
	tabs.leave(second)
	open(other, false)
	if tabs.Len() != 2 {
		t.Errorf("%d tabs", tabs.Len())
	}
	if err := tabs.Watch(t.Context()); err != nil {
		t.Error(err)
	}
}
