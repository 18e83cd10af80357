package exchange

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/pattern"
)

// Message is one half of an exchange, as it may be shown.
type Message struct {
	Line    string  `json:"line"` // "GET /api/me HTTP/1.1", "HTTP/1.1 200 OK"; "" when there was no answer
	Headers []Field `json:"headers"`
	Body    string  `json:"body,omitempty"`
	Cut     bool    `json:"cut,omitempty"` // there was more of the body
}

// Field is one line of a head.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (m *message) shown() Message {
	out := Message{Line: m.line, Headers: []Field{}}
	if isText(mediaType(m.header)) {
		body := m.text()
		shown := min(len(body), shownBytes)
		out.Body, out.Cut = withoutSecrets(string(body[:shown])), m.cut || shown < len(body)
	}
	if m.host != "" {
		out.Headers = append(out.Headers, Field{"Host", m.host})
	}
	for _, name := range slices.Sorted(maps.Keys(m.header)) {
		if name == StoryHeader {
			continue
		}
		for _, value := range m.header[name] {
			out.Headers = append(out.Headers, Field{name, showHeader(name, value)})
		}
	}
	return out
}

// gone stands where something was left out.
const gone = "…"

func showHeader(name, value string) string {
	switch name {
	case "Cookie":
		return showCookies(value)
	case "Set-Cookie":
		pair, attributes, more := strings.Cut(value, ";")
		if more {
			attributes = ";" + attributes
		}
		return showCookies(pair) + attributes
	case "Authorization", "Proxy-Authorization":
		scheme, credentials, ok := strings.Cut(value, " ")
		if shown := cutTokens(credentials); ok && shown != credentials {
			return scheme + " " + shown
		}
		return scheme + " " + gone
	}
	return cutTokens(value)
}

// showCookies leaves the names, and of our own tokens the first letters.
func showCookies(pairs string) string {
	parts := strings.Split(pairs, ";")
	for i, p := range parts {
		name, value, _ := strings.Cut(p, "=")
		shown := cutTokens(value)
		if shown == value && value != "" {
			shown = gone
		}
		parts[i] = name + "=" + shown
	}
	return strings.Join(parts, ";")
}

var (
	// jwt is anything with the shape of a signed token.
	jwt = pattern.Lazy(`(eyJ[\w-]+\.[\w-]+)\.[\w-]+`)
	// opaque is a token or secret of ours that has no parts.
	opaque = pattern.Lazy(`\b(lp[a-z]_[\w-]{4})[\w-]+`)
	// secretMember is a member of JSON, secretField one of a form, whose name says that its value is nobody's business.
	secretMember = pattern.Lazy(`(?i)("[\w-]*(?:password|passwd|secret|api_?key|code_verifier|assertion)[\w-]*"\s*:\s*)"(?:[^"\\]|\\.)*"?`)
	secretField  = pattern.Lazy(`(?i)((?:^|&)[\w-]*(?:password|passwd|secret|api_?key|code_verifier|assertion)[\w-]*=)[^&]*`)
)

// cutTokens takes the signatures off tokens, and the secret part off ours that have none: what is left can be read, and used by nobody.
func cutTokens(text string) string {
	return opaque().ReplaceAllString(jwt().ReplaceAllString(text, "$1."+gone), "$1"+gone)
}

func withoutSecrets(body string) string {
	body = secretMember().ReplaceAllString(body, `$1"`+gone+`"`)
	return cutTokens(secretField().ReplaceAllString(body, "$1"+gone))
}

func statusLine(status int) string {
	return strings.TrimSpace(fmt.Sprint(status, " ", http.StatusText(status)))
}

// LeftOut stands for what is left out of an answer that is given again. It may stand in a header.
const LeftOut = "left-out"

var (
	// token is a signed token, or one of ours, whole.
	token = pattern.Lazy(`eyJ[\w-]+\.[\w-]+\.[\w-]*|\blp[a-z]_[\w-]{5,}`)
	// private is the name of a member, field or header whose value proves who somebody is.
	private = pattern.Lazy(`(?i)password|passwd|secret|api-?_?key|code_verifier|assertion|credential|cookie|session-?_?id|token$|^jwt$|^authorization$`)
)

// WithoutTokens leaves tokens out of a text, whole.
func WithoutTokens(text string) string { return token().ReplaceAllString(text, LeftOut) }

// Private reports whether the value under a name proves who somebody is.
func Private(name string) bool { return private().MatchString(name) }
