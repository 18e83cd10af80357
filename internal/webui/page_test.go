package webui

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// element is one start tag of a page.
type element struct {
	name  string
	attrs map[string]string
	in    []string // the open elements around it
}

var void = []string{"meta", "link", "input", "hr", "br", "img"}

// elements reads a page and fails where tags do not pair, so that a browser has nothing to guess.
func elements(page string) ([]element, string, error) {
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict = false
	var all []element
	var open []string
	var text strings.Builder
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, "", err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := element{tok.Name.Local, map[string]string{}, slices.Clone(open)}
			for _, a := range tok.Attr {
				if _, twice := e.attrs[a.Name.Local]; twice {
					return nil, "", fmt.Errorf("<%s> has %s twice", e.name, a.Name.Local)
				}
				e.attrs[a.Name.Local] = a.Value
			}
			all = append(all, e)
			// The decoder gives `<path/>` its end tag itself.
			if !slices.Contains(void, e.name) {
				open = append(open, e.name)
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != tok.Name.Local {
				return nil, "", fmt.Errorf("</%s> closes %v", tok.Name.Local, open)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			text.Write(tok)
			text.WriteByte('\n')
		}
	}
	if len(open) > 0 {
		return nil, "", fmt.Errorf("left open: %v", open)
	}
	return all, text.String(), nil
}

// eachPage draws every page in every state and language.
func eachPage(t *testing.T, text string, check func(t *testing.T, l Lang, page string, all []element, words string)) {
	u := newUI(t)
	for _, d := range gallery() {
		for _, l := range Languages() {
			t.Run(d.name+"/"+string(l), func(t *testing.T) {
				page := draw(t, u, d, Frame{Lang: l, Theme: Dark}, text)
				all, words, err := elements(page)
				if err != nil {
					t.Fatalf("not well formed: %v\n%s", err, page)
				}
				check(t, l, page, all, words)
			})
		}
	}
}

func TestPagesHoldNothingThatThePolicyForbids(t *testing.T) {
	eachPage(t, "", func(t *testing.T, _ Lang, page string, all []element, _ string) {
		for _, e := range all {
			if e.name == "style" || e.name == "base" || e.name == "script" && !strings.HasPrefix(e.attrs["src"], AssetsPath) {
				t.Errorf("inline <%s>", e.name)
			}
			for name, value := range e.attrs {
				if name == "style" || strings.HasPrefix(name, "on") || strings.HasPrefix(strings.ToLower(value), "javascript:") {
					t.Errorf("<%s %s=%q>", e.name, name, value)
				}
			}
			for _, ref := range []string{e.attrs["action"], e.attrs["src"]} {
				handsOver := strings.Contains(page, "data-hand-over") || e.name == "iframe" // its policy names where it leads
				if ref != "" && !strings.HasPrefix(ref, "/auth/") && !handsOver {
					t.Errorf("<%s> leads to %q", e.name, ref)
				}
			}
		}
	})
}

// TestPasswordsAreHiddenAndMayBeFilledIn: by a manager, by the browser, by pasting; and shown by who wants to see what they typed.
//
// ASVS 6.2.6, 6.2.7
func TestPasswordsAreHiddenAndMayBeFilledIn(t *testing.T) {
	fields := 0
	eachPage(t, "", func(t *testing.T, _ Lang, page string, all []element, _ string) {
		for _, e := range all {
			name := e.attrs["name"]
			if e.name != "input" || e.attrs["type"] == "hidden" || name != "password" && name != "current" && name != "new" {
				continue
			}
			fields++
			if e.attrs["type"] != "password" || e.attrs["data-show"] == "" {
				t.Errorf("%s is of the type %q, and is shown by %q", name, e.attrs["type"], e.attrs["data-show"])
			}
			if fill := e.attrs["autocomplete"]; fill != "current-password" && fill != "new-password" {
				t.Errorf("%s is filled in as %q", name, fill)
			}
			if e.attrs["maxlength"] != "" || e.attrs["pattern"] != "" {
				t.Errorf("%s takes no password as it is: %v", name, e.attrs)
			}
			if !strings.Contains(page, `name="username"`) && !strings.Contains(page, `autocomplete="username"`) {
				t.Errorf("a manager cannot tell whose %s it is", name)
			}
		}
	})
	if fields == 0 {
		t.Error("no page asks for a password")
	}
	scripts, err := filepath.Glob("static/*.js")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, name := range scripts {
		source, err := os.ReadFile(name)
		if err != nil || strings.Contains(string(source), `"paste"`) || strings.Contains(string(source), "onpaste") {
			t.Errorf("%s has its own mind of pasting (%v)", name, err)
		}
	}
}

// forModules is what a page brings along for its modules, which fill the placeholders.
var forModules = regexp.MustCompile(`data-json="[^"]*"`)

