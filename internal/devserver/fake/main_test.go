package fake

import (
	"flag"
	"os"
	"testing"
	"time"
)

// update is set by TestMain, because a variable with a function call would be work before main, which a test here forbids.
var update *bool

func TestMain(m *testing.M) {
	update = flag.Bool("update", false, "write docs/fake-data.md")
	os.Exit(m.Run())
}

var locales = [...]string{english: "en", chinese: "zh-CN"}

func noon() time.Time { return time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC) }

func faker(t testing.TB, seed uint64, locale string) *Faker {
	t.Helper()
	f, err := New(seed, locale, noon)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *Faker) must(t testing.TB, kind string, args ...string) any {
	t.Helper()
	v, err := f.Make(kind, args...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sample is what a kind needs to be given.
func sample(k *kind) []string {
	if len(k.params) > 0 && k.params[len(k.params)-1].is == rest {
		return []string{"red", "green", "blue"}
	}
	return nil
}
