package mock

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/brianvoe/gofakeit/v7"
)

// Faker invents data: the same data in the same order for the same seed. It is safe for concurrent use, but then the order is not fixed.
type Faker struct {
	mu     sync.Mutex // guards source
	source *gofakeit.Faker
	locale map[string]func(f *gofakeit.Faker) string
}

// NewFaker makes a Faker. Seed 0 takes another one each time. The locale is "en", or "zh-CN" for names, places, phones and sentences in
// Chinese; what it does not have is English.
func NewFaker(seed uint64, locale string) (*Faker, error) {
	f := &Faker{source: gofakeit.New(seed)}
	switch locale {
	case "", "en", "en-US":
	case "zh", "zh-CN", "zh-Hans":
		f.locale = chinese
	default:
		return nil, fmt.Errorf("there is no fake data in %q; the locales are en and zh-CN", locale)
	}
	return f, nil
}

// Make invents one value, such as "name", "email" or "number" with "1" and "10". Case and underscores in kind do not matter.
func (f *Faker) Make(kind string, args ...string) (any, error) {
	name := strings.ToLower(strings.ReplaceAll(kind, "_", ""))
	f.mu.Lock()
	defer f.mu.Unlock()
	if own, ok := f.locale[name]; ok {
		return own(f.source), nil
	}
	info := gofakeit.GetFuncLookup(name)
	if info == nil {
		return nil, fmt.Errorf("there is no fake %q%s", kind, similar(name))
	}
	params := gofakeit.NewMapParams()
	for i, arg := range args {
		if i >= len(info.Params) {
			return nil, fmt.Errorf("fake %q takes %d values, not %d", kind, len(info.Params), len(args))
		}
		params.Add(info.Params[i].Field, arg)
	}
	v, err := info.Generate(f.source, params, info)
	if err != nil {
		return nil, fmt.Errorf("fake %q: %w", kind, err)
	}
	return v, nil
}

// Number invents a number from least to most.
func (f *Faker) Number(least, most int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.source.IntRange(least, max(least, most))
}

// similar names kinds that hold the one that there is not.
func similar(name string) string {
	var near []string
	for known := range gofakeit.FuncLookups {
		if strings.Contains(known, name) || len(known) > 3 && strings.Contains(name, known) {
			near = append(near, known)
		}
	}
	if len(near) == 0 {
		return ""
	}
	sort.Strings(near)
	return "; there is " + strings.Join(near[:min(5, len(near))], ", ")
}
