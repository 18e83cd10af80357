package gateway

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/session"
)

const (
	// fresh is how long a session that was read is taken as it was, unless it is called back: a logout, a new password, the end of the account is
	// known at once and is not waited for. It bounds how late a change of roles is felt where clocks differ by more than overlap, and how long the
	// store may be away unnoticed.
	fresh = 5 * time.Second
	// overlap is how far back changes of accounts are looked for: longer than one may take to be written, and than the clocks of nodes differ.
	overlap = 10 * time.Second
	// mostChanged is how many changed accounts are told apart. Of more, everybody is read again.
	mostChanged = 1000
	// mostPeople bounds the memory: some 2 kB each.
	mostPeople = 1 << 16
)

// Sessions finds living sessions. *session.Service does.
type Sessions interface {
	// Use returns the session behind a cookie, and notes that it is in use.
	Use(ctx context.Context, cookie string, src audit.Source) (session.Session, error)
	// Living returns the session of an id.
	Living(ctx context.Context, id session.ID) (session.Session, error)
	// Seen takes an access token that came with refresh token number counter as its confirmation.
	Seen(ctx context.Context, row session.Session, counter uint32) error
}

// Changes knows which accounts were changed.
type Changes interface {
	// ChangedUsers lists up to most accounts that were changed at or after a time, on whichever node.
	ChangedUsers(ctx context.Context, since time.Time, most int) ([]string, error)
}

// Revoked knows what was called back, on whichever node. *revocation.Set does.
type Revoked interface {
	Revoked(c revoked.Claims) (revoked.Entry, bool)
}

// people are the sessions that were asked for lately, so that a request costs a look into memory and not into the store. It is safe for
// concurrent use.
type people struct {
	sessions Sessions
	sealed   *session.Sealed
	revoked  Revoked
	now      func() time.Time

	mu    sync.RWMutex
	known map[session.ID]*person
}

// person is a living session as it was read. It is not changed any more, but for what is minted for it.
type person struct {
	session.Session
	key    string // the id as tokens and revocations have it
	readAt time.Time
	until  time.Time

	// What every request needs, made once. Nobody changes it.
	principal          *httpd.Principal
	user, email, roles []string // values of headers

	mu     sync.Mutex
	minted []minted
}

func newPeople(sessions Sessions, sealed *session.Sealed, r Revoked, now func() time.Time) *people {
	return &people{sessions: sessions, sealed: sealed, revoked: r, now: now, known: map[session.ID]*person{}}
}

// byCookie returns whose session a cookie stands for.
func (p *people) byCookie(ctx context.Context, cookie string, src func() audit.Source) (*person, error) {
	id, ok := p.sealed.OpenCookie(cookie)
	if !ok {
		return nil, fault.Refuse(fault.TokenMissing)
	}
	if who := p.find(id); who != nil {
		return who, nil
	}
	began := p.now()
	row, err := p.sessions.Use(ctx, cookie, src())
	if err != nil {
		return nil, err
	}
	return p.know(row, began), nil
}

// byID returns whose session an id names.
func (p *people) byID(ctx context.Context, id session.ID) (*person, error) {
	if who := p.find(id); who != nil {
		return who, nil
	}
	return p.read(ctx, id)
}

// read asks the store, whatever is known.
func (p *people) read(ctx context.Context, id session.ID) (*person, error) {
	began := p.now()
	row, err := p.sessions.Living(ctx, id)
	if err != nil {
		return nil, err
	}
	return p.know(row, began), nil
}

// confirm passes on that a client holds refresh token number counter. What is known of the session may be older than that token.
func (p *people) confirm(ctx context.Context, who *person, counter uint32) (*person, error) {
	if counter == 0 || !who.Confirms || counter < who.Counter || counter == who.Counter && !who.ConfirmedAt.IsZero() {
		return who, nil
	}
	who, err := p.read(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	if err := p.sessions.Seen(ctx, who.Session, counter); err != nil {
		return nil, err
	}
	if counter == who.Counter && who.ConfirmedAt.IsZero() {
		row := who.Session
		row.ConfirmedAt = p.now()
		who = p.know(row, who.readAt)
	}
	return who, nil
}

// find returns who is known, and may still be taken for what they were.
func (p *people) find(id session.ID) *person {
	p.mu.RLock()
	who := p.known[id]
	p.mu.RUnlock()
	if who == nil || !p.now().Before(who.until) || p.calledBack(who) {
		return nil
	}
	return who
}

// calledBack reports whether something of a session was called back since it was read: the session, or all of its user, its app or everybody.
// The store then says what is left.
func (p *people) calledBack(who *person) bool { return p.calledBackSince(who, who.readAt) }

func (p *people) calledBackSince(who *person, since time.Time) bool {
	_, found := p.revoked.Revoked(revoked.Claims{Session: who.key, Subject: who.UserID, Client: who.ClientID, IssuedAt: since})
	return found
}

// know keeps what was read at a time.
func (p *people) know(row session.Session, readAt time.Time) *person {
	who := &person{
		Session: row, key: row.ID.String(), readAt: readAt, until: readAt.Add(fresh), principal: &httpd.Principal{Session: row},
		user: []string{row.Holder.Username}, email: []string{row.Holder.VerifiedEmail()}, roles: []string{strings.Join(row.Holder.Roles, ",")},
	}
	for _, limit := range []time.Time{row.IdleUntil, row.ExpiresAt} {
		if limit.Before(who.until) {
			who.until = limit
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= mostPeople {
		p.forget(p.now())
	}
	p.known[row.ID] = who
	return who
}

// notice forgets everybody whose account was changed lately: their next request reads who they are now. Nothing is asked while nobody is known.
func (p *people) notice(ctx context.Context, changes Changes) error {
	p.mu.RLock()
	nobody := len(p.known) == 0
	p.mu.RUnlock()
	if nobody {
		return nil
	}
	ids, err := changes.ChangedUsers(ctx, p.now().Add(-overlap), mostChanged)
	if err != nil || len(ids) == 0 {
		return err
	}
	changed := make(map[string]bool, len(ids))
	for _, id := range ids {
		changed[id] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, who := range p.known {
		if len(ids) >= mostChanged || changed[who.UserID] {
			delete(p.known, id)
		}
	}
	return nil
}

// Forget lets go of who was not asked for lately.
func (p *people) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(p.now())
}

// forget is called with mu held. If everybody was asked for lately, some are forgotten all the same.
func (p *people) forget(now time.Time) {
	for id, who := range p.known {
		if !now.Before(who.until) {
			delete(p.known, id)
		}
	}
	for id := range p.known {
		if len(p.known) < mostPeople {
			return
		}
		delete(p.known, id)
	}
}
