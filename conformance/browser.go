package main

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// browser is a browser and the person before it: it keeps cookies, follows redirects, and fills in the forms of the server's pages, until
// it leaves the server for an app, or stands before a page that has no form.
type browser struct {
	op     *OP
	jar    *cookiejar.Jar
	denies bool     // the person allows nothing
	shown  []string // the paths of the forms that the person was shown since the last visit
	frames []string // the addresses that pages loaded in frames
	pages  []string // what the pages said
}

// landing is where a browser stopped.
type landing struct {
	atApp                 bool
	method                string
	to                    string // the address, without query and fragment
	query, fragment, form url.Values
	status                int    // of the page, if it is not at an app
	text                  string // of the page
}

func newBrowser(op *OP) *browser {
	jar, _ := cookiejar.New(nil) // fails never
	return &browser{op: op, jar: jar}
}

// forget empties the browser.
func (b *browser) forget() { b.jar, _ = cookiejar.New(nil) }

// wasShown reports whether the person stood before a form of this path.
func (b *browser) wasShown(path string) bool { return slices.Contains(b.shown, path) }

// visit opens an address and goes on as a person would.
func (b *browser) visit(address string) (landing, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return landing{}, err
	}
	return b.follow(r)
}

// submit posts a form to an address, as the page of an app can.
func (b *browser) submit(address string, form url.Values) (landing, error) {
	r, err := post(address, form)
	if err != nil {
		return landing{}, err
	}
	return b.follow(r)
}

const patience = 20 // requests

func (b *browser) follow(r *http.Request) (landing, error) {
	b.shown, b.frames, b.pages = nil, nil, nil
	client := &http.Client{Jar: b.jar, Transport: b.op.http.Transport, CheckRedirect: b.op.http.CheckRedirect}
	for range patience {
		if !strings.HasPrefix(r.URL.String(), b.op.issuer+"/") {
			return atApp(r)
		}
		r.Header.Set("Accept", "text/html")
		res, err := client.Do(r)
		if err != nil {
			return landing{}, err
		}
		next, page, err := b.read(r, res)
		if err != nil || next == nil {
			return page, err
		}
		r = next
	}
	return landing{}, fmt.Errorf("the browser was sent on more than %d times, last to %s", patience, r.URL.Path)
}

// read reads a page and says what the browser asks for next; nil if there is nothing more to do.
func (b *browser) read(r *http.Request, res *http.Response) (*http.Request, landing, error) {
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, landing{}, err
	}
	if to := res.Header.Get("Location"); to != "" {
		next, err := r.URL.Parse(to)
		if err != nil {
			return nil, landing{}, err
		}
		again, err := http.NewRequest(http.MethodGet, next.String(), nil)
		return again, landing{}, err
	}
	here := landing{method: r.Method, to: bare(r.URL), query: r.URL.Query(), status: res.StatusCode, text: string(body)}
	if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); media != "text/html" || res.StatusCode >= http.StatusBadRequest {
		return nil, here, nil
	}
	b.pages = append(b.pages, string(body))
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, landing{}, err
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "iframe" {
			b.frames = append(b.frames, attribute(n, "src"))
		}
	}
	if _, to, ok := strings.Cut(res.Header.Get("Refresh"), "url="); ok { // in a few seconds, which need not pass
		next, err := http.NewRequest(http.MethodGet, to, nil)
		return next, here, err
	}
	form := find(find(doc, "main"), "form")
	if form == nil {
		return nil, here, nil
	}
	next, err := b.fill(r.URL, form)
	return next, here, err
}

// fill fills in a form and presses its button.
func (b *browser) fill(at *url.URL, form *html.Node) (*http.Request, error) {
	action, err := at.Parse(attribute(form, "action"))
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(action.String(), b.op.issuer+"/") {
		b.shown = append(b.shown, action.Path)
	}
	values := url.Values{}
	for n := range form.Descendants() {
		name := attribute(n, "name")
		switch {
		case name == "" || n.Type != html.ElementNode:
		case n.Data == "button" && b.presses(n), n.Data == "input" && attribute(n, "type") == "hidden":
			values.Set(name, attribute(n, "value"))
		case name == "username":
			values.Set(name, person.username)
		case name == "password":
			values.Set(name, person.password)
		}
	}
	next, err := post(action.String(), values)
	if err == nil {
		next.Header.Set("Origin", at.Scheme+"://"+at.Host)
	}
	return next, err
}

// presses reports whether this button is the one: the first that leads on, unless the person denies.
func (b *browser) presses(button *html.Node) bool {
	if attribute(button, "name") == "answer" {
		return (attribute(button, "value") == "deny") == b.denies
	}
	return strings.Contains(attribute(button, "class"), "primary")
}

// atApp is what an app reads of a request that reaches it.
func atApp(r *http.Request) (landing, error) {
	l := landing{atApp: true, method: r.Method, to: bare(r.URL), query: r.URL.Query()}
	fragment, err := url.ParseQuery(r.URL.Fragment)
	if err != nil {
		return l, fmt.Errorf("the fragment is not form-encoded: %w", err)
	}
	l.fragment = fragment
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			return l, err
		}
		l.form = r.PostForm
	}
	return l, nil
}

func bare(u *url.URL) string {
	c := *u
	c.RawQuery, c.Fragment, c.RawFragment = "", "", ""
	return c.String()
}

func post(address string, form url.Values) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r, err
}

func find(n *html.Node, name string) *html.Node {
	if n == nil {
		return nil
	}
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			return d
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
