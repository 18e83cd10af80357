package fake

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// fit says what a value of a kind is like. What is not an expression is a function.
func fit() map[string]any {
	return map[string]any{
		"email":                 `^[a-z0-9._']+@example\.(com|org|net)$`,
		"url":                   atExample,
		"avatar_url":            atExample,
		"image_url":             atExample,
		"domain_name":           `^[a-z]+\.example\.(com|org|net)$`,
		"uuid":                  `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		"uuid7":                 `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		"ulid":                  `^0[0-9A-HJKMNP-TV-Z]{25}$`,
		"nano_id":               `^[A-Za-z0-9_-]{21}$`,
		"object_id":             `^[0-9a-f]{24}$`,
		"sha256":                `^[0-9a-f]{64}$`,
		"slug":                  `^[a-z]+-[a-z]+-[a-z]+$`,
		"hashtag":               `^#[\p{L}]+#?$`,
		"mac_address":           `^02(:[0-9a-f]{2}){5}$`,
		"password":              goodPassword,
		"ipv4_address":          within4,
		"ipv6_address":          func(v string) bool { return netip.MustParsePrefix("2001:db8::/32").Contains(netip.MustParseAddr(v)) },
		"cidr":                  func(v string) bool { p, err := netip.ParsePrefix(v); return err == nil && p == p.Masked() },
		"credit_card_number":    func(v string) bool { return len(v) >= 15 && luhn(v) },
		"iban":                  isIBAN,
		"bic":                   `^XXXX[A-Z]{2}XX([0-9]{3})?$`,
		"routing_number":        `^9[0-9]{8}$`,
		"credit_card_exp":       `^(0[1-9]|1[0-2])/[0-9]{2}$`,
		"ean":                   func(v string) bool { return len(v) == 13 && v[0] == '2' && gs1(v) },
		"upc":                   func(v string) bool { return len(v) == 12 && v[0] == '2' && gs1(v) },
		"isbn":                  func(v string) bool { return len(v) == 13 && strings.HasPrefix(v, "978699") && gs1(v) },
		"vin":                   `^00[0-9A-HJ-NPR-Z]{6}[0-9X][0-9A-HJ-NPR-Z]{8}$`,
		"date":                  between(time.RFC3339, "2015-01-01T00:00:00Z", "2025-12-31T23:59:59Z"),
		"date_range":            between(time.RFC3339, "2015-01-01T00:00:00Z", "2025-12-31T23:59:59Z"),
		"past":                  between(time.RFC3339, "2025-05-17T12:00:00Z", "2026-05-17T11:59:59Z"),
		"recent":                between(time.RFC3339, "2026-05-10T12:00:00Z", "2026-05-17T11:59:59Z"),
		"future":                between(time.RFC3339, "2026-05-17T12:00:01Z", "2027-05-17T12:00:00Z"),
		"soon":                  between(time.RFC3339, "2026-05-17T12:00:01Z", "2026-05-24T12:00:00Z"),
		"birthdate":             between(time.DateOnly, "1950-01-01", "2005-12-31"),
		"time":                  between(time.TimeOnly, "00:00:00", "23:59:59"),
		"timezone":              func(v string) bool { return strings.Contains(v, "/") },
		"timezone_offset":       `^[+-](0\d|1[0-4]):(00|30|45)$`,
		"country_abr":           `^[A-Z]{2}$`,
		"country_code3":         `^[A-Z]{3}$`,
		"currency_short":        `^[A-Z]{3}$`,
		"airport_code":          `^[A-Z]{3}$`,
		"language_abbreviation": `^[a-z]{2}$`,
		"locale":                `^[a-z]{2}-[A-Z]{2}$`,
		"semver":                `^\d+\.\d+\.\d+(-(beta|rc)\.\d+)?$`,
		"mime_type":             `^[a-z]+/[a-z0-9.+-]+$`,
		"file_extension":        `^[a-z0-9]+$`,
		"cron":                  func(v string) bool { return len(strings.Fields(v)) == 5 },
		"hex_color":             `^#[0-9a-f]{6}$`,
		"rgb_color":             `^rgb\(\d{1,3}, \d{1,3}, \d{1,3}\)$`,
		"image":                 isPicture,
		"avatar":                isPicture,
		"user_agent":            `^Mozilla/5\.0 \(`,
		"coordinates":           `^-?\d+(\.\d+)?, -?\d+(\.\d+)?$`,
		"pattern":               `^[0-9]{3}-[a-z]{3}$`,
		"regex":                 `^[A-Z]{3}-[0-9]{4}$`,
	}
}

