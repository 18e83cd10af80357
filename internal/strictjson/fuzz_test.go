package strictjson

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzAcceptedDocumentsMeanTheSame checks that encoding/json reads the same values from whatever Valid accepts.
func FuzzAcceptedDocumentsMeanTheSame(f *testing.F) {
	for _, doc := range []string{
		`{"a":[1,-0.5e3,"\ud83d\ude00é\n",null,true,false,{}],"b":{"c":""}}`, `"\u212a"`, `{"k":1,"\u212a":2}`, `[1e400]`, "\ufeff1", `{"a":1,"a":2}`, `"\ud800"`, `0e999`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if Valid(doc) != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(doc))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatalf("only we accept %q: %v", doc, err)
		}
		var got any
		err := ParseObject(append(append([]byte(`{"v":`), doc...), '}'), func(_ string, v Value) error {
			got = decode(t, v)
			return nil
		})
		if err != nil {
			return // one level or some bytes too many
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q means %#v to us, %#v to encoding/json", doc, got, want)
		}
	})
}

// decode turns a value into what encoding/json makes of it.
func decode(t *testing.T, v Value) any {
	switch v.Kind() {
	case Null:
		return nil
	case Bool:
		b, err := v.Bool()
		check(t, err)
		return b
	case String:
		s, err := v.String()
		check(t, err)
		return s
	case Number:
		return json.Number(v.Raw())
	case Array:
		out := []any{}
		check(t, v.Array(func(e Value) error { out = append(out, decode(t, e)); return nil }))
		return out
	case Object:
		out := map[string]any{}
		check(t, v.Object(func(name string, v Value) error { out[name] = decode(t, v); return nil }))
		return out
	}
	t.Fatal("value without a kind")
	return nil
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
