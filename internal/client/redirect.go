package client

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/loopback"
	"github.com/lingpai/lingpai/internal/oauth"
)

// RefuseRedirect is the refusal of an address that answers of a client may not go to.
func (r *Registry) RefuseRedirect(c *Client, uri string) error {
	return r.refuseAddress(c, uri, c.RedirectURIs, "redirect-uri")
}

// CheckGoodbye returns the refusal of an address that a sign-out may not lead to.
func (r *Registry) CheckGoodbye(c *Client, uri string) error {
	if uri == "" || slices.Contains(c.PostLogoutRedirectURIs, uri) {
		return nil
	}
	return r.refuseAddress(c, uri, c.PostLogoutRedirectURIs, "post-logout-redirect-uri")
}

// refuseAddress says on this machine alone what is registered: elsewhere that is nobody's business but the app's.
func (r *Registry) refuseAddress(c *Client, uri string, registered []string, flag string) error {
	refusal := fault.Refuse(fault.RedirectRefused).Because(fmt.Errorf("client %s has no address %q", c.ID, uri))
	if !loopback.IsURL(r.Issuer) {
		return refusal
	}
	refusal.Mismatch = &fault.Mismatch{Client: c.ID, Asked: legible(uri), Registered: registered, Configured: c.Configured}
	if oauth.CheckRedirectURI(uri, c.Profile == Native) == nil && copyable(uri) && c.Self == nil && !c.Document && !c.Configured {
		refusal.Mismatch.Command = fmt.Sprintf("lingpai client set %s --add-%s '%s'%s", c.ID, flag, uri, r.CommandFlags)
	}
	return refusal
}

// legible is an address of a stranger, in printable ASCII and not longer than somebody reads.
func legible(uri string) string {
	const most = 300
	quoted := strconv.QuoteToASCII(cut(uri, most))
	if len(uri) > most {
		return quoted[1:len(quoted)-1] + "…"
	}
	return quoted[1 : len(quoted)-1]
}

// copyable holds for what may stand in a command that is read off a page. A stranger can have anybody here see that page, so the address must be one of this
// machine, or of an app on it: one that is elsewhere might be the stranger's. And it is written in letters that mean nothing to any shell: that of Windows
// knows no single quotes.
func copyable(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (u.Host == "" || loopback.Is(u.Host)) && len(uri) <= 300 && strings.Trim(strings.ToLower(uri), alphanumeric+":/?=._~-[]+") == ""
}
