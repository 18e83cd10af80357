package fake

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/spelling"
)

// similar names kinds that hold the one that there is not, are held by it, or differ in a slip of the finger.
func similar(name string) string {
	best := map[string]int{} // by kind: how far its nearest name is
	for other, k := range index.byName {
		held := strings.Contains(other, name) || len(other) > 3 && strings.Contains(name, other)
		far := spelling.Distance(name, other)
		if name == "" || !held && far > min(2, len(name)/2) {
			continue
		}
		if was, ok := best[k.name]; !ok || far < was {
			best[k.name] = far
		}
	}
	if len(best) == 0 {
		return "; docs/fake-data.md lists what there is"
	}
	near := slices.SortedFunc(maps.Keys(best), func(a, b string) int { return cmp.Or(cmp.Compare(best[a], best[b]), cmp.Compare(a, b)) })
	return "; there is " + strings.Join(near[:min(5, len(near))], ", ")
}
