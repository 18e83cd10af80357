package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestASecretDoesNotPrintItself(t *testing.T) {
	const value = "hunter2"
	s := New(value)
	inside := struct {
		Name   string
		Secret String
		Many   []String
		At     *String
		hidden String // fmt calls no methods of unexported fields
	}{"x", s, []String{s}, &s, s}
	var log bytes.Buffer
	attrs := []slog.Attr{slog.Any("secret", s), slog.Any("pointer", &s), slog.Group("group", slog.Any("s", s)), slog.Any("inside", inside)}
	slog.New(slog.NewTextHandler(&log, nil)).LogAttrs(t.Context(), slog.LevelInfo, "x", attrs...)
	slog.New(slog.NewJSONHandler(&log, nil)).LogAttrs(t.Context(), slog.LevelInfo, "x", attrs...)
	encoded, err := json.Marshal(inside)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"fmt":  fmt.Sprintf("%v %+v %#v %s %q %x %v %+v %#v", s, s, s, s, s, s, inside, inside, inside),
		"verb": fmt.Sprintf(string([]rune("%d %t %p %c %e")), s, s, s, s, s),
		"json": string(encoded), "slog": log.String(), "error": fmt.Errorf("%w: %v", errors.New("x"), s).Error(), "print": fmt.Sprint(&s, s),
	} {
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("%s shows it: %s", name, text)
		}
		if !strings.Contains(text, "[secret]") && !strings.Contains(text, fmt.Sprintf("%x", "[secret]")) {
			t.Errorf("%s does not say that there is one: %s", name, text)
		}
	}
}

func TestASecretIsReadAndRevealed(t *testing.T) {
	var in struct{ Password String }
	if err := json.Unmarshal([]byte(`{"Password":"hunter2"}`), &in); err != nil {
		t.Fatal(err)
	}
	if in.Password.Reveal() != "hunter2" || in.Password.Empty() {
		t.Error("it was not read")
	}
	if err := json.Unmarshal([]byte(`{"Password":5}`), &in); err == nil {
		t.Error("a number was taken for text")
	}
	if !(String{}).Empty() || !New("").Empty() {
		t.Error("nothing is not empty")
	}
}
