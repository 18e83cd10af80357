package gateway

import (
	"context"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
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
	// ChangedUsers returns up to most accounts that were changed at or after a time, on whichever node, with when each was changed last.
	ChangedUsers(ctx context.Context, since time.Time, most int) (map[string]time.Time, error)
}

// Revoked knows what was called back, on whichever node. *revocation.Set does.
type Revoked interface {
	Revoked(c revoked.Claims) (revoked.Entry, bool)
	// Learned counts how often something was called back. It never waits.
	Learned() uint64
}

// people are the sessions that were asked for lately, so that a request costs a look into memory and not into the store. It is safe for
// concurrent use.
type people struct {
	sessions Sessions
	sealed   *session.Sealed
	revoked  Revoked
	now      func() time.Time

	noticed atomic.Uint64 // how often accounts were found to be changed

	mu    sync.RWMutex
	known map[session.ID]*person
	// changed are accounts that were changed lately, with when. Of more than are told apart, whoever was read before everybody is another.
	changed   map[string]time.Time
	everybody time.Time
	asked     time.Time // changes until then are known; zero while nobody is here
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
	outdated := who == nil || p.isAnother(who)
	p.mu.RUnlock()
	if outdated || !p.now().Before(who.until) || p.calledBack(who) {
		return nil
	}
	return who
}

// outdated reports whether the store may say something else of somebody by now.
func (p *people) outdated(who *person) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.isAnother(who) || p.calledBack(who)
}

// isAnother reports whether the account was changed since it was read. It is called with mu held.
func (p *people) isAnother(who *person) bool {
	at, found := p.changed[who.UserID]
	return found && !at.Equal(who.Holder.ChangedAt) || !who.readAt.After(p.everybody)
}

// calledBack reports whether something of a session was called back since it was read: the session, or all of its user, its app or everybody.
// The store then says what is left.
func (p *people) calledBack(who *person) bool {
	_, found := p.revoked.Revoked(revoked.Claims{Session: who.key, Subject: who.UserID, Client: who.ClientID, IssuedAt: who.readAt})
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
	if p.asked.IsZero() {
		p.asked = readAt
	}
	return who
}

// notice finds out whose account was changed lately: their next request reads who they are now, and their open ones are judged again. Nothing
// is asked while nobody is there.
func (p *people) notice(ctx context.Context, changes Changes, open bool) error {
	now := p.now()
	since, nobody := p.since(now, open)
	if nobody {
		return nil
	}
	found, err := changes.ChangedUsers(ctx, since, mostChanged)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = now
	news := false
	for id, at := range found {
		news = news || !p.changed[id].Equal(at)
	}
	if len(found) >= mostChanged && now.Sub(p.everybody) >= fresh {
		p.everybody, news = now, true
	}
	p.changed = found
	if news {
		maps.DeleteFunc(p.known, func(_ session.ID, who *person) bool { return p.isAnother(who) })
		p.noticed.Add(1)
	}
	return nil
}

// since is from when on changes may not be known yet: nothing is missed while the store was away.
func (p *people) since(now time.Time, open bool) (since time.Time, nobody bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if nobody = len(p.known) == 0 && !open; nobody {
		p.asked = time.Time{}
	}
	if !p.asked.IsZero() && p.asked.Before(now) {
		now = p.asked
	}
	return now.Add(-overlap), nobody
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