func TestPagesAreWhole(t *testing.T) {
	eachPage(t, "", func(t *testing.T, l Lang, page string, all []element, words string) {
		if !strings.HasPrefix(page, "<!doctype html>\n<html lang=\""+string(l)+"\">") {
			t.Error("no doctype or language")
		}
		count := map[string]int{}
		for _, e := range all {
			count[e.name]++
			if _, ok := e.attrs["autofocus"]; ok {
				count["autofocus"]++
			}
		}
		for _, name := range []string{"title", "h1", "main"} {
			if count[name] != 1 {
				t.Errorf("%d of <%s>", count[name], name)
			}
		}
		if count["autofocus"] > 1 {
			t.Errorf("%d fields ask for the focus", count["autofocus"])
		}
		drawn := forModules.ReplaceAllString(page, "")
		for _, wrong := range []string{"{0}", "{1}", "%!", "**", "<no value>", "ZgotmplZ"} {
			if strings.Contains(drawn, wrong) {
				t.Errorf("page holds %q", wrong)
			}
		}
		for word := range strings.FieldsSeq(words) {
			if _, isKey := catalogues()[l][word]; isKey && strings.Contains(word, ".") {
				t.Errorf("a key stands for its words: %s", word)
			}
		}
	})
}

// A password manager must learn whose password it is.
func TestEveryFormWithAPasswordSaysWhoseItIs(t *testing.T) {
	eachPage(t, "", func(t *testing.T, _ Lang, _ string, all []element, _ string) {
		named := false
		for _, e := range all {
			switch {
			case e.name == "form":
				named = false
			case strings.Contains(e.attrs["autocomplete"], "username"):
				named = true
			case e.attrs["type"] == "password" && !named:
				t.Errorf("the password %q has no name before it", e.attrs["name"])
			}
		}
	})
}

func TestEveryInputHasALabel(t *testing.T) {
	eachPage(t, "", func(t *testing.T, _ Lang, _ string, all []element, _ string) {
		labelled, ids := map[string]bool{}, map[string]bool{}
		for _, e := range all {
			labelled[e.attrs["for"]] = true
			id, ok := e.attrs["id"]
			if ok && ids[id] {
				t.Errorf("two elements have the id %s", id)
			}
			ids[id] = ok
		}
		for _, e := range all {
			named := labelled[e.attrs["id"]] && e.attrs["id"] != "" || e.attrs["aria-label"] != "" || slices.Contains(e.in, "label")
			if e.name == "input" && e.attrs["type"] != "hidden" && !named {
				t.Errorf("input %s has no label", e.attrs["name"])
			}
			for ref := range strings.FieldsSeq(e.attrs["aria-describedby"] + " " + e.attrs["aria-labelledby"] + " " + e.attrs["for"]) {
				if !ids[ref] {
					t.Errorf("<%s> refers to %q, which is not there", e.name, ref)
				}
			}
			if e.attrs["aria-invalid"] == "true" && e.attrs["aria-describedby"] == "" {
				t.Errorf("input %s is wrong and does not say why", e.attrs["name"])
			}
		}
	})
}

// hostile breaks out of text, of attributes in either quote, of addresses and of script, if anything lets it.
const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>javascript:alert(1)//{{.}} {0}**b**`

func TestAttack84WhatPeopleTypeIsEscaped(t *testing.T) {
	eachPage(t, hostile, func(t *testing.T, _ Lang, page string, all []element, _ string) {
		for _, e := range all {
			switch {
			case e.name == "script" && !strings.HasPrefix(e.attrs["src"], AssetsPath):
				t.Errorf("<script %v> was let in", e.attrs)
			case e.name == "img" || e.attrs["onerror"] != "":
				t.Errorf("<%s %v> was let in", e.name, e.attrs)
			}
			for _, name := range []string{"href", "action", "src"} {
				if strings.HasPrefix(strings.ToLower(strings.TrimSpace(e.attrs[name])), "javascript:") {
					t.Errorf("%s=%q", name, e.attrs[name])
				}
			}
		}
		if strings.Contains(page, "<script>") || strings.Contains(page, "<b>b</b>") {
			t.Errorf("typed text became markup:\n%s", page)
		}
	})
}

