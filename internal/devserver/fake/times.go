package fake

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// The first and last day of a date that nothing else is said of. They do not move with the clock, so that a seed gives the same dates on another day.
const (
	firstDay = "2015-01-01"
	lastDay  = "2025-12-31"
)

var (
	formats = []param{{name: "format", otherwise: "rfc3339"}}
	ranges  = []param{
		{name: "from", is: instant, otherwise: firstDay},
		{name: "to", is: instant, otherwise: lastDay, above: true},
		{name: "format", otherwise: "rfc3339"},
	}
	inAYear = []param{{name: "days", is: whole, otherwise: "365", least: 1, most: 36500}, {name: "format", otherwise: "rfc3339"}}
	inAWeek = []param{{name: "days", is: whole, otherwise: "7", least: 1, most: 36500}, {name: "format", otherwise: "rfc3339"}}
	hours   = []param{{name: "format", otherwise: "HH:mm:ss"}}
	years   = []param{
		{name: "least", is: whole, otherwise: "1970", most: 9999},
		{name: "most", is: whole, otherwise: "2025", most: 9999, above: true},
	}
	durations = []param{
		{name: "least", is: whole, otherwise: "1", most: 1e9},
		{name: "most", is: whole, otherwise: "7200", most: 1e9, above: true},
	}
)

var times = []kind{
	{name: "date", also: "date_time", params: formats, make: date},
	{name: "date_range", also: "date_between between", params: ranges, make: dateRange},
	{name: "past", also: "past_date date_past", params: inAYear, make: func(c *call, a args) any { return c.away(-1, a) }},
	{name: "future", also: "future_date date_future", params: inAYear, make: func(c *call, a args) any { return c.away(1, a) }},
	{name: "recent", also: "recent_date", params: inAWeek, make: func(c *call, a args) any { return c.away(-1, a) }},
	{name: "soon", also: "soon_date", params: inAWeek, make: func(c *call, a args) any { return c.away(1, a) }},
	{name: "time", params: hours, make: date},
	{name: "year", params: years, make: number},
	{name: "month", also: "month_number", make: func(c *call, _ args) any { return c.between(1, 12) }},
	{name: "month_name", also: "month_string", words: &months},
	{name: "weekday", also: "day_of_week", words: &weekdays},
	{name: "day", also: "day_of_month", make: func(c *call, _ args) any { return c.between(1, 28) }},
	{name: "hour", make: func(c *call, _ args) any { return c.between(0, 23) }},
	{name: "minute", make: func(c *call, _ args) any { return c.between(0, 59) }},
	{name: "second", make: func(c *call, _ args) any { return c.between(0, 59) }},
	{name: "nanosecond", make: func(c *call, _ args) any { return c.between(0, 999_999_999) }},
	{name: "unix", also: "timestamp unix_time epoch", make: func(c *call, _ args) any { return int(c.day(firstDay, lastDay).Unix()) }},
	{name: "unix_milli", also: "timestamp_ms epoch_ms", make: func(c *call, _ args) any { return int(c.day(firstDay, lastDay).UnixMilli()) }},
	{name: "duration", also: "seconds", params: durations, make: number},
	{name: "iso_duration", words: &isoDurations},
	{name: "day_part", words: &dayParts},
}

func date(c *call, a args) any { return format(c, c.day(firstDay, lastDay), a[0].text) }

func dateRange(c *call, a args) any { return format(c, c.instant(a[0].at, a[1].at), a[2].text) }

// day is a time of a day between two, both included, to the second.
func (c *call) day(from, to string) time.Time {
	first, _ := time.Parse(time.DateOnly, from)
	last, _ := time.Parse(time.DateOnly, to)
	return c.instant(first, last.Add(24*time.Hour-time.Second))
}

// instant is a time between two, to the second, in UTC.
func (c *call) instant(from, to time.Time) time.Time {
	return time.Unix(int64(c.between(int(from.Unix()), int(to.Unix()))), 0).UTC()
}

// away is a time up to so many days before or after now.
func (c *call) away(sign int, a args) any {
	seconds := c.between(1, a[0].i*24*60*60)
	return format(c, c.now().Add(time.Duration(sign*seconds)*time.Second).UTC().Truncate(time.Second), a[1].text)
}

// moment reads an argument that is a time.
func moment(text string, now func() time.Time) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", time.DateTime} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	if text == "now" {
		return now(), nil
	}
	if n, err := strconv.Atoi(strings.TrimRight(text, "dhm")); err == nil && text != "" && max(n, -n) <= 1e6 {
		switch strings.TrimLeft(text, "+-0123456789") {
		case "d":
			return now().AddDate(0, 0, n), nil
		case "h":
			return now().Add(time.Duration(n) * time.Hour), nil
		case "m":
			return now().Add(time.Duration(n) * time.Minute), nil
		}
	}
	return time.Time{}, errors.New("no time; write it like 2025-01-31, 2025-01-31T12:00:00Z, now, or -30d, 12h, 5m from now")
}

// format writes a time as its name says, or by a pattern such as yyyy-MM-dd.
func format(c *call, at time.Time, as string) any {
	switch strings.ToLower(as) {
	case "", "rfc3339", "iso":
		return at.Format(time.RFC3339)
	case "http", "rfc1123":
		return at.Format("Mon, 02 Jan 2006 15:04:05 GMT")
	case "unix":
		return int(at.Unix())
	case "unixmilli":
		return int(at.UnixMilli())
	}
	layout := strings.NewReplacer("yyyy", "2006", "yy", "06", "MMMM", "January", "MMM", "Jan", "MM", "01", "M", "1", "dd", "02", "d", "2",
		"EEEE", "Monday", "EEE", "Mon", "HH", "15", "hh", "03", "h", "3", "mm", "04", "m", "4", "ss", "05", "SSS", "000", "A", "PM", "XXX", "Z07:00").Replace(as)
	if layout == as {
		c.refuse(errors.New("the format " + strconv.Quote(as) + " is none; write rfc3339, http, unix, unixmilli, or a pattern of yyyy, MM, dd, HH, mm, ss"))
	}
	return at.Format(layout)
}
