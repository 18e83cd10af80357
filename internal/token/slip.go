package token

import (
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
)

// NoScheme is the refusal of a request whose Authorization header begins with no scheme that is taken here. It names the slip, if it is one of those
// that people make, and never a part of what was sent. It is no work for a request that is in order.
func NoScheme(authorization string) *fault.Refusal {
	r := fault.Refuse(fault.TokenMissing)
	r.Slip = slipBefore(strings.TrimSpace(authorization))
	return r
}

// Slip names what was done wrong with an Authorization header that is refused, in a sentence of ours; "" for nothing that is known.
func Slip(authorization string) string {
	sent := strings.TrimSpace(authorization)
	scheme, raw, _ := strings.Cut(sent, " ")
	if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "DPoP") {
		return slipBefore(sent)
	}
	if slip := slipIn(strings.TrimLeft(raw, " ")); slip != "" {
		return fault.Refuse(fault.TokenMalformed, slip).Detail()
	}
	return ""
}

// foreign are schemes that others take. A word that is none of these may be a part of a token.
var foreign = []string{"Basic", "Digest", "Token", "JWT", "OAuth", "ApiKey", "Negotiate"}

func slipBefore(sent string) string {
	word, rest, _ := strings.Cut(sent, " ")
	name := strings.TrimRight(word, ":=")
	_, named := cutFold(word, "authorization:")
	switch after, begins := cutFold(word, "bearer"); {
	case looksLikeToken(unquoted(sent)):
		return "The Authorization header has a token without the word Bearer before it."
	case begins && strings.HasPrefix(after, ":"):
		return "The Authorization header has a colon after the word Bearer, where a space belongs."
	case begins && after != "":
		return "The Authorization header has no space between the word Bearer and the token."
	case named:
		return "The Authorization header repeats its own name; it begins with the word Bearer."
	case unquoted(word) != word && rest != "":
		return "The Authorization header is in quotes; send it without."
	}
	for _, scheme := range foreign {
		if strings.EqualFold(name, scheme) {
			return "The Authorization header says " + scheme + "; the access token comes after the word Bearer."
		}
	}
	return ""
}

// slipIn names what is wrong with a token that has not the form of one, in words that go on from "This is not a token"; "" for nothing that is known.
func slipIn(token string) string {
	_, twice := cutFold(token, "bearer ")
	switch {
	case twice:
		return "the word Bearer stands before it twice"
	case token == "undefined", token == "null", token == "[object Object]", token == "NaN":
		return "it is the word " + strings.Trim(token, "[]") + ", so the client held no token when it sent this"
	case strings.HasPrefix(token, "lpr_"):
		return "it is a refresh token, and the access token belongs here"
	case unquoted(token) != token:
		return "it is in quotes"
	case strings.Trim(token, "<>{}$") != token:
		return "it is in brackets, as in an example that was not filled in"
	case strings.ContainsAny(token, " \t"):
		return "there is a space in it"
	}
	return ""
}

func unquoted(s string) string { return strings.Trim(s, "\"'`") }

// looksLikeToken holds for three segments of which the first is the beginning of a JSON object, as that of every JWT.
func looksLikeToken(s string) bool {
	return strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") == 2 && !strings.Contains(s, " ")
}

// cutFold is strings.CutPrefix without regard to case.
func cutFold(s, prefix string) (after string, found bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