// fitOf are kinds that differ from language to language.
func fitOf() map[string][2]any {
	return map[string][2]any{
		"phone":           {`^[2-9]\d{2}55501\d{2}$`, `^154\d{8}$`},
		"phone_formatted": {`^\([2-9]\d{2}\) 555-01\d{2}$`, `^154 \d{4} \d{4}$`},
		"id_number":       {`^9\d{2}-00-\d{4}$`, isIdentity},
		"zip":             {`^\d{5}$`, `^\d{6}$`},
		"name":            {`^\S+ \S+$`, `^\p{Han}{2,4}$`},
		"username":        {`^[a-z0-9._]+$`, `^[a-z0-9._]+$`},
		"sentence":        {`^[A-Z0-9].*[.]$`, `^[\p{Han}，]+。$`},
		"question":        {`^[A-Z].*\?$`, `？$`},
		"gender":          {`^(fe)?male$`, `^[男女]$`},
		"vat_number":      {`^XX\d{9}$`, `^91990000[A-Z]{2}\d{8}$`},
	}
}

func TestValuesFitTheirKind(t *testing.T) {
	for in, locale := range locales {
		f := faker(t, 11, locale)
		all := fit()
		for kind, both := range fitOf() {
			all[kind] = both[in]
		}
		for kind, like := range all {
			fits := check(like)
			for range 300 {
				if v := f.must(t, kind).(string); !fits(v) {
					t.Errorf("%s in %s: %q", kind, locale, v)
					break
				}
			}
		}
	}
}

func check(like any) func(string) bool {
	if f, ok := like.(func(string) bool); ok {
		return f
	}
	return regexp.MustCompile(like.(string)).MatchString
}

func atExample(v string) bool {
	u, err := url.Parse(v)
	return err == nil && u.Scheme == "https" && regexp.MustCompile(`^([a-z]+\.)?example\.(com|org|net)$`).MatchString(u.Host)
}

func within4(v string) bool {
	for _, network := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"} {
		if netip.MustParsePrefix(network).Contains(netip.MustParseAddr(v)) {
			return true
		}
	}
	return false
}

func goodPassword(v string) bool {
	return len(v) == 16 && strings.ContainsAny(v, letters) && strings.ContainsAny(v, capitals) && strings.ContainsAny(v, digits) && strings.ContainsAny(v, "!#$%&*+-=?@_")
}

