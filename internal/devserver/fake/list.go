package fake

import (
	"strings"
	"sync"
)

// list is what one can choose from: items in both languages, or in one when it is the same for both. Items end at a comma or at the end of a line; those
// of a list of sentences end at the end of a line only.
type list struct {
	en, zh    string
	sentences bool

	once  [2]sync.Once // guards split
	split [2][]string
}

// items splits the text when it is first asked for. It is safe for concurrent use.
func (l *list) items(in language) []string {
	text := l.en
	if in == chinese && l.zh != "" {
		text = l.zh
	} else {
		in = english
	}
	l.once[in].Do(func() {
		for item := range strings.FieldsFuncSeq(text, l.ends) {
			if item = strings.TrimSpace(item); item != "" {
				l.split[in] = append(l.split[in], item)
			}
		}
	})
	return l.split[in]
}

func (l *list) ends(r rune) bool { return r == '\n' || r == ',' && !l.sentences }
