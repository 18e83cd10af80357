package webui

import (
	"html/template"
	"net/url"
	"strings"
	"time"
)

// Event is a line of the audit log, as it is stored; the page finds the words.
type Event struct {
	At     time.Time
	Action string // its stable name
	// Whom names whom it concerns, By on whose word it happened. Both are usernames, or ids of who is gone; "" for nobody. By may be "cli" or "system".
	Whom, By string
	// WhomID leads to the page of whom it concerns; "" for nobody, or for who is gone.
	WhomID   string
	ClientID string
	Address  string
	Agent    string
	Detail   string
}

// eventView is an event in words.
type eventView struct {
	Event
	What template.HTML
	Tone string // a class, or ""
	By   string
}

// Link is the page of whom it concerns.
func (e eventView) Link() string {
	if e.WhomID == "" {
		return ""
	}
	return pathAdmin + "/users/" + url.PathEscape(e.WhomID)
}

// events puts events into words.
func (v view) events(list []Event) []eventView {
	out := make([]eventView, 0, len(list))
	for _, e := range list {
		out = append(out, eventView{Event: e, What: v.happened(e.Action), Tone: toneOf(e.Action), By: v.onWordOf(e)})
	}
	for i := range out {
		out[i].Detail = v.because(out[i].Detail)
	}
	return out
}

// happened says what happened. An action that has no words yet shows as it is.
func (v view) happened(action string) template.HTML {
	if _, ok := v.Lang.pattern("event."+action, nil); !ok {
		return template.HTML("<code>" + template.HTMLEscapeString(action) + "</code>")
	}
	return v.rich("event." + action)
}

// because says a detail that is one of a few in words. Others are names, ids and the like, and stay as they are.
func (v view) because(detail string) string {
	key := "event.because." + strings.ReplaceAll(detail, " ", "_")
	if words, ok := v.Lang.pattern(key, nil); ok {
		return words
	}
	return detail
}

// onWordOf says who did it, where that is not whom it concerns.
func (v view) onWordOf(e Event) string {
	switch {
	case e.By == "cli" || e.By == "system":
		return v.Lang.text("event.by." + e.By)
	case e.By == e.Whom:
		return ""
	}
	return e.By
}

// toneOf marks what somebody who looks through the log should not read over.
func toneOf(action string) string {
	switch action {
	case "sign_in_failed", "sign_in_throttled", "device_denied":
		return "warn"
	case "refresh_reused", "code_reused", "passkey_copied", "key_withdrawn":
		return "bad"
	}
	return ""
}
