package fake

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// similar names kinds that hold the one that there is not, are held by it, or differ in a slip of the finger.
func similar(name string) string {
	best := map[string]int{} // by kind: how far its nearest name is
	for other, k := range index.byName {
		held := strings.Contains(other, name) || len(other) > 3 && strings.Contains(name, other)
		far := distance(name, other)
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

// distance is how many letters have to be changed, added or left out to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
