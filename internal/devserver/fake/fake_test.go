package fake

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEveryKindInventsSomethingInBothLanguages(t *testing.T) {
	kinds := 0
	for _, g := range groups {
		for i := range g.kinds {
			k := &g.kinds[i]
			kinds++
			for _, locale := range locales {
				f := faker(t, 7, locale)
				for range 60 {
					v := f.must(t, k.name, sample(k)...)
					if why := wrong(v); why != "" {
						t.Errorf("%s in %s: %q %s", k.name, locale, v, why)
					}
				}
			}
		}
	}
	if kinds < 250 {
		t.Errorf("there are %d kinds", kinds)
	}
}

func wrong(v any) string {
	switch v := v.(type) {
	case int, float64, bool:
		return ""
	case string:
		switch {
		case strings.TrimSpace(v) != v && !strings.HasSuffix(v, "\n"), v == "":
			return "is empty, or has blanks around it"
		case !utf8.ValidString(v), strings.ContainsRune(v, utf8.RuneError):
			return "is no text"
		case strings.ContainsAny(v, "{}") && !strings.Contains(v, "svg"):
			return "has braces that were not filled"
		}
		return ""
	}
	return fmt.Sprintf("is a %T", v)
}

// Draws meet most items of a list; this meets all of them.
func TestEveryItemOfAListCanBeFilled(t *testing.T) {
	for _, g := range groups {
		for _, k := range g.kinds {
			if k.words == nil {
				continue
			}
			for in := range locales {
				f := faker(t, 3, locales[in])
				for _, item := range k.words.items(language(in)) {
					c := &call{Faker: f, in: language(in)}
					if text := c.fill(item); c.err != nil || text == "" {
						t.Errorf("%s: %q: %v", k.name, item, c.err)
					}
					if parts := strings.Split(item, ":"); k.field > len(parts) {
						t.Errorf("%s: %q has no part %d", k.name, item, k.field)
					}
				}
			}
		}
	}
}

func TestANameBelongsToOneKind(t *testing.T) {
	of := map[string]string{}
	for _, g := range groups {
		for _, k := range g.kinds {
			for _, name := range append(strings.Fields(k.also), k.name) {
				if other, twice := of[plain(name)]; twice {
					t.Errorf("%s is a name of %s and of %s", name, other, k.name)
				}
				of[plain(name)] = k.name
			}
		}
	}
}

func TestListsAreLarge(t *testing.T) {
	for name, x := range map[string]struct {
		list  *list
		least int
	}{"women": {&women, 80}, "men": {&men, 80}, "surnames": {&surnames, 150}, "nouns": {&nouns, 100}, "verbs": {&verbs, 60}, "adjectives": {&adjectives, 60}, "cities": {&cities, 60}, "goods": {&productNouns, 60}} {
		for in := range locales {
			items := x.list.items(language(in))
			if once := len(slices.Compact(slices.Sorted(slices.Values(items)))); once < x.least || once != len(items) {
				t.Errorf("%s in %s: %d different of %d", name, locales[in], once, len(items))
			}
		}
	}
}

func TestASeedRepeatsAndAnotherDiffers(t *testing.T) {
	draw := func(seed uint64, locale string) string {
		f := faker(t, seed, locale)
		var all []string
		for _, g := range groups {
			for i := range g.kinds {
				all = append(all, fmt.Sprint(f.must(t, g.kinds[i].name, sample(&g.kinds[i])...)))
			}
		}
		return strings.Join(all, "\n")
	}
	for _, locale := range locales {
		first, again, other := draw(42, locale), draw(42, locale), draw(43, locale)
		if first != again {
			t.Error("one seed, two results")
		}
		if first == other {
			t.Error("two seeds, one result")
		}
		if one, two := draw(0, locale), draw(0, locale); one == two {
			t.Error("no seed, and the same twice")
		}
	}
}

// Whoever keeps a seed wants the data that they know: a change of the generator has to be meant.
func TestASeedIsGoodForever(t *testing.T) {
	f := faker(t, 42, "en")
	if got := []any{f.must(t, "number", "1", "1000000"), f.must(t, "uuid"), f.must(t, "date")}; fmt.Sprint(got) != wantForever {
		t.Errorf("seed 42 gives %v", got)
	}
}

const wantForever = "[857546 e4c77181-7554-4ac1-85f8-e880b54d6afe 2017-06-12T02:54:56Z]"

func TestNamesAreWrittenInManyWays(t *testing.T) {
	for name, same := range map[string]string{
		"firstName": "first_name", "FIRST_NAME": "first_name", "first-name": "first_name", "person.firstName": "first_name", "givenName": "first_name",
		"person.fullName": "name", "internet.userName": "username", "zipCode": "zip", "location.zipCode": "zip", "phoneNumber": "phone", "phone.number": "phone",
		"company.name": "company", "company.catchPhrase": "slogan", "commerce.productName": "product", "date.past": "past", "string.uuid": "uuid", "number.int": "number",
		"finance.creditCardNumber": "credit_card_number", "datatype.boolean": "bool", "image.avatar": "avatar", "system.fileName": "file_name",
		"lorem.words": "words", "float64range": "float", "ipv4address": "ipv4_address", "domainname": "domain_name", "loremipsumsentence": "lorem", "color.rgb": "rgb_color",
	} {
		a, b := faker(t, 5, "en"), faker(t, 5, "en")
		if x, y := a.must(t, name), b.must(t, same); x != y {
			t.Errorf("%s is %v and %s is %v", name, x, same, y)
		}
	}
}

