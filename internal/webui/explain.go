package webui

import (
	"bytes"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
)

// realm is the one that our API names in WWW-Authenticate.
const realm = "lingpai"

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
		Other        action // a second thing to do, or none
		Checks       []Check
		Build        string
		Add          *addition
		Mismatch     *fault.Mismatch // of addresses
		Help         string          // where a developer sees more; "" but in dev
		Header, JSON string
	}{
		r.Code, r.Code.Status(), http.StatusText(r.Code.Status()),
		glyph(r.Code), v.Lang.join(rest, v.whoLacks(&r), advice),
		v.action(&r, p.ReturnTo), v.other(&r, p.ReturnTo), p.Checks,
		"build." + string(r.Code), v.addition(r.Add), r.Mismatch, r.Help,
		answerHeader(&r), answerBody(&r, p.RequestID),
	}
	return u.render(w, "refusal", v)
}

// action chooses the way on: sign in where a sign-in would help, try again where time does, else back to known ground.
func (v view) action(r *fault.Refusal, returnTo string) action {
	switch {
	case r.Code == fault.TokenMissing:
		return action{"login.submit", v.SignIn(returnTo)}
	case r.Code.Status() == http.StatusUnauthorized:
		return action{"refused.sign_in", v.SignIn(returnTo)}
	case waits(r) || r.Code == fault.Internal || ofDev(r.Code) || ofBackend(r.Code):
		return action{"refused.retry", v.Retry()}
	case v.User != nil:
		return action{"refused.to_account", pathAccount}
	case ofProvider(r.Code):
		return action{"refused.to_sign_in", v.SignIn(returnTo)}
	}
	return action{"refused.to_sign_in", v.SignIn("")}
}

// ofProvider holds for what a sign-in through a provider can come to: another try leads to where the person was going.
func ofProvider(code fault.Code) bool {
	switch code {
	case fault.ProviderState, fault.ProviderRefused, fault.ProviderFailed, fault.ProviderNotAdmitted, fault.AccountUnknown, fault.AccountExists:
		return true
	}
	return false
}

// whoLacks says which account it is that may not do this, since a person may have another.
func (v view) whoLacks(r *fault.Refusal) string {
	if r.Code != fault.ForbiddenRole || v.User == nil {
		return ""
	}
	return v.Lang.text("refused.lacks", v.User.Username)
}

// ofDev holds for what only the dev server refuses.
func ofDev(code fault.Code) bool { return code == fault.RouteMissing || code == fault.MockFailed }

// ofBackend holds for what a backend does that may do otherwise the next time.
func ofBackend(code fault.Code) bool {
	return code == fault.UpstreamFailed || code == fault.UpstreamTimeout
}

// addition is what to write into a file, and the words before it.
type addition struct {
	Where template.HTML
	Text  string
}

func (v view) addition(a *fault.Addition) *addition {
	if a == nil {
		return nil
	}
	where := v.rich("refused.add", a.File)
	if a.To != "" {
		where = v.rich("refused.add_to", a.File, a.To)
	}
	return &addition{where, strings.Join(a.Lines, "\n")}
}

// other offers somebody who lacks a role to sign in as somebody who has it, and the developer the routes there are.
func (v view) other(r *fault.Refusal, returnTo string) action {
	if ofDev(r.Code) {
		return action{"refused.to_routes", pathDevRoutes}
	}
	if r.Code != fault.ForbiddenRole || v.User == nil || returnTo == "" {
		return action{}
	}
	return action{"refused.as_other", v.SignIn(returnTo) + "&again=1"}
}

// answerHeader is the header of the refusal as the API sends it, the parts that a client acts on. Whoever is told what is wrong with a
// token has sent one.
func answerHeader(r *fault.Refusal) string {
	h := http.Header{}
	r.SetHeader(h, realm, r.Code.BearerError() != "")
	var lines []string
	for _, name := range []string{"WWW-Authenticate", "Retry-After", "Content-Type"} {
		if value := h.Get(name); value != "" {
			lines = append(lines, name+": "+strings.Replace(value, ", error_description", ",\n  error_description", 1))
		}
	}
	return strings.Join(lines, "\n")
}

// answerBody is the body as the API sends it, a member a line.
func answerBody(r *fault.Refusal, requestID string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, r.Problem(requestID), "", "  "); err != nil {
		return string(r.Problem(requestID)) // it is always JSON
	}
	return strings.TrimSpace(b.String())
}
