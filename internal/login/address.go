package login

import (
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/provider"
)

// seeOther leads on from a form, or from a page that is not the one to see.
func seeOther(w http.ResponseWriter, r *http.Request, address string) error {
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// withReturn is a page that leads on to returnTo; "" for nowhere.
func withReturn(path, returnTo string) string {
	if returnTo == "" {
		return path
	}
	return path + "?" + url.Values{"return_to": {returnTo}}.Encode()
}

// sep stands between what withReturn has made and another member of its query.
func sep(returnTo string) string {
	if returnTo == "" {
		return "?"
	}
	return "&"
}

// orAccount is where a sign-in leads in the end.
func orAccount(to string) string {
	if to == "" {
		return httpd.AccountPath
	}
	return to
}

// signInPath is the sign-in page; again has it ask somebody who may be signed in.
func signInPath(returnTo, again string) string {
	path := withReturn(httpd.LoginPath, returnTo)
	if again == "" || returnTo == "" {
		return path
	}
	return path + "&again=1"
}

// stepPath is the page that asks for what a sign-in needs besides the password.
func stepPath(need authn.Need, returnTo string) string {
	path := codePath
	if need == authn.SetUp {
		path = appSetupPath
	}
	return withReturn(path, returnTo)
}

// connectPath leads to a provider, and from there on.
func connectPath(p *provider.Provider, returnTo, again string) string {
	q := url.Values{}
	if returnTo != "" {
		q.Set("return_to", returnTo)
	}
	if again != "" {
		q.Set("again", "1")
	}
	if len(q) == 0 {
		return provider.Path + p.Name
	}
	return provider.Path + p.Name + "?" + q.Encode()
}

// linkPath is a page as a link with a code leads to it.
func linkPath(path, code string) string { return path + "?" + url.Values{"code": {code}}.Encode() }
