package doctest

import (
	"flag"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/fault"
)

var update = flag.Bool("update", false, "write the pages of docs/ that are made here")

const refusalsHead = `# Refusals

<!-- Made from the table in internal/fault/code.go; change that, then run: go test ./internal/doctest -run TestRefusalsPage -update -->

Every refusal has a stable code. A program switches on the code; the sentence in ` + "`detail`" + ` is for people and may be reworded. The answer is
` + "`application/problem+json`" + ` (RFC 9457):

` + "```json" + `
{
  "type": "about:blank",
  "title": "Unauthorized",
  "status": 401,
  "code": "token_expired",
  "detail": "The token expired 42 seconds ago.",
  "request_id": "K7QM-2XWD"
}
` + "```" + `

- ` + "`request_id`" + ` is also in the ` + "`X-Request-Id`" + ` header and in the server's log.
- ` + "`help`" + ` is there in ` + "`lingpai dev`" + `, and nowhere else: the address of a page that shows the request, the token that it brought, and what is wrong with it. The token is not in
  the address.
- ` + "`errors`" + ` is there when single members of the body are wrong: an object of member names and sentences.
- ` + "`add`" + ` is there when a few lines in a file of yours would have the request answered ([` + "`route_missing`" + `](#route_missing)): the name of the
  ` + "`file`" + `, the ` + "`lines`" + ` as they have to stand there, and in ` + "`to`" + ` the key at the end of whose list they belong.
- A 401 carries ` + "`WWW-Authenticate: Bearer realm=\"lingpai\"`" + ` (RFC 6750), with ` + "`error`" + ` and ` + "`error_description`" + ` only if the request had an
  ` + "`Authorization`" + ` header. Never ` + "`Basic`" + `, so no browser opens its own dialog.
- ` + "`Retry-After`" + ` says after how many seconds to come back. ` + "`rate_limited` and `too_busy`" + ` always carry it, ` + "`unavailable`" + `
  where the time is known.
- Refusals are never stored: ` + "`Cache-Control: no-store`" + `.
- A person who opens a page without a living session is sent to the sign-in page instead (303).

| code | status | ` + "`error`" + ` |
|---|---|---|
`

// blank stands where a sentence takes a value.
var blank = regexp.MustCompile(`%[sd]`)

func refusalsPage() string {
	var b strings.Builder
	b.WriteString(refusalsHead)
	for _, c := range fault.Codes() {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %d | %s |\n", c, c, c.Status(), code(c.BearerError()))
	}
	for _, c := range fault.Codes() {
		text := blank.ReplaceAllString(c.Text(), "…")
		if text == "…" {
			text = "The sentence names the member and what belongs in it."
		}
		fmt.Fprintf(&b, "\n## `%s`\n\n%d %s. %s\n\n%s\n", c, c.Status(), http.StatusText(c.Status()), text, c.Advice())
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func TestRefusalsPage(t *testing.T) {
	holdPage(t, "refusals.md", refusalsPage())
}
