package admin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/webui"
)

const appsPath = httpd.AdminPath + "/apps"

// addAppPath lies beside the apps: below them, an app could have its name for an id.
const addAppPath = httpd.AdminPath + "/add-app"

func (h *Handler) appPages() []httpd.Route {
	return []httpd.Route{
		h.page("/apps", h.appsPage),
		h.page("/add-app", h.addAppPage),
		h.form("/add-app", at(addAppPath), h.addApp),
		h.page("/apps/{id}", h.appPage),
		h.form("/apps/{id}", toApp, h.setApp),
		h.page("/apps/{id}/secret", leadTo(toApp)), // where a form leaves the address
		h.form("/apps/{id}/secret", toApp, h.addSecret),
		h.page("/apps/{id}/drop-old", leadTo(toApp)),
		h.form("/apps/{id}/drop-old", toApp, h.dropSecrets),
		h.page("/apps/{id}/remove", leadTo(toApp)),
		h.form("/apps/{id}/remove", toApp, h.removeApp),
	}
}

// toApp leads to the page of the app that an address names.
func toApp(r *http.Request) string {
	return webui.AdminApp{ID: r.PathValue("id")}.Link()
}

// appsPage lists apps, in the order of their ids.
func (h *Handler) appsPage(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query()
	all, err := h.Clients.List(r.Context())
	if err != nil {
		return err
	}
	page := webui.AdminApps{Frame: h.Frame(r, r.URL.RequestURI()), Search: strings.TrimSpace(asked.Get("q")), Later: asked.Get("after") != ""}
	if asked.Get("done") == "removed" {
		page.Notice = webui.AppGone()
	}
	sought := strings.ToLower(page.Search)
	for _, c := range all {
		if c.ID <= asked.Get("after") || !strings.Contains(strings.ToLower(c.Name+"\n"+c.ID), sought) {
			continue
		}
		if len(page.Apps) == rowsOfAPage {
			page.Next = following(appsPath, asked, "after", page.Apps[rowsOfAPage-1].ID)
			break
		}
		page.Apps = append(page.Apps, appRow(c))
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminApps, page)
}

func appRow(c client.Client) webui.AdminApp {
	return webui.AdminApp{
		ID: c.ID, Name: c.Name, Profile: string(c.Profile), Configured: c.Configured, Self: c.Self != nil || c.Document, AddedAt: c.CreatedAt,
	}
}

// app finds the app that an address names. One that is known by a document is not looked up: that would ask its server.
func (h *Handler) app(r *http.Request) (client.Client, error) {
	id := r.PathValue("id")
	if client.CheckID(id) != nil {
		return client.Client{}, fault.Refuse(fault.NotFound)
	}
	return h.Clients.Find(r.Context(), id)
}

func (h *Handler) appPage(w http.ResponseWriter, r *http.Request) error {
	c, err := h.app(r)
	if err != nil {
		return err
	}
	page := h.pageOfApp(r, c)
	switch r.URL.Query().Get("done") {
	case "anew":
		page.Notice = webui.SignedInAnew()
	case "saved":
		page.Notice = webui.Saved()
	case "dropped":
		page.SecretsNotice = webui.SecretDropped()
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminApp, page)
}

// pageOfApp is the page as it is, before any form is judged.
func (h *Handler) pageOfApp(r *http.Request, c client.Client) webui.AdminAppPage {
	page := webui.AdminAppPage{Frame: h.Frame(r, toApp(r)), App: appRow(c), Facts: h.facts(&c), Seen: mark(&c)}
	if page.App.Configured || page.App.Self {
		return page
	}
	page.Settings = settingsOf(&c)
	page.KeepsSecret = c.Auth == oauth.SecretBasic || c.Auth == oauth.SecretPost
	for _, s := range c.Secrets {
		page.Secrets = append(page.Secrets, webui.AdminSecret{ID: s.ID, AddedAt: s.AddedAt})
	}
	return page
}

// mark tells the state of a client from any other, so that a form which was drawn for one changes no other: two administrators do not undo one
// another, and a form that a browser sends once more does nothing.
func mark(c *client.Client) string {
	settings, err := json.Marshal(c.Settings)
	if err != nil {
		return ""
	}
	sum := sha256.New()
	sum.Write(settings)
	for _, s := range c.Secrets {
		sum.Write([]byte(s.ID))
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:12])
}

var errChanged = fmt.Errorf("the client is not what the form was drawn for: %w", fault.ErrConflict)

// seen reads a form, and finds the app that it is about: errChanged if that is not any more what the form was drawn for.
func (h *Handler) seen(r *http.Request) (client.Client, url.Values, error) {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return client.Client{}, nil, err
	}
	c, err := h.app(r)
	if err == nil && !c.Configured && form.Get("seen") != mark(&c) {
		return c, nil, errChanged
	}
	return c, form, err
}

// notChanged draws the page of an app again, and says why nothing was done. What is no reason for that is returned.
func (h *Handler) notChanged(w http.ResponseWriter, r *http.Request, c client.Client, err error) error {
	page := h.pageOfApp(r, c)
	switch {
	case errors.Is(err, client.ErrConfigured), errors.Is(err, client.ErrDescribesItself), errors.Is(err, client.ErrNoSecret):
		page.Notice = webui.NotChangedHere()
	case errors.Is(err, fault.ErrConflict):
		page.Notice = webui.ChangedMeanwhile()
	default:
		return err
	}
	return httpd.WritePage(w, http.StatusConflict, h.UI.AdminApp, page)
}

// addSecret shows a new secret, this once.
func (h *Handler) addSecret(w http.ResponseWriter, r *http.Request) error {
	c, _, err := h.seen(r)
	if err != nil {
		return h.notChanged(w, r, c, err)
	}
	made, err := h.Clients.AddSecret(r.Context(), c.ID, httpd.Source(r))
	if err != nil {
		return h.notChanged(w, r, c, err)
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminAppSecret, webui.AdminAppSecret{
		Frame: h.Frame(r, toApp(r)), App: appRow(c), Secret: made.Reveal(), Issuer: h.Clients.Issuer,
	})
}

func (h *Handler) dropSecrets(w http.ResponseWriter, r *http.Request) error {
	c, _, err := h.seen(r)
	if err != nil {
		return h.notChanged(w, r, c, err)
	}
	if err := h.Clients.DropSecrets(r.Context(), c.ID, httpd.Source(r)); err != nil {
		return h.notChanged(w, r, c, err)
	}
	return done(w, r, toApp(r)+"#secrets", "dropped")
}

func (h *Handler) removeApp(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	c, err := h.app(r)
	if err != nil {
		return err
	}
	if form.Get("confirm") != c.ID {
		page := h.pageOfApp(r, c)
		page.Problems.Add("confirm", webui.NotThatWord)
		return httpd.WritePage(w, http.StatusUnprocessableEntity, h.UI.AdminApp, page)
	}
	if err := h.Clients.Remove(r.Context(), c.ID, httpd.Source(r)); err != nil {
		return h.notChanged(w, r, c, err)
	}
	return done(w, r, appsPath, "removed")
}

// publishKeys makes the keys that are needed to sign for a client, so that they are published before anybody needs them.
func (h *Handler) publishKeys(ctx context.Context, c client.Client) error {
	if !c.WantsRS256() {
		return nil
	}
	_, err := h.IDKeys.Signing(ctx)
	return err
}