func TestALanguageMayBeNamed(t *testing.T) {
	en, zh := faker(t, 5, "en"), faker(t, 5, "zh-CN")
	for range 50 {
		for _, kind := range []string{"name", "address", "company", "sentence", "job_title", "product", "color"} {
			if v := zh.must(t, "en."+kind).(string); strings.ContainsFunc(v, han) {
				t.Errorf("en.%s is %q", kind, v)
			}
			if v := en.must(t, "zh."+kind).(string); !strings.ContainsFunc(v, han) {
				t.Errorf("zh.%s is %q", kind, v)
			}
			if v := zh.must(t, kind).(string); !strings.ContainsFunc(v, han) {
				t.Errorf("%s is %q", kind, v)
			}
		}
	}
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func TestWhatCannotBeInventedIsRefusedInPlainWords(t *testing.T) {
	for want, call := range map[string][]string{
		`there is no fake "mail"; there is email`:                                                      {"mail"},
		`there is no fake "emial"; there is email`:                                                     {"emial"},
		`there is no fake "qqqqqqq"; docs/fake-data.md lists what there is`:                            {"qqqqqqq"},
		`there is no fake ""; docs/fake-data.md lists what there is`:                                   {""},
		`fake "name": it takes one value, not 2`:                                                       {"name", "male", "2"},
		`fake "noun": it takes no values, not 1`:                                                       {"noun", "2"},
		`fake "number": least is "x", which is no whole number`:                                        {"number", "x"},
		`fake "number": most, 1, is less than least, 5`:                                                {"number", "5", "1"},
		`fake "latitude": least is "-91", which is not from -90 to 90`:                                 {"latitude", "-91"},
		`fake "float": most is "NaN", which is no number`:                                              {"float", "1", "NaN"},
		`fake "words": words is "1000000", which is not from 1 to 1000`:                                {"words", "1000000"},
		`fake "name": sex is "cat", which is none of female male`:                                      {"name", "cat"},
		`fake "date_range": to, 2024-01-01, is less than from, 2025-01-01`:                             {"date_range", "2025-01-01", "2024-01-01"},
		`the format "x" is none; write rfc3339, http, unix, unixmilli, or a pattern of yyyy, MM, dd`:   {"date", "x"},
		`fake "pick" takes the values to choose from`:                                                  {"pick"},
		`the regular expression "(" cannot be read: error parsing regexp: missing closing ): ` + "`(`": {"regex", "("},
		`nothing matches [^\x00-\x{10FFFF}] in the regular expression`:                                 {"regex", `[^\x00-\x{10FFFF}]`},
		`there is no fake "planet"`:                                                                    {"generate", "hello {planet}"},
		`the template "hello {" has a brace that holds no kind`:                                        {"generate", "hello {"},
		`fake "number": least is "a", which is no whole number`:                                        {"generate", "{number a}"},
		`fake "date_range": from is "soon", which is no time; write it like 2025-01-31`:                {"date_range", "soon"},
	} {
		v, err := faker(t, 1, "en").Make(call[0], call[1:]...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want %s", call, v, err, want)
		}
	}
	if _, err := New(1, "tlh", noon); err == nil || err.Error() != `there is no fake data in "tlh"; the locales are en and zh-CN` {
		t.Errorf("a language that there is not: %v", err)
	}
}

func TestARefusalChangesNothing(t *testing.T) {
	a, b := faker(t, 9, "en"), faker(t, 9, "en")
	if _, err := a.Make("number", "x"); err == nil {
		t.Fatal("not refused")
	}
	if x, y := a.must(t, "name"), b.must(t, "name"); x != y {
		t.Errorf("%v after a refusal, and %v without", x, y)
	}
}

func TestAFakerMayBeUsedByMany(t *testing.T) {
	f := faker(t, 1, "zh-CN")
	seen := make([]map[any]bool, 8)
	var all sync.WaitGroup
	for i := range seen {
		seen[i] = map[any]bool{}
		all.Go(func() {
			for range 100 {
				seen[i][f.must(t, "sequence")] = true
				f.must(t, "paragraph")
				f.must(t, "en.paragraph")
				f.Number(1, 10)
			}
		})
	}
	all.Wait()
	union := map[any]bool{}
	for _, numbers := range seen {
		for n := range numbers {
			union[n] = true
		}
	}
	if len(union) != 800 {
		t.Errorf("800 numbers of a sequence are %d different ones", len(union))
	}
}

// Every command of the program carries this package, so it must cost nothing before main.
func TestNothingIsDoneBeforeMain(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "init runtime @") {
		t.Fatalf("the program does not tell what it initialises:\n%s", &said)
	}
	for line := range strings.Lines(said.String()) {
		if strings.HasPrefix(line, "init github.com/lingpai/lingpai/internal/devserver/fake @") {
			t.Errorf("work before main: %s", line)
		}
	}
}

func BenchmarkMake(b *testing.B) {
	for _, kind := range []string{"number", "name", "email", "uuid", "sentence", "paragraph"} {
		b.Run(kind, func(b *testing.B) {
			f := faker(b, 1, "en")
			for b.Loop() {
				f.must(b, kind)
			}
		})
	}
}
