package webui

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Story is the page of `lingpai dev` on which the life of a token is played, by the browser's own requests, and on which all that passes
// is seen.
type Story struct {
	Frame
	// Keep is where the browser keeps the session unless the person chooses: as at sign-in, or "bound" for storage and a DPoP key.
	Keep string
	// Brings is what the modules know from the beginning, as JSON.
	Brings any
}

// Keeps are the ways to keep a session, in the order of the switch.
func (Story) Keeps() []string { return []string{"cookie", "memory", "storage", "bound"} }

// Story draws the page of the story.
func (u *UI) Story(w io.Writer, p Story) error {
	v := u.view(p.Frame, "dev.story.title")
	data, err := v.brings(p.Brings)
	if err != nil {
		return err
	}
	v.P = struct {
		Story
		Data string
	}{p, data}
	return u.render(w, "story", v)
}

// Backend is the page of `lingpai dev` that says who answers which route, and has the buttons of the time machine.
type Backend struct {
	Frame
	// File is the name of the dev file.
	File string
	// Found says whether there is one.
	Found bool
	// Brings is what the modules know from the beginning, as JSON.
	Brings any
}

// Backend draws the page of the routes.
func (u *UI) Backend(w io.Writer, p Backend) error {
	v := u.view(p.Frame, "dev.backend.title")
	data, err := v.brings(p.Brings)
	if err != nil {
		return err
	}
	v.P = struct {
		Backend
		Data string
	}{p, data}
	return u.render(w, "backend", v)
}

// Mails is the page of `lingpai dev` that shows the letters which were caught.
type Mails struct {
	Frame
	Letters []Mail // newest first
	// Newest is the number of the newest, by which the page learns of the next.
	Newest int
	// As is how the letter is shown: one of [MailViews].
	As string
}

// MailViews are the ways to show a letter: its text, its HTML in a frame, and what would have gone over the wire. The first is the usual one.
var MailViews = []string{"text", "html", "source"}

// Views are the ways to show a letter, in the order of the switch.
func (Mails) Views() []string { return MailViews }

// Mail is one letter.
type Mail struct {
	Number                              int
	At                                  time.Time
	Name, To, From, Subject, Link, Text string
	Code                                string // in the link, or ""
	Source                              string
	Current                             bool
}

// Paragraphs are those of the text, each in its lines.
func (m Mail) Paragraphs() (all [][]string) {
	for p := range strings.SplitSeq(strings.TrimSpace(m.Text), "\n\n") {
		all = append(all, strings.Split(p, "\n"))
	}
	return all
}

// Show is where the letter is shown.
func (m Mail) Show() string { return "/auth/dev/mail?m=" + strconv.Itoa(m.Number) }

// Frame is where its HTML is, for a frame.
func (m Mail) Frame() string { return "/auth/dev/mail/html?m=" + strconv.Itoa(m.Number) }

// Open is the letter that is shown, or nil.
func (p Mails) Open() *Mail {
	for i := range p.Letters {
		if p.Letters[i].Current {
			return &p.Letters[i]
		}
	}
	return nil
}

// Mails draws the letters.
func (u *UI) Mails(w io.Writer, p Mails) error {
	v := u.view(p.Frame, "dev.mail.title")
	v.P = p
	return u.render(w, "mails", v)
}

// devSayings is the prefix of the words that the modules of the dev pages use.
const devSayings = "dev.say."

// brings is what a page gives to its modules: what the server knows, and their words.
func (v view) brings(known any) (string, error) {
	data, err := json.Marshal(struct {
		Known any               `json:"known"`
		Words map[string]string `json:"words"`
	}{known, v.Lang.devSayings()})
	if err != nil {
		return "", fmt.Errorf("encode what the page brings along: %w", err)
	}
	return string(data), nil
}

func (l Lang) devSayings() map[string]string {
	words := map[string]string{}
	for key := range catalogues()[l] {
		name, ours := strings.CutPrefix(key, devSayings)
		if ours || strings.HasPrefix(key, "build.") {
			words[name] = l.text(key)
		}
	}
	return words
}

// Glyphs are the ways in which a token can stand, for the modules that draw them.
func (v view) Glyphs() []string {
	return []string{"none", "present", "altered", "expired", "ended", "refresh"}
}
