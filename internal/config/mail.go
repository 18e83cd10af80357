package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/loopback"
)

// MailServer is `mail.server`, taken apart.
type MailServer struct {
	Host string
	Port int
	// Implicit says that TLS begins with the first byte. Otherwise it begins after the greeting, unless Local.
	Implicit bool
	// Local says that the server is on this machine, so that nobody is on the way.
	Local bool
}

// MailServer reads `mail.server`, which is not empty.
func (c *Config) MailServer() (MailServer, error) { return parseMailServer(c.Mail.Server) }

// MailFrom is who letters come from.
func (c *Config) MailFrom() (name, address string, err error) {
	a, err := mail.ParseAddress(c.Mail.From)
	if err != nil || strings.ContainsFunc(a.Address, isControl) {
		return "", "", fmt.Errorf("%s is no address; write it like no-reply@example.com or Notes <no-reply@example.com>", quoted(c.Mail.From))
	}
	if a.Name == "" {
		a.Name = c.Name
	}
	return a.Name, a.Address, nil
}

func (v *validator) mail() {
	m := v.config.Mail
	if m.Server == "" {
		v.mailWithoutServer()
		return
	}
	server, err := parseMailServer(m.Server)
	if err != nil {
		v.refuse("mail.server", "%s", err)
	}
	if m.From == "" {
		v.refuse("mail.from", "is missing; mail servers want to know whom letters come from, as in no-reply@example.com")
	} else if _, _, err := v.config.MailFrom(); err != nil {
		v.refuse("mail.from", "%s", err)
	}
	if strings.ContainsFunc(m.Username, isControl) {
		v.refuse("mail.username", "%s cannot be shown to a mail server; use one line", quoted(m.Username))
	}
	if !m.Password.Empty() && m.PasswordFile != "" {
		v.refuse("mail.password_file", "is set, and so is mail.password; keep one of the two")
	}
	switch secret := m.passwordKey(); {
	case m.Username != "" && secret == "":
		v.refuse("mail.username", "is set without a password; set mail.password_file as well, or neither")
	case m.Username == "" && secret != "":
		v.refuse(secret, "is set without mail.username; set both, or neither")
	}
	if m.InsecurePlaintext && err == nil && server.Implicit {
		v.refuse("mail.insecure_plaintext", "contradicts smtps://; leave one of the two out")
	}
}

// passwordKey is the key that holds a password, or "".
func (m Mail) passwordKey() string {
	switch {
	case m.PasswordFile != "":
		return "mail.password_file"
	case !m.Password.Empty():
		return "mail.password"
	}
	return ""
}

func (v *validator) mailWithoutServer() {
	m := v.config.Mail
	for _, k := range []struct {
		key string
		set bool
	}{
		{"mail.username", m.Username != ""}, {m.passwordKey(), m.passwordKey() != ""}, {"mail.from", m.From != ""},
		{"mail.insecure_plaintext", m.InsecurePlaintext},
	} {
		if k.set {
			v.refuse(k.key, "says nothing without mail.server; set that too, as in smtp://mail.example.com")
		}
	}
}

func parseMailServer(text string) (MailServer, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return MailServer{}, fmt.Errorf("%s is no mail server; write it like smtp://mail.example.com or smtps://mail.example.com:465", quotedURL(text))
	}
	if u.User != nil {
		return MailServer{}, errors.New("has a name or a password in it; they belong into mail.username and mail.password_file")
	}
	s := MailServer{Host: u.Hostname(), Port: 587, Implicit: u.Scheme == "smtps", Local: loopback.Is(u.Hostname())}
	if s.Implicit {
		s.Port = 465
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return MailServer{}, fmt.Errorf("%s has no port from 1 to 65535", quoted(text))
		}
		s.Port = int(n)
	}
	return s, nil
}
