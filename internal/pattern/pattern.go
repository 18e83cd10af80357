// Package pattern holds back regular expressions until they are used. One costs up to a millisecond to compile, most runs of the program
// use few of them, and what is compiled before main is paid for by every start.
package pattern

import (
	"regexp"
	"sync"
)

// Lazy is a regular expression that is compiled by the first call of what it returns, which is safe for concurrent use. An expression
// that is malformed panics then.
func Lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
