package app

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mail"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/webui"
)

// letterSenders is how many letters may be on their way to the mail server at a time.
const letterSenders = 4

// ConfiguredMail makes what sends letters, reading the file with its password, or nil if there is no mail server. The error is config.Problems.
func ConfiguredMail(cfg *config.Config) (*mail.SMTP, error) {
	if cfg.Mail.Server == "" {
		return nil, nil //nolint:nilnil // no mail server is no mistake
	}
	server, err := cfg.MailServer()
	if err != nil {
		return nil, problem(cfg, "mail.server", err)
	}
	from, err := letterFrom(cfg)
	if err != nil {
		return nil, problem(cfg, "mail.from", err)
	}
	password, err := mailPassword(cfg.Mail)
	if err != nil {
		return nil, problem(cfg, "mail.password_file", err)
	}
	s := &mail.SMTP{Host: server.Host, Port: server.Port, Username: cfg.Mail.Username, Password: password, From: from, Hello: hostOf(cfg.Issuer)}
	switch {
	case server.Implicit:
		s.Security = mail.ImplicitTLS
	case server.Local, cfg.Mail.InsecurePlaintext:
		s.Security = mail.InsecurePlaintext
	}
	return s, nil
}

// problem is what is wrong with the value of one key, and where that stands.
func problem(cfg *config.Config, key string, err error) error {
	return config.Problems{{Origin: cfg.Origin(key), Text: key + ": " + err.Error()}}
}

func mailPassword(m config.Mail) (secret.String, error) {
	if m.PasswordFile == "" {
		return m.Password, nil
	}
	return secretIn(m.PasswordFile)
}

func letterFrom(cfg *config.Config) (mail.From, error) {
	name, address, err := cfg.MailFrom()
	return mail.From{Name: name, Address: address}, err
}

// openMailbox brings together what has to do with people's mailboxes. Letters are sent at once, which is what a command wants; see [App.sendLetters].
func (c *Core) openMailbox(logger *slog.Logger) error {
	server, err := ConfiguredMail(c.Config)
	if err != nil {
		return err
	}
	c.Mailbox = &mailbox.Service{
		Store: c.Store, Users: c.Users, Limiter: c.Limiter, Events: c.Store, Known: c.Devices.Known, Notify: c.Config.Mail.Notices,
		Issuer: c.usualIssuer(), Logger: logger, Now: c.Now,
		Pages: mailbox.Pages{
			Forgot: httpd.ForgotPath, Account: httpd.AccountPath, SignIn: httpd.LoginPath, Reset: httpd.ResetPath, Confirm: httpd.ConfirmPath, Finish: httpd.FinishPath,
		},
		SignUps: mailbox.SignUpRule(c.Config.SignUp),
	}
	c.Users.Notices, c.Sessions.Notices, c.OTP.Notices, c.Passkeys.Notices = c.Mailbox, c.Mailbox, c.Mailbox, c.Mailbox
	if server != nil {
		c.MailServer = server
		c.Mailbox.Post = c.letters(func(ctx context.Context, l mail.Letter) error {
			_, err := server.Send(ctx, l)
			return err
		})
	}
	return nil
}

// usualIssuer is the issuer of a server that listens where the configuration says, for commands that run beside it.
func (c *Core) usualIssuer() string {
	_, port, _ := net.SplitHostPort(c.Config.Listen)
	n, _ := strconv.Atoi(port) // checked by the configuration
	issuer, err := c.Config.ResolveIssuer(n)
	if err != nil {
		return ""
	}
	return issuer
}

// post writes letters and hands them on. It implements mailbox.Post.
type post struct {
	core    *Core
	deliver func(ctx context.Context, l mail.Letter) error
}

func (c *Core) letters(deliver func(ctx context.Context, l mail.Letter) error) post {
	return post{c, deliver}
}

// Write implements mailbox.Post.
func (p post) Write(ctx context.Context, l mailbox.Letter) error {
	cfg, u := p.core.Config, l.User
	if !u.EmailVerified { // Who wrote the address of somebody else may not write to them as well, in the place of a name.
		u.Name = ""
	}
	_, host, _ := strings.Cut(p.core.Mailbox.Issuer, "://")
	words, err := webui.Letter{
		Lang: webui.Negotiate(l.Source.Languages, u.Claims["locale"]), Kind: string(l.Kind), App: cfg.Name, Host: host, Username: u.Username, Name: u.Name,
		Link: l.Link, GoodFor: l.GoodFor, At: l.At, Agent: l.Source.Agent, Address: l.Source.Address, Email: l.Email,
	}.Write()
	if err != nil {
		return err
	}
	out := mail.Letter{
		Kind: string(l.Kind), Name: u.Name, Address: u.Email, Subject: words.Subject, Text: words.Text, HTML: words.HTML, Link: l.Link, WrittenAt: p.core.Now(),
	}
	if l.GoodFor > 0 {
		out.Until = l.At.Add(l.GoodFor)
	}
	return p.deliver(ctx, out)
}

// sendLetters has letters sent in the background, and what is to be looked up for them done there too. In dev they are caught.
func (a *App) sendLetters() {
	m := a.core.Mailbox
	m.Issuer, m.Later = a.issuer, a.errands.later
	var sender mail.Sender
	switch {
	case a.dev != nil:
		sender = a.dev.Catch(a.devFrom())
	case a.core.MailServer != nil:
		sender = a.core.MailServer
	default:
		return
	}
	a.outbox = mail.NewOutbox(sender, a.logger, a.metrics.letter, a.core.Now)
	m.Post = a.core.letters(func(ctx context.Context, l mail.Letter) error {
		a.outbox.Post(ctx, l)
		return nil
	})
	a.metrics.gauge("lingpai_letters_waiting", "Letters that wait to be sent, or to be tried again.", func() float64 { return float64(a.outbox.Len()) })
}

// runLetters starts who does that.
func (a *App) runLetters() {
	a.work.run("look up whom to write to", a.errands.run)
	if a.outbox == nil {
		return
	}
	for range letterSenders {
		a.work.run("send letters", a.outbox.Run)
	}
}
