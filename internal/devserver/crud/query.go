package crud

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
)

// list applies the parameters of an address to a collection: filters, full text, sorting, pages, relations.
func (s *Store) list(w http.ResponseWriter, r *http.Request, name string, items []any) []any {
	q := r.URL.Query()
	items = slices.DeleteFunc(slices.Clone(items), func(it any) bool { return !matches(it, q) })
	order(items, q)
	total := len(items)
	w.Header().Set("X-Total-Count", strconv.Itoa(total))
	items = page(w, r, q, items)
	out := make([]any, len(items))
	for i, it := range items {
		out[i] = s.related(name, it, q)
	}
	return out
}

// operators end the name of a member that is filtered by.
var operators = map[string]func(have, want string) bool{
	"_gte":  func(have, want string) bool { return compare(have, want) >= 0 },
	"_lte":  func(have, want string) bool { return compare(have, want) <= 0 },
	"_gt":   func(have, want string) bool { return compare(have, want) > 0 },
	"_lt":   func(have, want string) bool { return compare(have, want) < 0 },
	"_ne":   func(have, want string) bool { return have != want },
	"_like": like,
}

func like(have, want string) bool {
	re, err := regexp.Compile("(?i)" + want)
	if err != nil {
		return strings.Contains(strings.ToLower(have), strings.ToLower(want))
	}
	return re.MatchString(have)
}

// compare compares as numbers where both are, and as text otherwise.
func compare(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	switch {
	case errX != nil || errY != nil:
		return strings.Compare(a, b)
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func matches(item any, q url.Values) bool {
	for name, wanted := range q {
		if name == "q" {
			if !contains(item, strings.ToLower(wanted[0])) {
				return false
			}
			continue
		}
		if strings.HasPrefix(name, "_") || name == "callback" {
			continue
		}
		if !matchesOne(item, name, wanted) {
			return false
		}
	}
	return true
}

// matchesOne holds one parameter against an item. Several values of an equality are alternatives; of "not", all must hold.
func matchesOne(item any, name string, wanted []string) bool {
	for end, holds := range operators {
		member, ok := strings.CutSuffix(name, end)
		if !ok {
			continue
		}
		v, found := ordered.Lookup(item, member)
		return (found || end == "_ne") && !slices.ContainsFunc(wanted, func(w string) bool { return !holds(ordered.Text(v), w) })
	}
	v, found := ordered.Lookup(item, name)
	if list, ok := v.([]any); ok {
		return slices.ContainsFunc(list, func(v any) bool { return slices.Contains(wanted, ordered.Text(v)) })
	}
	return found && slices.Contains(wanted, ordered.Text(v))
}

// contains looks for a text in all values of an item.
func contains(v any, text string) bool {
	switch v := v.(type) {
	case *ordered.Object:
		return slices.ContainsFunc(v.Names(), func(name string) bool { m, _ := v.Get(name); return contains(m, text) })
	case []any:
		return slices.ContainsFunc(v, func(v any) bool { return contains(v, text) })
	}
	return strings.Contains(strings.ToLower(ordered.Text(v)), text)
}

// order sorts by _sort (several names, with - before one for downwards) and _order.
func order(items []any, q url.Values) {
	if q.Get("_sort") == "" {
		return
	}
	names, ways := strings.Split(q.Get("_sort"), ","), strings.Split(q.Get("_order"), ",")
	sort.SliceStable(items, func(i, j int) bool {
		for k, name := range names {
			down := k < len(ways) && strings.EqualFold(ways[k], "desc")
			if bare, ok := strings.CutPrefix(name, "-"); ok {
				name, down = bare, true
			}
			a, _ := ordered.Lookup(items[i], name)
			b, _ := ordered.Lookup(items[j], name)
			if c := compare(ordered.Text(a), ordered.Text(b)); c != 0 {
				return c < 0 != down
			}
		}
		return false
	})
}

// page cuts by _page and _limit (_per_page), or by _start and _end or _limit.
func page(w http.ResponseWriter, r *http.Request, q url.Values, items []any) []any {
	limit := number(q.Get("_limit"), number(q.Get("_per_page"), -1))
	if text := q.Get("_page"); text != "" {
		limit = max(1, number(q.Get("_limit"), number(q.Get("_per_page"), 10)))
		at := max(1, number(text, 1))
		links(w, r, at, (len(items)+limit-1)/limit)
		return cut(items, (at-1)*limit, at*limit)
	}
	start := number(q.Get("_start"), 0)
	end := len(items)
	if limit >= 0 {
		end = start + limit
	}
	return cut(items, start, number(q.Get("_end"), end))
}

func number(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1<<30 {
		return otherwise
	}
	return n
}

func cut(items []any, start, end int) []any {
	start = min(max(0, start), len(items))
	return items[start:min(max(start, end), len(items))]
}

// links names the neighbouring pages (RFC 8288).
func links(w http.ResponseWriter, r *http.Request, at, last int) {
	var out []string
	add := func(rel string, n int) {
		u := *r.URL
		q := u.Query()
		q.Set("_page", strconv.Itoa(n))
		u.RawQuery = q.Encode()
		out = append(out, fmt.Sprintf("<http://%s%s>; rel=%q", r.Host, u.RequestURI(), rel))
	}
	add("first", 1)
	if at > 1 {
		add("prev", at-1)
	}
	if at < last {
		add("next", at+1)
	}
	add("last", max(1, last))
	w.Header().Set("Link", strings.Join(out, ", "))
}

// related adds what _embed (the children of an item) and _expand (its parent) ask for.
func (s *Store) related(name string, item any, q url.Values) any {
	o, ok := item.(*ordered.Object)
	if !ok || len(q["_embed"])+len(q["_expand"]) == 0 {
		return item
	}
	o = o.Clone()
	for _, child := range split(q["_embed"]) {
		if items, ok := s.collection(child); ok {
			o.Set(child, children(items, singular(name)+"Id", idOf(item)))
		} else {
			s.expand(o, child)
		}
	}
	for _, parent := range split(q["_expand"]) {
		s.expand(o, parent)
	}
	return o
}

func split(values []string) (out []string) {
	for _, v := range values {
		out = append(out, strings.Split(v, ",")...)
	}
	return out
}

func (s *Store) expand(o *ordered.Object, parent string) {
	id, ok := o.Get(parent + "Id")
	if !ok {
		return
	}
	if name, ok := s.plural(parent); ok {
		items, _ := s.collection(name)
		if i := find(items, ordered.Text(id)); i >= 0 {
			o.Set(parent, items[i])
		}
	}
}

// children are the items whose foreign key names a parent.
func children(items []any, key, id string) []any {
	out := []any{}
	for _, it := range items {
		if v, ok := ordered.Lookup(it, key); ok && ordered.Text(v) == id {
			out = append(out, it)
		}
	}
	return out
}
