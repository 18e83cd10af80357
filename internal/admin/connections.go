package admin

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/user"
)

// disconnect ends that somebody signs in to an account through the provider that a path names, and takes the roles that this has given: not_found when
// nobody does, connection_last when nobody could sign in to the account any more. Sessions go on.
func (h *Handler) disconnect(r *http.Request, u user.User) error {
	p := h.Providers.Find(r.PathValue("provider"))
	links, err := h.Providers.Links.LinksOf(r.Context(), u.ID)
	if err != nil {
		return err
	}
	if p == nil || !slices.ContainsFunc(links, func(l provider.Link) bool { return l.Issuer == p.Issuer }) {
		return fault.Refuse(fault.NotFound)
	}
	if slices.Contains(slices.Collect(maps.Values(p.Roles)), httpd.AdminRole) { // it goes, wherever it came from
		if err := notOneself(r, u.ID); err != nil {
			return err
		}
	}
	err = h.Providers.Untie(r.Context(), p, u.ID, httpd.Source(r))
	if errors.Is(err, fault.ErrConflict) {
		return fault.Refuse(fault.ConnectionLast).Because(err)
	}
	return err
}

func (h *Handler) endConnection(r *http.Request, u user.User, _ url.Values) (string, error) {
	err := h.disconnect(r, u)
	if fault.Is(err, fault.ConnectionLast) {
		return "last_way", nil
	}
	return "disconnected", err
}
