package devserver

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/exchange"
	"github.com/lingpai/lingpai/internal/mail"
)

// mostCaught is how many letters are kept; the oldest go first.
const mostCaught = 100

// Caught is a letter that was sent to nobody.
type Caught struct {
	Number  int       `json:"number"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Name    string    `json:"name"`
	To      string    `json:"to"`
	From    string    `json:"from"`
	Subject string    `json:"subject"`
	Link    string    `json:"link,omitempty"`
	Code    string    `json:"code,omitempty"` // in the link
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	Source  string    `json:"source"`
}

// catcher takes letters in the place of a mail server.
type catcher struct {
	from mail.From
	now  func() time.Time
	ring func() // tells the pages
	bell exchange.Bell

	mu      sync.Mutex // guards the rest
	number  int
	letters []Caught // oldest first
}

// Catch makes the server take letters from someone in the place of a mail server. It is called once, before the first of them.
func (s *Server) Catch(from mail.From) mail.Sender {
	s.mail.from, s.mail.now, s.mail.ring = from, s.Now, s.bell.Ring
	return &s.mail
}

// Send implements mail.Sender.
func (c *catcher) Send(_ context.Context, l mail.Letter) (said string, err error) {
	source, err := l.Source(c.from)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	c.number++
	c.letters = append(c.letters, Caught{
		Number: c.number, At: c.now(), Kind: l.Kind, Name: l.Name, To: l.Address, From: c.from.Address, Subject: l.Subject, Link: l.Link, Code: codeIn(l.Link),
		Text: l.Text, HTML: l.HTML, Source: string(source),
	})
	c.letters = slices.Delete(c.letters, 0, max(0, len(c.letters)-mostCaught))
	number := c.number
	c.mu.Unlock()
	c.bell.Ring()
	c.ring()
	return "caught as " + strconv.Itoa(number), nil
}

// codeIn is the code that a link carries, or "".
func codeIn(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Query().Get("code")
}

// all lists what was caught, newest first.
func (c *catcher) all() []Caught {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := slices.Clone(c.letters)
	slices.Reverse(out)
	return out
}

// newest is the number of the letter that was caught last, whether or not it is still there.
func (c *catcher) newest() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.number
}

func (c *catcher) empty() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.letters = nil
}
