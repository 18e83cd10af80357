package fake

import (
	"math"
	"strconv"
)

const (
	letters   = "abcdefghijklmnopqrstuvwxyz"
	capitals  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits    = "0123456789"
	hexDigits = "0123456789abcdef"

	most = 1<<53 - 1 // of the whole numbers that JSON and JavaScript carry unharmed
)

var (
	wholes = []param{
		{name: "least", is: whole, otherwise: "0", least: -most, most: most},
		{name: "most", is: whole, otherwise: "1000", least: -most, most: most, above: true},
	}
	decimals = []param{
		{name: "least", is: decimal, otherwise: "0", least: -most, most: most},
		{name: "most", is: decimal, otherwise: "1000", least: -most, most: most, above: true},
		{name: "digits", is: whole, otherwise: "2", most: 12},
	}
	percents = []param{
		{name: "least", is: decimal, otherwise: "0", most: 100},
		{name: "most", is: decimal, otherwise: "100", most: 100, above: true},
		{name: "digits", is: whole, otherwise: "1", most: 12},
	}
	chances = []param{{name: "percent", is: decimal, otherwise: "50", most: 100}}
	lengths = []param{{name: "length", is: whole, otherwise: "1", least: 1, most: 1000}}
	longer  = []param{{name: "length", is: whole, otherwise: "8", least: 1, most: 1000}}
	steps   = []param{{name: "start", is: whole, otherwise: "1", least: -most, most: most}, {name: "step", is: whole, otherwise: "1", least: -1e6, most: 1e6}}
	rolls   = []param{{name: "sides", is: whole, otherwise: "6", least: 2, most: 1000}}
)

var numbers = []kind{
	{name: "number", also: "int integer int_range natural whole_number", params: wholes, make: number},
	{name: "float", also: "decimal float64 float32 float_range float64_range float32_range number_float", params: decimals, make: decimalBetween},
	{name: "percentage", also: "percent", params: percents, make: decimalBetween},
	{name: "sequence", also: "increment auto_increment inc serial", params: steps, make: sequence},
	{name: "bool", also: "boolean flip_a_coin", params: chances, make: func(c *call, a args) any { return c.chance(a[0].n) }},
	{name: "digit", also: "digits digit_n numeric", params: lengths, make: func(c *call, a args) any { return c.of(digits, a[0].i) }},
	{name: "letter", also: "letters letter_n alpha", params: lengths, make: func(c *call, a args) any { return c.of(letters, a[0].i) }},
	{name: "upper_letter", also: "capital", params: lengths, make: func(c *call, a args) any { return c.of(capitals, a[0].i) }},
	{name: "string", also: "alphanumeric chars", params: longer, make: func(c *call, a args) any { return c.of(letters+capitals+digits, a[0].i) }},
	{name: "hex", also: "hexadecimal hex_uint", params: longer, make: func(c *call, a args) any { return c.of(hexDigits, a[0].i) }},
	{name: "binary", params: longer, make: func(c *call, a args) any { return c.of("01", a[0].i) }},
	{name: "octal", params: longer, make: func(c *call, a args) any { return c.of(digits[:8], a[0].i) }},
	{name: "dice", params: rolls, make: func(c *call, a args) any { return c.between(1, a[0].i) }},
}

func number(c *call, a args) any { return c.between(a[0].i, a[1].i) }

func decimalBetween(c *call, a args) any { return c.decimal(a[0].n, a[1].n, a[2].i) }

// decimal is a number from least to most with so many digits after the point.
func (c *call) decimal(least, most float64, digits int) float64 {
	scale := math.Pow10(digits)
	n := math.Round((least+c.random.Float64()*(most-least))*scale) / scale
	return max(least, min(n, most))
}

// sequence counts by itself for each start and step.
func sequence(c *call, a args) any {
	key := a[0].text + "+" + a[1].text
	n := c.counted[key]
	c.counted[key]++
	return a[0].i + n*a[1].i
}

func itoa(n int) string { return strconv.Itoa(n) }

// atoi is the number that an item of one of our lists is.
func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
