package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/webui"
)

// connections lists the providers as they stand to an account.
func (h *Handler) connections(ctx context.Context, userID string) ([]webui.Connection, error) {
	if len(h.Providers.All()) == 0 {
		return nil, nil
	}
	links, err := h.Providers.Links.LinksOf(ctx, userID)
	if err != nil {
		return nil, err
	}
	var out []webui.Connection
	for _, p := range h.Providers.All() {
		c := webui.Connection{Name: p.Name, Title: p.Title, Link: provider.Path + p.Name + "?link=1"}
		if i := slices.IndexFunc(links, func(l provider.Link) bool { return l.Issuer == p.Issuer }); i >= 0 {
			c.Link, c.Since = "", links[i].At
		}
		out = append(out, c)
	}
	return out, nil
}

// tie leads somebody who is signed in to a provider, to connect it with their account. Only a page of ours may cause it, and the person proves anew who
// they are there: or a page elsewhere could have its own account there opened with the person's here. Nor may a session that somebody left open: what is
// connected opens the account for good, a new password or not, so it takes a fresh sign-in here as well.
func (h *Handler) tie(w http.ResponseWriter, r *http.Request, p *provider.Provider) error {
	who, signedIn := httpd.Viewer(r)
	if !signedIn {
		return fault.Refuse(fault.TokenMissing)
	}
	if r.Header.Get("Sec-Fetch-Site") != "same-origin" {
		return fault.Refuse(fault.CSRFRefused)
	}
	if err := h.requireProof(r.Context(), who.Session); err != nil { // it would be a way past the second factor
		return httpd.AskAnew(w, r, connectionsSection.anew(), err)
	}
	return h.lead(w, r, p, provider.Beginning{ReturnTo: httpd.AccountPath, Again: true, Link: who.Session.UserID})
}

// tied connects who came back with the account of who went.
func (h *Handler) tied(w http.ResponseWriter, r *http.Request, p *provider.Provider, back provider.Return) error {
	who, signedIn := httpd.Viewer(r)
	if !signedIn || who.Session.UserID != back.Link {
		return fault.Refuse(fault.ProviderState).Because(errors.New("somebody else is signed in by now"))
	}
	if err := h.SecondStep.RequireFactor(r.Context(), who.Session); err != nil { // it may have been turned on since they went
		return httpd.AskAnew(w, r, connectionsSection.anew(), err)
	}
	src := source(r)
	src.Actor = who.Session.UserID
	if err := h.Providers.Tie(r.Context(), p, back.Identity, back.Link, src); err != nil {
		return err
	}
	return done(w, r, "connected", 0)
}

// untie ends a connection, unless the account could not be opened any more.
func (h *Handler) untie(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	p, err := h.provider(r)
	if err != nil {
		return err
	}
	err = h.Providers.Untie(r.Context(), p, httpd.From(r).Session.UserID, source(r))
	switch {
	case errors.Is(err, fault.ErrConflict):
		return done(w, r, "last_way", 0)
	case err != nil:
		return err
	}
	return done(w, r, "disconnected", 0)
}
