package admin

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

const newUserPath = httpd.AdminPath + "/add-user"

func (h *Handler) newUserPage(w http.ResponseWriter, r *http.Request) error {
	page := webui.AdminNewUser{
		Frame: h.Frame(r, newUserPath), Mails: h.Mailbox.Mails(), Typed: webui.AdminProfile{Verified: true},
		Notice: webui.AdminDone(r.URL.Query().Get("done")),
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminNewUser, page)
}

// addUser makes an account, whose person chooses the password.
func (h *Handler) addUser(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	p := typed(form)
	u, err := h.Users.Add(r.Context(), user.New{
		Username: p.Username, Email: p.Email, EmailVerified: p.Verified, Name: p.Name, Roles: rolesIn(p.Roles), Source: httpd.Source(r),
	})
	if refusal := fault.From(err); err != nil && refusal.Code != fault.Internal && refusal.Code != fault.Unavailable {
		page := webui.AdminNewUser{Frame: h.Frame(r, newUserPath), Mails: h.Mailbox.Mails(), Typed: p}
		page.Notice, page.Typed.Problems = judged(refusal)
		return httpd.WritePage(w, refusal.Code.Status(), h.UI.AdminNewUser, page)
	}
	if err != nil {
		return err
	}
	return h.sendLink(w, r, u, true)
}

// link makes a link for a password of somebody.
func (h *Handler) link(w http.ResponseWriter, r *http.Request) error {
	if _, err := httpd.ReadForm(r); err != nil {
		return err
	}
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	return h.sendLink(w, r, u, false)
}

// sendLink mails a link, or shows it: the only page that ever does.
func (h *Handler) sendLink(w http.ResponseWriter, r *http.Request, u user.User, added bool) error {
	sent, err := h.invite(r.Context(), u, httpd.Source(r))
	switch {
	case err != nil && added: // Who is told of a failure alone adds the account again.
		httpd.Record(r, err)
		return done(w, r, pathOf(u.ID)+"#ways", "added_unsent")
	case err != nil:
		return err
	case sent.Link != "":
		page := webui.AdminLink{Frame: h.Frame(r, pathOf(u.ID)), Account: userRow(u), Link: sent.Link, GoodFor: sent.GoodFor, Added: added}
		return httpd.WritePage(w, http.StatusOK, h.UI.AdminLink, page)
	case added:
		return done(w, r, pathOf(u.ID), "added_mailed")
	}
	return done(w, r, pathOf(u.ID), "mailed")
}
