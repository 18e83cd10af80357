package httpd

// The addresses of the pages that others lead to: after a refusal, by a redirect, by a link in a letter. Templates have them as they are, since
// that is how HTML is read.
const (
	LoginPath   = "/auth/login"  // where people sign in
	LogoutPath  = "/auth/logout" // and where they sign out
	AccountPath = "/auth/account"
	SetupPath   = "/auth/setup" // where the first account is made
	InspectPath = "/auth/inspect"

	ForgotPath  = "/auth/forgot"           // where a letter is asked for
	ResetPath   = "/auth/reset"            // where its link leads
	ConfirmPath = AccountPath + "/confirm" // where the link leads that proves an address
)
