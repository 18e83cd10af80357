package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// maxFrames is how many apps a page tells at a time.
const maxFrames = 16

// Frames are the addresses that a browser loads in frames as it signs out, one for each app with a session that ends with the browser's and
// that wants it so (OpenID Connect Front-Channel Logout 1.0, section 3). Ask before that session ends.
func (h *Handler) Frames(ctx context.Context, browser session.ID) ([]string, error) {
	children, err := h.Grants.Store.GrantedFrom(ctx, browser)
	if err != nil {
		return nil, err
	}
	var frames []string
	for _, child := range children {
		c, err := h.Clients.Known(ctx, child.ClientID) // nobody is kept from signing out by an app that does not answer
		switch {
		case errors.Is(err, fault.ErrNotFound), err == nil && c.FrontchannelLogoutURI == "":
			continue
		case err != nil:
			return nil, err
		case len(frames) == maxFrames:
			return frames, nil
		}
		frames = append(frames, withParams(c.FrontchannelLogoutURI, url.Values{"iss": {h.Issuer}, "sid": {child.ID.String()}}))
	}
	return frames, nil
}

// withParams adds parameters to an address, whose own it keeps.
func withParams(address string, more url.Values) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + more.Encode()
}

// showFrames is the page that tells apps by frames, before the way goes on to where the app that asked wants it.
func (h *Handler) showFrames(w http.ResponseWriter, r *http.Request, who session.Session, c client.Client, frames []string, next string) error {
	page := webui.SignedOut{Frame: h.Frame(r, httpd.LogoutPath), Username: who.Holder.Username, At: h.Now(), Frames: frames}
	page.User = nil
	if next != httpd.LogoutPath {
		page.App, page.AppURL = c.Name, next
		w.Header().Set("Refresh", "3; url="+next)
	}
	httpd.AllowFrames(w.Header(), frames)
	return httpd.WritePage(w, http.StatusOK, h.UI.SignedOut, page)
}
