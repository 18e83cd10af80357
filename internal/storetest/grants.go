package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

var grantTests = []test{
	{"ACodeBecomesOneSession", aCodeBecomesOneSession},
	{"OfManyRedemptionsOneSucceeds", ofManyRedemptionsOneSucceeds},
	{"NoCodeOutlivesWhatItStandsOn", noCodeOutlives},
	{"WhatWasGrantedEndsWithTheBrowser", whatWasGrantedEnds},
	{"AnHeirTakesOver", anHeirTakesOver},
	{"ConsentsAreGivenAndRevoked", consentsAreGivenAndRevoked},
	{"APushedRequestIsAnsweredOnce", aPushedRequestIsAnsweredOnce},
}

// addCode stores a code of the client "web" that a browser's session has allowed.
func (t *suite) addCode(u user.User, browser session.Session, scope oauth.Scope) grant.Hash {
	t.Helper()
	id := session.NewID()
	hash := grant.Hash{}
	copy(hash[:], id[:])
	t.must(t.s.AddCode(t.Context(), hash, grant.Code{ExpiresAt: start.Add(time.Minute), Approval: grant.Approval{
		ClientID: "web", UserID: u.ID, RedirectURI: "https://a.example/cb", Scope: scope, Resources: []string{"https://api.example"}, Nonce: awkward,
		Challenge: "c", Claims: grant.Claims{UserInfo: []string{"email"}}, Parent: browser.ID, AuthTime: start, AMR: []string{"pwd"}, PasswordAt: u.PasswordChangedAt,
	}}))
	return hash
}

func redemption(hash grant.Hash, u user.User, at time.Time) grant.Redemption {
	row := newSession(u, 1)
	row.Keep = session.KeepClient
	o := opening(row)
	o.PasswordAt = u.PasswordChangedAt
	return grant.Redemption{Hash: hash, Opening: o, At: at}
}

func (t *suite) redeem(hash grant.Hash, u user.User) session.Session {
	t.Helper()
	r := redemption(hash, u, start)
	t.must(t.s.RedeemCode(t.Context(), r))
	return r.Opening.Session
}

func (t *suite) code(hash grant.Hash) grant.Code {
	t.Helper()
	c, err := t.s.Code(t.Context(), hash)
	t.must(err)
	return c
}

func aCodeBecomesOneSession(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	hash := t.addCode(u, browser, oauth.Scope{"openid"})
	before := t.code(hash)
	if before.Spent || before.Parent != browser.ID || before.Nonce != awkward {
		t.Errorf("the code is %+v", before)
	}
	row := t.redeem(hash, u)
	t.equal(t.session(row.ID).Keep, session.KeepClient)
	after := t.code(hash)
	t.equal(after.Spent, true)
	t.equal(after.Session, row.ID)
	approval, err := t.node().Approval(t.Context(), row.ID)
	t.must(err)
	t.equal(approval, before.Approval)
	t.wants(t.s.RedeemCode(t.Context(), redemption(hash, u, start)), grant.ErrSpent)
	_, err = t.s.Approval(t.Context(), browser.ID)
	t.wants(err, fault.ErrNotFound)
	burned := t.addCode(u, browser, nil)
	t.must(t.s.BurnCode(t.Context(), burned))
	t.wants(t.s.RedeemCode(t.Context(), redemption(burned, u, start)), grant.ErrSpent)
	t.equal(t.code(burned).Session, session.ID{})
}

func ofManyRedemptionsOneSucceeds(t *suite) {
	u := t.addUser("alice")
	hash := t.addCode(u, t.startSession(u), nil)
	nodes := []Stores{t.s, t.node()}
	var all sync.WaitGroup
	var won, spent atomic.Int32
	for i := range 20 {
		all.Go(func() {
			switch err := nodes[i%2].RedeemCode(t.Context(), redemption(hash, u, start)); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, grant.ErrSpent):
				spent.Add(1)
			default:
				t.Errorf("redeem: %v", err)
			}
		})
	}
	all.Wait()
	t.equal(won.Load(), int32(1))
	t.equal(spent.Load(), int32(19))
}

func noCodeOutlives(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	late := redemption(t.addCode(u, browser, nil), u, start.Add(time.Minute))
	t.wants(t.s.RedeemCode(t.Context(), late), fault.ErrConflict)
	other := redemption(t.addCode(u, browser, nil), u, start)
	other.Opening.PasswordAt = start.Add(-time.Hour)
	t.wants(t.s.RedeemCode(t.Context(), other), session.ErrPasswordChanged)
	pending := t.addCode(u, browser, nil)
	t.end(session.Ending{Session: browser.ID})
	t.wants(t.s.RedeemCode(t.Context(), redemption(pending, u, start)), fault.ErrConflict)
}

