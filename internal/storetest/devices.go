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

var deviceTests = []test{
	{"ADeviceBecomesOneSession", aDeviceBecomesOneSession},
	{"OfManyPollsOneSucceeds", ofManyPollsOneSucceeds},
	{"ADeviceThatAsksTooSoonIsSlowed", aDeviceThatAsksTooSoonIsSlowed},
	{"ADeviceIsAnsweredOnce", aDeviceIsAnsweredOnce},
	{"NoDeviceOutlivesWhatItStandsOn", noDeviceOutlives},
}

// addDevice stores a device of the client "tv".
func (t *suite) addDevice() (hash, code grant.Hash) {
	t.Helper()
	id := session.NewID()
	copy(hash[:], id[:])
	copy(code[16:], id[:])
	t.must(t.s.AddDevice(t.Context(), hash, code, grant.Device{
		ClientID: "tv", Scope: oauth.Scope{"openid"}, Resources: []string{"https://api.example"}, Address: "192.0.2.9", Agent: awkward,
		CreatedAt: start, ExpiresAt: minutes(10), Pace: 5 * time.Second,
	}))
	return hash, code
}

func (t *suite) allowDevice(code grant.Hash, u user.User, browser session.Session) {
	t.Helper()
	t.must(t.s.AnswerDevice(t.Context(), deviceAnswer(code, u, browser)))
}

func deviceAnswer(code grant.Hash, u user.User, browser session.Session) grant.DeviceAnswer {
	return grant.DeviceAnswer{
		UserCode: code, Status: grant.DeviceAllowed, At: start, Event: event(audit.DeviceAllowed, u.ID),
		Approval: grant.Approval{
			ClientID: "tv", UserID: u.ID, Scope: oauth.Scope{"openid"}, Device: true, Parent: browser.ID, AuthTime: start, PasswordAt: u.PasswordChangedAt,
		},
	}
}

func (t *suite) poll(hash grant.Hash, at time.Time) (grant.Device, bool) {
	t.Helper()
	d, soon, err := t.s.PollDevice(t.Context(), grant.DevicePoll{Hash: hash, ClientID: "tv", At: at, Slack: time.Second, Slower: 5 * time.Second})
	t.must(err)
	return d, soon
}

func aDeviceBecomesOneSession(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	hash, code := t.addDevice()
	t.wants(t.s.AddDevice(t.Context(), grant.Hash{1}, code, grant.Device{ClientID: "tv"}), fault.ErrConflict)
	waiting, err := t.node().DeviceByUserCode(t.Context(), code)
	t.must(err)
	t.equal(waiting.Agent, awkward)
	t.equal(waiting.Status, grant.DeviceWaits)
	t.wants(t.s.RedeemDevice(t.Context(), redemption(hash, u, start)), grant.ErrSpent) // nobody has said yes
	t.allowDevice(code, u, browser)
	d, _ := t.poll(hash, start)
	t.equal(d.Status, grant.DeviceAllowed)
	t.equal(d.Approval.Parent, browser.ID)
	r := redemption(hash, u, start)
	t.must(t.s.RedeemDevice(t.Context(), r))
	t.wants(t.s.RedeemDevice(t.Context(), redemption(hash, u, start)), grant.ErrSpent)
	d, _ = t.poll(hash, minutes(1))
	t.equal(d.Status, grant.DeviceSpent)
	t.equal(d.Session, r.Opening.Session.ID)
	approval, err := t.s.Approval(t.Context(), r.Opening.Session.ID)
	t.must(err)
	t.equal(approval, d.Approval)
	t.end(session.Ending{Session: browser.ID})
	t.equal(t.lives(r.Opening.Session.ID), true) // it is another place
}

func ofManyPollsOneSucceeds(t *suite) {
	u := t.addUser("alice")
	hash, code := t.addDevice()
	t.allowDevice(code, u, t.startSession(u))
	nodes := []Stores{t.s, t.node()}
	var all sync.WaitGroup
	var won, spent atomic.Int32
	for i := range 20 {
		all.Go(func() {
			switch err := nodes[i%2].RedeemDevice(t.Context(), redemption(hash, u, start)); {
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

func aDeviceThatAsksTooSoonIsSlowed(t *suite) {
	hash, _ := t.addDevice()
	for _, step := range []struct {
		after time.Duration
		soon  bool
		pace  time.Duration
	}{
		{0, false, 5 * time.Second}, {5 * time.Second, false, 5 * time.Second}, {9 * time.Second, false, 5 * time.Second},
		{12 * time.Second, true, 10 * time.Second}, {20 * time.Second, true, 15 * time.Second}, {35 * time.Second, false, 15 * time.Second},
	} {
		d, soon := t.poll(hash, start.Add(step.after))
		t.equal(soon, step.soon)
		t.equal(d.Pace, step.pace)
	}
	_, _, err := t.s.PollDevice(t.Context(), grant.DevicePoll{Hash: hash, ClientID: "other", At: start})
	t.wants(err, fault.ErrNotFound)
	_, _, err = t.s.PollDevice(t.Context(), grant.DevicePoll{Hash: grant.Hash{9}, ClientID: "tv", At: start})
	t.wants(err, fault.ErrNotFound)
}

func aDeviceIsAnsweredOnce(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	hash, code := t.addDevice()
	deny := grant.DeviceAnswer{UserCode: code, Status: grant.DeviceDenied, At: start, Event: event(audit.DeviceDenied, u.ID)}
	t.must(t.s.AnswerDevice(t.Context(), deny))
	t.wants(t.s.AnswerDevice(t.Context(), deviceAnswer(code, u, browser)), fault.ErrConflict)
	d, _ := t.poll(hash, start)
	t.equal(d.Status, grant.DeviceDenied)
	t.wants(t.s.RedeemDevice(t.Context(), redemption(hash, u, start)), grant.ErrSpent)
	_, late := t.addDevice()
	answer := deviceAnswer(late, u, browser)
	answer.At = minutes(10)
	t.wants(t.s.AnswerDevice(t.Context(), answer), fault.ErrConflict)
	_, err := t.s.DeviceByUserCode(t.Context(), grant.Hash{7})
	t.wants(err, fault.ErrNotFound)
}

func noDeviceOutlives(t *suite) {
	u := t.addUser("alice")
	browser := t.startSession(u)
	hash, code := t.addDevice()
	t.allowDevice(code, u, browser)
	t.wants(t.s.RedeemDevice(t.Context(), redemption(hash, u, minutes(10))), fault.ErrConflict)
	other := redemption(hash, u, start)
	other.Opening.PasswordAt = start.Add(-time.Hour)
	t.wants(t.s.RedeemDevice(t.Context(), other), session.ErrPasswordChanged)
	heir := t.startSession(u)
	t.end(session.Ending{Session: browser.ID, Heir: heir.ID}) // who signs in again has not taken it back
	d, _ := t.poll(hash, start)
	t.equal(d.Approval.Parent, heir.ID)
	t.end(session.Ending{Session: heir.ID})
	t.wants(t.s.RedeemDevice(t.Context(), redemption(hash, u, start)), fault.ErrConflict)
}
