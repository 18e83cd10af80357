package webui

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
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
