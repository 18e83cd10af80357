package lingpai_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/token"
)

// settle lets a verifier follow: the next beat comes within a second.
func settle() {
	time.Sleep(1500 * time.Millisecond)
	synctest.Wait()
}

// longLived is a token that does not expire while a test goes on.
func longLived(t testing.TB, i *issuer, session string) string {
	t.Helper()
	return i.token(t, func(is *token.Issuer, g *token.Grant) { is.Lifetime, g.SessionID = 12*time.Hour, session })
}

func TestTokensOfEveryKindOfRevocationAreRefused(t *testing.T) {
	for _, tt := range []struct {
		kind        revoked.Kind
		value, code string
		spares      bool // tokens that are issued later
	}{
		{revoked.Session, "s_1", lingpai.CodeSessionEnded, false},
		{revoked.Token, "", lingpai.CodeTokenRevoked, true}, // the value is the id of the token
		{revoked.Subject, "u_alice", lingpai.CodeTokenRevoked, true},
		{revoked.Client, "web", lingpai.CodeTokenRevoked, true},
		{revoked.Signer, "", lingpai.CodeTokenRevoked, false}, // the value is the id of the key
		{revoked.All, "", lingpai.CodeTokenRevoked, true},
	} {
		t.Run(tt.kind.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newIssuer(t)
				a := i.announce(t)
				v := i.verifier(t)
				tok := longLived(t, i, "s_1")
				claims, err := v.Verify(t.Context(), tok)
				if err != nil {
					t.Fatal(err)
				}
				value := tt.value
				switch tt.kind {
				case revoked.Token:
					value = claims.ID
				case revoked.Signer:
					value = claims.KeyID
				}
				a.revoke(tt.kind, value)
				synctest.Wait()
				expect(t, v, tok, tt.code)
				expect(t, i.verifier(t, lingpai.InsecureIgnoreRevocations()), tok, "")
				if tt.kind == revoked.Signer {
					return // The issuer of this test has no other key.
				}
				time.Sleep(2 * time.Second)
				want := ""
				if !tt.spares {
					want = tt.code
				}
				expect(t, v, longLived(t, i, "s_1"), want)
				expect(t, v, i.token(t, func(_ *token.Issuer, g *token.Grant) {
					g.SessionID, g.Subject, g.ClientID = "s_2", "u_bob", "cli"
				}), "")
			})
		})
	}
}

func TestTheRefusalOfARevokedTokenSaysWhenItWasCalledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t)
		tok := longLived(t, i, "s_1")
		a.revoke(revoked.Session, "s_1")
		time.Sleep(7 * time.Second)
		w := ask(v.Middleware(greet), "Bearer "+tok)
		const want = `{"type":"about:blank","title":"Unauthorized","status":401,"code":"session_ended","detail":"The session was ended 7 seconds ago."}`
		if w.Code != 401 || strings.TrimSpace(w.Body.String()) != want ||
			w.Header().Get("WWW-Authenticate") != bearer("The session was ended 7 seconds ago.") {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
	})
}

