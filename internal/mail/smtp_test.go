package mail

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/porttest"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/smtptest"
)

func letter() Letter {
	return Letter{
		Kind: "reset", Name: `Zoë "Z" 令牌`, Address: "zoe@example.com", Subject: "A new password for 令牌",
		Text: "Hello Zoë,\n\n.a line that begins with a dot\nhttp://localhost/auth/reset?code=abc\n", HTML: `<p lang="en">Hello <b>Zoë</b></p>`,
		WrittenAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
}

func to(s *smtptest.Server, security Security) *SMTP {
	return &SMTP{Host: s.Host, Port: s.Port, Security: security, From: From{"Notes, Inc.", "no-reply@notes.example"}, Roots: s.Roots}
}

func TestALetterArrivesAsItWasWritten(t *testing.T) {
	for name, tt := range map[string]struct {
		server   smtptest.Options
		security Security
	}{
		"STARTTLS":  {smtptest.Options{StartTLS: true}, StartTLS},
		"TLS":       {smtptest.Options{Implicit: true}, ImplicitTLS},
		"plaintext": {smtptest.Options{}, InsecurePlaintext},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, tt.server)
			said, err := to(s, tt.security).Send(t.Context(), letter())
			if err != nil || !strings.Contains(said, "queued as 4711") {
				t.Fatalf("%q %v", said, err)
			}
			got, want := s.Wait(t), letter()
			if got.Subject != want.Subject || got.Text != want.Text || strings.TrimSpace(got.HTML) != want.HTML {
				t.Errorf("%q\n%q\n%q", got.Subject, got.Text, got.HTML)
			}
			if got.To != want.Address || got.From != "no-reply@notes.example" || got.Secured != (tt.security != InsecurePlaintext) {
				t.Errorf("%+v", got)
			}
			people, err := got.Header.AddressList("To")
			if err != nil || len(people) != 1 || people[0].Name != want.Name || got.Header.Get("Auto-Submitted") != "auto-generated" ||
				got.Header.Get("Date") != "Sun, 01 Mar 2026 12:00:00 +0000" || got.Header.Get("Message-Id") == "" {
				t.Errorf("%v %v\n%s", people, err, got.Source)
			}
		})
	}
}

func TestNothingIsToldToAServerThatCannotBeTrusted(t *testing.T) {
	for name, tt := range map[string]struct {
		server   smtptest.Options
		security Security
		stranger bool
	}{
		"it offers no TLS":                  {smtptest.Options{Username: "u", Password: "p"}, StartTLS, false},
		"its certificate is from elsewhere": {smtptest.Options{StartTLS: true, Username: "u", Password: "p"}, StartTLS, true},
		"the same, from the first byte on":  {smtptest.Options{Implicit: true, Username: "u", Password: "p"}, ImplicitTLS, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, tt.server)
			m := to(s, tt.security)
			m.Username, m.Password = "u", secret.New("p")
			if tt.stranger {
				m.Roots = nil
			}
			_, err := m.Send(t.Context(), letter())
			refused, ok := errors.AsType[*Refused](err)
			if !ok || refused.ForGood() {
				t.Errorf("%v", err)
			}
			if heard := s.Commands(); strings.Contains(heard, "AUTH") || strings.Contains(heard, "MAIL") || len(s.Letters()) > 0 {
				t.Errorf("it heard %s", heard)
			}
		})
	}
}

func TestWhoASenderIsIsShown(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{StartTLS: true, Username: "notes", Password: "open sesame"})
	m := to(s, StartTLS)
	m.Username, m.Password = "notes", secret.New("open sesame")
	if _, err := m.Send(t.Context(), letter()); err != nil || !s.Wait(t).Authenticated {
		t.Fatal(err)
	}
	m.Password = secret.New("wrong")
	_, err := m.Send(t.Context(), letter())
	refused, ok := errors.AsType[*Refused](err)
	if !ok || refused.Code != 535 || !refused.ForGood() || !strings.Contains(refused.Said, "these credentials are not known here") {
		t.Errorf("%v", err)
	}
	if strings.Contains(err.Error(), "wrong") {
		t.Errorf("the password is in the error: %v", err)
	}
}

