package webui

import (
	"html/template"
	"io"
)

// Waiting stands in for a page of an app whose dev server does not answer yet. It reloads by itself.
type Waiting struct {
	Frame
	// State is "starting", "waiting" or "installing", as package child has them; "" where nobody but the developer starts the server.
	State string
	// Command is what runs the server, Address where it listens; "" where that is not known.
	Command, Address string
	// Says is what the server names as its address, if the dev file names another.
	Says string
	// ExitCode is that of its last run, if Ended says that there was one.
	Ended    bool
	ExitCode int
	// Output is what it said last.
	Output []string
	// Version is that of the state, by which the page learns of the next one.
	Version uint64
}

// Waiting draws the page.
func (u *UI) Waiting(w io.Writer, p Waiting) error {
	v := u.view(p.Frame, "waiting.title")
	heading, body := v.waits(p)
	v.P = struct {
		Waiting
		Heading string
		Body    template.HTML
	}{p, heading, body}
	return u.render(w, "waiting", v)
}

func (v view) waits(p Waiting) (heading string, body template.HTML) {
	switch {
	case p.State == "":
		return "waiting.heading.away", v.rich("waiting.away", p.Address)
	case p.State == "installing":
		return "waiting.heading.installing", v.rich("waiting.installing", p.Command)
	case p.State == "waiting" && p.Ended:
		return "waiting.heading.waiting", v.rich("waiting.waiting", p.Command, p.ExitCode)
	case p.Says != "":
		return "waiting.heading.away", v.rich("waiting.elsewhere", p.Command, p.Says, p.Address)
	case p.Address == "" && len(p.Output) > 5:
		return "waiting.heading.starting", v.rich("waiting.unknown", p.Command)
	}
	return "waiting.heading.starting", v.rich("waiting.starting", p.Command)
}
