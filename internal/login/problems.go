package login

import (
	"errors"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/webui"
)

// problems says what a refusal finds wrong with single fields of a form, or nil when it is about something else. passwordField is the
// field of the new password.
func problems(r *fault.Refusal, passwordField string) (p webui.Problems) {
	switch r.Code {
	case fault.CredentialsInvalid:
		p.Add("current", webui.WrongPassword)
	case fault.PasswordRejected:
		if rejection, ok := errors.AsType[*password.Rejection](r.Cause); ok {
			for _, reason := range rejection.Reasons {
				p.Add(passwordField, wordOf(reason))
			}
		}
	default:
		return webui.ProblemsOf(r)
	}
	return p
}

// isOurs holds for refusals that say nothing of what a person typed: they get the page for that, not the form again.
func isOurs(c fault.Code) bool { return c == fault.Internal || c == fault.Unavailable }

func wordOf(r password.Reason) webui.Problem {
	switch r.Rule {
	case password.TooShort:
		return webui.TooShort(r.Length, r.Limit)
	case password.TooLong:
		return webui.TooLong(r.Length, r.Limit)
	case password.Common:
		return webui.Common
	case password.Context:
		return webui.Contains(r.Word)
	case password.Pattern:
		return webui.Repeats
	case password.Stolen:
		return webui.Stolen
	}
	return webui.NotText
}