func TestTheServersWordsAreTold(t *testing.T) {
	for command, tt := range map[string]struct {
		says    string
		code    int
		forGood bool
	}{
		"MAIL": {"553 5.1.8 this sender may not send here", 553, true},
		"RCPT": {"550 5.1.1 no such mailbox", 550, true},
		"DATA": {"452 4.2.2 the mailbox is full", 452, false},
		".":    {"451 4.7.1 come back in a while", 451, false},
		"EHLO": {"421 4.3.2 too busy", 421, false},
	} {
		t.Run(command, func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Options{Reply: func(c, _ string) string {
				if c == command || command == "EHLO" && c == "HELO" {
					return tt.says
				}
				return ""
			}})
			_, err := to(s, InsecurePlaintext).Send(t.Context(), letter())
			refused, ok := errors.AsType[*Refused](err)
			if !ok || refused.Code != tt.code || refused.ForGood() != tt.forGood || !strings.Contains(refused.Said, tt.says) && command != "EHLO" {
				t.Errorf("%+v", refused)
			}
		})
	}
}

func TestAServersWordsAreOneLine(t *testing.T) {
	if got := oneLine("550-a\r\n550 b\x1b[31m\x00 \xff"); got != "550-a 550 b[31m �" {
		t.Errorf("%q", got)
	}
}

func TestASilentServerIsLeft(t *testing.T) {
	for _, command := range []string{"EHLO", "MAIL", "."} {
		t.Run(command, func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Options{Reply: func(c, _ string) string {
				if c == command {
					return smtptest.Silence
				}
				return ""
			}})
			m := to(s, InsecurePlaintext)
			m.Patience = 100 * time.Millisecond
			refused, ok := errors.AsType[*Refused](second(m.Send(t.Context(), letter())))
			if !ok || refused.Code != 0 || refused.ForGood() {
				t.Errorf("%v", refused)
			}
			m.Patience = time.Hour
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := second(m.Send(ctx, letter())); err == nil { // or this test does not end
				t.Error("it went on after its context had ended")
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	port, err := porttest.Free()
	if err != nil {
		t.Fatal(err)
	}
	refused, ok := errors.AsType[*Refused](second((&SMTP{Host: "127.0.0.1", Port: port, From: From{"", "a@b.example"}}).Send(t.Context(), letter())))
	if !ok || refused.ForGood() || !strings.Contains(refused.Said, "refused") {
		t.Errorf("%v", refused)
	}
}

// Who can write a name or an address into a profile cannot write headers.
func TestAttack63LettersHaveNoHeadersOfOthers(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{})
	l := letter()
	l.Name, l.Subject = "Eve\r\nBcc: all@example.com", "Hi\r\nX-Evil: 1\r\n\r\nbody"
	if _, err := to(s, InsecurePlaintext).Send(t.Context(), l); err == nil {
		got := s.Wait(t)
		if got.Header.Get("Bcc") != "" || got.Header.Get("X-Evil") != "" || got.Text != l.Text {
			t.Errorf("%s", got.Source)
		}
	}
	for _, address := range []string{"a@b.example, c@d.example", "a@b.example\r\nRCPT TO:<c@d.example>", "a@b.example>\r\nDATA", ""} {
		l := letter()
		l.Address = address
		if _, err := to(s, InsecurePlaintext).Send(t.Context(), l); err == nil {
			t.Errorf("a letter to %q was sent", address)
		}
	}
	if heard := s.Commands(); strings.Count(heard, "RCPT") > 1 {
		t.Errorf("it heard %s", heard)
	}
}

func second[T any](_ T, err error) error { return err }
