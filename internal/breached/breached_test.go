package breached

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// list writes a list of passwords as the downloader does.
func list(t *testing.T, end string, passwords ...string) string {
	t.Helper()
	lines := make([]string, len(passwords))
	for i, p := range passwords {
		lines[i] = fmt.Sprintf("%s:%d%s", nameOf(p), 1+i*i, end)
	}
	slices.Sort(lines)
	return write(t, strings.Join(lines, ""))
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stolen.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// The name of "password" on these lists is well known.
func TestThePasswordIsNamedByItsSHA1(t *testing.T) {
	if got, want := nameOf("password"), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
}

func TestEveryPasswordOfAListIsFoundAndNoOther(t *testing.T) {
	for _, end := range []string{"\n", "\r\n"} {
		for _, n := range []int{1, 2, 3, 1000} {
			stolen := make([]string, n)
			for i := range stolen {
				stolen[i] = fmt.Sprint("stolen ", i)
			}
			f := open(t, list(t, end, stolen...))
			for i, p := range stolen {
				if found, err := f.Has(t.Context(), p); err != nil || !found {
					t.Fatalf("%d lines, number %d: %v, %v", n, i, found, err)
				}
				if found, err := f.Has(t.Context(), "kept "+p); err != nil || found {
					t.Fatalf("%d lines, one that is not there: %v, %v", n, found, err)
				}
			}
		}
	}
}

func TestAListWithoutCountsAndWithoutAnEndIsReadAsWell(t *testing.T) {
	names := []string{nameOf("a"), nameOf("b"), nameOf("c")}
	slices.Sort(names)
	f := open(t, write(t, strings.ToLower(strings.Join(names, "\n"))))
	for _, p := range []string{"a", "b", "c"} {
		if found, err := f.Has(t.Context(), p); err != nil || !found {
			t.Errorf("%s: %v, %v", p, found, err)
		}
	}
}

func TestWhatIsNoListIsRefused(t *testing.T) {
	a, b := nameOf("a"), nameOf("b")
	for name, text := range map[string]string{
		"nothing":    "",
		"prose":      "These passwords were stolen.\n",
		"words":      "password\n123456\n",
		"other hash": strings.Repeat("a", 32) + ":1\n",
		"longer":     nameOf("a") + "00:1\n",
		"descending": max(a, b) + ":1\n" + strings.Repeat(min(a, b)+":1\n", 9),
	} {
		if f, err := Open(write(t, text)); err == nil {
			t.Errorf("%s is opened", name)
			_ = f.Close()
		}
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder is opened")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestALineThatIsNoneIsAnErrorWhenItIsMet(t *testing.T) {
	name := nameOf("a")
	f := open(t, write(t, strings.Repeat("0", 40)+":1\n"+strings.Repeat("x", 500)+"\n"+strings.Repeat("F", 40)+":1\n"))
	if found, err := f.Has(t.Context(), "a"); err == nil {
		t.Errorf("%s: %v", name, found)
	}
}

// service answers as Have I Been Pwned does, for these lines.
func service(asked *[]string, text string) *Service {
	return &Service{Address: "https://stolen.example/range/", Get: func(_ context.Context, address string) (string, error) {
		*asked = append(*asked, address)
		return text, nil
	}}
}

func TestTheServiceIsToldFiveDigitsAndNothingElse(t *testing.T) {
	var asked []string
	name := nameOf("a good password that was stolen")
	found, err := service(&asked, strings.Repeat("0", 35)+":3\r\n"+name[5:]+":2\r\n").Has(t.Context(), "a good password that was stolen")
	if err != nil || !found {
		t.Errorf("%v, %v", found, err)
	}
	if want := []string{"https://stolen.example/range/" + name[:5]}; !slices.Equal(asked, want) {
		t.Errorf("it was asked %q, not %q", asked, want)
	}
}

func TestTheAnswerOfTheServiceDecides(t *testing.T) {
	name := nameOf("p")[5:]
	for _, c := range []struct {
		what, text string
		found, bad bool
	}{
		{"on the list", name + ":17", true, false},
		{"in small letters", strings.ToLower(name) + ":1\n", true, false},
		{"not on it", strings.Repeat("A", 35) + ":1\r\n", false, false},
		{"padding", name + ":0\r\n", false, false},
		{"nothing", "", false, false},
		{"a page", "<!doctype html>", false, true},
		{"names without counts", name, false, true},
		{"whole names", nameOf("p") + ":1", false, true},
	} {
		var asked []string
		if found, err := service(&asked, c.text).Has(t.Context(), "p"); found != c.found || (err != nil) != c.bad {
			t.Errorf("%s: %v, %v", c.what, found, err)
		}
	}
}

func TestAServiceThatCannotBeAskedIsAnError(t *testing.T) {
	down := errors.New("down")
	s := &Service{Get: func(context.Context, string) (string, error) { return "", down }}
	if found, err := s.Has(t.Context(), "p"); found || !errors.Is(err, down) {
		t.Errorf("%v, %v", found, err)
	}
}
