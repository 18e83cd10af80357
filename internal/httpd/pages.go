package httpd

import (
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/fault"
)

// The addresses of the pages that others lead to: after a refusal, by a redirect, by a link in a letter. Templates have them as they are, since
// that is how HTML is read.
const (
	LoginPath   = "/auth/login"  // where people sign in
	LogoutPath  = "/auth/logout" // and where they sign out
	AccountPath = "/auth/account"
	SetupPath   = "/auth/setup" // where the first account is made
	InspectPath = "/auth/inspect"
	AdminPath   = "/auth/admin" // where administrators are

	ForgotPath  = "/auth/forgot"           // where a letter is asked for
	ResetPath   = "/auth/reset"            // where its link leads
	SignUpPath  = "/auth/sign-up"          // where people ask for an account
	FinishPath  = SignUpPath + "/finish"   // where the link leads by which they make it
	ConfirmPath = AccountPath + "/confirm" // where the link leads that proves an address
)

// AskAnew has somebody who is signed in sign in again, where that is why they were refused, and leads them back to a page of ours. What they wanted is
// not done: it may be somebody else who signs in. Any other refusal is returned.
func AskAnew(w http.ResponseWriter, r *http.Request, back string, refused error) error {
	if !fault.Is(refused, fault.StepUpRequired) && !fault.Is(refused, fault.ACRRequired) {
		return refused
	}
	q := url.Values{"return_to": {back}}.Encode() + "&again=1&reason=" + string(fault.StepUpRequired)
	http.Redirect(w, r, LoginPath+"?"+q, http.StatusSeeOther)
	return nil
}
