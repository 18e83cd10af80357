package password

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed common.txt
var commonText string

// common is the list of common passwords in the form that fold gives them.
var common = sync.OnceValue(func() map[string]bool {
	set := make(map[string]bool, 4096)
	for line := range strings.Lines(commonText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			set[fold(word)] = true
		}
	}
	return set
})

// lookalikes are signs that stand for letters. Some stand for i or l, so these three become one.
var lookalikes = strings.NewReplacer(
	"0", "o", "1", "i", "l", "i", "!", "i", "|", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t", "+", "t", "8", "b",
	" ", "", "-", "", "_", "", ".", "",
)

// fold brings a text to the form in which words are compared: lower case, no separators, no look-alike signs.
func fold(s string) string { return lookalikes.Replace(strings.ToLower(s)) }

// isCommon reports whether the password is a common one, or a common one repeated, with little around it: fewer than enough
// characters, not counting runs, of digits and signs.
func isCommon(password string) bool {
	password = unit(strings.ToLower(password))
	if common()[fold(password)] {
		return true
	}
	noLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	left, right := strings.TrimLeftFunc(password, noLetter), strings.TrimRightFunc(password, noLetter)
	for _, core := range []string{password, left, right, strings.TrimRightFunc(left, noLetter)} {
		before, after, _ := strings.Cut(password, core)
		word := fold(core)
		if core != "" && (common()[word] || common()[unit(word)]) && essence(before)+essence(after) < enough {
			return true
		}
	}
	return false
}

// unit is the shortest text that makes s when it is repeated twice or more; the last repetition may be cut off, as in "abcabcab".
// Without one it is s.
func unit(s string) string {
	for n := 1; 2*n <= len(s); n++ {
		if s[n:] == s[:len(s)-n] {
			return s[:n]
		}
	}
	return s
}

// sequences are texts that fingers and minds follow. Each holds backwards too.
var sequences = func() []string {
	forward := []string{
		"abcdefghijklmnopqrstuvwxyzabc", "01234567890123", "2468024680", "1357913579",
		"qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "wxcvbn", "!@#$%^&*()_+",
		"qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "йцукенгшщзхъ", "фывапролджэ",
		"一二三四五六七八九十",
	}
	both := forward
	for _, s := range forward {
		both = append(both, backwards(s))
	}
	return both
}()

func backwards(s string) string {
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		b.WriteRune(r)
		s = s[:len(s)-size]
	}
	return b.String()
}

// isPattern reports whether a password has too few distinct characters, or repeats too short a text.
func isPattern(password string) bool {
	password = strings.ToLower(password)
	n := essence(password)
	return n < min(distinct, utf8.RuneCountInString(password)) || n < enough && unit(password) != password
}

// essence is the length in characters when every run of a sequence or of one character, of three or more, counts as one,
// and a text that repeats a shorter one counts as that one.
func essence(s string) int {
	rest := []rune(unit(strings.ToLower(s)))
	n := 0
	for len(rest) > 0 {
		rest = rest[run(rest):]
		n++
	}
	return n
}

// run is the length of the run at the beginning of s, or 1.
func run(s []rune) int {
	same := 1
	for same < len(s) && s[same] == s[0] {
		same++
	}
	if same >= 3 {
		return same
	}
	longest := 1
	for n := 3; n <= len(s) && inSequence(string(s[:n])); n++ {
		longest = n
	}
	return longest
}

func inSequence(s string) bool {
	for _, sequence := range sequences {
		if strings.Contains(sequence, s) {
			return true
		}
	}
	return false
}
