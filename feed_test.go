package lingpai_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/busytest"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revoked"
)

// stolenFeed is a feed whose messages somebody on the way, or a mistake, has changed.
type stolenFeed struct {
	*announcer
	t     *testing.T
	other *announcer // of another issuer, with keys of its own
}

func (s *stolenFeed) events(edit func(*revoked.Message)) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := revoked.Message{Kind: revoked.Events, Prev: s.seq, Seq: s.seq + 1}
	edit(&m)
	return event(s.sign(m))
}

// Attack 100: whatever is wrong with the feed ends the stream, a snapshot is fetched, nothing that was called back is let in again, and
// what is called back afterwards arrives.
func TestAttack100FeedThatCannotBeTrusted(t *testing.T) {
	for name, lie := range map[string]func(*stolenFeed) string{
		"a message is missing": func(s *stolenFeed) string {
			s.callBack(revoked.Session, "lost")
			return event(s.callBack(revoked.Session, "s_2"))
		},
		"two messages have changed places": func(s *stolenFeed) string {
			first, second := s.callBack(revoked.Session, "lost"), s.callBack(revoked.Session, "s_2")
			return event(second) + event(first)
		},
		"a beat tells of what never came": func(s *stolenFeed) string {
			s.callBack(revoked.Session, "lost")
			return event(s.sign(revoked.Message{Kind: revoked.Beat, Seq: s.seq}))
		},
		"a number comes twice with other content": func(s *stolenFeed) string {
			text := s.callBack(revoked.Session, "lost")
			again := revoked.Message{Kind: revoked.Events, Prev: 3, Seq: s.seq, Entries: []revoked.Entry{{Print: 1, At: 1, Until: 1 << 31, Kind: revoked.Session}}}
			return event(text) + event(s.sign(again))
		},
		"a bit is flipped": func(s *stolenFeed) string {
			text := s.callBack(revoked.Session, "lost")
			return event(alter(text, len(text)/2))
		},
		"the signature is cut off": func(s *stolenFeed) string { return event(cutSignature(s.callBack(revoked.Session, "lost"))) },
		"an access token":          func(s *stolenFeed) string { return event(s.i.token(s.t, nil)) },
		"the type of another": func(s *stolenFeed) string {
			return event(s.signAs("JWT", s.i.signing, revoked.Message{Kind: revoked.Beat, Seq: s.seq}))
		},
		"a key that is not published": func(s *stolenFeed) string {
			return event(s.signAs(revoked.Type, newKey(s.t), revoked.Message{Kind: revoked.Beat, Seq: s.seq}))
		},
		"another issuer's message": func(s *stolenFeed) string { return event(s.other.callBack(revoked.Session, "s_2")) },
		"another issuer's message under our key": func(s *stolenFeed) string {
			return s.events(func(m *revoked.Message) { m.Issuer = "https://evil.example" })
		},
		"another numbering":          func(s *stolenFeed) string { return s.events(func(m *revoked.Message) { m.Feed = "feed-0" }) },
		"a beat of a minute ago":     func(s *stolenFeed) string { return s.old(time.Minute) },
		"a beat of half an hour ago": func(s *stolenFeed) string { return s.old(30 * time.Minute) },
		"a kind that nobody knows":   func(s *stolenFeed) string { return s.events(func(m *revoked.Message) { m.Kind = "gossip" }) },
		"a snapshot that breaks off": func(s *stolenFeed) string {
			part := revoked.Message{Kind: revoked.Snapshot, Seq: s.seq, Key: &s.key, Part: 1, Parts: 2}
			return event(s.sign(part)) + event(s.sign(revoked.Message{Kind: revoked.Beat, Seq: s.seq}))
		},
		"a snapshot out of order": func(s *stolenFeed) string {
			return event(s.sign(revoked.Message{Kind: revoked.Snapshot, Seq: s.seq, Key: &s.key, Part: 2, Parts: 2}))
		},
		"a snapshot of two": func(s *stolenFeed) string {
			part := revoked.Message{Kind: revoked.Snapshot, Seq: s.seq, Key: &s.key, Part: 1, Parts: 2}
			next := revoked.Message{Kind: revoked.Snapshot, Seq: s.seq, Key: &revoked.Key{9}, Part: 2, Parts: 2}
			return event(s.sign(part)) + event(s.sign(next))
		},
		"a snapshot larger than the bound": func(s *stolenFeed) string {
			return event(s.sign(revoked.Message{Kind: revoked.Snapshot, Seq: s.seq, Key: &s.key, Part: 1, Parts: 4097}))
		},
		"a line without end":     func(s *stolenFeed) string { return "data: " + strings.Repeat("x", 1<<20) },
		"an event of many lines": func(s *stolenFeed) string { return strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 20) },
		"no message":             func(s *stolenFeed) string { return event("hello") },
		"an empty payload":       func(s *stolenFeed) string { return event(signRaw(s.i.signing, "{}")) },
		"JSON that reads two ways": func(s *stolenFeed) string {
			return event(signRaw(s.i.signing, fmt.Sprintf(`{"iss":%q,"feed":"feed-1","kind":"beat","seq":3,"seq":0,"iat":%d}`, s.i.url, time.Now().Unix())))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newIssuer(t)
				s := &stolenFeed{i.announce(t), t, newIssuer(t).announce(t)}
				v := i.verifier(t, lingpai.Staleness(lingpai.Strict))
				known, lost, later := longLived(t, i, "s_1"), longLived(t, i, "lost"), longLived(t, i, "s_3")
				s.revoke(revoked.Session, "s_1")
				settle()
				s.questions()
				s.tell(lie(s))
				time.Sleep(300 * time.Millisecond) // An unknown key is asked for twice.
				if h := v.Health(); h.Error == "" || h.Stale {
					t.Errorf("%+v", h)
				}
				expect(t, v, known, lingpai.CodeSessionEnded)
				settle()
				if asked := s.questions(); len(asked) != 1 || asked[0].Has("since") {
					t.Errorf("asked %v", asked)
				}
				s.revoke(revoked.Session, "s_3")
				settle()
				followedNow(t, v)
				expect(t, v, known, lingpai.CodeSessionEnded)
				expect(t, v, later, lingpai.CodeSessionEnded)
				if s.knows("lost") {
					expect(t, v, lost, lingpai.CodeSessionEnded)
				}
				expect(t, v, longLived(t, i, "s_4"), "")
			})
		})
	}
}

