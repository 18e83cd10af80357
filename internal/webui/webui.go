package webui

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The addresses that the pages lead to.
const (
	pathLogin     = "/auth/login"
	pathAccount   = "/auth/account"
	pathAdmin     = "/auth/admin"
	pathDevRoutes = "/auth/dev/backend"
)

// Theme is the look that the person chose.
type Theme string

// The themes. Auto follows the system and is what the zero value means.
const (
	Auto  Theme = "auto"
	Light Theme = "light"
	Dark  Theme = "dark"
)

// ParseTheme reads the cookie `lingpai_theme`; anything unknown is [Auto].
func ParseTheme(cookie string) Theme {
	switch t := Theme(cookie); t {
	case Light, Dark:
		return t
	}
	return Auto
}

// Frame is what every page has around its matter.
type Frame struct {
	Lang Lang
	// Chosen says that the person chose the language.
	Chosen bool
	Theme  Theme
	// Path is the path and query that shows this page again by GET; the language switch adds to it.
	Path string
	// User is who is signed in; nil leaves out the bar, but for the page that opens tokens, which is for everybody and offers to sign in.
	User *Viewer
	// RequestID is the number under which the log knows this request. Only a refusal shows it.
	RequestID string
}

// Viewer is the person who is signed in.
type Viewer struct {
	Username, Name, Email string
	Roles                 []string
	// Admin leads to the pages of administrators.
	Admin bool
}

// Options of the pages.
type Options struct {
	// Host is shown in the foot, so that people learn to look at it.
	Host string
	// Now is the clock; its zone is the one that times are written in. nil means time.Now.
	Now func() time.Time
	// PasswordMinimum is the rule that stands beside a new password, in characters; 0 means 15.
	PasswordMinimum int
}

// UI draws the pages. It is safe for concurrent use.
type UI struct {
	options   Options
	templates func() (*template.Template, error)
	assets    *assets
}

//go:embed templates/*.html
var templateFiles embed.FS

// New makes the pages. Templates and words are part of the binary, and are read when the first page is drawn.
func New(opts Options) (*UI, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.PasswordMinimum == 0 {
		opts.PasswordMinimum = 15
	}
	assets, err := loadAssets()
	if err != nil {
		return nil, fmt.Errorf("load assets: %w", err)
	}
	return &UI{options: opts, templates: sync.OnceValues(parseTemplates), assets: assets}, nil
}

func parseTemplates() (*template.Template, error) {
	return template.New("").Option("missingkey=error").ParseFS(templateFiles, "templates/*.html")
}

// view starts a page: its frame made whole, its title (a key of the catalogue) in words.
func (u *UI) view(f Frame, title string) view {
	if f.Lang == "" {
		f.Lang = English
	}
	f.Theme = ParseTheme(string(f.Theme))
	return view{
		Frame: f, Title: f.Lang.text(title), Host: u.options.Host, Minimum: u.options.PasswordMinimum,
		now: u.options.Now(), assets: u.assets,
	}
}

// render draws a page by the template of its name.
func (u *UI) render(w io.Writer, name string, v view) error {
	v.Page = name
	templates, err := u.templates()
	if err != nil {
		return fmt.Errorf("parse templates: %w", err)
	}
	if err := templates.ExecuteTemplate(w, name, v); err != nil {
		return fmt.Errorf("render page %s: %w", name, err)
	}
	return nil
}

// withQuery sets a member of the query of one of our own paths. A path that would leave this host becomes the sign-in page.
func withQuery(path, name, value string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) {
		u = &url.URL{Path: pathLogin}
	}
	q := u.Query()
	q.Del("lang")
	if name != "" {
		q.Set(name, value)
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).String()
}

// withoutQuery is withQuery that takes a member away, and what is only said once.
func withoutQuery(path, name string) string {
	u, err := url.Parse(withQuery(path, "", ""))
	if err != nil {
		return pathLogin
	}
	q := u.Query()
	q.Del(name)
	q.Del("done")
	u.RawQuery = q.Encode()
	return u.String()
}
