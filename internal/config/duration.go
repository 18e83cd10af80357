package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a span of time that is written with days too: `90d`, `12h`, `5m30s`, `1d12h`. A day is 24 hours.
type Duration time.Duration

const day = 24 * time.Hour

// errDuration is the whole answer to a span that cannot be read; the caller adds key and value.
var errDuration = errors.New("is not a span of time; write it like 30s, 5m, 12h or 90d")

// ParseDuration reads the written form. Negative spans and numbers without a unit are refused.
func ParseDuration(s string) (Duration, error) {
	if s == "" || strings.ContainsAny(s, "+-") {
		return 0, errDuration
	}
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "0", s
	}
	n, err := strconv.ParseUint(days, 10, 32)
	if err != nil || n > math.MaxInt64/uint64(day) {
		return 0, errDuration
	}
	total := time.Duration(n) * day
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 || d > math.MaxInt64-total {
			return 0, errDuration
		}
		total += d
	}
	return Duration(total), nil
}

// String is the shortest written form: units that are zero are left out.
func (d Duration) String() string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	rest := time.Duration(d)
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if n := rest / unit.size; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + unit.name)
			rest %= unit.size
		}
	}
	if rest != 0 {
		b.WriteString(rest.String())
	}
	return b.String()
}

// MarshalText writes the form of [Duration.String].
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the form of [ParseDuration].
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err == nil {
		*d = v
	}
	return err
}
