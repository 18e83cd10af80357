package oidc

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/webui"
)

// startDevice gives a device the code that it shows (RFC 8628, section 3.1 and 3.2).
func (h *Handler) startDevice(w http.ResponseWriter, r *http.Request) error {
	p, err := httpd.ReadParams(r)
	if err != nil {
		return err
	}
	c, err := h.clientOf(r, p)
	switch {
	case err != nil:
		return err
	case !c.May(oauth.DeviceCode):
		return oauth.Refuse(oauth.UnauthorizedClient, "the client may not use this grant")
	}
	got, err := h.Grants.StartDevice(r.Context(), c, p, httpd.Source(r))
	if err != nil {
		return err
	}
	page := h.Issuer + DevicePath
	return httpd.WriteJSON(w, http.StatusOK, struct {
		DeviceCode string `json:"device_code"`
		UserCode   string `json:"user_code"`
		Page       string `json:"verification_uri"`
		Filled     string `json:"verification_uri_complete"`
		ExpiresIn  int64  `json:"expires_in"`
		Interval   int64  `json:"interval"`
	}{
		got.DeviceCode, got.UserCode, page, page + "?" + url.Values{"user_code": {got.UserCode}}.Encode(),
		int64(got.ExpiresIn.Seconds()), int64(got.Interval.Seconds()),
	})
}

// byDevice gives a device tokens once its person has allowed it (RFC 8628, section 3.4).
func (h *Handler) byDevice(r *http.Request, in asked) (tokens, error) {
	if !in.params.Has("device_code") {
		return tokens{}, oauth.Refuse(oauth.InvalidRequest, "device_code is missing")
	}
	got, err := h.Grants.RedeemDevice(r.Context(), grant.Trade{
		Client: in.client, Code: in.params.Get("device_code"), KeyThumb: in.binding.session(&in.client), Prove: in.once,
		Source: httpd.Source(r),
	})
	if err != nil {
		return tokens{}, err
	}
	g, err := in.given(&got.Approval)
	if err != nil {
		return tokens{}, err
	}
	return h.granted(r, in, got.Started, g)
}

// devicePage asks for the code. One that came in the address is filled in and looked up by nobody: the person compares it with the device, and
// sends it (RFC 8628, section 3.3.1).
func (h *Handler) devicePage(w http.ResponseWriter, r *http.Request) error {
	typed := r.URL.Query().Get("user_code")
	path := DevicePath
	if code, ok := grant.ParseUserCode(typed); ok {
		typed, path = code, DevicePath+"?"+url.Values{"user_code": {code}}.Encode()
	} else {
		typed = ""
	}
	return h.askCode(w, r, path, typed, nil, http.StatusOK)
}

func (h *Handler) askCode(w http.ResponseWriter, r *http.Request, path, typed string, refused *fault.Refusal, status int) error {
	page := webui.Device{Frame: h.Frame(r, path), Code: typed, Refused: refused}
	page.User = nil
	page.Username = httpd.From(r).Session.Holder.Username
	return httpd.WritePage(w, status, h.UI.Device, page)
}

// device takes the code, and then what the person says to the device that shows it.
func (h *Handler) device(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	who := httpd.From(r).Session
	d, err := h.Grants.FindDevice(r.Context(), form.Get("user_code"), who, httpd.Source(r))
	if err != nil {
		return h.noDevice(w, r, form.Get("user_code"), err)
	}
	said := form.Get("answer")
	if said != "deny" && d.Client.CheckRoles(who.Holder.Roles) != nil {
		return h.turnAwayDevice(w, r, d, who)
	}
	if said == "" {
		return h.confirmDevice(w, r, webui.DeviceConfirm{
			App: d.Client.Name, Code: d.Code, AskedAt: d.CreatedAt, Address: d.Address, Near: d.Address == httpd.Source(r).Address, Agent: d.Agent,
			Scopes: d.Scope, Until: h.Now().Add(h.Sessions.Long.Lifetime), Proof: h.Grants.DeviceProof(d.Code, who.ID),
		})
	}
	if !h.Grants.ProvesDevice(form.Get("proof"), d.Code, who.ID) {
		return fault.Refuse(fault.CSRFRefused)
	}
	switch said {
	case "allow":
		err = h.Grants.AllowDevice(r.Context(), d, who, httpd.Source(r))
	case "deny":
		err = h.Grants.DenyDevice(r.Context(), d, who, httpd.Source(r))
	default:
		return fault.Refuse(fault.BodyMalformed, "the answer is one of allow, deny")
	}
	if err != nil {
		return h.noDevice(w, r, d.Code, err)
	}
	return h.deviceDone(w, r, d.Client.Name, said == "allow")
}

func (h *Handler) confirmDevice(w http.ResponseWriter, r *http.Request, page webui.DeviceConfirm) error {
	page.Frame = h.Frame(r, DevicePath+"?"+url.Values{"user_code": {page.Code}}.Encode())
	page.User = nil
	page.Username = httpd.From(r).Session.Holder.Username
	return httpd.WritePage(w, http.StatusOK, h.UI.DeviceConfirm, page)
}

func (h *Handler) deviceDone(w http.ResponseWriter, r *http.Request, app string, allowed bool) error {
	page := webui.DeviceDone{Frame: h.Frame(r, DevicePath), App: app, Allowed: allowed}
	page.User = nil
	return httpd.WritePage(w, http.StatusOK, h.UI.DeviceDone, page)
}

// noDevice asks for the code again, and says why. What is our own fault gets the page for that.
func (h *Handler) noDevice(w http.ResponseWriter, r *http.Request, typed string, err error) error {
	if errors.Is(err, grant.ErrNoDevice) {
		return h.askCode(w, r, DevicePath, clip(typed), fault.Refuse(fault.DeviceUnknown).Because(err), http.StatusUnprocessableEntity)
	}
	refusal := fault.From(err)
	if refusal.Code != fault.RateLimited {
		return err
	}
	refusal.SetHeader(w.Header(), httpd.Realm, false)
	return h.askCode(w, r, DevicePath, clip(typed), refusal, refusal.Code.Status())
}

// clip keeps what is drawn again to what can be a code.
func clip(typed string) string {
	if len(typed) > 40 {
		return ""
	}
	return typed
}
