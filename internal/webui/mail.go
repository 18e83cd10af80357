package webui

import (
	"io"
	"time"
)

// Forgot is the page for who has forgotten their password. It posts username to /auth/forgot.
type Forgot struct {
	Frame
	// Username is what was typed before.
	Username string
	Notice   *Notice
}

// Forgot draws the page.
func (u *UI) Forgot(w io.Writer, p Forgot) error {
	v := u.view(p.Frame, "forgot.title")
	name := field{
		Name: "username", Label: v.Lang.text("login.username"), Value: p.Username, Type: "text", Autocomplete: "username", Required: true, Focus: true,
	}
	v.P = struct {
		Field  field
		Notice *noticeView
	}{name, v.notice("why", p.Notice)}
	return u.render(w, "forgot", v)
}

// Asked says that a letter comes, if there is anybody to write to. It is the same for everybody.
type Asked struct {
	Frame
	GoodFor time.Duration
	// Caught leads to the letter where it is caught, in `lingpai dev`; "" elsewhere.
	Caught string
}

// Asked draws the page.
func (u *UI) Asked(w io.Writer, p Asked) error {
	v := u.view(p.Frame, "forgot.asked.title")
	v.P = p
	return u.render(w, "asked", v)
}

// Reset is the form for a new password that a link leads to. It posts code and new to /auth/reset.
type Reset struct {
	Frame
	// Code is the secret of the link.
	Code string
	// Username is whose password it is.
	Username string
	// First says that the account has none yet.
	First  bool
	Notice *Notice
	// Problems are those of the field "new".
	Problems Problems
}

// Reset draws the form.
func (u *UI) Reset(w io.Writer, p Reset) error {
	title := "reset.title"
	if p.First {
		title = "reset.first.title"
	}
	v := u.view(p.Frame, title)
	fields := v.passwordFields()[1:]
	v.judge(fields, p.Problems)
	fields[0].Focus = true
	v.P = struct {
		Reset
		Fields []field
		Notice *noticeView
	}{p, fields, v.notice("why", p.Notice)}
	return u.render(w, "reset", v)
}

// LinkVoid answers a link from a letter that is no longer good.
type LinkVoid struct {
	Frame
	// Again leads to where another may be asked for, or is "".
	Again string
}

// LinkVoid draws the page.
func (u *UI) LinkVoid(w io.Writer, p LinkVoid) error {
	v := u.view(p.Frame, "link_void.title")
	v.P = p
	return u.render(w, "link_void", v)
}

// Confirm asks a person whether an address is theirs, after they opened the link that was mailed there. It posts code to
// /auth/account/confirm.
type Confirm struct {
	Frame
	Code, Email string
}

// Confirm draws the question.
func (u *UI) Confirm(w io.Writer, p Confirm) error {
	v := u.view(p.Frame, "confirm.title")
	v.P = p
	return u.render(w, "confirm", v)
}
