// Package cors judges answers as browsers do when a page asks another origin (Fetch standard, section "CORS protocol"), and says what is
// missing. Browsers tell a page's script only "Network Error", and their console names one fault at a time.
//
// It is pure: it is given what was asked and what was answered, and asks nothing itself.
package cors

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Ask is what a page asks.
type Ask struct {
	Page        Origin
	Target      Origin
	Path        string
	Method      string
	Headers     []string // that the page's script sets
	Credentials bool     // cookies are sent along: fetch's credentials "include", axios' withCredentials
}

// Answer is what came back. Header is nil when nothing did, and then Failure says why.
type Answer struct {
	Status  int
	Header  http.Header
	Failure string
}

// Finding is one thing that keeps an answer from the page, or that will. It speaks English, and gives the codes of what it says.
type Finding struct {
	Step     string   `json:"step"`                // "sending", "preflight" or "answer"
	What     string   `json:"what"`                // what is wrong
	Code     Code     `json:"code"`                // of What
	Args     []any    `json:"args,omitempty"`      // of What
	Then     string   `json:"then"`                // what the browser does about it
	ThenCode Code     `json:"then_code"`           // of Then
	ThenArgs []any    `json:"then_args,omitempty"` // of Then
	Add      []string `json:"add,omitempty"`       // the header lines that the backend must send
	Hint     string   `json:"hint,omitempty"`      // what else mends it
	HintCode Code     `json:"hint_code,omitempty"` // of Hint
	Mild     bool     `json:"mild,omitempty"`      // the page reads this answer all the same
}

// found makes a finding; then is what the browser does about it. There may be no hint.
func found(step string, what, then Phrase, hint Code, lines ...string) Finding {
	return Finding{
		Step: step, What: what.String(), Code: what.Code, Args: what.Args, Then: then.String(), ThenCode: then.Code, ThenArgs: then.Args,
		Add: lines, Hint: phrase(hint).String(), HintCode: hint,
	}
}

// Diagnosis is what a browser makes of it.
type Diagnosis struct {
	Page       string    `json:"page"`
	Target     string    `json:"target"`
	Path       string    `json:"path"`
	Method     string    `json:"method"`
	PageParts  Origin    `json:"page_parts"`
	AskedParts Origin    `json:"target_parts"`
	Differs    []string  `json:"differs"`             // protocol, domain, port; empty is one origin
	Preflight  string    `json:"preflight,omitempty"` // why the browser asks first; "" when it does not
	Findings   []Finding `json:"findings"`
	Hidden     []string  `json:"hidden,omitempty"` // headers of the answer that the page's script cannot read
	Allowed    bool      `json:"allowed"`          // the page reads the answer
}

// Diagnose judges. preflight is nil if it was not asked, or is not known; so is answer.
func Diagnose(ask Ask, preflight, answer *Answer) Diagnosis {
	if ask.Method = strings.ToUpper(ask.Method); ask.Method == "" {
		ask.Method = http.MethodGet
	}
	d := Diagnosis{
		Page: ask.Page.String(), Target: ask.Target.String(), Path: ask.Path, Method: ask.Method, PageParts: ask.Page, AskedParts: ask.Target,
		Differs: ask.Page.Differs(ask.Target), Findings: []Finding{},
	}
	if len(d.Differs) == 0 {
		d.Differs, d.Allowed = []string{}, true
		return d
	}
	d.Preflight = ask.preflighted()
	d.sending(ask)
	if preflight != nil && d.Preflight != "" {
		d.preflight(ask, *preflight)
	}
	if answer != nil {
		d.answer(ask, *answer)
	}
	d.Allowed = !d.blocked()
	return d
}

func (d *Diagnosis) blocked() bool {
	return slices.ContainsFunc(d.Findings, func(f Finding) bool { return !f.Mild })
}

// Summary says it in one line.
func (d *Diagnosis) Summary() string {
	if len(d.Differs) == 0 {
		return "one origin, nothing to allow"
	}
	step, what := d.Main()
	switch step {
	case "":
		return fmt.Sprintf("pages of %s may read it", d.Page)
	case "preflight":
		return fmt.Sprintf("the browser asked for a page of %s whether it may ask %s, another origin (%s): %s", d.Page, d.Target, d.HowItDiffers(), what)
	}
	return fmt.Sprintf("a page of %s asked %s, another origin (%s): %s", d.Page, d.Target, d.HowItDiffers(), what)
}

// Main is the first finding that keeps the answer from the page: its step, and what is wrong; step is "" if there is none.
func (d *Diagnosis) Main() (step string, what Phrase) {
	for _, f := range d.Findings {
		if !f.Mild {
			return f.Step, Phrase{Code: f.Code, Args: f.Args}
		}
	}
	return "", Phrase{}
}

