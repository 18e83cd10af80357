package mail

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// server is one that answers as it is told, and notes when it was asked.
type server struct {
	mu     sync.Mutex
	begin  time.Time
	says   func(l Letter, try int) error
	asked  []time.Duration
	took   []string
	became []Outcome
}

func (s *server) Send(ctx context.Context, l Letter) (string, error) {
	s.mu.Lock()
	s.asked = append(s.asked, time.Since(s.begin))
	try := len(s.asked)
	s.mu.Unlock()
	var err error
	if s.says != nil {
		err = s.says(l, try)
	}
	if err == nil {
		s.mu.Lock()
		s.took = append(s.took, l.Subject)
		s.mu.Unlock()
	}
	return "250 fine", errors.Join(err, ctx.Err())
}

// taken is what it took so far.
func (s *server) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.took)
}

func (s *server) outbox(log *strings.Builder) *Outbox {
	s.begin = time.Now()
	become := func(_ string, o Outcome) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.became = append(s.became, o)
	}
	return NewOutbox(s, slog.New(slog.NewTextHandler(log, nil)), become, time.Now)
}

var later = &Refused{Code: 451, Said: "451 come back"}

func TestALetterIsTriedAgainWithPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		s := &server{says: func(_ Letter, try int) error {
			if try < 4 {
				return later
			}
			return nil
		}}
		o := s.outbox(&log)
		go o.Run(t.Context())
		o.Post(t.Context(), letter())
		time.Sleep(time.Hour)
		synctest.Wait()
		want := []time.Duration{0, 5 * time.Second, 35 * time.Second, 155 * time.Second}
		if !slices.Equal(s.asked, want) || o.Len() != 0 || !slices.Equal(s.became, []Outcome{Delayed, Delayed, Delayed, Sent}) {
			t.Errorf("asked at %v, %v, %d wait", s.asked, s.became, o.Len())
		}
		if text := log.String(); strings.Contains(text, "code=abc") || strings.Contains(text, "Zoë") {
			t.Errorf("the letter is in the log: %s", text)
		}
	})
}

func TestALetterThatIsRefusedOrTooLateIsGivenUp(t *testing.T) {
	for name, tt := range map[string]struct {
		says  error
		until time.Duration
		tries int
	}{
		"for good":      {&Refused{Code: 550, Said: "550 no such mailbox"}, 0, 1},
		"unwritable":    {errors.New("no address"), 0, 1},
		"until late":    {later, 20 * time.Minute, 5},
		"for ever":      {later, 0, len(patience) + 1},
		"no connection": {&Refused{Said: "connection refused"}, time.Minute, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				s := &server{says: func(Letter, int) error { return tt.says }}
				o := s.outbox(&log)
				go o.Run(t.Context())
				l := letter()
				if tt.until > 0 {
					l.Until = time.Now().Add(tt.until)
				}
				o.Post(t.Context(), l)
				time.Sleep(24 * time.Hour)
				synctest.Wait()
				if len(s.asked) != tt.tries || o.Len() != 0 || s.became[len(s.became)-1] != Failed || !strings.Contains(log.String(), tt.says.Error()) {
					t.Errorf("asked at %v, %v, %d wait\n%s", s.asked, s.became, o.Len(), log.String())
				}
			})
		})
	}
}

func TestASlowServerHoldsUpNeitherPostNorOtherLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{says: func(l Letter, _ int) error {
			if l.Subject == "slow" {
				time.Sleep(time.Minute)
			}
			return nil
		}}
		o := s.outbox(new(strings.Builder))
		for range 2 {
			go o.Run(t.Context())
		}
		begin := time.Now()
		for _, subject := range []string{"slow", "a", "b"} {
			o.Post(t.Context(), Letter{Subject: subject})
		}
		if time.Since(begin) > 0 {
			t.Error("posting took time")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if took := s.taken(); !slices.Equal(took, []string{"a", "b"}) {
			t.Errorf("took %v", took)
		}
		time.Sleep(2 * time.Minute)
	})
}

func TestTooManyLettersAreDroppedAndThatIsSaid(t *testing.T) {
	var log strings.Builder
	s := &server{}
	o := s.outbox(&log)
	for range room + 1 {
		o.Post(t.Context(), letter())
	}
	if o.Len() != room || !slices.Equal(s.became, []Outcome{Dropped}) || !strings.Contains(log.String(), "too many wait") {
		t.Errorf("%d %v %s", o.Len(), s.became, log.String())
	}
}

func TestTheEndTriesOnceMoreAndDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{says: func(l Letter, try int) error {
			if l.Subject == "never" || try <= 2 {
				return later
			}
			return nil
		}}
		o := s.outbox(new(strings.Builder))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { _ = o.Run(ctx); close(done) }()
		o.Post(t.Context(), Letter{Subject: "never"})
		o.Post(t.Context(), Letter{Subject: "now"})
		time.Sleep(time.Second)
		cancel()
		<-done
		if err := o.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if !slices.Equal(s.took, []string{"now"}) || o.Len() != 0 || s.asked[len(s.asked)-1] != time.Second {
			t.Errorf("took %v, %d wait, asked at %v", s.took, o.Len(), s.asked)
		}
	})
}
