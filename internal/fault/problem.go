package fault

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// SetHeader writes what the refusal says in the header: its media type, no-store, the challenge, and when to come back.
// It leaves the status and the body ([Refusal.Problem]) to the caller.
func (r *Refusal) SetHeader(h http.Header, realm string, tokenSent bool) {
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if c := r.Challenge(realm, tokenSent); c != "" {
		h.Set("WWW-Authenticate", c)
	}
	if r.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(wholeSeconds(r.RetryAfter)))
	}
}

// Challenge is the value of WWW-Authenticate (RFC 6750, section 3), or "" where the refusal is neither a 401 nor a matter of the token.
// What is wrong with the token is said only to who sent one: a client without any learns the scheme and nothing else.
func (r *Refusal) Challenge(realm string, tokenSent bool) string {
	kind := r.Code.BearerError()
	if r.Code.Status() != http.StatusUnauthorized && kind == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("Bearer realm=")
	b.WriteString(quote(realm))
	if !tokenSent || kind == "" {
		return b.String()
	}
	b.WriteString(", error=" + quote(kind) + ", error_description=" + quote(r.Detail()))
	if name, value := r.Wanted(); name != "" {
		b.WriteString(", " + name + "=" + quote(value))
	}
	return b.String()
}

// Wanted is the parameter that tells a client what to ask for: the scope (RFC 6750, section 3), or the greatest age or the class of the
// sign-in (RFC 9470, section 3).
func (r *Refusal) Wanted() (name, value string) {
	if len(r.Args) == 0 {
		return "", ""
	}
	switch want := r.Args[0].(type) {
	case string:
		switch r.Code {
		case ForbiddenScope:
			return "scope", want
		case ACRRequired:
			return "acr_values", want
		}
	case time.Duration:
		if r.Code == StepUpRequired {
			return "max_age", strconv.Itoa(wholeSeconds(want))
		}
	}
	return "", ""
}

// problem is the body of a refusal (RFC 9457). The order of the members is part of what tests compare.
type problem struct {
	Type      string            `json:"type"`
	Title     string            `json:"title"`
	Status    int               `json:"status"`
	Code      Code              `json:"code"`
	Detail    string            `json:"detail"`
	RequestID string            `json:"request_id,omitempty"`
	Help      string            `json:"help,omitempty"`
	Errors    map[string]string `json:"errors,omitempty"`
	Add       *Addition         `json:"add,omitempty"`
}

// Problem is the body of the answer: application/problem+json (RFC 9457), ended by a line feed for those who read it in a terminal.
func (r *Refusal) Problem(requestID string) []byte {
	status := r.Code.Status()
	body, err := json.Marshal(problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: r.Code.entry().code, Detail: r.Detail(), RequestID: requestID, Help: r.Help, Errors: r.Fields, Add: r.Add,
	})
	if err != nil { // Strings, integers, and maps and lists of strings always encode.
		panic(err)
	}
	return append(body, '\n')
}

// quote makes a quoted-string, which nothing in it ends early.
func quote(s string) string { return `"` + Printable(s) + `"` }

// Printable keeps of a text what RFC 6750, section 3 allows in the parameters of a challenge: printable ASCII without quotes and backslashes.
// Anything else becomes a question mark.
func Printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return '?'
		}
		return c
	}, s)
}

// wholeSeconds rounds up, because who comes back early is refused again.
func wholeSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
