package fake

import (
	"encoding/hex"
	"strings"
	"time"
)

var (
	ports = []param{
		{name: "least", is: whole, otherwise: "1024", least: 1, most: 65535},
		{name: "most", is: whole, otherwise: "65535", least: 1, most: 65535, above: true},
	}
	passwords = []param{{name: "length", is: whole, otherwise: "16", least: 4, most: 256}}
	slugs     = []param{{name: "words", is: whole, otherwise: "3", least: 1, most: 20}}
	nanoSizes = []param{{name: "length", is: whole, otherwise: "21", least: 1, most: 256}}
)

var internet = []kind{
	{name: "url", also: "website homepage uri link", words: &urls},
	{name: "domain_name", also: "domain hostname host", words: &domains},
	{name: "domain_word", also: "subdomain", words: &domainWords},
	{name: "domain_suffix", also: "tld top_level_domain", words: &domainSuffixes},
	{name: "url_path", also: "pathname", words: &urlPaths},
	{name: "protocol", also: "scheme", words: &protocols},
	{name: "slug", also: "url_slug", params: slugs, make: slug},
	{name: "hashtag", also: "tag", make: hashtag},
	{name: "ipv4_address", also: "ipv4 ip ip_address", words: &ipv4},
	{name: "ipv6_address", also: "ipv6", make: func(c *call, _ args) any { return "2001:db8:" + c.groups(6, 4, hexDigits, ":") }},
	{name: "cidr", words: &networks},
	{name: "mac_address", also: "mac", make: func(c *call, _ args) any { return "02:" + c.groups(5, 2, hexDigits, ":") }},
	{name: "port", params: ports, make: number},
	{name: "user_agent", also: "browser_user_agent", words: &userAgents},
	{name: "http_method", also: "method", words: &methods},
	{name: "http_status_code", also: "status_code http_status", make: func(c *call, _ args) any { return atoi(c.pick(&statuses)) }},
	{name: "http_version", words: &httpVersions},
	{name: "header_name", words: &headers},
	{name: "password", also: "pwd passphrase", params: passwords, make: password},
	{name: "uuid", also: "guid uuid4 uuid_v4", make: uuid4},
	{name: "uuid7", also: "uuid_v7", make: uuid7},
	{name: "ulid", make: ulid},
	{name: "nano_id", params: nanoSizes, make: func(c *call, a args) any { return c.of(letters+capitals+digits+"-_", a[0].i) }},
	{name: "object_id", also: "mongo_id mongodb_object_id", words: &objectIDs},
	{name: "md5", words: &md5Sums},
	{name: "sha1", words: &sha1Sums},
	{name: "sha256", also: "hash", words: &sha256Sums},
	{name: "log_level", words: &logLevels},
}

// slug is in English in both languages, because addresses are.
func slug(c *call, a args) any {
	c.in = english
	return c.join(&slugWords, a[0].i, "-")
}

func hashtag(c *call, _ args) any {
	if c.in == chinese {
		return "#" + c.text("noun") + "#"
	}
	return "#" + joined(c.text("adjective")) + capitalise(joined(c.text("noun")))
}

// joined is a text without what a tag cannot have.
func joined(text string) string { return strings.NewReplacer(" ", "", "-", "", "'", "").Replace(text) }

// password has a letter of each case, a digit and a sign, as forms that judge passwords by that want it. It is no secret.
func password(c *call, a args) any {
	const signs = "!#$%&*+-=?@_"
	text := []byte(c.of(letters, 1) + c.of(capitals, 1) + c.of(digits, 1) + c.of(signs, 1) + c.of(letters+capitals+digits+signs, a[0].i-4))
	c.random.Shuffle(len(text), func(i, j int) { text[i], text[j] = text[j], text[i] })
	return string(text)
}

// uuid4 is of version 4 (RFC 9562, section 5.4).
func uuid4(c *call, _ args) any {
	var id [16]byte
	c.fillRandom(id[:])
	return formatUUID(id, 4)
}

// uuid7 is of version 7 (RFC 9562, section 5.7): it begins with the time.
func uuid7(c *call, _ args) any {
	var id [16]byte
	c.fillRandom(id[:])
	putMillis(id[:6], c.now())
	return formatUUID(id, 7)
}

func formatUUID(id [16]byte, version byte) string {
	id[6] = id[6]&0x0f | version<<4
	id[8] = id[8]&0x3f | 0x80
	text := hex.EncodeToString(id[:])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

// ulid is 48 bits of time and 80 of chance in the base 32 of Crockford, from the first digit to the last.
func ulid(c *call, _ args) any {
	const base32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	text := make([]byte, 10, 26)
	for i, ms := 9, c.now().UnixMilli(); i >= 0; i, ms = i-1, ms>>5 {
		text[i] = base32[ms&31]
	}
	return string(text) + c.of(base32, 16)
}

func putMillis(to []byte, at time.Time) {
	ms := at.UnixMilli()
	for i := range to {
		to[i] = byte(ms >> (8 * (len(to) - 1 - i)))
	}
}

func (c *call) fillRandom(to []byte) {
	for i := range to {
		to[i] = byte(c.between(0, 255))
	}
}

// groups are n groups of so many characters of an alphabet.
func (c *call) groups(n, each int, alphabet, between string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = c.of(alphabet, each)
	}
	return strings.Join(parts, between)
}
