package webui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// Refusal explains a refusal: what happened, what to do, how it was judged, and the answer as the API gives it.
type Refusal struct {
	Frame
	Refused *fault.Refusal
	// ReturnTo is where signing in again leads to, or "". The caller has checked it.
	ReturnTo string
	// Checks are the steps of the judgement, in order, up to the one that failed. Empty leaves the section out.
	Checks []Check
}

// Check is one step of a judgement, worded for the person.
type Check struct {
	Outcome Outcome
	Text    string
}

// Outcome is how a step of a judgement came out.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // not looked at, because a step before failed
)

// Icon is the sign for an outcome.
func (o Outcome) Icon() string {
	switch o {
	case Passed:
		return "check"
	case Failed:
		return "cross"
	}
	return "minus"
}

// action is the one thing that the page of a refusal offers to do.
type action struct{ Label, Link string }

// Refusal draws the explanation of a refusal.
func (u *UI) Refusal(w io.Writer, p Refusal) error {
	if p.Refused == nil {
		return errors.New("render page refusal: no refusal given")
	}
	r := *p.Refused
	r.Code = known(r.Code)
	v := u.view(p.Frame, "")
	sentence, advice := v.Lang.Refusal(r.Code, r.Args...)
	first, rest := cutSentence(sentence)
	v.Title = strings.TrimRight(first, ".。")
	v.P = struct {
		Code         fault.Code
		Status       int
		StatusText   string
		Glyph, Body  string
		Action       action
		Checks       []Check
		Build        string
		Header, JSON string
	}{
		r.Code, r.Code.Status(), http.StatusText(r.Code.Status()),
		glyph(r.Code), v.Lang.join(rest, advice),
		v.action(&r, p.ReturnTo), p.Checks,
		"build." + string(r.Code),
		answerHeader(&r), answerBody(&r, p.RequestID),
	}
	return u.render(w, "refusal", v)
}

// action chooses the way on: sign in where a sign-in would help, try again where time does, else back to known ground.
func (v view) action(r *fault.Refusal, returnTo string) action {
	switch {
	case r.Code.Status() == http.StatusUnauthorized:
		return action{"refused.sign_in", v.SignIn(returnTo)}
	case waits(r) || r.Code == fault.Internal:
		return action{"refused.retry", v.Retry()}
	case v.User != nil:
		return action{"refused.to_account", pathAccount}
	}
	return action{"refused.to_sign_in", v.SignIn("")}
}

// answerHeader is the header of the refusal as the API sends it, the parts that a client acts on.
func answerHeader(r *fault.Refusal) string {
	var b strings.Builder
	bearer := r.Code.BearerError()
	switch {
	case bearer != "":
		fmt.Fprintf(&b, "WWW-Authenticate: Bearer realm=\"lingpai\", error=%q,\n  error_description=%q\n", bearer, r.Detail())
	case r.Code.Status() == http.StatusUnauthorized:
		b.WriteString("WWW-Authenticate: Bearer realm=\"lingpai\"\n")
	}
	if r.RetryAfter > 0 {
		fmt.Fprintf(&b, "Retry-After: %d\n", (r.RetryAfter+time.Second-1)/time.Second)
	}
	b.WriteString("Content-Type: application/problem+json")
	return b.String()
}

// answerBody is the problem document of RFC 9457, a member a line.
func answerBody(r *fault.Refusal, requestID string) string {
	members := []struct {
		name  string
		value any
	}{
		{"type", "about:blank"},
		{"title", http.StatusText(r.Code.Status())},
		{"status", r.Code.Status()},
		{"code", r.Code},
		{"detail", r.Detail()},
	}
	if requestID != "" {
		members = append(members, struct {
			name  string
			value any
		}{"request_id", requestID})
	}
	lines := make([]string, 0, len(members))
	for _, m := range members {
		lines = append(lines, fmt.Sprintf("%q: %s", m.name, quoted(m.value)))
	}
	return "{" + strings.Join(lines, ",\n ") + "}"
}

// quoted is a value as JSON, legible: < and > stay as they are, and the template escapes them for HTML.
func quoted(value any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return `""` // strings and integers always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}
