package cors

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Code names a sentence, or a part of one, so that a page words it in another language.
type Code string

// Phrase is a sentence by its code and by what fills its placeholders: texts, numbers and phrases.
type Phrase struct {
	Code Code  `json:"code"`
	Args []any `json:"args,omitempty"`
}

func phrase(code Code, args ...any) Phrase { return Phrase{code, args} }

// String is the phrase in English; "" for the zero value.
func (p Phrase) String() string {
	pairs := make([]string, 0, 2*len(p.Args))
	for i, a := range p.Args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", fmt.Sprint(a))
	}
	return strings.NewReplacer(pairs...).Replace(english[p.Code])
}

// Codes lists all codes in order.
func Codes() []Code { return slices.Sorted(maps.Keys(english)) }

// english words each code; {0}, {1} … are its arguments.
var english = map[Code]string{
	// What is wrong with sending.
	"mixed_content": "a page of https asks an address of http",

	// What is wrong with the answer to a preflight.
	"preflight_unanswered": "OPTIONS was not answered: {0}",
	"preflight_redirected": "OPTIONS is answered by a redirect ({0} to {1}), which a preflight must not follow",
	"preflight_refused":    "OPTIONS is refused with {0}: the backend wants a token, and browsers send none with a preflight",
	"preflight_failed":     "OPTIONS is answered with {0}, and only 2xx counts",
	"method_refused":       "the method {0} is not allowed ({1})",
	"header_refused":       "the header {0} is not allowed ({1})",
	"line_is":              "{0} is {1}",
	"line_missing":         "no {0} came",

	// What is wrong with the answer.
	"unanswered": "nothing was answered: {0}",
	"redirected": "the answer is a redirect ({0}) to {1}, a third origin",

	// What is wrong with either.
	"origin_missing":      "no {0} came with it",
	"origin_many":         "{0} says more than one value ({1}), and only one is allowed",
	"origin_star":         "{0} is {1}, which does not count for requests with cookies",
	"origin_other":        "{0} is {1}, and the page is of {2}",
	"origin_almost":       "{0} is {1}, and the page is of {2} ({3})",
	"slash":               "without a slash at the end",
	"spelling":            "written otherwise; it is compared letter by letter",
	"credentials_missing": "cookies are sent, and {0} is not there",
	"credentials_other":   "cookies are sent, and {0} is {1}",
	"vary_missing":        "{0} does not name {1}",

	// The parts in which two origins differ.
	"differs_protocol":             "the protocol differs",
	"differs_domain":               "the domain differs",
	"differs_port":                 "the port differs",
	"differs_protocol_domain":      "protocol and domain differ",
	"differs_protocol_port":        "protocol and port differ",
	"differs_domain_port":          "domain and port differ",
	"differs_protocol_domain_port": "protocol, domain and port differ",

	// What the browser does about it.
	"sends_nothing":        "The browser sends nothing: this is mixed content, which no header allows.",
	"sends_only_preflight": "The browser does not send the request itself.",
	"same_error":           "The page sees the same network error as for missing headers, though this is no matter of CORS.",
	"keeps_answer":         "The request was sent and may have had its effect; the browser keeps the answer from the page, which sees a network error.",
	"hides_status":         "The browser hides this {0}: the page sees a network error, and cannot know that it should {1}.",
	"sign_in":              "sign in or refresh",
	"ask_later":            "ask again later",
	"say_fault":            "say what went wrong",
	"follows_as_null":      "The browser follows with {0}, which hardly any backend allows.",
	"cache_mixes":          "A cache may give this answer to pages of other origins, who then cannot read it.",

	// What else mends it.
	"use_https":          "serve the backend by https",
	"see_options":        "see whether the backend runs, and whether something before it swallows OPTIONS",
	"see_backend":        "see whether the backend runs, and whether its certificate is trusted",
	"ask_target":         "ask the address that it leads to, down to the slash at its end",
	"ask_directly":       "ask that address directly; a sign-in page is opened, not fetched",
	"options_first":      "answer OPTIONS before the login is looked at",
	"options_204":        "answer OPTIONS with 204",
	"star_is_no_header":  "* stands for no header when cookies are sent, and never for Authorization",
	"send_back_one":      "two programs set it, or a list was written; send back the one Origin that asked, if it is on your list",
	"true_small_letters": "it is the word true, in small letters",
}

func inWords(parts []string) Phrase { return phrase(Code("differs_" + strings.Join(parts, "_"))) }
