package admin

import (
	"errors"
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/webui"
)

// offered are the kinds of apps that a form is enough for: those of FAPI need keys.
func offered() (out []string) {
	for _, p := range client.Presets() {
		if p.Profile != client.FAPI2 {
			out = append(out, string(p.Profile))
		}
	}
	return out
}

func (h *Handler) addAppPage(w http.ResponseWriter, r *http.Request) error {
	page := webui.AdminAddApp{Frame: h.Frame(r, addAppPath), Profiles: offered()}
	if r.URL.Query().Get("done") == "anew" {
		page.Notice = webui.SignedInAnew()
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminAddApp, page)
}

// addApp makes an app, and shows what it needs to know, its secret this once.
func (h *Handler) addApp(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	page := webui.AdminAddApp{
		Frame: h.Frame(r, addAppPath), Profiles: offered(), Name: text("name"), ID: text("id"), Profile: text("profile"),
		Redirects: text("redirects"), Scopes: text("scopes"), FirstParty: form.Get("first_party") != "",
	}
	preset, ok := client.PresetOf(page.Profile)
	if !ok || preset.Profile == client.FAPI2 {
		page.Problems.Add("profile", webui.AppKind)
		return h.addAgain(w, page, nil)
	}
	added, made, err := h.Clients.Add(r.Context(), client.New{ID: page.ID, Source: httpd.Source(r), Settings: client.Settings{
		Name: page.Name, Profile: preset.Profile, Auth: preset.Auth, Grants: preset.Grants, IDTokenAlg: preset.Alg,
		Scopes: preset.Scopes.With(oauth.Scope(words(page.Scopes))), RedirectURIs: words(page.Redirects), FirstParty: page.FirstParty,
	}})
	switch flaws := client.Flaws(err); {
	case flaws != nil:
		return h.addAgain(w, page, flaws)
	case errors.Is(err, fault.ErrConflict):
		page.Problems.Add("id", webui.AppIDTaken)
		return h.addAgain(w, page, nil)
	case err != nil:
		return err
	}
	if err := h.publishKeys(r.Context(), added); err != nil {
		return err
	}
	shown := webui.AdminAppSecret{App: appRow(added), Secret: made.Reveal(), Issuer: h.Clients.Issuer, Added: true}
	shown.Frame = h.Frame(r, shown.App.Link())
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminAppSecret, shown)
}

// addAgain draws the form once more with what was typed, and says what is wrong with it.
func (h *Handler) addAgain(w http.ResponseWriter, page webui.AdminAddApp, flaws []*client.Flaw) error {
	page.Notice = judge(flaws, &page.Problems)
	return httpd.WritePage(w, fault.FieldInvalid.Status(), h.UI.AdminAddApp, page)
}
