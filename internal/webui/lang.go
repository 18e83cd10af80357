package webui

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// Lang is a language of the pages, as a BCP 47 tag. The zero value speaks English.
type Lang string

// The languages there are.
const (
	English Lang = "en"
	Chinese Lang = "zh-Hans"
)

// Languages lists the languages in the order of the switch.
func Languages() []Lang { return []Lang{English, Chinese} }

// Name is what the language calls itself.
func (l Lang) Name() string {
	if l == Chinese {
		return "简体中文"
	}
	return "English"
}

// ParseLang reads a tag such as the switch sends (`?lang=zh-Hans`) or a cookie holds. Any Chinese counts as [Chinese], any English as [English].
func ParseLang(tag string) (Lang, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	switch primary {
	case "en":
		return English, true
	case "zh":
		return Chinese, true
	}
	return English, false
}

// Negotiate chooses the language: what the person chose before (cookie), else the best of Accept-Language (RFC 9110, section 12.5.4), else
// English. Entries that cannot be read are passed over.
func Negotiate(acceptLanguage, cookie string) Lang {
	if l, ok := ParseLang(cookie); ok {
		return l
	}
	best, weight := English, 0.0
	for entry := range strings.SplitSeq(acceptLanguage, ",") {
		tag, params, _ := strings.Cut(entry, ";")
		l, ok := ParseLang(tag)
		if q := quality(params); ok && q > weight {
			best, weight = l, q
		}
	}
	return best
}

// Wishing returns the frame in the first language there is of those that an app asks for (`ui_locales` of OpenID Connect Core, section
// 3.1.2.1), unless the person has chosen one.
func (f Frame) Wishing(uiLocales string) Frame {
	if f.Chosen {
		return f
	}
	for tag := range strings.FieldsSeq(uiLocales) {
		if l, ok := ParseLang(tag); ok {
			f.Lang = l
			break
		}
	}
	return f
}

// quality reads `q=0.8`; no parameter means 1, and one that cannot be read means 0.
func quality(params string) float64 {
	value, ok := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || q > 1 {
		return 0
	}
	return q
}

//go:embed catalogue/*.json
var catalogueFiles embed.FS

// catalogues holds the words of each language by key. A text may hold placeholders ({0}, {1}), `**bold**`, code in back quotes, and two
// forms parted by "|": for one, and for any other number. They are read when the first page is drawn: most runs of the program draw none.
var catalogues = sync.OnceValue(func() map[Lang]map[string]string {
	all := make(map[Lang]map[string]string)
	for _, l := range Languages() {
		raw, err := catalogueFiles.ReadFile("catalogue/" + string(l) + ".json")
		if err != nil {
			panic(err) // the file is part of the binary
		}
		words := make(map[string]string)
		if err := json.Unmarshal(raw, &words); err != nil {
			panic(fmt.Sprintf("catalogue of %s: %v", l, err))
		}
		all[l] = words
	}
	return all
})

// pattern finds the text of a key, in the form for the first number among args.
func (l Lang) pattern(key string, args []any) (string, bool) {
	if l == "" {
		l = English
	}
	text, ok := catalogues()[l][key]
	one, many, forms := strings.Cut(text, "|")
	if !forms {
		return text, ok
	}
	for _, a := range args {
		if n, isInt := a.(int); isInt {
			if n == 1 {
				return one, ok
			}
			break
		}
	}
	return many, ok
}

// text is the plain text of a key, placeholders filled. A key that is missing shows as itself; the tests see that none is.
func (l Lang) text(key string, args ...any) string {
	pattern, ok := l.pattern(key, args)
	if !ok {
		return key
	}
	return fill(pattern, args, l.spoken)
}

// fill puts the words for args where the placeholders are. It goes over the pattern once, so an argument that looks like a placeholder
// stays as it is.
func fill(pattern string, args []any, word func(any) string) string {
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", word(a))
	}
	return strings.NewReplacer(pairs...).Replace(pattern)
}

// spoken says an argument in words: durations as "42 seconds", sentences in the language, the rest as it prints.
func (l Lang) spoken(a any) string {
	switch a := a.(type) {
	case time.Duration:
		return l.Span(a)
	case DevReasons:
		return l.devReasons(a)
	}
	return fmt.Sprint(a)
}

// Span says a duration in its largest whole unit: "42 seconds", "42 秒".
func (l Lang) Span(d time.Duration) string {
	n, unit := fault.SpanParts(d)
	return l.text("span."+unit, n)
}

// join puts sentences one after the other, as the language spaces them. Empty ones are left out.
func (l Lang) join(sentences ...string) string {
	space := " "
	if l == Chinese {
		space = ""
	}
	said := slices.DeleteFunc(sentences, func(s string) bool { return s == "" })
	return strings.Join(said, space)
}

// cutSentence parts the first sentence, with its full stop, from the rest.
func cutSentence(s string) (first, rest string) {
	for _, stop := range []string{". ", "。"} {
		if first, rest, ok := strings.Cut(s, stop); ok {
			return first + strings.TrimSpace(stop), rest
		}
	}
	return s, ""
}
