package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// apps lists what a person has allowed.
func (h *Handler) apps(ctx context.Context, userID string) ([]webui.App, error) {
	given, err := h.Grants.Consents.ConsentsOf(ctx, userID)
	if err != nil {
		return nil, err
	}
	var out []webui.App
	for _, consent := range given {
		name, err := h.appName(ctx, consent.ClientID)
		if err != nil {
			return nil, err
		}
		out = append(out, webui.App{ID: consent.ClientID, Name: name, Scopes: consent.Scope, Since: consent.At})
	}
	return out, nil
}

// appName is what a client is called; one that is gone from the configuration, or was not read since the start, goes by its id.
func (h *Handler) appName(ctx context.Context, id string) (string, error) {
	c, err := h.Grants.Clients.Known(ctx, id)
	if errors.Is(err, fault.ErrNotFound) {
		return id, nil
	}
	return c.Name, err
}

// named adds to the sessions of clients what these are called: they run on servers, whose address tells nobody anything.
func (h *Handler) named(ctx context.Context, rows []session.Session, places []webui.Session) error {
	for i, row := range rows {
		if row.Keep != session.KeepClient {
			continue
		}
		name, err := h.appName(ctx, row.ClientID)
		if err != nil {
			return err
		}
		places[i].App, places[i].NewPlace = name, false
	}
	return nil
}

// takeBack ends what an app may do, and what it has.
func (h *Handler) takeBack(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	userID, clientID := httpd.From(r).Session.UserID, r.PathValue("id")
	if _, err := h.Grants.Consents.Consent(r.Context(), userID, clientID); err != nil {
		return err
	}
	if err := h.Grants.TakeBack(r.Context(), userID, clientID, source(r)); err != nil {
		return err
	}
	return done(w, r, "app", 0)
}
