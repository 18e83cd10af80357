package webui

import (
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
)

// AdminLog is what happened, newest first. Its form gets user, action and since from itself.
type AdminLog struct {
	Frame
	// Whom, Action and Since are what was asked for. Since is one of Spans.
	Whom, Action string
	Since        time.Duration
	Actions      []string
	Spans        []time.Duration
	Events       []Event
	// KeptFor is how long events are kept; 0 for ever.
	KeptFor time.Duration
	// Later says that this is not the first page. Next leads to the page that follows, or is "".
	Later bool
	Next  string
}

// option is one of a list to choose from.
type option struct {
	Value, Label string
	Selected     bool
}

// AdminLog draws the log.
func (u *UI) AdminLog(w io.Writer, p AdminLog) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.log.title")
	v.P = struct {
		AdminLog
		Events         []eventView
		Actions, Spans []option
		Zone           string
	}{p, v.events(p.Events), v.actions(p), v.spans(p), v.now.Format("MST")}
	return u.render(w, "admin_log", v)
}

// Filtered reports whether something is left out.
func (p AdminLog) Filtered() bool { return p.Whom != "" || p.Action != "" || p.Since != 0 }

// actions are those to choose from, in a few words each.
func (v view) actions(p AdminLog) []option {
	out := []option{{Label: v.Lang.text("admin.log.any_action"), Selected: p.Action == ""}}
	for _, a := range p.Actions {
		words, _ := cutSentence(strings.ReplaceAll(v.Lang.text("event."+a), "**", ""))
		out = append(out, option{a, words, a == p.Action})
	}
	return out
}

func (v view) spans(p AdminLog) []option {
	out := []option{{Label: v.Lang.text("admin.log.any_time"), Selected: p.Since == 0}}
	for _, d := range p.Spans {
		out = append(out, option{d.String(), v.Lang.text("admin.log.last", d), d == p.Since})
	}
	return out
}

// Moment is a time to the second, with its day unless that is today.
func (v view) Moment(t time.Time) template.HTML {
	t = t.In(v.now.Location())
	words := t.Format("15:04:05")
	if y, m, d := t.Date(); fmt.Sprint(y, m, d) != fmt.Sprint(v.now.Date()) {
		words = v.day(t) + ", " + words
	}
	return timeElement(t, "", words)
}

// When says how long ago something was, or in how long it will be.
func (v view) When(t time.Time) template.HTML {
	ahead := t.Sub(v.now)
	if ahead < time.Minute {
		return v.Ago(t)
	}
	return timeElement(t, "", v.Lang.text("time.in", v.Lang.Span(ahead.Truncate(time.Minute))))
}
