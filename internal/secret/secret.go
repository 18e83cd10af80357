// Package secret keeps secrets out of logs: a [String] shows itself as "[secret]" to fmt, slog, JSON and text encoders, and gives its
// value only to who calls [String.Reveal].
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

const shown = "[secret]"

// String is text that must not be printed: a password, a token, a key. The zero value is empty. Two Strings are compared by what they
// reveal, never with ==.
type String struct {
	// value is behind a pointer, because fmt looks into unexported fields of others without asking our methods; of a pointer it shows
	// the address.
	value *string
}

// New wraps a value.
func New(value string) String {
	if value == "" {
		return String{}
	}
	return String{&value}
}

// Reveal returns the value. Every call is a place to look at in a review.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Empty reports whether there is no value.
func (s String) Empty() bool { return s.value == nil }

// String implements fmt.Stringer without the value.
func (s String) String() string { return shown }

// Format implements fmt.Formatter without the value, whatever the verb.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, shown) } // fmt has nowhere to report it

// MarshalText serves encoding/json and friends, without the value.
func (s String) MarshalText() ([]byte, error) { return []byte(shown), nil }

// LogValue implements slog.LogValuer without the value.
func (s String) LogValue() slog.Value { return slog.StringValue(shown) }

// UnmarshalText lets a decoder fill a String, so that a secret is one from the moment it is read.
func (s *String) UnmarshalText(text []byte) error {
	*s = New(string(text))
	return nil
}
