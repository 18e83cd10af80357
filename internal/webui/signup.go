package webui

import (
	"io"
	"strings"
	"time"
)

// SignUp is the page for who wants an account. It posts email and return_to to /auth/sign-up.
type SignUp struct {
	Frame
	// ReturnTo is where to go with the account. The caller has checked it.
	ReturnTo string
	// Email is what was typed before.
	Email string
	// Domains are those that addresses must be of; empty for all.
	Domains []string
	Notice  *Notice
	// Problems are those of the field "email".
	Problems Problems
}

// SignUp draws the page.
func (u *UI) SignUp(w io.Writer, p SignUp) error {
	v := u.view(p.Frame, "sign_up.title")
	email := field{
		Name: "email", Label: v.Lang.text("sign_up.email"), Value: p.Email, Type: "email", Autocomplete: "email", Required: true, Focus: true,
	}
	if len(p.Domains) > 0 {
		email.Hint = v.Lang.text("sign_up.domains", strings.Join(p.Domains, ", "))
	}
	fields := []field{email}
	v.judge(fields, p.Problems)
	v.P = struct {
		SignUp
		Fields []field
		Notice *noticeView
	}{p, fields, v.notice("why", p.Notice)}
	return u.render(w, "sign_up", v)
}

// OtherDomain holds for an address of a domain that accounts are not made with.
func OtherDomain(domains []string) Problem {
	return Problem{"other_domain", []any{strings.Join(domains, ", ")}}
}

// SignUpSent says that a letter is on its way. It is the same whether or not the address has an account.
type SignUpSent struct {
	Frame
	Email, ReturnTo string
	GoodFor         time.Duration
	// Caught leads to the letter where it is caught, in `lingpai dev`; "" elsewhere.
	Caught string
}

// SignUpSent draws the page.
func (u *UI) SignUpSent(w io.Writer, p SignUpSent) error {
	v := u.view(p.Frame, "sign_up.sent.title")
	v.P = p
	return u.render(w, "sign_up_sent", v)
}

// FinishSignUp is the form that makes an account, to which a link leads. It posts code, username, name and password to /auth/sign-up/finish.
type FinishSignUp struct {
	Frame
	// Code is the secret of the link, Email where it was sent.
	Code, Email string
	// Username and Name are what was typed before.
	Username, Name string
	Notice         *Notice
	// Problems are those of the fields "username", "name" and "password".
	Problems Problems
}

// FinishSignUp draws the form.
func (u *UI) FinishSignUp(w io.Writer, p FinishSignUp) error {
	v := u.view(p.Frame, "sign_up.finish.title")
	fields := v.accountFields(p.Username, p.Name, p.Problems)
	v.P = struct {
		FinishSignUp
		Fields []field
		Notice *noticeView
	}{p, fields, v.notice("why", p.Notice)}
	return u.render(w, "sign_up_finish", v)
}
