package fake

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
)

var (
	values    = []param{{name: "values", is: rest}}
	templates = []param{{name: "template", otherwise: "{first_name} lives in {city}"}}
	marks     = []param{{name: "pattern", otherwise: "###-???"}}
	regularly = []param{{name: "expression", otherwise: `[A-Z]{3}-\d{4}`}}
)

var patterns = []kind{
	{name: "pick", also: "random_string one_of array_element helpers_array_element random_element", params: values, make: pick},
	{name: "shuffle", also: "shuffle_strings", params: values, make: shuffle},
	{name: "pattern", also: "bothify numerify lexify replace_symbols", params: marks, make: marked},
	{name: "regex", also: "regexp from_reg_exp", params: regularly, make: expression},
	{name: "generate", also: "template fake mustache", params: templates, make: func(c *call, a args) any { return c.fill(a[0].text) }},
}

func pick(c *call, a args) any {
	if len(a) == 0 {
		c.refuse(errors.New(`fake "pick" takes the values to choose from, as fake "pick" "red" "green"`))
		return ""
	}
	return a[c.between(0, len(a)-1)].text
}

func shuffle(c *call, a args) any {
	texts := make([]string, len(a))
	for i := range a {
		texts[i] = a[i].text
	}
	c.random.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	return strings.Join(texts, ", ")
}

// marked puts a digit in the place of each #, and a letter in the place of each ?.
func marked(c *call, a args) any {
	text := []rune(a[0].text)
	for i, r := range text {
		switch r {
		case '#':
			text[i] = rune(c.of(digits, 1)[0])
		case '?':
			text[i] = rune(c.of(letters, 1)[0])
		}
	}
	return string(text)
}

// A regular expression without bounds is given some, and one that may be enormous ends.
const (
	mostRepeats = 8
	mostRunes   = 10_000
)

// expression is a text that matches a regular expression of RE2. What it looks for around itself (^, $, \b) is taken for granted.
func expression(c *call, a args) any {
	tree, err := syntax.Parse(a[0].text, syntax.Perl)
	if err != nil {
		c.refuse(fmt.Errorf("the regular expression %q cannot be read: %w", a[0].text, err))
		return ""
	}
	var b strings.Builder
	c.match(&b, tree)
	return b.String()
}

func (c *call) match(b *strings.Builder, tree *syntax.Regexp) {
	if b.Len() > mostRunes {
		return
	}
	switch tree.Op {
	case syntax.OpLiteral:
		b.WriteString(string(tree.Rune))
	case syntax.OpCharClass:
		c.matchClass(b, tree)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteString(c.of(letters+capitals+digits+" -_.", 1))
	case syntax.OpAlternate:
		c.match(b, tree.Sub[c.between(0, len(tree.Sub)-1)])
	case syntax.OpStar:
		c.repeat(b, tree.Sub[0], 0, -1)
	case syntax.OpPlus:
		c.repeat(b, tree.Sub[0], 1, -1)
	case syntax.OpQuest:
		c.repeat(b, tree.Sub[0], 0, 1)
	case syntax.OpRepeat:
		c.repeat(b, tree.Sub[0], tree.Min, tree.Max)
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range tree.Sub {
			c.match(b, sub)
		}
	case syntax.OpNoMatch:
		c.refuse(errNoMatch(tree))
	}
}

func errNoMatch(tree *syntax.Regexp) error {
	return fmt.Errorf("nothing matches %s in the regular expression", tree)
}

func (c *call) matchClass(b *strings.Builder, tree *syntax.Regexp) {
	if len(tree.Rune) == 0 {
		c.refuse(errNoMatch(tree))
		return
	}
	b.WriteRune(c.oneOf(tree.Rune))
}

func (c *call) repeat(b *strings.Builder, tree *syntax.Regexp, least, most int) {
	if most < 0 {
		most = least + mostRepeats
	}
	for range c.between(least, most) {
		c.match(b, tree)
	}
}

// oneOf is a character of ranges, of those of ASCII that can be printed if there are any.
func (c *call) oneOf(ranges []rune) rune {
	if seen := within(ranges, ' ', '~'); len(seen) > 0 {
		ranges = seen
	}
	all := 0
	for i := 0; i < len(ranges); i += 2 {
		all += int(ranges[i+1]-ranges[i]) + 1
	}
	n := rune(c.between(0, all-1))
	for i := 0; i < len(ranges); i += 2 {
		size := ranges[i+1] - ranges[i] + 1
		if n < size {
			return ranges[i] + n
		}
		n -= size
	}
	return unicode.ReplacementChar
}

// within is what ranges and first to last have in common.
func within(ranges []rune, first, last rune) (both []rune) {
	for i := 0; i < len(ranges); i += 2 {
		if from, to := max(ranges[i], first), min(ranges[i+1], last); from <= to {
			both = append(both, from, to)
		}
	}
	return both
}
