package storetest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/backchannel"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

var logoutTests = []test{
	{"AnEndIsToldToWhoWantsToKnow", anEndIsTold},
	{"AnExpiredSessionIsToldOnce", anExpiredSessionIsToldOnce},
	{"OfManyWhoTellOneGetsIt", ofManyWhoTellOneGetsIt},
	{"WhatWasGrantedFromABrowserIsListed", whatWasGrantedIsListed},
}

// grantTold starts a session of the client "web" that wants to be told of its end.
func (t *suite) grantTold(u user.User, browser session.Session, subject string, scope oauth.Scope) session.Session {
	t.Helper()
	id := session.NewID()
	hash := grant.Hash{}
	copy(hash[:], id[:])
	t.must(t.s.AddCode(t.Context(), hash, grant.Code{ExpiresAt: start.Add(time.Minute), Approval: grant.Approval{
		ClientID: "web", UserID: u.ID, Scope: scope, Notify: true, Subject: subject, Parent: browser.ID,
	}}))
	return t.redeem(hash, u)
}

func (t *suite) due(at time.Time) []backchannel.Notice {
	t.Helper()
	list, err := t.s.TakeLogouts(t.Context(), at, at.Add(time.Minute), 100)
	t.must(err)
	return list
}

func anEndIsTold(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	pairwise := t.grantTold(u, browser, "pairwise", nil)
	t.redeem(t.addCode(u, browser, nil), u) // does not want to know
	offline := t.grantTold(u, browser, "", oauth.Scope{oauth.ScopeOffline})
	quiet := t.grantTold(u, browser, "", nil)
	t.end(session.Ending{Session: quiet.ID, Reason: session.ReasonRevoked})
	t.equal(len(t.due(start)), 0)
	t.end(session.Ending{Session: browser.ID})
	told := map[session.ID]backchannel.Notice{}
	for _, n := range t.due(start) {
		told[n.SessionID] = n
	}
	t.equal(told, map[session.ID]backchannel.Notice{
		pairwise.ID: {ID: told[pairwise.ID].ID, ClientID: "web", SessionID: pairwise.ID, Subject: "pairwise", At: start},
		offline.ID:  {ID: told[offline.ID].ID, ClientID: "web", SessionID: offline.ID, Subject: u.ID, At: start},
	})
	t.must(t.s.ForgetLogout(t.Context(), told[pairwise.ID].ID))
	t.must(t.s.RetryLogout(t.Context(), told[offline.ID].ID, start.Add(time.Hour)))
	t.equal(len(t.due(start.Add(59*time.Minute))), 0)
	again := t.due(start.Add(time.Hour))
	t.equal(len(again), 1)
	t.equal(again[0].Tries, 1)
	t.must(t.s.ForgetLogout(t.Context(), again[0].ID))
	t.must(t.s.RemoveUser(t.Context(), user.Removal{ID: u.ID, At: start, Ending: user.Ending{Reason: user.EndedByRemoval}, Event: event(audit.UserRemoved, u.ID)}))
	last := t.due(start.Add(time.Hour))
	t.equal(len(last), 1)
	t.equal(last[0].Subject, u.ID)
}

func anExpiredSessionIsToldOnce(t *suite) {
	u := t.addUser("alice")
	row := t.grantTold(u, t.startSession(u), "", nil)
	t.must(t.s.AddExpiredLogouts(t.Context(), row.IdleUntil.Add(-time.Second)))
	t.equal(len(t.due(row.IdleUntil)), 0)
	for range 2 {
		t.must(t.s.AddExpiredLogouts(t.Context(), row.IdleUntil))
	}
	t.equal(len(t.due(row.IdleUntil)), 1)
}

func ofManyWhoTellOneGetsIt(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	for range 5 {
		t.grantTold(u, browser, "", nil)
	}
	t.end(session.Ending{Session: browser.ID})
	nodes := []Stores{t.s, t.node()}
	var all sync.WaitGroup
	var got atomic.Int32
	for i := range 10 {
		all.Go(func() {
			list, err := nodes[i%2].TakeLogouts(t.Context(), start, start.Add(time.Minute), 2)
			if err != nil {
				t.Errorf("take: %v", err)
			}
			got.Add(int32(len(list)))
		})
	}
	all.Wait()
	got.Add(int32(len(t.due(start)))) // what nobody got while others held it
	t.equal(got.Load(), int32(5))
	t.equal(len(t.due(start.Add(time.Minute))), 5) // nobody said that it was done
}

func whatWasGrantedIsListed(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	row := t.redeem(t.addCode(u, browser, nil), u)
	t.redeem(t.addCode(u, browser, oauth.Scope{oauth.ScopeOffline}), u)
	list, err := t.node().GrantedFrom(t.Context(), browser.ID)
	t.must(err)
	t.equal(list, []grant.Child{{ID: row.ID, ClientID: "web"}})
	t.end(session.Ending{Session: browser.ID})
	list, err = t.s.GrantedFrom(t.Context(), browser.ID)
	t.must(err)
	t.equal(len(list), 0)
}