// knows reports whether a session was called back.
func (a *announcer) knows(session string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.called {
		if c.entry.Print == a.key.Print(revoked.Session, session) {
			return true
		}
	}
	return false
}

func (s *stolenFeed) old(d time.Duration) string {
	return event(s.sign(revoked.Message{Kind: revoked.Beat, Seq: s.seq, IssuedAt: time.Now().Add(-d).Unix()}))
}

func cutSignature(text string) string { return text[:strings.LastIndexByte(text, '.')+1] }

func signRaw(key *jose.Key, payload string) string {
	text, err := jose.Sign(key, revoked.Type, []byte(payload))
	if err != nil {
		panic(err)
	}
	return text
}

// Attack 100: what is merely odd harms nothing.
func TestAttack100FeedThatRepeatsItself(t *testing.T) {
	for name, odd := range map[string]func(*stolenFeed) string{
		"the same message again": func(s *stolenFeed) string {
			text := s.callBack(revoked.Session, "s_2")
			return event(text) + event(text) + event(text)
		},
		"a beat of a moment ago": func(s *stolenFeed) string { return s.old(2*time.Second) + event(s.callBack(revoked.Session, "s_2")) },
		"comments and other fields": func(s *stolenFeed) string {
			return ": hello\n\nid: 7\nevent: x\nretry: 1\ndata:" + s.callBack(revoked.Session, "s_2") + "\n\n\n\n"
		},
		"lines of another system": func(s *stolenFeed) string { return "data: " + s.callBack(revoked.Session, "s_2") + "\r\n\r\n" },
		"the snapshot once more": func(s *stolenFeed) string {
			s.callBack(revoked.Session, "s_2")
			return event(s.snapshot()[0])
		},
		"an older snapshot, and what came since": func(s *stolenFeed) string {
			before := s.snapshot()[0]
			text := s.callBack(revoked.Session, "s_2")
			return event(text) + event(before) + event(text)
		},
		"an event that overlaps": func(s *stolenFeed) string {
			s.callBack(revoked.Session, "s_2")
			return event(s.sign(revoked.Message{Kind: revoked.Events, Prev: 1, Seq: s.seq, Entries: []revoked.Entry{s.called[0].entry, s.called[1].entry}}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newIssuer(t)
				s := &stolenFeed{i.announce(t), t, nil}
				v := i.verifier(t)
				s.revoke(revoked.Session, "s_1")
				settle()
				s.questions()
				s.tell(odd(s))
				synctest.Wait()
				expect(t, v, longLived(t, i, "s_1"), lingpai.CodeSessionEnded)
				expect(t, v, longLived(t, i, "s_2"), lingpai.CodeSessionEnded)
				followedNow(t, v)
				if asked := s.questions(); len(asked) != 0 {
					t.Errorf("asked %v", asked)
				}
			})
		})
	}
}

