package webui

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// view is what a template sees: the frame, the words of its language, the clock, and the page itself as P.
type view struct {
	Frame
	Page    string // the name of its template
	Title   string
	Host    string
	Minimum int // characters of a password
	P       any

	now    time.Time
	assets *assets
}

// T is the text of a key as HTML, its arguments escaped. A missing key or argument fails the page, so that tests find it.
func (v view) T(key string, args ...any) (template.HTML, error) {
	text, ok := v.Lang.pattern(key, args)
	if !ok {
		return "", fmt.Errorf("catalogue has no %q", key)
	}
	if n := placeholders(text); n > len(args) {
		return "", fmt.Errorf("%q wants %d arguments, not %d", key, n, len(args))
	}
	return v.rich(key, args...), nil
}

// placeholders counts the arguments that a text wants.
func placeholders(text string) int {
	n := 0
	for strings.Contains(text, fmt.Sprintf("{%d}", n)) {
		n++
	}
	return n
}

// rich is the text of a key as HTML: the marks of the catalogue become elements, arguments are escaped, template.HTML is kept.
func (v view) rich(key string, args ...any) template.HTML {
	pattern, _ := v.Lang.pattern(key, args)
	pattern = template.HTMLEscapeString(pattern)
	pattern = pair(pattern, "**", "<b>", "</b>")
	pattern = pair(pattern, "`", "<code>", "</code>")
	return template.HTML(fill(pattern, args, v.escaped))
}

func (v view) escaped(a any) string {
	if h, ok := a.(template.HTML); ok {
		return string(h)
	}
	return template.HTMLEscapeString(v.Lang.spoken(a))
}

// pair turns each mark and its partner into an element.
func pair(s, mark, open, closing string) string {
	parts := strings.Split(s, mark)
	var b strings.Builder
	for i, part := range parts {
		if i > 0 && i%2 == 1 {
			b.WriteString(open)
		} else if i > 0 {
			b.WriteString(closing)
		}
		b.WriteString(part)
	}
	return b.String()
}

// Asset is the address of a file of static/.
func (v view) Asset(name string) string { return v.assets.path(name) }

// Clock is a time of day to the second. Without script it names its zone; with script it is shown in the reader's own.
func (v view) Clock(t time.Time) template.HTML {
	t = t.In(v.now.Location()).Round(time.Second)
	return timeElement(t, ` class="clock"`, t.Format("15:04:05 MST"))
}

// Ago says how long ago something was, and from two days on which day.
func (v view) Ago(t time.Time) template.HTML {
	words := v.Lang.text("time.now")
	age := v.now.Sub(t)
	switch {
	case age >= 48*time.Hour:
		words = v.Lang.text("time.on", v.day(t))
	case age >= 2*time.Minute:
		words = v.Lang.text("time.ago", v.Lang.Span(age.Truncate(time.Minute)))
	}
	return timeElement(t, "", words)
}

// Day names the day of a time.
func (v view) Day(t time.Time) string { return v.day(t) }

// day names a day, with its year unless it is this one.
func (v view) day(t time.Time) string {
	t = t.In(v.now.Location())
	if t.Year() == v.now.Year() {
		return t.Format(v.Lang.text("time.day"))
	}
	return t.Format(v.Lang.text("time.year"))
}

func timeElement(t time.Time, attributes, words string) template.HTML {
	return template.HTML(fmt.Sprintf(`<time%s datetime="%s">%s</time>`, attributes, t.Format(time.RFC3339), template.HTMLEscapeString(words)))
}

// Role is what a role is called; roles of the apps are called as they are.
func (v view) Role(role string) string {
	if word, ok := v.Lang.pattern("role."+role, nil); ok {
		return word
	}
	return role
}

// Dev reports whether this is a page of `lingpai dev`.
func (v view) Dev() bool { return v.Page == "story" || v.Page == "backend" || v.Page == "mails" }