func luhn(v string) bool {
	sum := 0
	for i, r := range []byte(v) {
		n := int(r - '0')
		if (len(v)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

func gs1(v string) bool {
	sum := 0
	for i, r := range []byte(v) {
		sum += int(r-'0') * []int{3, 1}[(len(v)-i)%2]
	}
	return sum%10 == 0
}

func isIBAN(v string) bool {
	lengths := map[string]int{
		"AT": 20, "BE": 16, "CH": 21, "DE": 22, "DK": 18, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "IE": 22, "LU": 20, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "SE": 24,
	}
	var decimal strings.Builder
	for _, r := range v[4:] + v[:4] {
		fmt.Fprint(&decimal, strings.IndexRune(digits+capitals, r))
	}
	n, _ := new(big.Int).SetString(decimal.String(), 10)
	return len(v) == lengths[v[:2]] && n.Mod(n, big.NewInt(97)).Int64() == 1
}

// isIdentity is GB 11643 by its definition: the sum of each place times 2 to the power of its distance from the end is 1 modulo 11.
func isIdentity(v string) bool {
	sum := 0
	for i, r := range v {
		sum += strings.IndexRune("0123456789X", r) << (17 - i)
	}
	_, err := time.Parse("20060102", v[6:14])
	return len(v) == 18 && strings.HasPrefix(v, "990000") && err == nil && sum%11 == 1
}

func between(layout, from, to string) func(string) bool {
	return func(v string) bool {
		_, err := time.Parse(layout, v)
		return err == nil && from <= v && v <= to
	}
}

func isPicture(v string) bool {
	content, ok := strings.CutPrefix(v, "data:image/svg+xml,")
	text, err := url.PathUnescape(content)
	return ok && err == nil && strings.HasPrefix(text, "<svg ") && strings.HasSuffix(text, "</svg>") && !strings.ContainsAny(content, "\"<># ")
}

func TestArgumentsBound(t *testing.T) {
	f := faker(t, 1, "en")
	for range 300 {
		for _, c := range []struct {
			kind  string
			least float64
			most  float64
			args  []string
		}{
			{"number", -5, 5, []string{"-5", "5"}},
			{"number", 5000, 5000, []string{"5000"}},
			{"float", 0.25, 0.5, []string{"0.25", "0.5"}},
			{"price", 3, 4, []string{"3", "4"}},
			{"latitude", 50, 51, []string{"50", "51"}},
			{"age", 30, 31, []string{"30", "31"}},
			{"percentage", 0, 100, nil},
			{"http_status_code", 200, 504, nil},
			{"dice", 1, 20, []string{"20"}},
			{"rating", 1, 5, nil},
			{"unix", 1420070400, 1767225599, nil},
		} {
			var n float64
			if _, err := fmt.Sscan(fmt.Sprint(f.must(t, c.kind, c.args...)), &n); err != nil || n < c.least || n > c.most {
				t.Errorf("%s %v: %v, %v", c.kind, c.args, n, err)
			}
		}
	}
}

func TestLengthsAreThoseAskedFor(t *testing.T) {
	for _, locale := range locales {
		f := faker(t, 1, locale)
		for kind, length := range map[string]func(string) int{
			"hex": runes, "digit": runes, "letter": runes, "string": runes, "binary": runes, "password": runes, "lorem": wordsIn, "slug": func(v string) int { return strings.Count(v, "-") + 1 },
			"paragraphs": func(v string) int { return strings.Count(v, "\n\n") + 1 },
		} {
			if v := f.must(t, kind, "7").(string); length(v) != 7 {
				t.Errorf("%s 7 in %s: %q", kind, locale, v)
			}
		}
	}
	if v := faker(t, 1, "en").must(t, "sentence", "6").(string); wordsIn(v) != 6 {
		t.Errorf("sentence 6: %q", v)
	}
	if v := faker(t, 1, "zh-CN").must(t, "paragraph", "3").(string); strings.Count(v, "。") != 3 {
		t.Errorf("paragraph 3: %q", v)
	}
}

func runes(v string) int { return len([]rune(v)) }

func wordsIn(v string) int { return len(strings.Fields(v)) }

func TestTimesHaveTheFormatAskedFor(t *testing.T) {
	f := faker(t, 1, "en")
	for as, layout := range map[string]string{
		"yyyy-MM-dd": time.DateOnly, "yyyy/MM/dd HH:mm": "2006/01/02 15:04", "http": time.RFC1123, "rfc3339": time.RFC3339, "yyyy-MM-ddTHH:mm:ssXXX": time.RFC3339,
		"d. MMMM yyyy": "2. January 2006", "EEE h:mm A": "Mon 3:04 PM",
	} {
		if v := f.must(t, "date", as).(string); !between(layout, "", "~")(v) {
			t.Errorf("%s: %q", as, v)
		}
	}
	if v := f.must(t, "past", "1", "unix").(int); v >= int(noon().Unix()) || v < int(noon().Unix())-86400 {
		t.Errorf("a day in the past: %d", v)
	}
	for _, span := range [][2]string{{"2025-03-01", "2025-03-02"}, {"-2d", "now"}, {"-90m", "1h"}, {"2025-03-01T10:00:00+02:00", "2025-03-01T09:00:00Z"}} {
		f.must(t, "date_range", span[0], span[1])
	}
	if v := f.must(t, "date_range", "-2d", "now").(string); !between(time.RFC3339, "2026-05-15T12:00:00Z", "2026-05-17T12:00:00Z")(v) {
		t.Errorf("of the last two days: %s", v)
	}
}

func TestASequenceCounts(t *testing.T) {
	f := faker(t, 1, "en")
	var got []any
	for range 3 {
		got = append(got, f.must(t, "sequence"), f.must(t, "sequence", "100", "-10"))
	}
	if fmt.Sprint(got) != "[1 100 2 90 3 80]" {
		t.Errorf("%v", got)
	}
}

func TestChoicesAreAmongTheValues(t *testing.T) {
	f := faker(t, 1, "en")
	seen := map[any]int{}
	for range 300 {
		seen[f.must(t, "pick", "a", "b", "c")]++
		mixed := strings.Split(f.must(t, "shuffle", "x", "y", "z").(string), ", ")
		if slices.Sort(mixed); !slices.Equal(mixed, []string{"x", "y", "z"}) {
			t.Errorf("shuffled: %q", mixed)
		}
	}
	if len(seen) != 3 || seen["a"] < 50 || seen["b"] < 50 || seen["c"] < 50 {
		t.Errorf("picked: %v", seen)
	}
	for percent, want := range map[string]any{"0": false, "100": true} {
		if v := f.must(t, "bool", percent); v != want {
			t.Errorf("%s percent: %v", percent, v)
		}
	}
	if v := f.must(t, "generate", "{First_name} is {number 3 3} and lives in {zh.city}").(string); !regexp.MustCompile(`^[A-Z]\w+ is 3 and lives in \p{Han}+$`).MatchString(v) {
		t.Errorf("generated: %q", v)
	}
	if v := f.must(t, "generate", "no braces").(string); v != "no braces" {
		t.Errorf("generated: %q", v)
	}
}

func TestExpressionsMatchWhatIsMadeOfThem(t *testing.T) {
	f := faker(t, 1, "en")
	for _, text := range []string{
		`^[a-z]{3,8}\d*$`, `^(GET|POST) /[a-z]+(/\d+)?$`, `^\w+@\w+\.(com|org)$`, `^[^a-z]{5}$`, `^(?i)abc$`, `^.{10}$`, `^a?b+c*$`, `^[一-龥]{2,4}$`, `^$`, `^1[3-9]\d{9}$`,
		`^((a|b){2}-){3}\S$`, `^\p{Greek}+$`, `^(?:x{0,0}y)?$`,
	} {
		re := regexp.MustCompile(text)
		for range 100 {
			if v := f.must(t, "regex", text).(string); !re.MatchString(v) {
				t.Errorf("%s does not match %q", text, v)
				break
			}
		}
	}
	if v := f.must(t, "regex", `(((a{100}){10}b*)*c)*`).(string); len(v) > 3*mostRunes {
		t.Errorf("%d bytes", len(v))
	}
}

// A template that names itself, and one that grows, end.
func TestTemplatesEnd(t *testing.T) {
	v := faker(t, 1, "en").must(t, "generate", strings.Repeat("{paragraphs 100}", 1000)).(string)
	if len(v) > 2*maxText {
		t.Errorf("%d bytes", len(v))
	}
	c := &call{Faker: faker(t, 1, "en"), depth: maxDepth}
	if c.fill("{noun}"); c.err == nil {
		t.Error("a template as deep as that is filled")
	}
}

func TestAPlaceBelongsTogether(t *testing.T) {
	zh, en := faker(t, 1, "zh-CN"), faker(t, 1, "en")
	for range 200 {
		address := zh.must(t, "address").(string)
		if !slices.ContainsFunc(cities.items(chinese), func(item string) bool {
			p := strings.Split(item, ":")
			return strings.HasPrefix(address, p[1]+p[0]+p[4]) || p[0] == p[1] && strings.HasPrefix(address, p[0]+p[4])
		}) {
			t.Errorf("there is no such place: %s", address)
		}
		address = en.must(t, "address").(string)
		if !slices.ContainsFunc(cities.items(english), func(item string) bool {
			p := strings.Split(item, ":")
			return strings.Contains(address, ", "+p[0]+", "+p[2]+" "+p[3])
		}) {
			t.Errorf("there is no such place: %s", address)
		}
	}
}

// What is invented goes into JSON, into a number's place as a number.
func TestValuesAreJSON(t *testing.T) {
	f := faker(t, 1, "en")
	for _, kind := range []string{"number", "price", "latitude", "bool", "unix", "amount", "temperature"} {
		text, err := json.Marshal(f.must(t, kind))
		if err != nil || text[0] == '"' {
			t.Errorf("%s: %s, %v", kind, text, err)
		}
		if _, fraction, ok := strings.Cut(string(text), "."); ok && len(fraction) > 6 {
			t.Errorf("%s: %s", kind, text)
		}
	}
}
