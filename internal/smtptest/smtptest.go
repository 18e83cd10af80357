// Package smtptest is a mail server for tests: it speaks SMTP on loopback, with STARTTLS or TLS if it is told to, keeps what it is given, and
// refuses, delays or falls silent as the test wishes.
package smtptest

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say how the server behaves. The zero value takes everything, in the clear.
type Options struct {
	// StartTLS offers TLS after the greeting; Implicit begins with it.
	StartTLS, Implicit bool
	// Username and Password are asked for, if the first is not "".
	Username, Password string
	// Reply is asked before each command ("EHLO", "AUTH", "MAIL", "RCPT", "DATA", and "." for the end of a letter) what to say instead of the usual;
	// "" for the usual. An answer of [Silence] hangs until the connection is closed.
	Reply func(command, line string) string
}

// Silence is a reply that never comes.
const Silence = "silence"

// Letter is what was taken.
type Letter struct {
	From, To      string // of the envelope
	Header        mail.Header
	Subject       string // decoded
	Text, HTML    string // decoded
	Source        string
	Secured       bool // it came over TLS
	Authenticated bool
}

// Server is one mail server.
type Server struct {
	Host string
	Port int
	// Roots hold the authority of its certificate.
	Roots *x509.CertPool

	t        testing.TB
	options  Options
	identity tls.Certificate
	arrived  chan struct{}

	mu      sync.Mutex // guards the rest
	letters []Letter
	seen    []string // commands
}

// Start starts a server, which ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at, _ := listener.Addr().(*net.TCPAddr)
	s := &Server{Host: "127.0.0.1", Port: at.Port, t: t, options: o, arrived: make(chan struct{}, 1000)}
	s.identity, s.Roots = certificate(t)
	var open sync.WaitGroup
	conns := make(chan net.Conn, 100)
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				close(conns)
				return
			}
			conns <- conn
			open.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		for conn := range conns {
			_ = conn.Close()
		}
		open.Wait()
	})
	return s
}

// Letters are those taken so far.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.letters...)
}

// Commands are those heard so far, by all connections.
func (s *Server) Commands() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.seen, " ")
}

// Wait returns the next letter that no Wait has returned yet, and ends the test if none comes.
func (s *Server) Wait(t testing.TB) Letter {
	t.Helper()
	select {
	case <-s.arrived:
	case <-time.After(time.Minute):
		t.Fatal("no letter came within a minute")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.letters[len(s.letters)-1-len(s.arrived)]
}

// conversation is one connection.
type conversation struct {
	*Server
	conn          net.Conn
	in            *bufio.Reader
	secured, auth bool
	from, to      string
}

func (s *Server) serve(conn net.Conn) {
	defer conn.Close()
	c := &conversation{Server: s, conn: conn, in: bufio.NewReader(conn)}
	if s.options.Implicit {
		c.secure()
	}
	c.say("220 smtp.test at your service")
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		if !c.answer(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

func (c *conversation) secure() {
	conn := tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{c.identity}, MinVersion: tls.VersionTLS12})
	c.conn, c.in, c.secured = conn, bufio.NewReader(conn), true
}

func (c *conversation) say(line string) { _, _ = io.WriteString(c.conn, line+"\r\n") }

// answer reports whether the conversation goes on.
func (c *conversation) answer(line string) bool {
	command, _, _ := strings.Cut(strings.ToUpper(line), " ")
	c.mu.Lock()
	c.seen = append(c.seen, command)
	c.mu.Unlock()
	if c.instead(command, line) {
		return true
	}
	switch command {
	case "EHLO", "HELO":
		c.greet()
	case "STARTTLS":
		c.say("220 go ahead")
		c.secure()
	case "AUTH":
		c.authenticate(line)
	case "MAIL":
		c.from = address(line)
		c.say("250 2.1.0 fine")
	case "RCPT":
		c.to = address(line)
		c.say("250 2.1.5 fine")
	case "DATA":
		return c.take()
	case "QUIT":
		c.say("221 2.0.0 farewell")
		return false
	default:
		c.say("250 2.0.0 fine")
	}
	return true
}

// instead says what the test wishes, and reports whether it did.
func (c *conversation) instead(command, line string) bool {
	if c.options.Reply == nil {
		return false
	}
	reply := c.options.Reply(command, line)
	switch reply {
	case "":
		return false
	case Silence:
		_, _ = io.Copy(io.Discard, c.conn)
	default:
		c.say(reply)
	}
	return true
}

func (c *conversation) greet() {
	lines := []string{"smtp.test", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"}
	if c.options.StartTLS && !c.secured {
		lines = append(lines, "STARTTLS")
	}
	if c.options.Username != "" {
		lines = append(lines, "AUTH PLAIN LOGIN")
	}
	for i, l := range lines {
		mark := "-"
		if i == len(lines)-1 {
			mark = " "
		}
		c.say("250" + mark + l)
	}
}

func (c *conversation) authenticate(line string) {
	_, shown, _ := strings.Cut(line, "PLAIN ")
	plain, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(shown))
	c.auth = string(plain) == "\x00"+c.options.Username+"\x00"+c.options.Password
	if !c.auth {
		c.say("535 5.7.8 these credentials are not known here")
		return
	}
	c.say("235 2.7.0 welcome")
}

func (c *conversation) take() bool {
	if c.options.Username != "" && !c.auth {
		c.say("530 5.7.0 authenticate first")
		return true
	}
	c.say("354 go on")
	var b strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
	if c.instead(".", "") {
		return true
	}
	l, err := parse(b.String())
	if err != nil {
		c.t.Errorf("the letter cannot be read: %v\n%s", err, b.String())
	}
	l.From, l.To, l.Secured, l.Authenticated = c.from, c.to, c.secured, c.auth
	c.mu.Lock()
	c.letters = append(c.letters, l)
	c.arrived <- struct{}{}
	c.mu.Unlock()
	c.say("250 2.0.0 queued as 4711")
	return true
}

func address(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	a, _, _ := strings.Cut(rest, ">")
	return a
}

func parse(source string) (Letter, error) {
	m, err := mail.ReadMessage(strings.NewReader(source))
	if err != nil {
		return Letter{}, err
	}
	l := Letter{Header: m.Header, Source: source}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return l, err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return l, err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		l.Text, err = decoded(m.Body, m.Header.Get("Content-Transfer-Encoding"))
		return l, err
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		text, err := decoded(part, part.Header.Get("Content-Transfer-Encoding"))
		if err != nil {
			return l, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.HTML = text
		} else {
			l.Text = text
		}
	}
}

func decoded(r io.Reader, encoding string) (string, error) {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	var b bytes.Buffer
	_, err := b.ReadFrom(r)
	return strings.ReplaceAll(b.String(), "\r\n", "\n"), err
}

// certificate makes one for 127.0.0.1, which is its own authority.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "smtp.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// At is the address of the server, as host and port.
func (s *Server) At() string { return fmt.Sprintf("%s:%d", s.Host, s.Port) }
