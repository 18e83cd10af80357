// Package fake invents data for mocks: people, places, goods, times, texts and numbers, in English and Chinese.
//
// A kind of data is a row of a table: its names, its arguments, and either a list to choose from or a function. Items of lists name other kinds in
// braces, as "{first_name} {last_name}". The tables stand in people.go, places.go and so on, their lists beside them in people_words.go.
//
// Every command of the program carries this package and few use it. So nothing here is computed when the program starts: tables are data that the
// compiler lays out, lists are single texts that are split when they are first used.
//
// Nobody is harmed by what is invented: names of hosts are those of RFC 2606, addresses those of RFC 5737 and RFC 3849, phone numbers and the numbers
// of cards, accounts and people come from ranges that nobody is given, with check digits that are right.
package fake

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// language is one of those that data is in.
type language int

const (
	english language = iota
	chinese
)

// Faker invents data: the same data in the same order for the same seed and time. It is safe for concurrent use, but then the order is not fixed.
type Faker struct {
	mu      sync.Mutex // guards what follows
	random  *rand.Rand
	counted map[string]int // where each sequence is

	in   language
	now  func() time.Time
	find func(name string, in language) (*kind, language, error) // a field, because the table of kinds cannot refer to itself
}

// New makes a Faker. Seed 0 takes another one each time. The locale is "en" or "zh-CN"; what does not differ from language to language is the same in
// both. Now is what dates in the past and the future are counted from.
func New(seed uint64, locale string, now func() time.Time) (*Faker, error) {
	f := &Faker{now: now, find: find, counted: map[string]int{}}
	switch locale {
	case "", "en", "en-US":
	case "zh", "zh-CN", "zh-Hans":
		f.in = chinese
	default:
		return nil, fmt.Errorf("there is no fake data in %q; the locales are en and zh-CN", locale)
	}
	if seed == 0 {
		seed = rand.Uint64() //nolint:gosec // as below
	}
	f.random = rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // invented data hides nothing, and has to repeat
	return f, nil
}

// Make invents one value, such as "name", "email" or "number" with "1" and "10". It is a string, an int, a float64 or a bool.
//
// Case, underscores and hyphens in a name do not matter. What stands before its last dot may be a language, as "zh.name", or the group that faker.js has
// it in, as "person.firstName".
func (f *Faker) Make(name string, args ...string) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := &call{Faker: f, in: f.in}
	v := c.make(name, args...)
	if c.err != nil {
		return nil, c.err
	}
	return v, nil
}

// Number invents a number from least to most.
func (f *Faker) Number(least, most int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.between(least, most)
}

// between is a number from least to most. The caller holds f.mu.
func (f *Faker) between(least, most int) int {
	if most <= least {
		return least
	}
	return least + int(f.random.Uint64N(uint64(most)-uint64(least)+1))
}
