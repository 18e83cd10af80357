package fake

import (
	"fmt"
	"strings"
)

// maxDepth ends templates that name themselves, and maxText those that grow without end.
const (
	maxDepth = 8
	maxText  = 64 << 10
)

// call is one value that is being invented. The mutex of its Faker is held.
type call struct {
	*Faker
	in    language // of this value; hides that of the Faker
	depth int
	err   error // the first refusal
}

// make invents a value of a kind. After a refusal, which is kept in c.err, it does nothing.
func (c *call) make(name string, texts ...string) any {
	if c.err != nil {
		return ""
	}
	k, in, err := c.find(name, c.in)
	if err != nil {
		c.refuse(err)
		return ""
	}
	given, err := k.read(texts, c.now)
	if err != nil {
		c.refuse(fmt.Errorf("fake %q: %w", name, err))
		return ""
	}
	defer func(was language) { c.in = was }(c.in)
	c.in = in
	switch {
	case k.make != nil:
		return k.make(c, given)
	case k.field > 0:
		return c.fields(k.words)[k.field-1]
	}
	return c.from(k.words)
}

func (c *call) refuse(err error) {
	if c.err == nil {
		c.err = err
	}
}

// text invents a value as a text.
func (c *call) text(name string, texts ...string) string {
	return fmt.Sprint(c.make(name, texts...))
}

// pick is an item of a list as it stands there.
func (c *call) pick(l *list) string {
	items := l.items(c.in)
	return items[c.between(0, len(items)-1)]
}

// from is an item of a list whose braces are filled.
func (c *call) from(l *list) string { return article(c.fill(c.pick(l))) }

// fields are the parts of an item that are divided by colons.
func (c *call) fields(l *list) []string { return strings.Split(c.pick(l), ":") }

// fill puts data in the place of each {kind}, {kind argument argument}.
func (c *call) fill(template string) string {
	if c.depth++; c.depth > maxDepth {
		c.refuse(fmt.Errorf("a template names itself, or others more than %d deep", maxDepth))
		return ""
	}
	defer func() { c.depth-- }()
	var b strings.Builder
	for c.err == nil && b.Len() < maxText {
		before, rest, ok := strings.Cut(template, "{")
		b.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !ok {
			return b.String()
		}
		words := strings.Fields(name)
		if !closed || len(words) == 0 {
			c.refuse(fmt.Errorf("the template %q has a brace that holds no kind", template))
			return ""
		}
		b.WriteString(c.inserted(words[0], words[1:]...))
		template = after
	}
	return b.String()
}

// inserted is a value in a template. A kind with a capital gives a text that begins with one.
func (c *call) inserted(name string, texts ...string) string {
	text := c.text(name, texts...)
	if first := name[0]; 'A' <= first && first <= 'Z' {
		return capitalise(text)
	}
	return text
}

// article mends "a" before a vowel. Our lists hold no words that are spoken otherwise than they are written.
func article(text string) string {
	if !strings.Contains(text, "a ") && !strings.Contains(text, "A ") {
		return text
	}
	words := strings.Split(text, " ")
	for i, word := range words[:len(words)-1] {
		next := words[i+1]
		if (word == "a" || word == "A" || word == "“A") && next != "" && strings.ContainsAny(next[:1], "aeiouAEIOU") {
			words[i] += "n"
		}
	}
	return strings.Join(words, " ")
}

// join puts n values of a list together.
func (c *call) join(l *list, n int, between string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = c.from(l)
	}
	return strings.Join(parts, between)
}

// of is n characters of an alphabet of ASCII.
func (c *call) of(alphabet string, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = alphabet[c.between(0, len(alphabet)-1)]
	}
	return string(text)
}

// chance is true in so many of a hundred cases.
func (c *call) chance(percent float64) bool { return c.random.Float64()*100 < percent }
