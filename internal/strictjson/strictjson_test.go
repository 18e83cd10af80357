package strictjson

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// nested builds n arrays within one another.
func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// members builds an object of n members.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":%d`, i, i)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

func TestDocumentsThatAreRefused(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"nothing", "", "line 1, column 1: want a value"},
		{"white space only", " \n ", "line 2, column 2: want a value"},
		{"byte order mark", "\ufeff{}", "line 1, column 1: byte order mark"},
		{"invalid UTF-8 in a string", "{\n\"a\":\"\xff\"}", "line 2, column 6: invalid UTF-8"},
		{"overlong UTF-8", "\"\xc0\xaf\"", "line 1, column 2: invalid UTF-8"},
		{"surrogate as UTF-8", "\"\xed\xa0\x80\"", "line 1, column 2: invalid UTF-8"},
		{"NUL at the end", "{}\x00", "line 1, column 3: text after the end of the document"},
		{"NUL for a value", "\x00", "line 1, column 1: want a value"},
		{"second value", "{} {}", "line 1, column 4: text after the end of the document"},
		{"trailing comma after the document", "{},", "line 1, column 3: text after the end of the document"},
		{"trailing comma in an object", `{"a":1,}`, "line 1, column 8: want a member name"},
		{"trailing comma in an array", `[1,]`, "line 1, column 4: want a value"},
		{"missing comma", `{"a":1 "b":2}`, "line 1, column 8: want a comma or the end of the object"},
		{"missing comma in an array", `[1 2]`, "line 1, column 4: want a comma or the end of the array"},
		{"missing colon", `{"a" 1}`, "line 1, column 6: want a colon"},
		{"member without value", `{"a":}`, "line 1, column 6: want a value"},
		{"name without quotes", `{a:1}`, "line 1, column 2: want a member name"},
		{"open object", `{"a":1`, "line 1, column 7: want a comma or the end of the object"},
		{"open name", `{"a`, "line 1, column 4: the string does not end"},
		{"open string after an escape", `"\n`, "line 1, column 4: the string does not end"},
		{"comment", `{} // x`, "line 1, column 4: text after the end of the document"},
		{"single quotes", `{'a':1}`, "line 1, column 2: want a member name"},
		{"wrong literal", `[tru]`, "line 1, column 2: want a value"},
		{"wrong case of a literal", `[True]`, "line 1, column 2: want a value"},
		{"literal that goes on", `[nulls]`, "line 1, column 6: want a comma or the end of the array"},
		{"NaN", `[NaN]`, "line 1, column 2: want a value"},
		{"same name twice", `{"sub":1,"sub":2}`, `line 1, column 10: the member "sub" occurs twice`},
		{"same name twice, once escaped", `{"sub":1,"\u0073ub":2}`, `line 1, column 10: the member "sub" occurs twice`},
		{"same name twice, below", `[{"a":{"b":1,"b":1}}]`, `line 1, column 14: the member "b" occurs twice`},
		{"empty name twice", `{"":1,"":2}`, `line 1, column 7: the member "" occurs twice`},
		{"other case", `{"sub":1,"SUB":2}`, `line 1, column 10: the member "SUB" differs from another one only in letter case`},
		{"Kelvin sign", `{"kid":1,"` + "\u212a" + `id":2}`, "line 1, column 10: the member \"\u212aid\" differs from another one only in letter case"},
		{"escaped Kelvin sign", `{"kid":1,"\u212aid":2}`, "line 1, column 10: the member \"\u212aid\" differs from another one only in letter case"},
		{"long s", `{"iſs":1,"iss":2}`, `line 1, column 11: the member "iss" differs from another one only in letter case`},
		{"other case outside ASCII", `{"Σ":1,"ς":2}`, `line 1, column 9: the member "ς" differs from another one only in letter case`},
		{"control character", "\"a\tb\"", "line 1, column 3: control character in a string"},
		{"control character after an escape", "\"\\n\x1f\"", "line 1, column 4: control character in a string"},
		{"line break in a string", "\"a\nb\"", "line 1, column 3: control character in a string"},
		{"unknown escape", `"\x41"`, "line 1, column 2: unknown escape"},
		{"escape at the end", `"\`, "line 1, column 2: unknown escape"},
		{"short escape", `"\u12"`, "line 1, column 2: want four hexadecimal digits"},
		{"signed escape", `"\u+123"`, "line 1, column 2: want four hexadecimal digits"},
		{"lone high surrogate", `"\ud83d"`, "line 1, column 2: lone surrogate"},
		{"lone high surrogate before text", `"\ud83dabcdefg"`, "line 1, column 2: lone surrogate"},
		{"lone low surrogate", `"a\ude00"`, "line 1, column 3: lone surrogate"},
		{"two high surrogates", `"\ud83d\ud83d"`, "line 1, column 2: lone surrogate"},
		{"high surrogate before another escape", `"\ud83d\n"`, "line 1, column 2: lone surrogate"},
		{"leading zero", `[01]`, "line 1, column 3: want a comma or the end of the array"},
		{"plus sign", `[+1]`, "line 1, column 2: want a value"},
		{"minus alone", `[-]`, "line 1, column 3: want a digit"},
		{"no digit before the point", `[.5]`, "line 1, column 2: want a value"},
		{"no digit after the point", `[1.]`, "line 1, column 4: want a digit"},
		{"no digit in the exponent", `[1e+]`, "line 1, column 5: want a digit"},
		{"hexadecimal", `[0x10]`, "line 1, column 3: want a comma or the end of the array"},
		{"number beyond float64", `[1e400]`, "line 1, column 2: the number is out of range"},
		{"number below float64", `[1e-400]`, "line 1, column 2: the number is out of range"},
		{"exponent beyond an integer", `[1e99999999999999999999]`, "line 1, column 2: the number is out of range"},
		{"33 digits", "[" + strings.Repeat("9", 33) + "]", "line 1, column 2: the number is too long"},
		{"17 levels", nested(17), "line 1, column 17: nested too deeply"},
		{"17 levels of objects", strings.Repeat(`{"a":`, 16) + "{}", "line 1, column 81: nested too deeply"},
		{"10,000 levels", nested(10_000), "line 1, column 17: nested too deeply"},
		{"257 members", members(257), "line 1, column 2598: too many members in one object"},
		{"larger than MaxSize", `"` + strings.Repeat("a", MaxSize) + `"`, "line 1, column 262145: the document is too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Valid([]byte(tt.doc))
			if err == nil {
				t.Fatal("accepted")
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if e, ok := errors.AsType[*SyntaxError](err); !ok || e.Offset > len(tt.doc) {
				t.Errorf("no SyntaxError within the document: %#v", err)
			}
		})
	}
}

func TestDocumentsThatAreAccepted(t *testing.T) {
	for _, doc := range []string{
		`{}`, `[]`, `null`, `true`, `false`, `""`, `0`, " \t\r\n{ } ", `{"a":1,"b":[{"a":1},{"a":2}],"c":{"a":1}}`,
		`-0`, `-0.0e-0`, `0e999`, `1E+5`, `1.7976931348623157e308`, `5e-324`, strings.Repeat("9", 32),
		`"\ud83d\ude00\u0000\"\\\/\b\f\n\r\t"`, `"` + "\u007f😀\ufffd" + `"`, `{"ss":1,"ß":2}`, `{"i":1,"İ":2}`,
		nested(MaxDepth), members(MaxMembers), `"` + strings.Repeat("a", MaxSize-2) + `"`,
	} {
		if err := Valid([]byte(doc)); err != nil {
			t.Errorf("%.60s: %v", doc, err)
		}
	}
}

func TestParseObjectGivesMembersInOrder(t *testing.T) {
	type member struct {
		Name, Raw string
		Kind      Kind
	}
	var got []member
	err := ParseObject([]byte(` {"s":"x","n" : 1.5 ,"o":{"a":[]},"a":[ 1 ],"\u0062":true,"z":null} `), func(name string, v Value) error {
		got = append(got, member{name, string(v.Raw()), v.Kind()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []member{
		{"s", `"x"`, String}, {"n", "1.5", Number}, {"o", `{"a":[]}`, Object}, {"a", "[ 1 ]", Array}, {"b", "true", Bool}, {"z", "null", Null},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseObjectRefusesWhatIsNoObject(t *testing.T) {
	for _, doc := range []string{`[]`, `"{}"`, `null`, ``, `{`, `{}{}`, "\ufeff{}"} {
		if err := ParseObject([]byte(doc), func(string, Value) error { return nil }); err == nil {
			t.Errorf("%s: accepted", doc)
		}
	}
}

func TestParseObjectReturnsTheErrorOfItsCaller(t *testing.T) {
	stop := errors.New("stop")
	calls := 0
	err := ParseObject([]byte(`{"a":1,"b":2}`), func(string, Value) error { calls++; return stop })
	if err != stop || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func TestErrorsShowOnlyTheBeginningOfALongName(t *testing.T) {
	long := strings.Repeat("é", 40)
	err := Valid([]byte(`{"` + long + `":1,"` + long + `":1}`))
	if want := `line 1, column 87: the member "` + strings.Repeat("é", 16) + `"... occurs twice`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// parse returns the one value of a document.
func parse(t *testing.T, doc string) Value {
	t.Helper()
	var got Value
	err := ParseObject([]byte(`{"v":`+doc+`}`), func(_ string, v Value) error { got = v; return nil })
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return got
}

func TestStringsAreUnescaped(t *testing.T) {
	for doc, want := range map[string]string{
		`""`: "", `"plain"`: "plain", `"tab\tend"`: "tab\tend", `"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t",
		`"\u00e9\u20AC\ud83d\ude00"`: "é€😀", `"a\u0000b"`: "a\x00b", `"é\u0041"`: "éA",
	} {
		if got, err := parse(t, doc).String(); err != nil || got != want {
			t.Errorf("%s: got %q, %v", doc, got, err)
		}
	}
}

func TestInt64TakesIntegersOnly(t *testing.T) {
	for doc, want := range map[string]int64{
		"0": 0, "-0": 0, "42": 42, "-1": -1, "9007199254740993": 9007199254740993, "9223372036854775807": 1<<63 - 1,
	} {
		if got, err := parse(t, doc).Int64(); err != nil || got != want {
			t.Errorf("%s: got %d, %v", doc, got, err)
		}
	}
	for _, doc := range []string{"1.0", "1e3", "9223372036854775808", `"1"`, "true", "null"} {
		if got, err := parse(t, doc).Int64(); err == nil {
			t.Errorf("%s: accepted as %d", doc, got)
		}
	}
}

// TestNumericDateTakesSaneTimesOnly is case 26 of the attack catalogue. 1e400 is refused before it becomes a value.
func TestNumericDateTakesSaneTimesOnly(t *testing.T) {
	for doc, want := range map[string]time.Time{
		"0":                time.Unix(0, 0),
		"1300819380":       time.Unix(1300819380, 0),
		"1300819380.5":     time.Unix(1300819380, 5e8),
		"1300819380.123":   time.Unix(1300819380, 123e6),
		"1.30081938e9":     time.Unix(1300819380, 0),
		"253402300799":     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		"1300819380.99999": time.Unix(1300819380, 99999e4),
	} {
		if got, err := parse(t, doc).NumericDate(); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s: got %v, %v", doc, got, err)
		}
	}
	for _, doc := range []string{
		"-1", "-0.5", "253402300800", "253402300799.5", "1700000000000", "9007199254740993", "1e15", "1e308", `"1300819380"`, "true", "null", "[]",
	} {
		if got, err := parse(t, doc).NumericDate(); err == nil {
			t.Errorf("%s: accepted as %v", doc, got)
		}
	}
}