// The clock of the issuer may be ahead of ours.
func TestNothingIsCalledBackInTheFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t)
		tok := longLived(t, i, "s_1")
		a.change(func() { a.shift = 5 * time.Second })
		a.revoke(revoked.Session, "s_1")
		synctest.Wait()
		if w := ask(v.Middleware(greet), "Bearer "+tok); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "The session was ended 1 second ago.") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func TestASeenTokenIsAskedAboutWithoutAnAllocation(t *testing.T) {
	i := newIssuer(t)
	a := i.announce(t)
	for kind, value := range map[revoked.Kind]string{
		revoked.Session: "other", revoked.Token: "other", revoked.Subject: "other", revoked.Client: "other", revoked.Signer: "other",
	} {
		a.callBack(kind, value)
	}
	v := i.verifier(t)
	tok := i.token(t, nil)
	expect(t, v, tok, "")
	if h := v.Health(); h.Entries != 5 {
		t.Fatalf("%+v", h)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = v.Verify(context.Background(), tok) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The policies, told by one clock: the last beat is at 0, and a token is of the age that it was issued to have then.
func TestWhatPassesWhileTheFeedIsStale(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy lingpai.StalenessPolicy
		old    time.Duration // the moment at which a token of 80 seconds stops passing, 0 for never
		fresh  time.Duration // the same for one that is issued just then
	}{
		{"strict", lingpai.Strict, 30 * time.Second, 30 * time.Second},
		{"normal", lingpai.Normal, 41 * time.Second, 0},
		{"lenient", lingpai.Lenient, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newIssuer(t)
				a := i.announce(t)
				time.Sleep(time.Second / 2)
				old := longLived(t, i, "s_1") // its iat is 0 s
				revokedToken := longLived(t, i, "s_2")
				time.Sleep(78 * time.Second)
				v := i.verifier(t, lingpai.Staleness(tt.policy))
				a.revoke(revoked.Session, "s_2")
				synctest.Wait()
				a.change(func() { a.mute = true })
				zero := v.Health().LastBeat
				for _, at := range []time.Duration{0, 3 * time.Second, 29 * time.Second, 31 * time.Second, 40 * time.Second, 42 * time.Second, 10 * time.Minute} {
					time.Sleep(time.Until(zero.Add(at)))
					if got := v.Health(); got.Stale != (at > 3*time.Second) || !got.Following {
						t.Errorf("after %v: %+v", at, got)
					}
					expect(t, v, revokedToken, lingpai.CodeSessionEnded) // What is known is never forgotten.
					for tok, until := range map[string]time.Duration{old: tt.old, longLived(t, i, "s_3"): tt.fresh} {
						want := ""
						if until != 0 && at > until {
							want = lingpai.CodeUnavailable
						}
						expect(t, v, tok, want)
					}
				}
				if tt.policy == lingpai.Strict {
					w := ask(v.Middleware(greet), "Bearer "+old)
					if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "2" || w.Header().Get("WWW-Authenticate") != "" {
						t.Errorf("%d %v", w.Code, w.Header())
					}
				}
				a.change(func() { a.mute = false })
				time.Sleep(7 * time.Second) // the longest pause between two attempts, and a beat
				expect(t, v, old, "")
				if h := v.Health(); h.Stale || h.Error != "" {
					t.Errorf("%+v", h)
				}
			})
		})
	}
}

func TestAVerifierNeverStartsWithAnEmptySet(t *testing.T) {
	for name, fail := range map[string]func(*announcer){
		"silent":      func(a *announcer) { a.mute = true },
		"broken":      func(a *announcer) { a.broken = true },
		"very slow":   func(a *announcer) { a.slow = time.Minute },
		"other clock": func(a *announcer) { a.shift = -time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newIssuer(t)
				a := i.announce(t)
				old := longLived(t, i, "s_1")
				time.Sleep(3 * time.Minute)
				a.change(func() { fail(a) })
				for policy, want := range map[lingpai.StalenessPolicy][2]string{
					lingpai.Strict:  {lingpai.CodeUnavailable, lingpai.CodeUnavailable},
					lingpai.Normal:  {lingpai.CodeUnavailable, ""},
					lingpai.Lenient: {"", ""},
				} {
					before := time.Now()
					v := i.verifier(t, lingpai.Staleness(policy))
					if waited := time.Since(before); waited != 3*time.Second {
						t.Errorf("NewVerifier took %v", waited)
					}
					expect(t, v, old, want[0])
					expect(t, v, longLived(t, i, "s_1"), want[1])
					time.Sleep(20 * time.Second)
					if h := v.Health(); !h.Stale || !h.LastBeat.IsZero() || h.Error == "" {
						t.Errorf("%+v", h)
					}
				}
			})
		})
	}
}

func TestALazyVerifierFollowsAsSoonAsTheIssuerIsThere(t *testing.T) {
	for policy, want := range map[lingpai.StalenessPolicy]string{lingpai.Strict: lingpai.CodeUnavailable, lingpai.Normal: "", lingpai.Lenient: ""} {
		synctest.Test(t, func(t *testing.T) {
			i := newIssuer(t)
			a := i.announce(t)
			a.callBack(revoked.Session, "s_2")
			tok, ended := longLived(t, i, "s_1"), longLived(t, i, "s_2")
			i.change(func() { i.down = true })
			v := i.verifier(t, lingpai.Lazy(), lingpai.Staleness(policy))
			expect(t, v, tok, lingpai.CodeUnavailable)
			if h := v.Health(); h != (lingpai.Health{}) {
				t.Errorf("%+v", h)
			}
			i.change(func() { i.down = false })
			time.Sleep(10 * time.Second)
			expect(t, v, tok, want) // It fetches the keys; what was called back is not known yet.
			settle()
			expect(t, v, tok, "")
			expect(t, v, ended, lingpai.CodeSessionEnded)
		})
	}
}

