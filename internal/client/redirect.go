package client

import (
	"fmt"
	"slices"
	"strconv"

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
	if oauth.CheckRedirectURI(uri, c.Profile == Native) == nil && shellSafe(uri) && c.Self == nil && !c.Document && !c.Configured {
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

// shellSafe holds for what a shell takes as it is within single quotes, and that fits on a screen.
func shellSafe(uri string) bool {
	return len(uri) <= 300 && !slices.ContainsFunc([]rune(uri), func(c rune) bool { return c <= ' ' || c > '~' || c == '\'' || c == '\\' })
}
