package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// twoStepPath is where people turn their second factor on and off.
const twoStepPath = httpd.AccountPath + "/two-step"

func (h *Handler) twoStepRoutes() []httpd.Route {
	return []httpd.Route{
		h.page(twoStepPath, httpd.CookieOnly, h.twoStepPage),
		form(twoStepPath, httpd.CookieOnly, h.turnOn),
		h.page(twoStepPath+"/codes", httpd.Public, home), // where a form that was refused leaves the address
		h.page(twoStepPath+"/off", httpd.Public, home),
		form(twoStepPath+"/codes", httpd.CookieOnly, h.proven(twoStepPath, h.renewCodes)),
		form(twoStepPath+"/off", httpd.CookieOnly, h.proven(twoStepPath, h.turnOff)),
	}
}

// twoStepSince is when an account turned its second factor on; zero when it has none.
func (h *Handler) twoStepSince(ctx context.Context, userID string) (time.Time, error) {
	f, err := h.OTP.Of(ctx, userID)
	if errors.Is(err, fault.ErrNotFound) {
		return time.Time{}, nil
	}
	return f.AddedAt, err
}

// twoStepPage offers an app its secret, or shows what can be done about the one that there is.
func (h *Handler) twoStepPage(w http.ResponseWriter, r *http.Request) error {
	who := httpd.From(r).Session
	f, err := h.OTP.Of(r.Context(), who.UserID)
	has := err == nil
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	u, err := h.Users.Store.UserByID(r.Context(), who.UserID)
	switch {
	case err != nil:
		return err
	case !has && u.Password.Empty():
		return seeOther(w, r, twoStepSection.path())
	}
	if err := h.requireProof(r.Context(), who); err != nil {
		return httpd.AskAnew(w, r, twoStepPath, err)
	}
	if has {
		page := webui.TwoStep{Frame: h.Frame(r, twoStepPath), Since: f.AddedAt, Left: f.RecoveryLeft, Required: h.SecondStep.Requires(u.Roles)}
		return httpd.WritePage(w, http.StatusOK, h.UI.TwoStep, page)
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AppSetup, h.offered(r, u, h.OTP.Offer(u.ID, u.Username)))
}

func (h *Handler) offered(r *http.Request, u user.User, o otp.Offer) webui.AppSetup {
	page := appSetup(h.Frame(r, twoStepPath), u.Username, o)
	page.Action = twoStepPath
	return page
}

// turnOn confirms what was offered. Only a session that was fresh then has the offer, and setting an app up may take longer than that lasts.
func (h *Handler) turnOn(w http.ResponseWriter, r *http.Request, form url.Values) error {
	u, err := h.Users.Store.UserByID(r.Context(), httpd.From(r).Session.UserID)
	if err != nil {
		return err
	}
	codes, err := h.OTP.Add(r.Context(), u.ID, form.Get("token"), form.Get("code"), source(r))
	if fault.Is(err, fault.OfferVoid) { // the page would offer another
		if unproven := h.requireProof(r.Context(), httpd.From(r).Session); unproven != nil {
			return httpd.AskAnew(w, r, twoStepPath, unproven)
		}
	}
	switch {
	case errors.Is(err, fault.ErrConflict): // turned on elsewhere, or the form was sent twice
		return seeOther(w, r, twoStepPath)
	case err != nil:
		return h.setUpAgain(w, err, u, form.Get("token"), func(o otp.Offer) webui.AppSetup { return h.offered(r, u, o) })
	}
	h.Guard.Cookies.RememberDevice(w, h.Devices, u.ID, h.Now()) // it has shown a code by now
	return h.showCodes(w, r, codes, true)
}

// showCodes is the only page that ever shows recovery codes.
func (h *Handler) showCodes(w http.ResponseWriter, r *http.Request, codes []string, turnedOn bool) error {
	page := webui.RecoveryCodes{
		Frame: h.Frame(r, twoStepPath), Codes: codes, TurnedOn: turnedOn, Next: httpd.AccountPath + "#two-step", Username: httpd.From(r).Session.Holder.Username,
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.RecoveryCodes, page)
}

func (h *Handler) renewCodes(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	codes, err := h.OTP.Renew(r.Context(), httpd.From(r).Session.UserID, source(r))
	switch {
	case errors.Is(err, fault.ErrNotFound): // turned off elsewhere
		return seeOther(w, r, twoStepSection.path())
	case err != nil:
		return err
	}
	return h.showCodes(w, r, codes, false)
}

func (h *Handler) turnOff(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	err := h.OTP.Remove(r.Context(), httpd.From(r).Session.UserID, source(r))
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	return done(w, r, "two_step_off", 0)
}