func TestAnIssuerWithoutAFeedIsNotFollowed(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t, lingpai.Staleness(lingpai.Strict))
	expect(t, v, i.token(t, nil), "")
	if h := v.Health(); h != (lingpai.Health{}) {
		t.Errorf("%+v", h)
	}
}

func TestAFeedThatIsAddedLaterIsFollowedFromTheNextRenewalOfTheKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		tok := longLived(t, i, "s_1")
		expect(t, v, tok, "")
		i.announce(t).callBack(revoked.Session, "s_1")
		time.Sleep(9 * time.Minute) // The keys are kept for 10, and renewed ahead of time.
		_, _ = v.Verify(t.Context(), tok)
		settle()
		expect(t, v, tok, lingpai.CodeSessionEnded)
	})
}

func TestRevocationsCanBeIgnoredByADangerousName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t, lingpai.InsecureIgnoreRevocations())
		tok := longLived(t, i, "s_1")
		a.revoke(revoked.Session, "s_1")
		settle()
		expect(t, v, tok, "")
		if asked := a.questions(); len(asked) != 0 || v.Health() != (lingpai.Health{}) {
			t.Errorf("%v, %+v", asked, v.Health())
		}
	})
}

func TestWhatWasAppliedIsAcknowledgedByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		a.callBack(revoked.Session, "s_1")
		i.verifier(t, lingpai.SubscriberName("notes-2"))
		a.revoke(revoked.Session, "s_2")
		settle()
		i.verifier(t)
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.asked[0].Get("name") != "notes-2" || a.asked[0].Has("since") || a.asked[1].Get("name") != api {
			t.Errorf("asked %v", a.asked)
		}
		if fmt.Sprint(a.acks) != "[3 6 6]" {
			t.Errorf("acknowledged %v", a.acks)
		}
	})
}

func TestAStreamThatBrokeGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t)
		tok := longLived(t, i, "s_1")
		a.questions()
		a.cutAll()
		a.callBack(revoked.Session, "s_1")
		settle()
		expect(t, v, tok, lingpai.CodeSessionEnded)
		if asked := a.questions(); len(asked) != 1 || asked[0].Get("feed") != "feed-1" || asked[0].Get("since") != "0" {
			t.Errorf("asked %v", asked)
		}
		if h := v.Health(); h.Error != "" || h.Sequence != 3 {
			t.Errorf("%+v", h)
		}
	})
}

func TestAFeedThatStaysBrokenIsAskedAtGrowingIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t)
		a.questions()
		a.change(func() { a.broken = true })
		a.cutAll()
		time.Sleep(time.Minute)
		if n := len(a.questions()); n < 12 || n > 24 {
			t.Errorf("asked %d times in a minute", n)
		}
		if h := v.Health(); !strings.Contains(h.Error, "status 502") {
			t.Errorf("the operator is told %q", h.Error)
		}
		a.change(func() { a.broken, a.portal = false, true })
		time.Sleep(10 * time.Second)
		if h := v.Health(); !strings.Contains(h.Error, `type "text/html", and no stream of events`) {
			t.Errorf("the operator is told %q", h.Error)
		}
	})
}

// What opens and says nothing is given up as soon as it counts as stale.
func TestAStreamThatSaysNothingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		i.verifier(t)
		a.questions()
		a.change(func() { a.mute = true })
		a.cutAll()
		time.Sleep(30 * time.Second)
		if n := len(a.questions()); n < 5 {
			t.Errorf("asked %d times in 30 seconds", n)
		}
	})
}

// The limit of a client is for answers that end.
func TestAStreamOutlivesTheTimeoutOfItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t, lingpai.HTTPClient(&http.Client{Transport: i, Timeout: 5 * time.Second}))
		a.questions()
		time.Sleep(time.Minute)
		if n := len(a.questions()); n > 0 {
			t.Errorf("the stream was opened %d times again", n)
		}
		followedNow(t, v)
	})
}