// Attack 100: a stream that is cut in the middle of an event goes on where it was, and half an event is none.
func TestAttack100FeedThatIsTruncated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t)
		tok := longLived(t, i, "s_1")
		text := event(a.callBack(revoked.Session, "s_1"))
		a.questions()
		a.tell(text[:len(text)-1])
		synctest.Wait()
		expect(t, v, tok, "")
		a.cutAll()
		settle()
		expect(t, v, tok, lingpai.CodeSessionEnded)
		if asked := a.questions(); len(asked) != 1 || asked[0].Get("since") != "0" {
			t.Errorf("asked %v", asked)
		}
	})
}

// Attack 100: old beats, sent again without end, are no sign of life.
func TestAttack100FeedThatIsReplayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t, lingpai.Staleness(lingpai.Strict))
		tok := longLived(t, i, "s_1")
		recorded := event(a.sign(revoked.Message{Kind: revoked.Beat, Seq: 0}))
		a.change(func() { a.mute = true })
		a.callBack(revoked.Session, "s_1")
		for range 50 {
			time.Sleep(time.Second)
			a.tell(recorded)
		}
		expect(t, v, tok, lingpai.CodeUnavailable)
		if h := v.Health(); !h.Stale {
			t.Errorf("%+v", h)
		}
	})
}

// Attack 100: an issuer that calls back a million tokens at once is followed all the same.
func TestAttack100BurstOfAMillion(t *testing.T) {
	i := newIssuer(t)
	a := i.announce(t)
	a.change(func() { a.fill(1_000_000) })
	v := i.verifier(t, lingpai.Staleness(lingpai.Strict))
	eventually(t, 5*patience, "a million revocations are known", func() bool { return v.Health().Entries == 1_000_000 })
	followed(t, v)
	expect(t, v, i.token(t, nil), "")
	a.revoke(revoked.Session, "s_1")
	refused(t, v, i.token(t, nil))
}

// Attack 101: a step of the issuer's clock, in either direction, neither blinds a verifier nor makes a stale feed fresh.
func TestAttack101ClockOfTheIssuerJumps(t *testing.T) {
	for _, jump := range []time.Duration{-time.Hour, -3 * time.Minute, 3 * time.Minute, time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newIssuer(t)
				a := i.announce(t)
				v := i.verifier(t)
				tok := longLived(t, i, "s_1")
				a.change(func() { a.shift = jump })
				a.revoke(revoked.Session, "s_1") // applied, whatever its time
				settle()
				expect(t, v, tok, lingpai.CodeSessionEnded)
				a.change(func() { a.shift = 0 }) // the clock is set right
				time.Sleep(10 * time.Second)
				followedNow(t, v)
				expect(t, v, tok, lingpai.CodeSessionEnded)
			})
		})
	}
}

// Attack 99: a token that is used without pause is refused from one moment on, and never again accepted.
func TestAttack99TokenInALoopIsRefusedForGood(t *testing.T) {
	s := startLogin(t)
	v := s.verifier()
	var tok string
	busytest.Within(t, time.Second, func() time.Duration {
		tok = s.login()
		over := make(chan time.Time, 1)
		go func() {
			for {
				if _, err := v.Verify(t.Context(), tok); err != nil {
					over <- time.Now()
					return
				}
			}
		}()
		s.logout(tok)
		ended := time.Now()
		return (<-over).Sub(ended)
	})
	for range 10_000 {
		if _, err := v.Verify(t.Context(), tok); err == nil {
			t.Fatal("accepted again")
		}
	}
}
