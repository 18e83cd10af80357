package api

import (
	"context"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/session"
)

// comeBack is told to a tab for which there is no room.
const comeBack = 30 * time.Second

// Revoked knows what was called back, on whichever node. *revocation.Set does.
type Revoked interface {
	Revoked(c revoked.Claims) (revoked.Entry, bool)
}

// TabOptions is what [Tabs] are made of. All fields are required.
type TabOptions struct {
	Revoked    Revoked
	Limit      int // of all open tabs
	PerSession int
	Now        func() time.Time
}

// Tabs are the pages that listen for the end of their session. It is safe for concurrent use.
//
// Each open tab is a goroutine of its own that waits. [Tabs.Watch] looks at all sessions at once, in memory, and wakes the tabs of those
// to which something may have happened; these then ask the store what it was.
type Tabs struct {
	o TabOptions

	mu       sync.Mutex
	sessions map[session.ID]*listening
	count    int // of tabs
	closed   bool
}

// listening is a session with open tabs.
type listening struct {
	key  string // the id as tokens and revocations have it
	due  time.Time
	tabs map[*tab]struct{}
}

// tab is one page that listens.
type tab struct {
	session session.ID
	// look holds one signal: something may have happened to the session. It is closed when the server stops.
	look chan struct{}
}

// NewTabs makes an empty set. Nothing is noticed unless somebody calls [Tabs.Watch] again and again.
func NewTabs(o TabOptions) *Tabs {
	return &Tabs{o: o, sessions: map[session.ID]*listening{}}
}

// Len is the number of open tabs.
func (t *Tabs) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}

// open adds a tab. It is refused with too_busy when there are too many.
func (t *Tabs) open(row session.Session) (*tab, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.sessions[row.ID]
	if t.closed || t.count >= t.o.Limit || at != nil && len(at.tabs) >= t.o.PerSession {
		return nil, fault.Refuse(fault.TooBusy, comeBack)
	}
	if at == nil {
		at = &listening{key: row.ID.String(), tabs: map[*tab]struct{}{}}
		t.sessions[row.ID] = at
	}
	at.due = row.OverAt()
	added := &tab{row.ID, make(chan struct{}, 1)}
	at.tabs[added] = struct{}{}
	t.count++
	return added, nil
}

// leave removes a tab.
func (t *Tabs) leave(gone *tab) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.sessions[gone.session]
	delete(at.tabs, gone)
	t.count--
	if len(at.tabs) == 0 {
		delete(t.sessions, gone.session)
	}
}

// renew notes the limits of a session that was found to live on. It has at least one open tab.
func (t *Tabs) renew(row session.Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions[row.ID].due = row.OverAt()
}

// Watch wakes the tabs of sessions that were called back or have reached a limit. It asks no store.
func (t *Tabs) Watch(context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	now := t.o.Now()
	for _, at := range t.sessions {
		if now.Before(at.due) && !t.calledBack(at.key, now) {
			continue
		}
		for tab := range at.tabs {
			select {
			case tab.look <- struct{}{}:
			default: // It has not looked since the last signal.
			}
		}
	}
	return nil
}

// calledBack asks as for a token that is issued later: what calls back all tokens until now ends no session.
func (t *Tabs) calledBack(id string, now time.Time) bool {
	_, found := t.o.Revoked.Revoked(revoked.Claims{Session: id, IssuedAt: now.Add(time.Hour)})
	return found
}

// Close lets all tabs go, so that a server that stops does not wait for them. Nobody joins after it.
func (t *Tabs) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.closed = true
	for _, at := range t.sessions {
		for tab := range at.tabs {
			close(tab.look)
		}
	}
}
