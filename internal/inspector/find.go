package inspector

import (
	"strings"

	"github.com/lingpai/lingpai/internal/pattern"
)

// Place is where in a text a token was found.
type Place string

// The places.
const (
	Bare          Place = "bare"          // the text is the token
	Authorization Place = "authorization" // after Bearer or DPoP
	Cookie        Place = "cookie"        // a cookie's value
	JSON          Place = "json"          // in a JSON document
	Address       Place = "address"       // in the query or fragment of a URL
	Curl          Place = "curl"          // in a curl line
	Amid          Place = "amid"          // somewhere in other text
)

// The header of a token is JSON, so that its base64url begins with "ey" ("{" and a quote, a space or a line break). It is looked for at
// the beginning of words alone, which keeps engines that backtrack from trying every letter of a long one.
var (
	candidate = pattern.Lazy(`(?:^|[^A-Za-z0-9_-])(ey[A-Za-z0-9_-]*={0,2}(?:\.[A-Za-z0-9_-]*={0,2}){2}(?:(?:\.[A-Za-z0-9_-]*={0,2}){2})?)`)

	afterScheme = pattern.Lazy(`(?i)\b(?:bearer|dpop)\s+["']?$`)
	afterName   = pattern.Lazy(`access_token\\?["']?\s*[:=]\s*\\?["']?$`)
	afterCookie = pattern.Lazy(`(?:^|[;\s:'"])[A-Za-z0-9_.-]+=$`)
	afterQuery  = pattern.Lazy(`[#?&][A-Za-z0-9_.-]+=$`)
	curlLine    = pattern.Lazy(`^\s*(?:\$\s+)?curl\s`)
	jsonText    = pattern.Lazy(`^\s*[{\[]`)
	scheme      = pattern.Lazy(`(?i)^(?:authorization\s*:\s*)?(?:(?:bearer|dpop)\s+)?`)
)

// lookBack is how much of the text before a token says where it was.
const lookBack = 80

// Find takes the token out of a text: the text itself, an Authorization header, a cookie header, a URL, JSON, a curl line. Of several it
// prefers the one called access_token, then one in an Authorization header, then the first. A text without a token is returned trimmed,
// and without "Authorization: Bearer", so that [Inspect] can say what is wrong with it.
func Find(text string) (token string, where Place) {
	text = strings.TrimSpace(text)
	best, rank := []int(nil), -1
	for _, at := range candidate().FindAllStringSubmatchIndex(text, -1) {
		if r := preference(text, at[2]); r > rank {
			best, rank = at[2:], r
		}
	}
	if best == nil || best[0] == 0 && best[1] == len(text) {
		return bare(text), Bare
	}
	return text[best[0]:best[1]], placeOf(text, best[0])
}

func preference(text string, at int) int {
	switch before := text[max(0, at-lookBack):at]; {
	case afterName().MatchString(before):
		return 2
	case afterScheme().MatchString(before):
		return 1
	}
	return 0
}

func bare(text string) string {
	return strings.Trim(text[len(scheme().FindString(text)):], "\"' \t\r\n")
}

func placeOf(text string, at int) Place {
	before := text[max(0, at-lookBack):at]
	switch {
	case curlLine().MatchString(text):
		return Curl
	case jsonText().MatchString(text):
		return JSON
	case afterScheme().MatchString(before):
		return Authorization
	case afterQuery().MatchString(before):
		return Address
	case afterCookie().MatchString(before):
		return Cookie
	}
	return Amid
}
