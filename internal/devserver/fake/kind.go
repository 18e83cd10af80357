package fake

import (
	"fmt"
	"strings"
	"sync"
)

// kind is a row of the table. It has a list or a function.
type kind struct {
	name   string
	also   string // other names, divided by spaces: of gofakeit, faker.js, Mock.js
	params []param
	words  *list
	field  int                       // of the words, counted from 1: the part that is taken, where colons divide them; 0 is all
	make   func(c *call, a args) any // runs while the mutex of the Faker is held
}

// group is a part of the table, as the documentation shows it.
type group struct {
	title string
	kinds []kind
}

var groups = []group{
	{"People", people},
	{"Places", places},
	{"Companies", companies},
	{"Shops", shops},
	{"Internet", internet},
	{"Colours and pictures", pictures},
	{"Time", times},
	{"Text", texts},
	{"Numbers", numbers},
	{"Money", money},
	{"Files and programs", programs},
	{"Things", things},
	{"Choice and patterns", patterns},
}

// index is the table by name. It is made when it is first needed.
var index struct {
	once   sync.Once
	byName map[string]*kind
}

// known is the kind of a name in its plain form.
func known(name string) (*kind, bool) {
	index.once.Do(func() {
		index.byName = map[string]*kind{}
		for i := range groups {
			for j := range groups[i].kinds {
				k := &groups[i].kinds[j]
				for _, name := range append(strings.Fields(k.also), k.name) {
					index.byName[plain(name)] = k
				}
			}
		}
	})
	k, ok := index.byName[name]
	return k, ok
}

// plain is a name without what does not matter in it.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
}

// find is the kind of a name, and the language that it is wanted in.
func find(name string, in language) (*kind, language, error) {
	rest := strings.ToLower(name)
	if after, ok := strings.CutPrefix(rest, "en."); ok {
		rest, in = after, english
	} else if after, ok := strings.CutPrefix(rest, "zh."); ok {
		rest, in = after, chinese
	}
	if k, ok := known(plain(rest)); ok {
		return k, in, nil
	}
	if k, ok := known(plain(rest[strings.LastIndexByte(rest, '.')+1:])); ok {
		return k, in, nil
	}
	return nil, in, fmt.Errorf("there is no fake %q%s", name, similar(plain(rest)))
}
