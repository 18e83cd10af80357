package webui

import (
	"errors"
	"io"
	"strings"
	"time"
)

// Passkeys is what the account page says of the passkeys of its person. The form of a new one posts credential to /auth/account/passkeys, after its script
// has asked /auth/account/passkey-options what to ask of the device.
type Passkeys struct {
	List []Passkey
	// RPID and UserHandle are what devices know us and the person by, for the script to tell them which passkeys there are.
	RPID, UserHandle string
	// Full says that there may not be more.
	Full   bool
	Notice *Notice
}

// Tell puts a notice above the passkeys, where there can be any.
func (p *Passkeys) Tell(n *Notice) {
	if p != nil {
		p.Notice = n
	}
}

// IDs names the passkeys, with spaces between.
func (p *Passkeys) IDs() string {
	ids := make([]string, 0, len(p.List))
	for _, k := range p.List {
		ids = append(ids, k.ID)
	}
	return strings.Join(ids, " ")
}

// Passkey is one of them.
type Passkey struct {
	ID, Name string
	AddedAt  time.Time
	UsedAt   time.Time // zero for never
	// Synced says that it may be copied to other devices of its person.
	Synced bool
}

// Page is the address of its page, where its forms post to as well.
func (p Passkey) Page() string { return pathAccount + "/passkeys/" + p.ID }

// passkeysView is the section in words.
type passkeysView struct {
	Passkeys
	Notice *noticeView
}

func (v view) passkeys(p *Passkeys) *passkeysView {
	if p == nil {
		return nil
	}
	return &passkeysView{*p, v.notice("passkeys-note", p.Notice)}
}

// PasskeyPage is the page of one passkey. It posts name to its own address, and what removes it to the address that follows with /remove.
type PasskeyPage struct {
	Frame
	Passkey Passkey
}

// Passkey draws it.
func (u *UI) Passkey(w io.Writer, p PasskeyPage) error {
	if p.User == nil {
		return errors.New("render page passkey: nobody is signed in")
	}
	v := u.view(p.Frame, "passkey.title")
	v.P = struct {
		PasskeyPage
		Field field
	}{p, field{
		Name: "name", Label: v.Lang.text("passkey.name"), Value: p.Passkey.Name, Type: "text", Autocomplete: "off", Required: true,
	}}
	return u.render(w, "passkey", v)
}
