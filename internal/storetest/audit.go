package storetest

import (
	"time"

	"github.com/lingpai/lingpai/internal/audit"
)

var auditTests = []test{
	{"AnEventComesBackAsItWent", anEventComesBackAsItWent},
	{"EventsAreSelectedAndPaged", eventsAreSelectedAndPaged},
}

func anEventComesBackAsItWent(t *suite) {
	e := audit.Event{
		At: start, Action: audit.SignInFailed, Source: audit.Source{Address: "2001:db8::1", Agent: awkward, RequestID: "r", Actor: "system"},
		UserID: "u", SessionID: "s", ClientID: "c", Detail: awkward,
	}
	t.must(t.s.Append(t.Context(), e))
	got := t.events(audit.Query{})
	t.equal(len(got), 1)
	e.ID = got[0].ID
	t.equal(got[0], e)
	t.must(t.s.Append(t.Context(), audit.Event{Detail: "\x00\xff"}))
	t.equal(t.events(audit.Query{Limit: 1})[0].Detail, "\uFFFD\uFFFD")
}

func eventsAreSelectedAndPaged(t *suite) {
	for i := range 250 {
		e := event(audit.SignIn, "u1")
		if i%2 == 1 {
			e.UserID = "u2"
		}
		if i%5 == 0 {
			e.Action = audit.SignOut
		}
		e.At = start.Add(time.Duration(i) * time.Second)
		t.must(t.s.Append(t.Context(), e))
	}
	for want, q := range map[int]audit.Query{
		100: {}, 250: {Limit: 1000}, 7: {Limit: 7}, 125: {UserID: "u2", Limit: 1000}, 25: {UserID: "u1", Action: audit.SignOut},
		50: {Action: audit.SignOut, Limit: 60}, 0: {UserID: "nobody"},
		10: {Since: start.Add(240 * time.Second)}, 5: {Since: start.Add(240*time.Second - time.Microsecond), UserID: "u1"},
	} {
		t.equal(len(t.events(q)), want)
	}
	var seen []audit.Event
	q := audit.Query{UserID: "u1", Limit: 40}
	for page := t.events(q); len(page) > 0; page = t.events(q) {
		seen = append(seen, page...)
		q.Before = page[len(page)-1].ID
	}
	t.equal(len(seen), 125)
	for i := 1; i < len(seen); i++ {
		if seen[i].ID >= seen[i-1].ID || !seen[i].At.Before(seen[i-1].At) {
			t.Fatalf("event %d is not older than the one before it", i)
		}
	}
}