func TestASnapshotThatBreaksOffIsFollowedByAWholeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		for n := range revoked.MaxPart + 1 {
			a.callBack(revoked.Session, fmt.Sprint(n))
		}
		a.change(func() { a.mute = true })
		v := i.verifier(t)
		time.Sleep(time.Second)
		var parts []string
		a.change(func() { parts, a.mute = a.snapshot(), false })
		a.tell(event(parts[0]))
		synctest.Wait()
		a.questions()
		a.cutAll()
		settle()
		if asked := a.questions(); len(asked) != 1 {
			t.Errorf("asked %v", asked)
		}
		followedNow(t, v)
		expect(t, v, longLived(t, i, fmt.Sprint(revoked.MaxPart)), lingpai.CodeSessionEnded)
	})
}

func TestWhatWasNotHeardIsAcknowledgedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		a.change(func() { a.deaf = true })
		i.verifier(t)
		a.revoke(revoked.Session, "s_1")
		settle()
		a.change(func() { a.deaf = false })
		settle()
		a.mu.Lock()
		defer a.mu.Unlock()
		if fmt.Sprint(a.acks) != "[3]" {
			t.Errorf("acknowledged %v", a.acks)
		}
	})
}

func TestOtherNumberingAndOtherKeyTakeNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t)
		before, after, other := longLived(t, i, "s_1"), longLived(t, i, "s_2"), longLived(t, i, "s_3")
		a.revoke(revoked.Session, "s_1")
		synctest.Wait()
		// The issuer is restored from a backup that knows nothing.
		a.change(func() { a.name, a.key, a.seq, a.called = "feed-2", revoked.Key{7}, 1, nil })
		a.cutAll()
		settle()
		a.revoke(revoked.Session, "s_2")
		synctest.Wait()
		expect(t, v, before, lingpai.CodeSessionEnded)
		expect(t, v, after, lingpai.CodeSessionEnded)
		expect(t, v, other, "")
		if h := v.Health(); h.Entries != 2 || h.Sequence != 4 || h.Stale {
			t.Errorf("%+v", h)
		}
		time.Sleep(2 * time.Hour) // The entries are over; the next snapshot drops the old set.
		a.change(func() { a.name, a.key, a.called = "feed-3", revoked.Key{8}, nil })
		a.cutAll()
		settle()
		if h := v.Health(); h.Entries != 0 || h.Stale {
			t.Errorf("%+v", h)
		}
	})
}

func TestFollowingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		i.announce(t)
		var log bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		v, err := lingpai.NewVerifier(ctx, i.url, lingpai.Audience(api), lingpai.HTTPClient(&http.Client{Transport: i, Timeout: time.Second}),
			lingpai.Logger(slog.New(slog.NewTextHandler(&log, nil))))
		if err != nil {
			t.Fatal(err)
		}
		old := longLived(t, i, "s_1")
		time.Sleep(5 * time.Minute) // The client's time limit is for answers that end.
		expect(t, v, old, "")
		cancel()
		synctest.Wait()
		if h := v.Health(); h.Following || h.Error == "" {
			t.Errorf("%+v", h)
		}
		time.Sleep(31 * time.Second)
		expect(t, v, old, lingpai.CodeUnavailable)
		if n := strings.Count(log.String(), "revocations are followed"); n != 1 || strings.Count(log.String(), "broke") != 0 || !strings.Contains(log.String(), "not followed any more") {
			t.Errorf("the log:\n%s", &log)
		}
	})
}

func TestACopyOnDiskOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		path := filepath.Join(dir, "revocations")
		begin := func() (*lingpai.Verifier, func()) {
			ctx, cancel := context.WithCancel(t.Context())
			v, err := lingpai.NewVerifier(ctx, i.url, lingpai.Audience(api), lingpai.HTTPClient(&http.Client{Transport: i}),
				lingpai.Staleness(lingpai.Lenient), lingpai.KeepCopy(path))
			if err != nil {
				t.Fatal(err)
			}
			return v, func() { cancel(); synctest.Wait() }
		}
		for n := range 2000 {
			a.callBack(revoked.Session, fmt.Sprint("x_", n))
		}
		_, end := begin()
		ended, other := longLived(t, i, "s_1"), longLived(t, i, "s_2")
		a.revoke(revoked.Session, "s_1")
		settle()
		end()
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v, %v", info, err)
		}
		if files, _ := os.ReadDir(dir); len(files) != 1 {
			t.Errorf("files %v", files)
		}

		a.change(func() { a.broken = true })
		time.Sleep(10 * time.Second)
		v, end := begin()
		expect(t, v, ended, lingpai.CodeSessionEnded)
		expect(t, v, other, "")
		if h := v.Health(); h.Entries != 2001 || !h.Stale || h.LastBeat.IsZero() || time.Since(h.LastBeat) < 10*time.Second {
			t.Errorf("%+v", h)
		}
		end()

		a.change(func() { a.broken = false })
		a.questions()
		v, end = begin()
		followedNow(t, v)
		if asked := a.questions(); len(asked) != 1 || asked[0].Get("feed") != "feed-1" || asked[0].Get("since") != "6003" {
			t.Errorf("asked %v", asked)
		}
		end()

		// An hour later the copy says what it said, and nothing about now.
		a.change(func() { a.broken = true })
		time.Sleep(30 * time.Minute)
		v, end = begin()
		expect(t, v, ended, lingpai.CodeSessionEnded)
		if h := v.Health(); !h.LastBeat.IsZero() {
			t.Errorf("%+v", h)
		}
		end()
	})
}

func followedNow(t *testing.T, v *lingpai.Verifier) {
	t.Helper()
	settle()
	if h := v.Health(); h.Stale || !h.Following || h.Error != "" {
		t.Errorf("%+v", h)
	}
}

func TestACopyThatTheIssuerDidNotSignIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		stranger := newIssuer(t)
		theirs := stranger.announce(t)
		theirs.callBack(revoked.Session, "s_1")
		a.callBack(revoked.Session, "s_1")
		a.broken = true
		tok := longLived(t, i, "s_1")
		good := strings.Join(a.snapshot(), "\n") + "\n"
		beat := a.sign(revoked.Message{Kind: revoked.Beat, Seq: a.seq}) + "\n"
		for name, text := range map[string]string{
			"a stranger's": strings.Join(theirs.snapshot(), "\n"),
			"altered":      alter(good, 100),
			"cut":          good[:len(good)-20],
			"a beat alone": beat,
			"no line":      strings.Repeat("x", 1<<20),
			"nothing":      "",
			"another type": a.signAs("at+jwt", i.signing, revoked.Message{Kind: revoked.Snapshot, Key: &a.key, Part: 1, Parts: 1}),
		} {
			path := filepath.Join(dir, "copy")
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			v := i.verifier(t, lingpai.Staleness(lingpai.Lenient), lingpai.KeepCopy(path))
			expect(t, v, tok, "")
			if h := v.Health(); h.Entries != 0 || !h.LastBeat.IsZero() {
				t.Errorf("%s: %+v", name, h)
			}
		}
		path := filepath.Join(dir, "good")
		if err := os.WriteFile(path, []byte(good+beat), 0o644); err != nil {
			t.Fatal(err)
		}
		expect(t, i.verifier(t, lingpai.Staleness(lingpai.Lenient), lingpai.KeepCopy(path)), tok, lingpai.CodeSessionEnded)
	})
}

func TestACopyThatHasGrownLongBeginsAnewWithASnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy")
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t, lingpai.KeepCopy(path))
		a.questions()
		for n := range 4000 { // about 400 bytes each
			a.revoke(revoked.Session, fmt.Sprint(n))
		}
		settle()
		settle()
		asked := a.questions()
		if len(asked) != 1 || asked[0].Has("since") {
			t.Errorf("asked %v", asked)
		}
		time.Sleep(20 * time.Second)
		if info, err := os.Stat(path); err != nil || info.Size() > 1<<19 {
			t.Errorf("%v, %v", info.Size(), err)
		}
		if h := v.Health(); h.Entries != 4000 || h.Stale {
			t.Errorf("%+v", h)
		}
	})
}

