package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/lingpai/lingpai/internal/secret"
)

// Security says how the connection to a mail server is kept from being read.
type Security int

// The ways. The zero value is the safe one for port 587.
const (
	StartTLS          Security = iota // TLS after a greeting in the clear (RFC 3207); a server that cannot is given nothing
	ImplicitTLS                       // TLS from the first byte on (RFC 8314)
	InsecurePlaintext                 // none: letters, and the password, can be read on the way
)

// SMTP sends letters by a mail server. It is safe for concurrent use; each letter has a connection of its own.
type SMTP struct {
	Host     string
	Port     int
	Security Security
	// Username and Password are shown to the server, unless Username is "".
	Username string
	Password secret.String
	From     From
	// Hello is the name that this machine goes by; "" for that which it has.
	Hello string
	// Patience is how long connecting, and then handing over, may take; 0 means 15 s.
	Patience time.Duration
	// Roots are the authorities that the server's certificate may come from; nil for those of the system.
	Roots *x509.CertPool
}

// Refused says that a letter was not taken.
type Refused struct {
	// Code is the reply of the server (RFC 5321, section 4.2), or 0 when it did not come to one.
	Code int
	// Said is the server's own text, or what kept it from being asked, on one line.
	Said  string
	Cause error
}

// Error implements error.
func (r *Refused) Error() string { return r.Said }

// Unwrap serves errors.Is.
func (r *Refused) Unwrap() error { return r.Cause }

// ForGood reports whether trying again would change nothing: the server said so (5yz), rather than "later" (4yz) or nothing.
func (r *Refused) ForGood() bool { return r.Code >= 500 && r.Code < 600 }

// Send hands a letter over and returns what the server said to it. The error is a [*Refused], unless the letter could not be written.
func (s *SMTP) Send(ctx context.Context, l Letter) (said string, err error) {
	m, err := l.message(s.From)
	if err != nil {
		return "", err
	}
	var line wire
	client, err := gomail.NewClient(s.Host, s.options(&line)...)
	if err != nil {
		return "", fmt.Errorf("prepare mail server: %w", err)
	}
	defer context.AfterFunc(ctx, line.cut)()
	defer line.cut()
	err = client.DialAndSendWithContext(ctx, m)
	if m.IsDelivered() { // What goes wrong with the farewell is no reason to send it twice.
		return oneLine(m.ServerResponse()), nil
	}
	return "", refused(err)
}

func (s *SMTP) options(line *wire) []gomail.Option {
	conf := &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12, RootCAs: s.Roots}
	o := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(cmp.Or(s.Patience, 15*time.Second)), gomail.WithTLSConfig(conf),
		gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			return line.dial(ctx, network, address, s.Security == ImplicitTLS, conf)
		}),
	}
	if s.Hello != "" {
		o = append(o, gomail.WithHELO(s.Hello))
	}
	mechanisms := []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5}
	switch s.Security {
	case StartTLS:
	case ImplicitTLS:
		o = append(o, gomail.WithSSL())
	case InsecurePlaintext:
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
		mechanisms = []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc, gomail.SMTPAuthCramMD5}
	}
	if s.Username != "" {
		o = append(o, gomail.WithUsername(s.Username), gomail.WithPassword(s.Password.Reveal()), gomail.WithOpportunisticSMTPAuth(mechanisms...))
	}
	return o
}

// refused finds the words of the server in what the library says.
func refused(err error) *Refused {
	r := &Refused{Said: "the mail server was not asked", Cause: err}
	if err == nil {
		return r
	}
	r.Said = oneLine(err.Error())
	if e, ok := errors.AsType[*gomail.SendError](err); ok {
		said, _, _ := strings.Cut(e.Error(), ", affected ")
		r.Code, r.Said = e.ErrorCode(), oneLine(unquoted(said))
	} else if e, ok := errors.AsType[*textproto.Error](err); ok {
		r.Code = e.Code
	}
	return r
}

// unquoted takes the quotes off the words of the server, which stand at the end.
func unquoted(said string) string {
	stage, words, ok := strings.Cut(said, ` "`)
	if words, err := strconv.Unquote(`"` + words); ok && err == nil {
		return stage + " " + words
	}
	return said
}

// oneLine keeps a server from writing lines of its own into a log.
func oneLine(s string) string {
	words := strings.Fields(strings.ToValidUTF8(s, "�"))
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.Join(words, " "))
}

// Address is host and port, as they are written.
func (s *SMTP) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }
