package ordered

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMembersKeepTheirOrderAndNumbersTheirDigits(t *testing.T) {
	const text = `{"z":1,"a":{"y":[1.50,12345678901234567890,"<&>"],"b":null},"m":true}`
	v, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Marshal(v); err != nil || string(got) != text {
		t.Errorf("%s %v", got, err)
	}
	for path, want := range map[string]string{"z": "1", "a.y.0": "1.50", "a.y.2": "<&>", "m": "true", "a.b": ""} {
		if got, ok := Lookup(v, path); !ok || Text(got) != want {
			t.Errorf("%s is %q", path, Text(got))
		}
	}
	for _, path := range []string{"", "x", "a.y.9", "a.y.-1", "a.y.x", "z.z"} {
		if got, ok := Lookup(v, path); ok {
			t.Errorf("%q is there: %v", path, got)
		}
	}
}

func TestAnObjectIsChangedInPlace(t *testing.T) {
	var o Object
	o.Set("b", 1)
	o.Set("a", 2)
	c := o.Clone()
	o.Set("b", 3)
	o.Delete("a")
	o.Delete("none")
	o.Set("a", 4)
	for want, o := range map[string]*Object{`{"b":3,"a":4}`: &o, `{"b":1,"a":2}`: c} {
		if got, err := Marshal(o); err != nil || string(got) != want {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
}

func TestWhatIsNotJSONIsToldWithLineAndColumn(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"a\": x\n}": "2:8: this is not JSON", "{\"a\": 1": "1:7: this is not JSON: it ends early", "": "it ends early", "1 2": "1:3: this is not JSON: invalid character '2' after top-level value",
		"[1,\n,2]": "2:1: ", strings.Repeat("[", 300) + strings.Repeat("]", 300): "deeper than 200 levels",
	} {
		if v, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v %v, want %s", text, v, err, want)
		}
	}
}

// What we read and write again is the same value to every other reader.
func FuzzParseAndMarshalAgreeWithTheStandardLibrary(f *testing.F) {
	for _, text := range []string{`{"a":[1,2.50,{"b":null}],"c":"\u2028<"}`, `[]`, `"x"`, `1e5`, `{"a":1,"a":2}`, `{`, `tru`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse([]byte(text))
		if err != nil {
			return
		}
		if !json.Valid([]byte(strings.TrimPrefix(text, "\ufeff"))) {
			t.Fatalf("%q was taken and is not JSON", text)
		}
		out, err := Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(out)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := Marshal(again); err != nil || string(second) != string(out) {
			t.Errorf("%s became %s (%v)", out, second, err)
		}
	})
}
