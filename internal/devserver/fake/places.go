package fake

import (
	"slices"
	"strings"
)

var (
	latitudes = []param{
		{name: "least", is: decimal, otherwise: "-90", least: -90, most: 90},
		{name: "most", is: decimal, otherwise: "90", least: -90, most: 90, above: true},
	}
	longitudes = []param{
		{name: "least", is: decimal, otherwise: "-180", least: -180, most: 180},
		{name: "most", is: decimal, otherwise: "180", least: -180, most: 180, above: true},
	}
)

var places = []kind{
	{name: "address", also: "full_address location", make: address},
	{name: "street", also: "street_address", words: &streets},
	{name: "street_name", words: &streetNames},
	{name: "street_number", also: "building_number", make: func(c *call, _ args) any { return itoa(c.between(1, 999)) }},
	{name: "street_suffix", words: &streetSuffixes},
	{name: "secondary_address", also: "unit_number apartment", words: &apartments},
	{name: "city", also: "town", words: &cities, field: 1},
	{name: "city_short", words: &shortCities},
	{name: "district", also: "county", words: &cities, field: 5},
	{name: "state", also: "province", words: &cities, field: 2},
	{name: "state_abr", also: "state_abbr state_abbreviation state_code province_code", words: &cities, field: 3},
	{name: "province_city", also: "city_state", make: func(c *call, _ args) any { return c.belonging(1, 0) }},
	{name: "province_city_district", make: func(c *call, _ args) any { return c.belonging(1, 0, 4) }},
	{name: "region", words: &regions},
	{name: "zip", also: "zip_code postcode postal_code", make: zip},
	{name: "country", also: "country_name", words: &countries, field: 1},
	{name: "country_abr", also: "country_code country_abbr iso_country_code", words: &countries, field: 2},
	{name: "country_code3", also: "country_abr3 country_alpha3", words: &countries, field: 3},
	{name: "nationality", words: &countries, field: 4},
	{name: "continent", words: &continents},
	{name: "latitude", also: "lat latitude_range", params: latitudes, make: coordinate},
	{name: "longitude", also: "lng lon long longitude_range", params: longitudes, make: coordinate},
	{name: "coordinates", also: "lat_lng geo", words: &coordinates},
	{name: "direction", also: "cardinal_direction compass", words: &directions},
	{name: "timezone", also: "timezone_region", words: &timezones},
	{name: "timezone_offset", also: "utc_offset", words: &offsets},
	{name: "airport", words: &airports, field: 1},
	{name: "airport_code", also: "airport_iata", words: &airports, field: 2},
}

// address has a city, its state or province and a post code that belong together.
func address(c *call, _ args) any {
	place := c.fields(&cities)
	city, state, short, code, district := place[0], place[1], place[2], place[3], place[4]
	if c.in == english {
		return c.from(&streets) + ", " + city + ", " + short + " " + code + c.of(digits, 2)
	}
	if city == state { // of Beijing, Shanghai, Tianjin and Chongqing
		state = ""
	}
	return state + city + district + c.from(&streets)
}

// belonging is parts of one city, from the large to the small in Chinese and the other way in English.
func (c *call) belonging(parts ...int) string {
	place, between := c.fields(&cities), " "
	if c.in == english {
		slices.Reverse(parts)
		between = ", "
	}
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = place[part]
	}
	return strings.Join(names, between)
}

func zip(c *call, _ args) any { return c.fields(&cities)[3] + c.of(digits, 2) }

// coordinate has six digits after the point, which is a decimetre.
func coordinate(c *call, a args) any { return c.decimal(a[0].n, a[1].n, 6) }
