package oidc

import (
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// turnAway says which role is missing, and leads to another account or back to the app, which then learns of it.
func (h *Handler) turnAway(w http.ResponseWriter, r *http.Request, req *grant.Request, who session.Session, mark string) error {
	marked := req.Params.With(grant.MarkParam, mark)
	httpd.AllowForms(w.Header(), req.FormTarget())
	return h.turnedAway(w, r, &req.Client, who, webui.TurnedAway{
		Frame: h.Frame(r, AuthorizePath+"?"+marked.Encode()).Wishing(req.UILocales), SwitchTo: signInFor(req, mark),
		Request: marked.Encode(), Proof: h.Grants.Proof(req.Params, who.ID),
	})
}

// turnAwayDevice is turnAway where the app is on a device, which goes on waiting for somebody else.
func (h *Handler) turnAwayDevice(w http.ResponseWriter, r *http.Request, d grant.Shown, who session.Session) error {
	here := DevicePath + "?" + url.Values{"user_code": {d.Code}}.Encode()
	return h.turnedAway(w, r, &d.Client, who, webui.TurnedAway{
		Frame: h.Frame(r, here), SwitchTo: httpd.LoginPath + "?" + url.Values{"return_to": {here}, "again": {"1"}}.Encode(),
	})
}

func (h *Handler) turnedAway(w http.ResponseWriter, r *http.Request, c *client.Client, who session.Session, page webui.TurnedAway) error {
	httpd.Record(r, c.CheckRoles(who.Holder.Roles))
	page.App, page.Roles, page.Username = c.Name, c.Roles, who.Holder.Username
	page.User = nil // the page has no bar; who is turned away stands in it
	return httpd.WritePage(w, fault.ForbiddenRole.Status(), h.UI.TurnedAway, page)
}
