package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/webui"
)

// setApp changes what the form of the settings can change, all at once or not at all.
func (h *Handler) setApp(w http.ResponseWriter, r *http.Request) error {
	c, form, err := h.seen(r)
	if err != nil {
		return h.notChanged(w, r, c, err)
	}
	typed := typedSettings(form)
	lifetime, err := lifetimeOf(typed.Lifetime)
	if err != nil {
		typed.Problems.Add("lifetime", webui.Lifetime)
		return h.settingsAgain(w, r, c, typed, nil)
	}
	_, is, err := h.Clients.Amend(r.Context(), c.ID, func(s *client.Settings) error {
		if now := (client.Client{Settings: *s, Secrets: c.Secrets}); mark(&now) != mark(&c) {
			return errChanged
		}
		amend(s, typed, lifetime)
		return nil
	}, httpd.Source(r))
	if flaws := client.Flaws(err); flaws != nil {
		return h.settingsAgain(w, r, c, typed, flaws)
	}
	if err != nil {
		return h.notChanged(w, r, c, err)
	}
	if err := h.publishKeys(r.Context(), is); err != nil {
		return err
	}
	return done(w, r, toApp(r), "saved")
}

// settingsAgain draws the page once more with what was typed, and says what is wrong with it.
func (h *Handler) settingsAgain(w http.ResponseWriter, r *http.Request, c client.Client, typed *webui.AdminAppSettings, flaws []*client.Flaw) error {
	page := h.pageOfApp(r, c)
	page.Settings = typed
	page.Notice = judge(flaws, &typed.Problems)
	return httpd.WritePage(w, fault.FieldInvalid.Status(), h.UI.AdminApp, page)
}

// settingsOf is what the form shows of a client.
func settingsOf(c *client.Client) *webui.AdminAppSettings {
	s := &webui.AdminAppSettings{
		Name: c.Name, Redirects: strings.Join(c.RedirectURIs, "\n"), Logouts: strings.Join(c.PostLogoutRedirectURIs, "\n"),
		Scopes: strings.Join(c.Scopes, "\n"), Audiences: strings.Join(c.Audiences, "\n"), Roles: strings.Join(c.Roles, "\n"),
		Backchannel: c.BackchannelLogoutURI, Frontchannel: c.FrontchannelLogoutURI, FirstParty: c.FirstParty, RequirePAR: c.RequirePAR,
	}
	if c.TokenLifetime != 0 {
		s.Lifetime = shortly(c.TokenLifetime)
	}
	return s
}

// shortly is a duration as people write it: 2m, not 2m0s.
func shortly(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

func typedSettings(form url.Values) *webui.AdminAppSettings {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	return &webui.AdminAppSettings{
		Name: text("name"), Redirects: text("redirects"), Logouts: text("logouts"), Scopes: text("scopes"), Audiences: text("audiences"),
		Roles: text("roles"), Lifetime: text("lifetime"), Backchannel: text("backchannel"), Frontchannel: text("frontchannel"),
		FirstParty: form.Get("first_party") != "", RequirePAR: form.Get("require_par") != "",
	}
}

// lifetimeOf reads a lifetime; "" is that of the server.
func lifetimeOf(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err == nil && d <= 0 {
		return 0, errors.New("a lifetime is positive")
	}
	return d, err
}

// amend makes of settings what was typed.
func amend(s *client.Settings, typed *webui.AdminAppSettings, lifetime time.Duration) {
	s.Name, s.FirstParty, s.RequirePAR, s.TokenLifetime = typed.Name, typed.FirstParty, typed.RequirePAR, lifetime
	s.RedirectURIs, s.PostLogoutRedirectURIs, s.Audiences = words(typed.Redirects), words(typed.Logouts), words(typed.Audiences)
	s.Scopes, s.Roles = oauth.Scope(words(typed.Scopes)), words(typed.Roles)
	s.BackchannelLogoutURI, s.FrontchannelLogoutURI = typed.Backchannel, typed.Frontchannel
}

// words are the entries of a list, each once. No address and no scope has a space in it.
func words(text string) (out []string) {
	for word := range strings.FieldsSeq(text) {
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// judge says at which field each flaw is. What belongs to none stands in the notice.
func judge(flaws []*client.Flaw, problems *webui.Problems) *webui.Notice {
	notice := webui.NothingChanged()
	for _, f := range flaws {
		field, problem := clash(f)
		if field == "" {
			field, problem = problemOf(f)
		}
		if field == "" {
			notice = webui.SettingsClash()
			continue
		}
		problems.Add(field, problem)
	}
	return notice
}

// clash words what is wrong with several settings together, at the field that mends it; "" for anything else.
func clash(f *client.Flaw) (field string, problem webui.Problem) {
	switch {
	case errors.Is(f, client.ErrRedirectMissing):
		return "redirects", webui.RedirectsMissing
	case errors.Is(f, client.ErrTooManyAddresses):
		return "redirects", webui.TooManyAddresses(client.MaxURIs)
	case errors.Is(f, client.ErrSeveralHosts):
		return "redirects", webui.SeveralHosts
	case errors.Is(f, client.ErrHTTPSOnly):
		return "redirects", webui.HTTPSOnly(f.Value)
	case errors.Is(f, client.ErrAudienceMissing):
		return "audiences", webui.AudiencesMissing
	case errors.Is(f, client.ErrNobodyHasRoles):
		return "roles", webui.NobodyHasRoles
	}
	return "", webui.Problem{}
}

func problemOf(f *client.Flaw) (field string, problem webui.Problem) {
	switch f.Member {
	case "client_id":
		return "id", webui.AppID
	case "client_name":
		return "name", webui.AppName
	case "token_lifetime_seconds":
		return "lifetime", webui.Lifetime
	}
	if f.Value == "" {
		return "", webui.Problem{}
	}
	switch f.Member {
	case "redirect_uris":
		return "redirects", webui.Address(f.Value)
	case "post_logout_redirect_uris":
		return "logouts", webui.Address(f.Value)
	case "backchannel_logout_uri":
		return "backchannel", webui.Address(f.Value)
	case "frontchannel_logout_uri":
		return "frontchannel", webui.Address(f.Value)
	case "audiences":
		return "audiences", webui.Resource(f.Value)
	case "scope":
		return "scopes", webui.ScopeWord(f.Value)
	case "roles":
		return "roles", webui.RoleWord(f.Value)
	}
	return "", webui.Problem{}
}
