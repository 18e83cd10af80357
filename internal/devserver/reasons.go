package devserver

import (
	"strings"

	"github.com/lingpai/lingpai/internal/cors"
	"github.com/lingpai/lingpai/internal/devserver/exchange"
	"github.com/lingpai/lingpai/internal/webui"
)

// because makes a reason of a sentence in the catalogue of the pages.
func because(code string, args ...any) webui.DevReason {
	return webui.DevReason{Code: code, Args: args}
}

// acrossOrigins is the reason why a page of another origin cannot read an answer.
type acrossOrigins struct{ *cors.Diagnosis }

// String is the sentence in English, as `lingpai doctor` says it.
func (a acrossOrigins) String() string { return a.Summary() }

// words are those of the catalogue of the pages.
func (a acrossOrigins) words() webui.DevReason {
	step, what := a.Main()
	code := "asked_across"
	if step == "preflight" {
		code = "preflight_across"
	}
	return webui.DevReason{Code: code, Args: []any{a.Page, a.Target, ofCORS(a.HowItDiffers()), ofCORS(what)}}
}

func ofCORS(p cors.Phrase) webui.CORSPhrase {
	args := make([]any, len(p.Args))
	for i, arg := range p.Args {
		args[i] = arg
		if part, ok := arg.(cors.Phrase); ok {
			args[i] = ofCORS(part)
		}
	}
	return webui.CORSPhrase{Code: string(p.Code), Args: args}
}

// sentence says why, in a language. What somebody else said stays as it was said.
func sentence(l webui.Lang, why []exchange.Reason) string {
	said := make([]string, len(why))
	for i, one := range why {
		switch one := one.(type) {
		case exchange.Refused:
			said[i], _ = l.Refusal(one.Code, one.Args...)
		case webui.DevReason:
			said[i] = l.DevReason(one)
		case acrossOrigins:
			said[i] = l.DevReason(one.words())
		default:
			said[i] = one.String()
		}
	}
	return strings.Join(said, l.Semicolon())
}
