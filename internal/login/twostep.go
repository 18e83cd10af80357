package login

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// twoStepPath is where people turn their second factor on and off.
const twoStepPath = httpd.AccountPath + "/two-step"

// twoStepSince is when an account turned its second factor on; zero when it has none.
func (h *Handler) twoStepSince(ctx context.Context, userID string) (time.Time, error) {
	f, err := h.OTP.Of(ctx, userID)
	if errors.Is(err, fault.ErrNotFound) {
		return time.Time{}, nil
	}
	return f.AddedAt, err
}

// mayChangeFactor holds when somebody has signed in just before, and has shown the second factor if there is one: a session that was left open, and one
// that a stolen password opened before the factor was there, change nothing.
func (h *Handler) mayChangeFactor(who session.Session, has bool) bool {
	return h.Sessions.RequireFresh(who) == nil && !(has && who.ACR() == token.ACRPassword)
}

// requireProof refuses who has not proved just before that it is them, by what their account asks for now. The refusals are those of
// [session.Service.RequireFresh] and of [authn.SecondStep.RequireFactor].
func (h *Handler) requireProof(ctx context.Context, who session.Session) error {
	if err := h.Sessions.RequireFresh(who); err != nil {
		return err
	}
	return h.SecondStep.RequireFactor(ctx, who)
}

// proveAgain leads to the sign-in page, and from there to the page of the second factor.
func proveAgain(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, signInPath(twoStepPath, "1")+"&reason="+string(fault.StepUpRequired), http.StatusSeeOther)
	return nil
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
		return done(w, r, "two-step", "", 0)
	case !h.mayChangeFactor(who, has):
		return proveAgain(w, r)
	case has:
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
func (h *Handler) turnOn(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	u, err := h.Users.Store.UserByID(r.Context(), httpd.From(r).Session.UserID)
	if err != nil {
		return err
	}
	codes, err := h.OTP.Add(r.Context(), u.ID, form.Get("token"), form.Get("code"), source(r))
	switch {
	case errors.Is(err, fault.ErrConflict): // turned on elsewhere, or the form was sent twice
		http.Redirect(w, r, twoStepPath, http.StatusSeeOther)
		return nil
	case fault.Is(err, fault.OfferVoid) && !h.mayChangeFactor(httpd.From(r).Session, false):
		return proveAgain(w, r)
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

func (h *Handler) renewCodes(w http.ResponseWriter, r *http.Request) error {
	if _, err := httpd.ReadForm(r); err != nil {
		return err
	}
	who := httpd.From(r).Session
	if !h.mayChangeFactor(who, true) {
		return proveAgain(w, r)
	}
	codes, err := h.OTP.Renew(r.Context(), who.UserID, source(r))
	switch {
	case errors.Is(err, fault.ErrNotFound): // turned off elsewhere
		return done(w, r, "two-step", "", 0)
	case err != nil:
		return err
	}
	return h.showCodes(w, r, codes, false)
}

func (h *Handler) turnOff(w http.ResponseWriter, r *http.Request) error {
	if _, err := httpd.ReadForm(r); err != nil {
		return err
	}
	who := httpd.From(r).Session
	if !h.mayChangeFactor(who, true) {
		return proveAgain(w, r)
	}
	err := h.OTP.Remove(r.Context(), who.UserID, source(r))
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	return done(w, r, "two-step", "two_step_off", 0)
}