// Referrer is the referrer policy. Where the address holds a code, not even our own server is told it once more.
func (v view) Referrer() string {
	if v.Page == "reset" || v.Page == "confirm" || v.Page == "sign_up_finish" || v.Page == "setup" {
		return "strict-origin"
	}
	return "same-origin"
}

// Ways are those in which all routes can be switched at once.
func (v view) Ways() []string { return []string{"written", "mock", "real"} }

// languageLink is one entry of the language switch.
type languageLink struct {
	Lang    Lang
	Name    string
	Current bool
	Link    string
}

// Languages are the entries of the language switch: this page again, with `lang` in the query.
func (v view) Languages() []languageLink {
	var out []languageLink
	for _, l := range Languages() {
		out = append(out, languageLink{Lang: l, Name: l.Name(), Current: l == v.Lang, Link: withQuery(v.Path, "lang", string(l))})
	}
	return out
}

// Themes are the entries of the theme switch.
func (v view) Themes() []Theme { return []Theme{Auto, Light, Dark} }

// Retry is the address of this page, to be asked for again.
func (v view) Retry() string { return withQuery(v.Path, "", "") }

// SignIn is the address of the sign-in page that leads back to where the person was.
func (v view) SignIn(returnTo string) string {
	if returnTo == "" {
		return pathLogin
	}
	return withQuery(pathLogin, "return_to", returnTo)
}

// field is one labelled input.
type field struct {
	Name, Label, Value       string
	Optional                 string // the word for it, or ""
	Type, Autocomplete       string
	Hint, Problem            string
	Show, Hide               string // words of the switch that shows a password
	Describe                 string // id of a text elsewhere that describes the input
	Minimum                  int    // characters, or 0
	Rows                     int    // of a field for several lines, or 0
	Required, Focus, Invalid bool
}

// Described lists the ids of the texts that describe the input.
func (f field) Described() string {
	var ids []string
	if f.Describe != "" {
		ids = append(ids, f.Describe)
	}
	if f.Problem != "" {
		ids = append(ids, f.Name+"-problem")
	}
	if f.Help() != "" {
		ids = append(ids, f.Name+"-hint")
	}
	return strings.Join(ids, " ")
}

// Help is the hint, unless a problem stands in its place: that says the rule again, and what breaks it.
func (f field) Help() string {
	if f.Problem != "" {
		return ""
	}
	return f.Hint
}

// secretField is an input for a password. Its value is never sent back.
func (v view) secretField(name, label, autocomplete string) field {
	return field{
		Name: name, Label: v.Lang.text(label), Type: "password", Autocomplete: autocomplete, Required: true,
		Show: v.Lang.text("password.show"), Hide: v.Lang.text("password.hide"),
	}
}

// judge adds what is wrong with the fields.
func (v view) judge(fields []field, problems Problems) {
	for i := range fields {
		fields[i].Problem = problems.words(v.Lang, fields[i].Name)
		fields[i].Invalid = fields[i].Problem != ""
	}
}

// focusWrong puts the focus in the first field of a page that is wrong, and reports whether there is one.
func focusWrong(forms ...[]field) bool {
	for _, fields := range forms {
		for i := range fields {
			if fields[i].Invalid {
				fields[i].Focus = true
				return true
			}
		}
	}
	return false
}

// glyph is the sign that shows how the token of a refusal stands.
func glyph(code fault.Code) string {
	switch code {
	case fault.TokenMissing:
		return "none"
	case fault.TokenMalformed, fault.TokenSignature, fault.TokenAlgorithm:
		return "altered"
	case fault.TokenExpired, fault.SessionExpired:
		return "expired"
	case fault.TokenRevoked, fault.SessionEnded:
		return "ended"
	case fault.RefreshInvalid, fault.RefreshReused:
		return "refresh"
	case fault.TokenNotYetValid, fault.TokenIssuer, fault.TokenAudience, fault.TokenType, fault.ForbiddenRole, fault.ForbiddenScope:
		return "present"
	}
	return ""
}
