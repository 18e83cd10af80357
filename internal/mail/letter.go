package mail

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Letter is one message to one person, in words that are final.
type Letter struct {
	// Kind says in one word what it is about, for the log and the metrics.
	Kind string
	// Name and Address say whom it is for. The name may be "".
	Name, Address string
	Subject       string
	Text, HTML    string // the same twice
	// Link is what the letter asks to open, or "".
	Link string
	// WrittenAt dates the letter. Until is when it would come too late; zero for never.
	WrittenAt, Until time.Time
}

// From is who letters come from.
type From struct{ Name, Address string }

// Source is the letter as it goes over the wire (RFC 5322).
func (l Letter) Source(from From) ([]byte, error) {
	m, err := l.message(from)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write letter: %w", err)
	}
	return b.Bytes(), nil
}

func (l Letter) message(from From) (*gomail.Msg, error) {
	to, err := address(l.Name, l.Address)
	if err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	by, err := address(from.Name, from.Address)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(by)
	m.ToMailAddress(to)
	m.Subject(oneLine(l.Subject))
	m.SetDateWithValue(l.WrittenAt)
	_, domain, _ := strings.Cut(from.Address, "@")
	m.SetMessageIDWithValue(rand.Text() + "@" + domain) // no word of the machine that it comes from
	// Nobody shall be told by a program that they are on holiday (RFC 3834), and no list shall take it in.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	return m, nil
}

// address is one address and no more, so that nobody who may choose theirs writes to others as well.
func address(name, text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || a.Name != "" {
		return nil, fmt.Errorf("%q is no address", text)
	}
	return &mail.Address{Name: oneLine(name), Address: text}, nil
}
