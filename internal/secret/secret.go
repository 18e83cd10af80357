// Package secret keeps secrets out of logs: a [String] shows itself as "[secret]" to fmt, slog, JSON and text encoders, and gives its
// value only to who calls [String.Reveal].
package secret

import "log/slog"

const shown = "[secret]"

// String is text that must not be printed: a password, a token, a key. The zero value is empty.
type String struct{ value string }

// New wraps a value.
func New(value string) String { return String{value} }

// Reveal returns the value. Every call is a place to look at in a review.
func (s String) Reveal() string { return s.value }

// Empty reports whether there is no value.
func (s String) Empty() bool { return s.value == "" }

// String implements fmt.Stringer without the value.
func (s String) String() string { return shown }

// GoString implements fmt.GoStringer (%#v) without the value.
func (s String) GoString() string { return shown }

// MarshalText serves encoding/json and friends, without the value.
func (s String) MarshalText() ([]byte, error) { return []byte(shown), nil }

// LogValue implements slog.LogValuer without the value.
func (s String) LogValue() slog.Value { return slog.StringValue(shown) }

// UnmarshalText lets a decoder fill a String, so that a secret is one from the moment it is read.
func (s *String) UnmarshalText(text []byte) error {
	s.value = string(text)
	return nil
}