// A snapshot of which only a part has come takes the place of no copy.
func TestACopyIsNotReplacedByHalfASnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy")
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		a.callBack(revoked.Session, "s_1")
		ended := longLived(t, i, "s_1")
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := lingpai.NewVerifier(ctx, i.url, lingpai.HTTPClient(&http.Client{Transport: i}), lingpai.KeepCopy(path)); err != nil {
			t.Fatal(err)
		}
		settle()
		for n := range revoked.MaxPart {
			a.callBack(revoked.Session, fmt.Sprint(n))
		}
		var parts []string
		a.change(func() { a.mute, a.name = true, "feed-2"; parts = a.snapshot() })
		a.cutAll()
		time.Sleep(time.Second)
		a.tell(event(parts[0]))
		synctest.Wait()
		cancel()
		synctest.Wait()

		a.change(func() { a.broken = true })
		expect(t, i.verifier(t, lingpai.Staleness(lingpai.Lenient), lingpai.KeepCopy(path)), ended, lingpai.CodeSessionEnded)
	})
}

func TestACopyIsWrittenEveryTenSecondsAtMost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy")
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		i.announce(t)
		i.verifier(t, lingpai.KeepCopy(path))
		settle()
		file := func() os.FileInfo {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			return info
		}
		first := file()
		time.Sleep(5 * time.Second)
		if !os.SameFile(first, file()) {
			t.Error("it is written again after five seconds")
		}
		time.Sleep(10 * time.Second)
		if os.SameFile(first, file()) {
			t.Error("it is not written again")
		}
	})
}

func TestMessagesOfAWithdrawnKeyAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		v := i.verifier(t)
		stolen, next := i.signing, newKey(t)
		i.change(func() { i.published = []*jose.Key{stolen, next} })
		time.Sleep(11 * time.Second)
		i.change(func() { i.signing = next })
		a.revoke(revoked.Signer, stolen.ID())
		settle()
		followedNow(t, v)
		a.tell(event(a.signAs(revoked.Type, stolen, revoked.Message{Kind: revoked.Beat, Seq: a.seq})))
		synctest.Wait()
		if h := v.Health(); !strings.Contains(h.Error, "withdrawn") {
			t.Errorf("%+v", h)
		}
		followedNow(t, v)
	})
}

func TestVerifiersMayBeAskedWhileRevocationsArrive(t *testing.T) {
	i := newIssuer(t)
	a := i.announce(t)
	v := i.verifier(t)
	tok := i.token(t, nil)
	h := v.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = v.Health() }))
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for range 500 {
				if w := ask(h, "Bearer "+tok); w.Code != http.StatusOK {
					t.Errorf("%d", w.Code)
				}
			}
		})
	}
	for n := range 500 {
		a.revoke(revoked.Kind(n%2), fmt.Sprint(n))
	}
	asking.Wait()
}

func TestOnlyAFreshBeatOfTheCopyCountsForTheGrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy")
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		a.broken = true
		for ahead, counts := range map[time.Duration]bool{
			0: true, -20 * time.Second: true, 5 * time.Second: true, -30 * time.Second: false, 11 * time.Second: false, time.Hour: false,
		} {
			beat := a.sign(revoked.Message{Kind: revoked.Beat, Seq: a.seq, IssuedAt: time.Now().Add(ahead).Unix()})
			if err := os.WriteFile(path, []byte(strings.Join(append(a.snapshot(), beat), "\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			v := i.verifier(t, lingpai.Staleness(lingpai.Strict), lingpai.KeepCopy(path))
			if h := v.Health(); h.LastBeat.IsZero() == counts {
				t.Errorf("a beat of now %+v: %+v, want it to count: %v", ahead, h, counts)
			}
		}
	})
}

func TestACopyThatBreaksOffInTheMiddleIsNotGoneOnFrom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy")
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		a := i.announce(t)
		a.callBack(revoked.Session, "s_1")
		text := strings.Join(a.snapshot(), "\n") + "\n" + a.sign(revoked.Message{Kind: revoked.Events, Prev: a.seq + 5, Seq: a.seq + 6})
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		v := i.verifier(t, lingpai.KeepCopy(path))
		followedNow(t, v)
		if asked := a.questions(); len(asked) == 0 || asked[0].Has("feed") {
			t.Errorf("asked %v, want everything from the beginning", asked)
		}
		expect(t, v, longLived(t, i, "s_1"), lingpai.CodeSessionEnded)
	})
}
