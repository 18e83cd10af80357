package webui

import (
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
)

// Refusal words a refusal for a person: one sentence that says what happened, and what to do about it. Arguments are strings, integers
// and durations ("42 seconds", "42 秒"), as in [fault.Refusal]. In English the sentence is the `detail` that the API sends. Other
// languages leave out an argument that is English prose (why a body cannot be read, say).
func (l Lang) Refusal(code fault.Code, args ...any) (sentence, whatToDo string) {
	code = known(code)
	if len(args) == 0 {
		sentence = l.bare(code)
	} else {
		sentence = l.text("refusal."+string(code), args...)
	}
	return sentence, l.text("advice." + string(code))
}

// bare is the sentence of a code whose arguments are unknown: an ellipsis stands for each.
func (l Lang) bare(code fault.Code) string {
	return l.text("refusal."+string(code), "…", "…")
}

// known maps a code that has no words to the one for faults of ours.
func known(code fault.Code) fault.Code {
	if slices.Contains(fault.Codes(), code) {
		return code
	}
	return fault.Internal
}

// Problem is what is wrong with one field of a form. Make one with the functions below; the page finds the words.
type Problem struct {
	key  string
	args []any
}

// Problems holds what is wrong with a form, by the name of the field. A field may have several problems; each becomes a sentence.
type Problems map[string][]Problem

// Add notes a problem of a field.
func (p *Problems) Add(field string, problem Problem) {
	if *p == nil {
		*p = make(Problems)
	}
	(*p)[field] = append((*p)[field], problem)
}

// What may be wrong with a field.
var (
	WrongPassword = Problem{key: "wrong"}         // the password given as the present one is not it
	Common        = Problem{key: "common"}        // a password that many people use
	Stolen        = Problem{key: "stolen"}        // a password that was stolen from another service
	Repeats       = Problem{key: "repeats"}       // a password made of one thing again and again
	UsernameForm  = Problem{key: "username_form"} // letters or signs that a username cannot have
	UsernameTaken = Problem{key: "username_taken"}
	RolesForm     = Problem{key: "roles_form"}
	EmailForm     = Problem{key: "email_form"}
	EmailTaken    = Problem{key: "email_taken"}
	NotText       = Problem{key: "not_text"} // control characters or broken UTF-8

	NotThatWord      = Problem{key: "not_that_word"} // that had to be typed to make sure
	AppName          = Problem{key: "app_name"}
	AppID            = Problem{key: "app_id"}
	AppIDTaken       = Problem{key: "app_id_taken"}
	AppKind          = Problem{key: "app_kind"}
	RedirectsMissing = Problem{key: "redirects_missing"}
	AudiencesMissing = Problem{key: "audiences_missing"}
	NobodyHasRoles   = Problem{key: "nobody_has_roles"}
	SeveralHosts     = Problem{key: "several_hosts"}
	Lifetime         = Problem{key: "lifetime"} // of tokens of an app
)

// TooShort says that a value has length characters where least are needed.
func TooShort(length, least int) Problem { return Problem{"too_short", []any{length, least}} }

// TooLong says that a value has length characters where most are allowed.
func TooLong(length, most int) Problem { return Problem{"too_long", []any{length, most}} }

// Contains says that a password leans on a word that is easy to guess for this person or server.
func Contains(word string) Problem { return Problem{"contains", []any{word}} }

// Address says that one of the addresses of an app cannot be used.
func Address(uri string) Problem { return Problem{"address", []any{uri}} }

// TooManyAddresses says that an app has more addresses than it may.
func TooManyAddresses(most int) Problem { return Problem{"too_many_addresses", []any{most}} }

// HTTPSOnly says that one of the addresses of an app is not of https, which its kind asks for.
func HTTPSOnly(uri string) Problem { return Problem{"https_only", []any{uri}} }

// Resource says that one of the APIs of an app is named by no address.
func Resource(uri string) Problem { return Problem{"resource", []any{uri}} }

// ScopeWord says that one of the scopes of an app is none.
func ScopeWord(word string) Problem { return Problem{"scope_word", []any{word}} }

// RoleWord says that one of the roles of an app is none.
func RoleWord(word string) Problem { return Problem{"role_word", []any{word}} }

// words says what is wrong with a field, a sentence a problem, or "".
func (p Problems) words(l Lang, field string) string {
	sentences := make([]string, 0, len(p[field]))
	for _, problem := range p[field] {
		sentences = append(sentences, l.text("problem."+problem.key, problem.args...))
	}
	return strings.TrimSpace(l.join(sentences...))
}
