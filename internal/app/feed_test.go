package app

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/feed"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revoked"
)

// listener is another server that follows the feed.
type listener struct {
	*testing.T
	s     *server
	id    string // what it acknowledges with
	lines *bufio.Scanner
}

func (s *server) listen(t *testing.T, query string) *listener {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.origin+feed.Path+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.wire.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	return &listener{T: t, s: s, id: res.Header.Get(feed.SubscriberHeader), lines: bufio.NewScanner(res.Body)}
}

// next reads until a message of a kind comes, each verified by the published keys.
func (l *listener) next(kind revoked.MessageKind) *revoked.Message {
	l.Helper()
	for l.lines.Scan() {
		text, ok := strings.CutPrefix(l.lines.Text(), "data: ")
		if !ok {
			continue
		}
		if m := l.open(text); m.Kind == kind {
			return m
		}
	}
	l.Fatalf("the stream ended before a message of kind %s: %v", kind, l.lines.Err())
	return nil
}

func (l *listener) open(text string) *revoked.Message {
	l.Helper()
	keys, err := jose.ParseKeySet([]byte(l.s.program().get("/.well-known/jwks.json").body))
	if err != nil {
		l.Fatal(err)
	}
	signed, err := jose.Parse(text)
	if err != nil || signed.Header().Type != revoked.Type {
		l.Fatalf("message: %v", err)
	}
	payload, err := signed.Verify(keys.Key(signed.Header().KeyID))
	if err != nil {
		l.Fatal(err)
	}
	m, err := revoked.ParseMessage(payload)
	if err != nil || m.Issuer != l.s.origin {
		l.Fatalf("%+v, %v", m, err)
	}
	return m
}

func (l *listener) acknowledge(seq int64) {
	l.Helper()
	r := l.s.program().postJSON(feed.Path+"/ack", `{"subscriber":"`+l.id+`","seq":`+strconv.FormatInt(seq, 10)+`}`)
	if r.status != http.StatusNoContent {
		l.Errorf("ack: %d %s", r.status, r.body)
	}
}

// calls reports whether a message calls back a session.
func calls(m *revoked.Message, key revoked.Key, id string) bool {
	for _, e := range m.Entries {
		if e.Kind == revoked.Session && e.Print == key.Print(revoked.Session, id) {
			return true
		}
	}
	return false
}

func TestALogoutReachesWhoFollowsTheFeedAndIsAcknowledged(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.addUser("alice", battery)
	early, late := s.program().login("alice", battery, "storage"), s.program().login("alice", battery, "storage")
	s.program().do(http.MethodPost, "/auth/api/logout", "", "Authorization: Bearer "+early.Access)

	l := s.listen(t, "?name=notes")
	snapshot := l.next(revoked.Snapshot)
	if snapshot.Key == nil || !calls(snapshot, *snapshot.Key, early.Session.ID) || calls(snapshot, *snapshot.Key, late.Session.ID) {
		t.Fatalf("the snapshot calls back %+v", snapshot.Entries)
	}

	told := make(chan reply, 1)
	go func() {
		told <- s.program().postJSON("/auth/api/logout", `{"wait":"10s"}`, "Authorization: Bearer "+late.Access)
	}()
	events := l.next(revoked.Events)
	for events.Seq <= snapshot.Seq { // What the hub had not told when the snapshot was made is told again.
		events = l.next(revoked.Events)
	}
	if events.Prev != snapshot.Seq || !calls(events, *snapshot.Key, late.Session.ID) {
		t.Errorf("after number %d came %+v", snapshot.Seq, events)
	}
	for l.acknowledge(events.Seq); ; { // The question who has applied it has a number of its own, which the next beat may have.
		beat := l.next(revoked.Beat)
		if beat.Seq < events.Seq {
			t.Fatalf("the beat is at %d, after %d", beat.Seq, events.Seq)
		}
		l.acknowledge(beat.Seq)
		select {
		case r := <-told:
			if r.status != http.StatusOK || !strings.Contains(r.body, `"applied":1,"subscribers":1`) {
				t.Errorf("whoever signed out learns %d %s", r.status, r.body)
			}
			return
		default:
		}
	}
}

func TestAListenerThatComesBackGetsWhatItMissed(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	first := s.listen(t, "").next(revoked.Snapshot)
	missed := s.program().login("alice", battery, "storage")
	s.program().do(http.MethodPost, "/auth/api/logout", "", "Authorization: Bearer "+missed.Access)
	again := s.listen(t, "?feed="+first.Feed+"&since="+strconv.FormatInt(first.Seq, 10))
	if m := again.next(revoked.Events); m.Prev != first.Seq || !calls(m, *first.Key, missed.Session.ID) {
		t.Errorf("it gets %+v", m)
	}
	// Who followed another numbering begins anew: with a snapshot, which may be some seconds old, and what came since.
	other := s.listen(t, "?feed=another&since="+strconv.FormatInt(first.Seq, 10))
	m := other.next(revoked.Snapshot)
	if key := *m.Key; !calls(m, key, missed.Session.ID) && !calls(other.next(revoked.Events), key, missed.Session.ID) {
		t.Error("who followed another numbering learns nothing")
	}
}

func TestOnlyAnAdministratorLearnsWhoFollows(t *testing.T) {
	s := start(t)
	s.addUser("root", battery, "admin")
	s.addUser("alice", battery)
	s.listen(t, "?name=payments-2").next(revoked.Snapshot)
	admin, alice := s.program().login("root", battery, "storage").Access, s.program().login("alice", battery, "storage").Access
	s.program().do(http.MethodPost, "/auth/api/logout", "", bearer(s.program().login("alice", battery, "storage").Access))
	const path = feed.Path + "/status?seq=1"
	if r := s.program().get(path, bearer(admin)); !strings.Contains(r.body, `"name":"payments-2"`) {
		t.Errorf("the administrator reads %d %s", r.status, r.body)
	}
	for who, r := range map[string]reply{
		"a user": s.program().get(path, bearer(alice)), "a stranger": s.program().get(path),
		"who signs out": s.program().postJSON("/auth/api/logout", `{"wait":"0s"}`, bearer(alice)),
	} {
		if r.status != http.StatusOK || strings.TrimSpace(r.body) != `{"applied":0,"subscribers":1}` {
			t.Errorf("%s reads %d %s", who, r.status, r.body)
		}
	}
	s.program().get(path, bearer("nonsense")).wants(t, http.StatusUnauthorized, "token_malformed")
}

func TestTheFeedRefusesWhatItCannotRead(t *testing.T) {
	s := start(t)
	for _, path := range []string{"?since=soon", "?since=-1", "/status?seq=x", "/status?wait=forever"} {
		if r := s.program().get(feed.Path + path); r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := s.program().postJSON(feed.Path+"/ack", `{"subscriber":"nobody","seq":1}`); r.status != http.StatusNotFound {
		t.Errorf("ack of a stranger: %d %s", r.status, r.body)
	}
	snapshot := s.program().get(feed.Path + "/snapshot")
	if r := s.program().get(feed.Path+"/snapshot", "If-None-Match: "+snapshot.header.Get("ETag")); snapshot.status != 200 || r.status != 304 {
		t.Errorf("snapshot: %d, then %d", snapshot.status, r.status)
	}
}