func TestStringsTakesArraysOfStringsOnly(t *testing.T) {
	for doc, want := range map[string][]string{`[]`: {}, `["a","b\n"]`: {"a", "b\n"}} {
		if got, err := parse(t, doc).Strings(); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: got %#v, %v", doc, got, err)
		}
	}
	for _, doc := range []string{`"a"`, `["a",1]`, `[["a"]]`, `[null]`, `{}`, `null`} {
		if got, err := parse(t, doc).Strings(); err == nil || got != nil {
			t.Errorf("%s: accepted as %v", doc, got)
		}
	}
}

func TestValuesOfAnotherKindAreRefused(t *testing.T) {
	_, text := parse(t, `1`).String()
	_, boolean := parse(t, `"true"`).Bool()
	object := parse(t, `[]`).Object(nil)
	array := parse(t, `{}`).Array(nil)
	_, none := Value{}.Bool()
	got := fmt.Sprint(text, "; ", boolean, "; ", object, "; ", array, "; ", none)
	want := "want a string, got a number; want a boolean, got a string; want an object, got an array; want an array, got an object; want a boolean, got nothing"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if b, err := parse(t, `true`).Bool(); err != nil || !b {
		t.Errorf("true is %v, %v", b, err)
	}
}

func TestObjectsAndArraysWithinAreRead(t *testing.T) {
	var got []string
	err := parse(t, `{"a":["x",{"b":"y"}]}`).Object(func(_ string, v Value) error {
		return v.Array(func(e Value) error {
			got = append(got, string(e.Raw()))
			return nil
		})
	})
	if want := []string{`"x"`, `{"b":"y"}`}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestParsingAllocatesOnlyTheDocument(t *testing.T) {
	doc := []byte(`{"iss":"https://a.example","sub":"u","aud":"https://b.example","exp":1300819380,"roles":["a","b"],"cnf":{"jkt":"x"}}`)
	var sub string
	n := testing.AllocsPerRun(100, func() {
		err := ParseObject(doc, func(name string, v Value) (err error) {
			if name == "sub" {
				sub, err = v.String()
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	if n > 1 || sub != "u" {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParseObject(b *testing.B) {
	doc := []byte(`{"iss":"https://login.example","sub":"018f2b1c","aud":"https://api.example","exp":1300819380,"iat":1300819080,` +
		`"jti":"ABCDEFGHIJKLMNOPQRSTUVWXYZ","client_id":"lingpai","sid":"0123456789abcdef","auth_time":1300819000,"amr":["pwd"],"roles":["admin","editor"]}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := ParseObject(doc, func(string, Value) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func TestOneStringIsAListOfOne(t *testing.T) {
	for doc, want := range map[string][]string{`"a"`: {"a"}, `""`: {""}, `["a","b"]`: {"a", "b"}, `[]`: {}} {
		if got, err := parse(t, doc).StringOrStrings(); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %v %v", doc, got, err)
		}
	}
	for _, doc := range []string{`1`, `null`, `{}`, `["a",1]`} {
		if got, err := parse(t, doc).StringOrStrings(); err == nil || got != nil {
			t.Errorf("%s: %v %v", doc, got, err)
		}
	}
}
