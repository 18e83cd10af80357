package login

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/webui"
)

const (
	langCookie  = "lingpai_lang"
	themeCookie = "lingpai_theme" // written by the page's own script
)

// Speaking lets a page answer ?lang=….
func (h *Handler) Speaking(next httpd.Handler) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if h.choseLanguage(w, r) {
			return nil
		}
		return next(w, r)
	}
}

// choseLanguage answers a request with ?lang=…: the choice is remembered, and the page opens again without it.
func (h *Handler) choseLanguage(w http.ResponseWriter, r *http.Request) bool {
	q := r.URL.Query()
	lang, ok := webui.ParseLang(q.Get("lang"))
	if !ok || r.Method != http.MethodGet {
		return false
	}
	http.SetCookie(w, &http.Cookie{
		Name: langCookie, Value: string(lang), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: h.Guard.Cookies.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	q.Del("lang")
	back := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: q.Encode()}
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
	return true
}

// Frame is what every page has around its matter. path shows the page again by GET.
func (h *Handler) Frame(r *http.Request, path string) webui.Frame {
	_, chosen := webui.ParseLang(cookie(r, langCookie))
	f := webui.Frame{
		Chosen: chosen, Lang: webui.Negotiate(r.Header.Get("Accept-Language"), cookie(r, langCookie)),
		Theme: webui.ParseTheme(cookie(r, themeCookie)), Path: path, RequestID: httpd.RequestID(r),
	}
	if who, ok := httpd.Viewer(r); ok {
		f.User = viewer(who)
	}
	return f
}

func viewer(who httpd.Principal) *webui.Viewer {
	p := who.Session.Holder
	return &webui.Viewer{Username: p.Username, Name: p.Name, Email: p.Email, Roles: p.Roles, Admin: httpd.IsAdmin(who.Session)}
}

// source says where a request comes from. Letters that follow from it are in the language that the person chose.
func source(r *http.Request) audit.Source {
	s := httpd.Source(r)
	if chosen := cookie(r, langCookie); chosen != "" {
		s.Languages = chosen
	}
	return s
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// Refused is an httpd.PageWriter. It has the language switch of every page, so it answers that too, unless the address is one that
// nobody should be sent to.
func (h *Handler) Refused(w http.ResponseWriter, r *http.Request, refusal *fault.Refusal) {
	page := webui.Refusal{Frame: h.Frame(r, httpd.AccountPath), Refused: refusal}
	if r.Method == http.MethodGet {
		page.Path = r.URL.RequestURI()
		var ok bool
		if page.ReturnTo, ok = h.ReturnTo(page.Path); ok && h.choseLanguage(w, r) {
			return
		}
		if strings.HasPrefix(r.URL.Path, provider.Path) {
			page.ReturnTo = h.leadsTo(r)
		}
	}
	if err := httpd.WritePage(w, refusal.Code.Status(), h.UI.Refusal, page); err != nil {
		http.Error(w, refusal.Detail(), refusal.Code.Status())
	}
}

// untilBrowserCloses is the end of a cookie that has none.
var untilBrowserCloses time.Time
