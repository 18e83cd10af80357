package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// width is the number of columns that a terminal gives to text: two for the characters of East Asia and pictures, none for marks that
// combine with what is before them and for the escape sequences of colour.
func width(text string) (columns int) {
	inEscape := false
	for _, r := range text {
		switch {
		case inEscape:
			inEscape = r != 'm'
		case r == '\x1b':
			inEscape = true
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case unicode.Is(wide, r):
			columns += 2
		default:
			columns++
		}
	}
	return columns
}

// wide are the ranges of Unicode Standard Annex 11 that matter in names: Wide and Fullwidth, without the single symbols among narrow ones.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{{0x1f300, 0x1f64f, 1}, {0x1f900, 0x1f9ff, 1}, {0x20000, 0x3fffd, 1}},
}

// printable makes text of others harmless on a terminal: control characters and those that turn the direction of writing could
// rewrite what stands before them.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		const joiner = '\u200d' // holds pictures of several parts together
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != joiner {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// escaped makes JSON harmless on a terminal and leaves its meaning: such characters stand in its strings only, where \u means the same.
func escaped(document string) string {
	var out strings.Builder
	for _, r := range document {
		switch {
		case r == '\n' || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r):
			out.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// wrap breaks text between words into lines of so many columns. A word that is longer has a line of its own. Nothing is broken where there
// are no columns.
func wrap(text string, columns int) (lines []string) {
	if columns <= 0 {
		return []string{text}
	}
	line, used := "", 0
	for word := range strings.SplitSeq(text, " ") {
		n := width(word)
		if line != "" && used+1+n > columns {
			lines = append(lines, line)
			line, used = "", 0
		}
		if line != "" {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	return append(lines, line)
}

// shorten cuts text to so many columns.
func shorten(text string, columns int) string {
	if width(text) <= columns {
		return text
	}
	taken := 0
	for i, r := range text {
		if taken += width(string(r)); taken > columns-1 {
			return text[:i] + "…"
		}
	}
	return text
}