// end ends sessions at start.
func (t *suite) end(e session.Ending) {
	t.Helper()
	e.At, e.RevokeUntil, e.Event = start, start.Add(time.Hour), event(audit.SignOut, "")
	_, err := t.s.EndSessions(t.Context(), e)
	t.must(err)
}

func (t *suite) lives(id session.ID) bool {
	t.Helper()
	return t.session(id).EndedAt.IsZero()
}

func whatWasGrantedEnds(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	with := t.redeem(t.addCode(u, browser, nil), u)
	offline := t.redeem(t.addCode(u, browser, oauth.Scope{"offline_access"}), u)
	t.end(session.Ending{Session: browser.ID})
	t.equal(t.lives(with.ID), false)
	t.equal(t.lives(offline.ID), true)
	records, err := t.s.Since(t.Context(), 0)
	t.must(err)
	t.equal(len(records), 2)
}

func anHeirTakesOver(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	granted := t.redeem(t.addCode(u, browser, nil), u)
	pending := t.addCode(u, browser, nil)
	heir := t.startSession(u)
	t.end(session.Ending{Session: browser.ID, Heir: heir.ID})
	t.equal(t.lives(browser.ID), false)
	t.equal(t.lives(granted.ID), true)
	second := t.redeem(pending, u)
	t.end(session.Ending{Session: heir.ID})
	t.equal(t.lives(granted.ID) || t.lives(second.ID), false)
}

func consentsAreGivenAndRevoked(t *suite) {
	u := t.addUser("alice")
	give := func(userID, clientID string, scope oauth.Scope) error {
		c := grant.Consent{UserID: userID, ClientID: clientID, Scope: scope, At: start, Addresses: awkward}
		return t.s.GiveConsent(t.Context(), c, event(audit.ConsentGiven, u.ID))
	}
	t.wants(give("nobody", "web", nil), fault.ErrConflict)
	t.must(give(u.ID, "web", oauth.Scope{"openid"}))
	t.must(give(u.ID, "app", nil))
	t.must(give(u.ID, "web", oauth.Scope{"openid", "email"}))
	list, err := t.node().ConsentsOf(t.Context(), u.ID)
	t.must(err)
	t.equal(list, []grant.Consent{
		{UserID: u.ID, ClientID: "app", At: start, Addresses: awkward},
		{UserID: u.ID, ClientID: "web", Scope: oauth.Scope{"openid", "email"}, At: start, Addresses: awkward},
	})
	browser := t.startSession(u)
	granted := t.redeem(t.addCode(u, browser, oauth.Scope{"offline_access"}), u)
	end := session.Ending{User: u.ID, Client: "web", At: start, RevokeUntil: start.Add(time.Hour), Event: event(audit.SessionEnded, "")}
	browserIsOfWeb := browser.ClientID == "web" // the suite's sessions all are
	t.must(t.s.RevokeConsent(t.Context(), end, event(audit.ConsentRevoked, u.ID)))
	t.equal(t.lives(granted.ID), false)
	t.equal(t.lives(browser.ID), !browserIsOfWeb)
	_, err = t.s.Consent(t.Context(), u.ID, "web")
	t.wants(err, fault.ErrNotFound)
}

func aPushedRequestIsAnsweredOnce(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	name, pushed := grant.Hash{1}, grant.Pushed{ClientID: "web", Params: awkward, ExpiresAt: start.Add(time.Minute)}
	t.must(t.s.PushRequest(t.Context(), name, pushed))
	got, err := t.node().PushedRequest(t.Context(), name)
	t.must(err)
	t.equal(got, pushed)
	nodes := []Stores{t.s, t.node()}
	answer := grant.Code{ExpiresAt: start.Add(time.Minute), Approval: grant.Approval{ClientID: "web", UserID: u.ID, Parent: browser.ID}, Answers: name}
	var all sync.WaitGroup
	var won, late atomic.Int32
	for i := range 10 {
		all.Go(func() {
			switch err := nodes[i%2].AddCode(t.Context(), grant.Hash{2, byte(i)}, answer); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, grant.ErrAnswered):
				late.Add(1)
			default:
				t.Errorf("add code: %v", err)
			}
		})
	}
	all.Wait()
	t.equal(won.Load(), int32(1))
	t.equal(late.Load(), int32(9))
	_, err = t.s.PushedRequest(t.Context(), name)
	t.wants(err, fault.ErrNotFound)
	t.must(t.s.DropRequest(t.Context(), name))
	t.must(t.s.PushRequest(t.Context(), name, pushed))
	t.must(t.s.DropRequest(t.Context(), name))
	_, err = t.s.PushedRequest(t.Context(), name)
	t.wants(err, fault.ErrNotFound)
}
