package webui

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"
)

// Letter is one message to a person: what it tells, and to whom.
type Letter struct {
	Lang Lang
	// Kind is what it tells: one of those of package mailbox.
	Kind string
	// App is what the person signs in to, and Host where.
	App, Host string
	// Username and Name are whom it is for.
	Username, Name string
	// Link is what to open, for GoodFor; "" for nothing.
	Link    string
	GoodFor time.Duration
	// At, Agent and Address say when and from where it was done; At is zero where that does not matter.
	At             time.Time
	Agent, Address string
	// Email is the address that the letter is about, or "".
	Email string
}

// WrittenLetter is a letter in words.
type WrittenLetter struct{ Subject, Text, HTML string }

// letterTemplate is read when the first letter is written.
var letterTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.New("letter.html").Option("missingkey=error").ParseFS(templateFiles, "templates/letter.html")
})

// letterView is what the template of letters sees.
type letterView struct {
	Lang                         Lang
	Subject, Link, Button, About string
	Greeting, Lead, Advice       template.HTML
	Facts                        [][2]string
}

// Write words a letter, as text and as HTML that says the same.
func (l Letter) Write() (WrittenLetter, error) {
	v := view{Frame: Frame{Lang: l.Lang}}
	key := "letter." + l.Kind
	greeting, name := l.greeting()
	if l.Kind == "email_changed" && l.Email == "" {
		key += ".removed"
	}
	out := letterView{
		Lang: cmp.Or(l.Lang, English), Subject: l.Lang.text("letter."+l.Kind+".subject", l.App), Link: l.Link,
		Greeting: v.rich(greeting, name),
		Lead:     v.rich(key+".lead", l.Username, l.App, l.GoodFor, l.Email),
		Advice:   v.rich("letter."+l.Kind+".advice", l.App, l.Link),
		About:    l.Lang.text("letter.about", l.App, l.Host),
		Facts:    l.facts(),
	}
	if l.Link != "" {
		out.Button = l.Lang.text("letter." + l.Kind + ".button")
	}
	t, err := letterTemplate()
	if err != nil {
		return WrittenLetter{}, fmt.Errorf("parse template of letters: %w", err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "letter", out); err != nil {
		return WrittenLetter{}, fmt.Errorf("write letter %s: %w", l.Kind, err)
	}
	return WrittenLetter{out.Subject, l.plain(key, out), b.String()}, nil
}

// plain is the letter as text.
func (l Letter) plain(key string, v letterView) string {
	say := func(key string, args ...any) string {
		return strings.NewReplacer("**", "", "`", "").Replace(l.Lang.text(key, args...))
	}
	greeting, name := l.greeting()
	parts := []string{say(greeting, name), say(key+".lead", l.Username, l.App, l.GoodFor, l.Email)}
	if l.Link != "" {
		parts = append(parts, l.Link)
	}
	facts := make([]string, 0, len(v.Facts))
	for _, f := range v.Facts {
		facts = append(facts, l.Lang.text("letter.fact", f[0], f[1]))
	}
	if len(facts) > 0 {
		parts = append(parts, strings.Join(facts, "\n"))
	}
	parts = append(parts, say("letter."+l.Kind+".advice", l.App, l.Link), "-- \n"+v.About)
	return strings.Join(parts, "\n\n") + "\n"
}

// facts say when something was done, and from where.
func (l Letter) facts() (all [][2]string) {
	if l.At.IsZero() {
		return nil
	}
	add := func(key, value string) {
		if value != "" {
			all = append(all, [2]string{l.Lang.text(key), value})
		}
	}
	add("letter.when", l.At.UTC().Format(l.Lang.text("letter.time")))
	if l.Agent != "" {
		add("letter.device", l.Lang.Device(l.Agent))
	}
	add("letter.from", l.Address)
	return all
}

// greeting is the key of the first line, and the name for it. Who has no account yet has none.
func (l Letter) greeting() (key, name string) {
	if name = cmp.Or(l.Name, l.Username); name == "" {
		return "letter.greeting.nobody", ""
	}
	return "letter.greeting", name
}
