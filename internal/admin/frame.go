package admin

import (
	"net/http"
	"net/url"
)

// done leads to a page, which says what was done.
func done(w http.ResponseWriter, r *http.Request, path, what string) error {
	http.Redirect(w, r, withQuery(path, "done", what), http.StatusSeeOther)
	return nil
}

// withQuery adds a member to the query of one of our paths, before its fragment if it has one.
func withQuery(path, name, value string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}
