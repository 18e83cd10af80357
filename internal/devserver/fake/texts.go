package fake

import (
	"strings"
	"unicode/utf8"
)

var (
	wordCount      = []param{{name: "words", is: whole, otherwise: "5", least: 1, most: 1000}}
	sentenceLength = []param{{name: "words", is: whole, otherwise: "0", most: 1000}}
	sentenceCount  = []param{{name: "sentences", is: whole, otherwise: "4", least: 1, most: 200}}
	paragraphCount = []param{{name: "paragraphs", is: whole, otherwise: "3", least: 1, most: 100}}
	loremLength    = []param{{name: "words", is: whole, otherwise: "8", least: 1, most: 1000}}
)

var texts = []kind{
	{name: "word", words: &words},
	{name: "words", params: wordCount, make: func(c *call, a args) any { return c.join(&words, a[0].i, c.gap()) }},
	{name: "noun", words: &nouns},
	{name: "verb", words: &verbs},
	{name: "adjective", words: &adjectives},
	{name: "adverb", words: &adverbs},
	{name: "preposition", words: &prepositions},
	{name: "conjunction", also: "connective", words: &conjunctions},
	{name: "interjection", words: &interjections},
	{name: "subject", words: &subjects},
	{name: "transitive", also: "predicate", words: &transitives},
	{name: "place_phrase", words: &placePhrases},
	{name: "phrase", words: &phrases},
	{name: "sentence", params: sentenceLength, make: sentence},
	{name: "sentences", params: sentenceCount, make: paragraph},
	{name: "paragraph", params: sentenceCount, make: paragraph},
	{name: "paragraphs", also: "article", params: paragraphCount, make: paragraphs},
	{name: "question", words: &questions},
	{name: "quote", also: "saying", words: &quotes},
	{name: "title", also: "headline post_title", words: &titles},
	{name: "markdown", make: markdown},
	{name: "html", make: html},
	{name: "lorem_word", also: "lorem_ipsum_word", words: &latin},
	{name: "lorem", also: "lorem_ipsum lorem_sentence lorem_ipsum_sentence", params: loremLength, make: lorem},
	{name: "lorem_paragraph", also: "lorem_ipsum_paragraph", params: sentenceCount, make: loremParagraph},
	{name: "cname", words: &list{en: "{zh.name}"}},
	{name: "cfirst", words: &list{en: "{zh.last_name}"}},
	{name: "clast", words: &list{en: "{zh.first_name}"}},
	{name: "cword", words: &list{en: "{zh.word}"}},
	{name: "csentence", words: &list{en: "{zh.sentence}"}},
	{name: "cparagraph", words: &list{en: "{zh.paragraph}"}},
	{name: "ctitle", words: &list{en: "{zh.title}"}},
}

// gap is what stands between words.
func (c *call) gap() string {
	if c.in == chinese {
		return ""
	}
	return " "
}

// sentence makes sense as far as its grammar goes. One of so many words is words only.
func sentence(c *call, a args) any {
	if a[0].i == 0 {
		return c.from(&sentences)
	}
	return capitalise(c.join(&words, a[0].i, c.gap())) + c.stop()
}

func (c *call) stop() string {
	if c.in == chinese {
		return "。"
	}
	return "."
}

// capitalise is a text that begins with a capital.
func capitalise(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:size]) + text[size:]
}

func paragraph(c *call, a args) any {
	parts := make([]string, a[0].i)
	for i := range parts {
		parts[i] = c.text("sentence")
	}
	return strings.Join(parts, c.gap())
}

func paragraphs(c *call, a args) any {
	parts := make([]string, a[0].i)
	for i := range parts {
		parts[i] = c.text("paragraph")
	}
	return strings.Join(parts, "\n\n")
}

func markdown(c *call, _ args) any {
	return "# " + c.text("title") + "\n\n" + c.text("paragraph") + "\n\n" +
		"- " + c.text("phrase") + "\n- " + c.text("phrase") + "\n- **" + c.text("phrase") + "**\n\n" +
		"> " + c.text("quote") + "\n\n[" + c.text("word") + "](" + c.text("url") + ")\n"
}

func html(c *call, _ args) any {
	return "<h2>" + c.text("title") + "</h2><p>" + c.text("paragraph") + "</p><ul><li>" + c.text("phrase") + "</li><li>" + c.text("phrase") + "</li></ul>"
}

func lorem(c *call, a args) any {
	return capitalise(c.join(&latin, a[0].i, " ")) + "."
}

func loremParagraph(c *call, a args) any {
	parts := make([]string, a[0].i)
	for i := range parts {
		parts[i] = c.text("lorem", itoa(c.between(5, 12)))
	}
	return strings.Join(parts, " ")
}