// HowItDiffers says which parts of the two origins are not the same. They must not all be.
func (d *Diagnosis) HowItDiffers() Phrase { return inWords(d.Differs) }

// preflighted says why a browser asks before it sends (Fetch, "CORS-safelisted"); "" when it just sends.
func (a Ask) preflighted() string {
	switch a.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		return a.Method + " is none of GET, HEAD and POST"
	}
	if names := Unsafe(a.Headers); len(names) > 0 {
		return "the request carries " + strings.Join(names, ", ")
	}
	return ""
}

// safelisted are headers that a page may set without being asked for.
var safelisted = []string{"accept", "accept-language", "content-language", "range"}

// Unsafe are the names of the headers that must be allowed, in small letters and in order. A Content-Type is harmless only with the values that forms have.
func Unsafe(headers []string) (out []string) {
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.ToLower(strings.TrimSpace(value))
		value, _, _ = strings.Cut(value, ";")
		form := name == "content-type" && slices.Contains([]string{"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}, value)
		if name != "" && !form && !slices.Contains(safelisted, name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// sending finds what keeps a request from being sent at all.
func (d *Diagnosis) sending(ask Ask) {
	if ask.Page.Protocol == "https" && !ask.Target.trustworthy() {
		d.add(found("sending", phrase("mixed_content"), phrase("sends_nothing"), "use_https"))
	}
}

func (d *Diagnosis) add(f Finding) { d.Findings = append(d.Findings, f) }

const (
	allowOrigin      = "Access-Control-Allow-Origin"
	allowCredentials = "Access-Control-Allow-Credentials"
	allowMethods     = "Access-Control-Allow-Methods"
	allowHeaders     = "Access-Control-Allow-Headers"
)

// preflight judges the answer to OPTIONS (Fetch, "CORS-preflight fetch").
func (d *Diagnosis) preflight(ask Ask, p Answer) {
	then := phrase("sends_only_preflight")
	add := func(what Phrase, hint Code, lines ...string) { d.add(found("preflight", what, then, hint, lines...)) }
	switch {
	case p.Header == nil:
		add(phrase("preflight_unanswered", p.Failure), "see_options")
		return
	case p.Status >= 300 && p.Status < 400:
		add(phrase("preflight_redirected", p.Status, p.Header.Get("Location")), "ask_target")
		return
	case p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden:
		add(phrase("preflight_refused", p.Status), "options_first", d.preflightLines(ask)...)
		return
	case p.Status < 200 || p.Status > 299:
		add(phrase("preflight_failed", p.Status), "options_204", d.preflightLines(ask)...)
		return
	}
	d.origin("preflight", then, ask, p.Header)
	if allowed := list(p.Header, allowMethods); !allows(allowed, ask.Method, ask.Credentials) && !slices.Contains([]string{"GET", "HEAD", "POST"}, ask.Method) {
		add(phrase("method_refused", ask.Method, said(p.Header, allowMethods)), "",
			allowMethods+": "+strings.Join(appendMissing(allowed, ask.Method), ", "))
	}
	allowed := list(p.Header, allowHeaders)
	var missing []string
	for _, name := range Unsafe(ask.Headers) {
		if !allows(allowed, name, ask.Credentials) || name == "authorization" && !slices.ContainsFunc(allowed, equal(name)) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		hint := Code("")
		if slices.Contains(allowed, "*") {
			hint = "star_is_no_header"
		}
		add(phrase("header_refused", strings.Join(missing, ", "), said(p.Header, allowHeaders)), hint,
			allowHeaders+": "+strings.Join(appendMissing(without(allowed, "*"), missing...), ", "))
	}
}

func (d *Diagnosis) preflightLines(ask Ask) []string {
	lines := append(d.originLines(ask), allowMethods+": "+ask.Method)
	if names := Unsafe(ask.Headers); len(names) > 0 {
		lines = append(lines, allowHeaders+": "+strings.Join(names, ", "))
	}
	return lines
}

func (d *Diagnosis) originLines(ask Ask) []string {
	lines := []string{allowOrigin + ": " + ask.Page.String(), "Vary: Origin"}
	if ask.Credentials {
		lines = append(lines, allowCredentials+": true")
	}
	return lines
}

// answer judges the answer itself (Fetch, "CORS check").
func (d *Diagnosis) answer(ask Ask, a Answer) {
	if a.Header == nil {
		d.add(found("answer", phrase("unanswered", a.Failure), phrase("same_error"), "see_backend"))
		return
	}
	if to := a.Header.Get("Location"); a.Status >= 300 && a.Status < 400 && to != "" {
		d.redirect(ask, a.Status, to)
	}
	then := phrase("keeps_answer")
	if a.Status >= 400 {
		then = phrase("hides_status", a.Status, should(a.Status))
	}
	d.origin("answer", then, ask, a.Header)
	if !d.blocked() {
		d.hidden(ask, a.Header)
	}
}

func should(status int) Phrase {
	switch status {
	case http.StatusUnauthorized:
		return phrase("sign_in")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return phrase("ask_later")
	}
	return phrase("say_fault")
}

func (d *Diagnosis) redirect(ask Ask, status int, to string) {
	o, err := ParseOrigin(to)
	if err != nil || o == ask.Target {
		return
	}
	d.add(found("answer", phrase("redirected", status, o.String()), phrase("follows_as_null", "Origin: null"), "ask_directly"))
}

// origin judges what is said of the page's origin, in either answer.
func (d *Diagnosis) origin(step string, then Phrase, ask Ask, h http.Header) {
	page, values := ask.Page.String(), h.Values(allowOrigin)
	add := func(what Phrase, hint Code) { d.add(found(step, what, then, hint, d.originLines(ask)...)) }
	value := strings.Join(values, ", ")
	switch {
	case len(values) == 0:
		add(phrase("origin_missing", allowOrigin), "")
		return
	case len(values) > 1 || strings.Contains(value, ","):
		add(phrase("origin_many", allowOrigin, value), "send_back_one")
		return
	case value == "*" && ask.Credentials:
		add(phrase("origin_star", allowOrigin, value), "")
		return
	case value == "*":
	case value == page:
		d.vary(step, h)
	default:
		add(other(value, ask.Page), "")
		return
	}
	if v := h.Get(allowCredentials); ask.Credentials && v != "true" {
		what := phrase("credentials_other", allowCredentials, v)
		if v == "" {
			what = phrase("credentials_missing", allowCredentials)
		}
		d.add(found(step, what, then, "true_small_letters", allowCredentials+": true"))
	}
}

// other says how a value misses the origin of the page.
func other(value string, page Origin) Phrase {
	if how, ok := almost(value, page); ok {
		return phrase("origin_almost", allowOrigin, value, page.String(), how)
	}
	return phrase("origin_other", allowOrigin, value, page.String())
}

// almost says it where it is easily overlooked.
func almost(value string, page Origin) (how Phrase, ok bool) {
	if strings.TrimSuffix(value, "/") == page.String() {
		return phrase("slash"), true
	}
	o, err := ParseOrigin(value)
	if err != nil {
		return Phrase{}, false // null, or none at all
	}
	if parts := o.Differs(page); len(parts) > 0 {
		return inWords(parts), true
	}
	return phrase("spelling"), true
}

func (d *Diagnosis) vary(step string, h http.Header) {
	all := list(h, "Vary")
	if step == "preflight" || slices.ContainsFunc(all, equal("Origin")) || slices.Contains(all, "*") {
		return
	}
	mild := found(step, phrase("vary_missing", "Vary", "Origin"), phrase("cache_mixes"), "", "Vary: Origin")
	mild.Mild = true
	d.add(mild)
}

// readable are the headers of an answer that every page may read.
var readable = []string{"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}

// wanted are headers that pages commonly look for, and are surprised not to see.
var wanted = []string{"Authorization", "Content-Disposition", "ETag", "Link", "Location", "Retry-After", "WWW-Authenticate", "X-Request-Id", "X-Total-Count"}

func (d *Diagnosis) hidden(ask Ask, h http.Header) {
	exposed := list(h, "Access-Control-Expose-Headers")
	for _, name := range wanted {
		star := slices.Contains(exposed, "*") && !ask.Credentials && name != "Authorization"
		if h.Get(name) == "" || star || slices.ContainsFunc(exposed, equal(name)) || slices.ContainsFunc(readable, equal(name)) {
			continue
		}
		d.Hidden = append(d.Hidden, name)
	}
}

// list reads a header that is a list.
func list(h http.Header, name string) (out []string) {
	for _, line := range h.Values(name) {
		for part := range strings.SplitSeq(line, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

func allows(list []string, name string, credentials bool) bool {
	return slices.ContainsFunc(list, equal(name)) || slices.Contains(list, "*") && !credentials
}

func equal(name string) func(string) bool {
	return func(other string) bool { return strings.EqualFold(name, other) }
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), equal(name))
}

func appendMissing(list []string, names ...string) []string {
	out := slices.Clone(without(list, "*"))
	for _, n := range names {
		if !slices.ContainsFunc(out, equal(n)) {
			out = append(out, n)
		}
	}
	return out
}

func said(h http.Header, name string) Phrase {
	if values := h.Values(name); len(values) > 0 {
		return phrase("line_is", name, strings.Join(values, ", "))
	}
	return phrase("line_missing", name)
}