func TestScriptAddressesAreRefused(t *testing.T) {
	var b strings.Builder
	err := newUI(t).SignedOut(&b, SignedOut{App: "Notes", AppURL: "javascript:alert(1)"})
	if err != nil || strings.Contains(b.String(), "javascript:") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestLinksOfThePageStayHere(t *testing.T) {
	for path, want := range map[string]string{
		"/auth/login?return_to=%2Fnotes&lang=en": "/auth/login?lang=zh-Hans&return_to=%2Fnotes",
		"/auth/setup?code=K7PQ":                  "/auth/setup?code=K7PQ&lang=zh-Hans",
		"/auth/a%2Fb":                            "/auth/a%2Fb?lang=zh-Hans",
		"":                                       "/auth/login?lang=zh-Hans",
		"//evil.example/":                        "/auth/login?lang=zh-Hans",
		"/\\evil.example/":                       "/auth/login?lang=zh-Hans",
		"https://evil.example/":                  "/auth/login?lang=zh-Hans",
		"javascript:alert(1)":                    "/auth/login?lang=zh-Hans",
		"///evil.example":                        "/auth/login?lang=zh-Hans",
		"/\x00":                                  "/auth/login?lang=zh-Hans",
	} {
		if got := withQuery(path, "lang", "zh-Hans"); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

// allowed are words in Latin letters that belong on a Chinese page: names, codes, headers, units of the trade, and the other language.
var allowed = regexp.MustCompile(`(?i)\b(lingpai|english|notes:read|notes|alice zhang|alice(@example\.com)?|reading list|reading\.example\.org|editor|login\.notes\.example|firefox|linux|safari|iphone|chrome|windows|curl|ES256|exp|sid|HS256|admin|DELETE|ID|API|NTP|JSON|Content-Type|Allow|Caps Lock|7QK3-M2ZD|UTC|x|user|passwd|cors\.origins|issuer|access_token|Authorization|Bearer|WDJB|MJHT|DPoP|nonce|https?|a\.example|[a-f0-9]{1,4}|db8|85a3|8a2e|JavaScript|WebSocket|Cookie|lingpai dev|dev|payment_initiation|actions|initiate|status|cancel|creditorName|Merchant|instructedAmount|amount|currency|EUR|account|books\.example|JWK|Set|PEM|HMAC|Example Ltd|bob@example\.com|bob|farid|chenwei@example\.com|chenwei|no-reply@notes\.example|localhost:4401|accounts\.google\.com|github|reading-list-k7p2m4qx|openid|profile|email|scope|redirect|URI|callback|localhost|ASCII|FAPI|all|auth/par)\b`)

func TestChinesePagesSpeakNoEnglish(t *testing.T) {
	code := regexp.MustCompile(`(?s)<pre class="code">.*?</pre>|<code[^>]*>.*?</code>|<a href="http://localhost.*?</a>|<title>.*?</title>`)
	latin := regexp.MustCompile(`[A-Za-z]{2,}`)
	eachPage(t, "", func(t *testing.T, l Lang, page string, _ []element, _ string) {
		if l != Chinese {
			return
		}
		all, words, err := elements(code.ReplaceAllString(page, ""))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			words += "\n" + e.attrs["aria-label"] + "\n" + e.attrs["data-busy"] + "\n" + e.attrs["data-show"] + "\n" + e.attrs["data-hide"]
		}
		if left := latin.FindAllString(allowed.ReplaceAllString(words, ""), -1); left != nil {
			t.Errorf("English is left: %v", left)
		}
	})
}

func TestSignInPageIsSmall(t *testing.T) {
	css, err := os.ReadFile("static/lingpai.css")
	if err != nil {
		t.Fatal(err)
	}
	page := draw(t, newUI(t), gallery()[0], Frame{}, "")
	if total := len(page) + len(css); total >= 30_000 {
		t.Errorf("%d bytes of HTML and %d of CSS", len(page), len(css))
	} else {
		t.Logf("%d bytes of HTML and %d of CSS", len(page), len(css))
	}
}

// TestStyleSheetAndPagesKnowTheSameClasses keeps rules that nothing uses, and classes that nothing styles, out.
func TestStyleSheetAndPagesKnowTheSameClasses(t *testing.T) {
	css, err := os.ReadFile("static/lingpai.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range []string{"inspect", "dev", "admin"} {
		part, err := os.ReadFile("static/" + more + ".css")
		if err != nil {
			t.Fatal(err)
		}
		css = append(css, part...)
	}
	styled := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.([a-z][a-z-]*)`).FindAllStringSubmatch(string(css), -1) {
		styled[m[1]] = true
	}
	used := map[string]bool{ // made by modules
		"reveal": true, "claims": true, "timeline": true, "now": true, "tick": true, "over": true, "of-signature": true, "list": true, "lead": true,
		"scene": true, "leg": true, "back": true, "new": true, "own": true, "b-l": true, "done": true, "ask": true, "press": true, "halves": true, "changed": true, "act": true, "acts": true, // by those of the dev pages
	}
	u := newUI(t)
	for _, d := range gallery() {
		all, _, err := elements(draw(t, u, d, Frame{}, ""))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			for class := range strings.FieldsSeq(e.attrs["class"]) {
				used[class] = true
			}
		}
	}
	unstyled := map[string]bool{"clock": true, "ended": true, "none": true, "altered": true, "present": true, "refresh": true}
	for class := range used {
		if !styled[class] && !unstyled[class] {
			t.Errorf("class %s has no rule", class)
		}
	}
	for class := range styled {
		if !used[class] {
			t.Errorf("rule for .%s, which no page uses", class)
		}
	}
}
