package login

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// bindingFor is how long a browser keeps what its sign-ins through providers are bound to.
const bindingFor = 15 * time.Minute

func (h *Handler) connectRoutes() []httpd.Route {
	page := func(path string, handle httpd.Handler) httpd.Route {
		return httpd.Route{
			Pattern: "GET " + path, Surface: httpd.Browser, Auth: httpd.OptionalUser, CSRF: httpd.Safe, CORS: httpd.OwnOrigin,
			Cache: httpd.NoStore, Body: httpd.NoBody, Handle: handle,
		}
	}
	return []httpd.Route{
		page(provider.Path+"{provider}", h.connect),
		page(provider.Path+"{provider}/callback", h.connected),
		{
			Pattern: "POST " + provider.Path + "{provider}/backchannel", Surface: httpd.API, Auth: httpd.SelfJudged, CSRF: httpd.Cookieless,
			CORS: httpd.OwnOrigin, Cache: httpd.NoStore, Body: 32 << 10, Handle: h.backchannel,
		},
	}
}

func (h *Handler) provider(r *http.Request) (*provider.Provider, error) {
	if p := h.Providers.Find(r.PathValue("provider")); p != nil {
		return p, nil
	}
	return nil, fault.Refuse(fault.NotFound)
}

// connect leads to a provider. It changes nothing but a cookie that is worth nothing by itself, so a link may lead here. Who is signed in is not led on,
// unless they are to prove it again, and a page of ours asked: no other may have somebody signed in as somebody else.
func (h *Handler) connect(w http.ResponseWriter, r *http.Request) error {
	p, err := h.provider(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	if q.Get("link") != "" {
		return h.tie(w, r, p)
	}
	to, _ := h.ReturnTo(q.Get("return_to"))
	_, signedIn := httpd.Viewer(r)
	again := h.isAnew(r, to, q.Get("again"))
	switch {
	case signedIn && !again:
		return seeOther(w, r, orAccount(to))
	case again && !p.ProvesAnew(), signedIn && h.Provoked(r, httpd.Browser) != nil:
		http.Redirect(w, r, signInPath(to, "1")+sep(to)+"form=1", http.StatusSeeOther)
		return nil //nolint:nilerr // the page asks, in place of a refusal
	}
	return h.lead(w, r, p, provider.Beginning{ReturnTo: to, Again: again})
}

// isAnew holds when somebody is to prove anew who they are: here somebody is signed in and asked again, or the app wants it.
func (h *Handler) isAnew(r *http.Request, to, again string) bool {
	_, signedIn := httpd.Viewer(r)
	return again != "" && (signedIn || h.wantsAnew(r, to))
}

// wantsAnew holds when the app that a sign-in is for wants the person to prove anew who they are, although nobody is signed in here: at the provider
// somebody may be.
func (h *Handler) wantsAnew(r *http.Request, to string) bool {
	req := h.Asking(r, to)
	return req != nil && (req.Prompts(oauth.PromptLogin) || req.Prompts(oauth.PromptSelect) || req.MaxAge >= 0)
}

// lead binds a sign-in to the browser, and sends it to the provider.
func (h *Handler) lead(w http.ResponseWriter, r *http.Request, p *provider.Provider, b provider.Beginning) error {
	b.Binding, b.Origin = h.Guard.Cookies.Connect(r), h.origin(r)
	if b.Binding == "" {
		b.Binding = provider.NewBinding()
	}
	if req := h.Asking(r, b.ReturnTo); req != nil && len(req.LoginHint) <= maxHint {
		b.Hint = req.LoginHint
	}
	address, err := h.Providers.Begin(r.Context(), p, b)
	if err != nil {
		return err
	}
	h.Guard.Cookies.SetConnect(w, b.Binding, h.Now().Add(bindingFor))
	w.Header().Set("Referrer-Policy", "no-referrer")
	return seeOther(w, r, address)
}

// origin is the one of ours that a browser is at. An app on another host has /auth/ there too, and its own cookies.
func (h *Handler) origin(r *http.Request) string {
	scheme, _, _ := strings.Cut(h.Issuer, "://")
	if o := scheme + "://" + r.Host; oauth.OriginOf(o) == o {
		return o
	}
	return h.Issuer
}

// connected ends what connect began.
func (h *Handler) connected(w http.ResponseWriter, r *http.Request) error {
	p, err := h.provider(r)
	if err != nil {
		return err
	}
	q, err := oauth.ParseParams(r.URL.RawQuery)
	if err != nil {
		return fault.Refuse(fault.ProviderState).Because(err)
	}
	back, err := h.finish(r, p, q)
	if err != nil {
		return err
	}
	if back.Used {
		return h.connectedBefore(w, r, back.ReturnTo)
	}
	if back.Link != "" {
		return h.tied(w, r, p, back)
	}
	u, err := h.Providers.Admit(r.Context(), p, back.Identity, source(r))
	if err != nil {
		return h.turnedAway(r, p, err)
	}
	return h.beginBy(w, r, u, !p.Stay, orAccount(back.ReturnTo), func(ctx context.Context, b session.Beginning) (session.Started, error) {
		return h.Providers.Start(ctx, b, back.Identity)
	})
}

// finish judges an answer. One that has the provider do work for nothing is charged to the address that it came from.
func (h *Handler) finish(r *http.Request, p *provider.Provider, q oauth.Params) (back provider.Return, err error) {
	inVain := func(err error) bool { return fault.Is(err, fault.ProviderFailed) }
	err = h.Password.Limiter.Try(r.Context(), source(r).Address, inVain, func(ctx context.Context) (err error) {
		back, err = h.Providers.Finish(ctx, p, provider.Answer{
			Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error"),
			Binding: h.Guard.Cookies.Connect(r), Origin: h.origin(r),
		})
		return err
	})
	return back, err
}

// leadsTo is where somebody was going when a sign-in through a provider came to nothing, or "".
func (h *Handler) leadsTo(r *http.Request) string {
	q := r.URL.Query()
	if state := q.Get("state"); state != "" {
		return h.Providers.LeadsTo(state, h.Guard.Cookies.Connect(r))
	}
	to, _ := h.ReturnTo(q.Get("return_to"))
	return to
}

// connectedBefore answers an address that was good once: who went back or reloaded is signed in, and goes on.
func (h *Handler) connectedBefore(w http.ResponseWriter, r *http.Request, to string) error {
	if _, signedIn := httpd.Viewer(r); !signedIn {
		return fault.Refuse(fault.ProviderState)
	}
	return seeOther(w, r, orAccount(to))
}

// turnedAway notes that somebody whom a provider vouches for was refused.
func (h *Handler) turnedAway(r *http.Request, p *provider.Provider, err error) error {
	refusal := fault.From(err)
	if isOurs(refusal.Code) {
		return err
	}
	noted := h.Password.Audit.Append(r.Context(), audit.Event{
		At: h.Now(), Action: audit.SignInFailed, Source: source(r), ClientID: client.OwnID, Detail: string(refusal.Code) + ", from " + p.Name,
	})
	if noted != nil {
		return noted
	}
	return err
}

// backchannel lets a provider end the sessions that began there.
func (h *Handler) backchannel(w http.ResponseWriter, r *http.Request) error {
	p, err := h.provider(r)
	if err != nil {
		return err
	}
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	if _, err := h.Providers.Backchannel(r.Context(), p, form.Get("logout_token"), source(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// ways are the providers for the sign-in page; for somebody who is to prove anew who they are, those that can have them do it.
func (h *Handler) ways(r *http.Request, returnTo, again string) []webui.Way {
	var out []webui.Way
	for _, p := range h.Providers.All() {
		if h.isAnew(r, returnTo, again) && !p.ProvesAnew() {
			continue
		}
		out = append(out, webui.Way{Title: p.Title, Link: connectPath(p, returnTo, again)})
	}
	return out
}
