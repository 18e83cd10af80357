package fake

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

var (
	sexes = []param{{name: "sex", oneOf: "female male"}}
	ages  = []param{
		{name: "least", is: whole, otherwise: "18", most: 150},
		{name: "most", is: whole, otherwise: "80", most: 150, above: true},
	}
)

var people = []kind{
	{name: "name", also: "full_name person_name real_name", params: sexes, make: name},
	{name: "first_name", also: "given_name first", params: sexes, make: func(c *call, a args) any { return givenName(c, a[0].text) }},
	{name: "last_name", also: "family_name surname last", words: &surnames},
	{name: "middle_name", words: &middleNames},
	{name: "name_prefix", also: "prefix honorific", words: &prefixes},
	{name: "name_suffix", also: "suffix", words: &suffixes},
	{name: "nickname", also: "display_name gamer_tag", words: &nicknames},
	{name: "username", also: "login internet_username", make: username},
	{name: "email", also: "example_email email_address", make: email},
	{name: "phone", also: "phone_number telephone tel mobile", words: &phones},
	{name: "phone_formatted", also: "phone_formated formatted_phone", words: &formattedPhones},
	{name: "area_code", words: &areaCodes},
	{name: "pinyin", words: &pinyin},
	{name: "family_member", words: &family},
	{name: "gender", also: "sex", words: &genders},
	{name: "age", params: ages, make: number},
	{name: "birthdate", also: "birthday date_of_birth dob", params: []param{{name: "format", otherwise: "yyyy-MM-dd"}}, make: birthdate},
	{name: "zodiac", also: "zodiac_sign", words: &zodiac},
	{name: "blood_type", words: &bloodTypes},
	{name: "job_title", also: "job person_job_title profession", words: &jobTitles},
	{name: "job_level", also: "job_descriptor", words: &jobLevels},
	{name: "department", also: "job_area job_type", words: &departments},
	{name: "hobby", words: &hobbies},
	{name: "bio", words: &bios},
	{name: "school", also: "university", words: &schools},
	{name: "avatar", also: "image_avatar avatar_image", make: avatar},
	{name: "avatar_url", words: &avatarURLs},
	{name: "id_number", also: "ssn national_id id_card identity_card", make: idNumber},
}

func name(c *call, a args) any {
	if c.in == chinese {
		return c.pick(&surnames) + givenName(c, a[0].text)
	}
	return givenName(c, a[0].text) + " " + c.pick(&surnames)
}

func givenName(c *call, sex string) string {
	if sex == "female" || sex == "" && c.chance(50) {
		return c.pick(&women)
	}
	return c.pick(&men)
}

func username(c *call, _ args) any {
	return strings.ToLower(c.from(&usernames))
}

func email(c *call, _ args) any {
	return c.text("username") + "@" + c.pick(&mailHosts)
}

func birthdate(c *call, a args) any {
	return format(c, c.day("1950-01-01", "2005-12-31"), a[0].text)
}

// avatar is a picture that no network is needed for: a disc with the first letter of a name.
func avatar(c *call, _ args) any {
	first, _ := utf8.DecodeRuneInString(c.text("name"))
	return picture(96, 96, `<circle cx="48" cy="48" r="48" fill="`+c.text("hex_color")+`"/>`+
		`<text x="48" y="64" font-size="44" font-family="sans-serif" text-anchor="middle" fill="#fff">`+string(first)+`</text>`)
}

// picture is an SVG as an address.
func picture(width, height int, content string) string {
	return "data:image/svg+xml," + url.PathEscape(`<svg xmlns="http://www.w3.org/2000/svg" width="`+itoa(width)+`" height="`+itoa(height)+`">`+content+`</svg>`)
}

// idNumber is one that nobody can have: of an area that is none, in English with a group that is never given, with the check digit of GB 11643 in Chinese.
func idNumber(c *call, _ args) any {
	if c.in == english {
		return "9" + c.of(digits, 2) + "-00-" + c.of(digits, 4)
	}
	body := "990000" + c.day("1950-01-01", "2005-12-31").Format("20060102") + c.of(digits, 3)
	return body + checkGB11643(body)
}
