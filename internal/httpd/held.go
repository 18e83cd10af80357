package httpd

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/session"
)

// A browser holds up to two sessions in cookies, both of one person: that of the pages, and that of an app which keeps its access token in memory. They
// begin apart and end together.

// EndHeld ends what a browser holds, because somebody signs in there by an app: no session is left that nobody can reach, no two people share one browser,
// and a cookie that was planted before a sign-in is dead after it. Apps that were signed in to through the session of the pages go on if it was the same
// person's, with the heir, which is about to begin.
func (g *Guard) EndHeld(r *http.Request, heir session.Beginning) error {
	if err := g.endPages(r, heir); err != nil {
		return err
	}
	app, err := g.ofRefresh(r)
	return g.endApp(r, heir.UserID, heir.KeyThumb, app, err)
}

// EndOthers is EndHeld for somebody who signs in on a page. An app of theirs in this browser goes on: they have just shown who they are, and nothing
// takes the place of its cookie. stays reports whether there is one.
func (g *Guard) EndOthers(r *http.Request, heir session.Beginning) (stays bool, err error) {
	if err := g.endPages(r, heir); err != nil {
		return false, err
	}
	app, err := g.ofRefresh(r)
	if err == nil && app.UserID == heir.UserID {
		return true, nil
	}
	return false, g.endApp(r, heir.UserID, heir.KeyThumb, app, err)
}

// EndTogether ends what else a browser holds, because somebody signs out there: its cookies are removed, and nobody could reach what they were for.
func (g *Guard) EndTogether(r *http.Request, userID string) error {
	if v := g.Cookies.Session(r); v != "" {
		row, found := g.Sessions.Use(r.Context(), v, Source(r))
		if err := g.endHeld(r, row, found); err != nil {
			return err
		}
	}
	app, err := g.ofRefresh(r)
	return g.endApp(r, userID, "", app, err)
}

// HeldApp returns the session of an app that a browser holds, if its cookie is all that it takes to use it.
func (g *Guard) HeldApp(r *http.Request) (app session.Session, held bool, err error) {
	app, fresh, err := g.Sessions.OfRefresh(r.Context(), g.Cookies.Refresh(r))
	if isRefusal(err) {
		return session.Session{}, false, nil
	}
	return app, err == nil && fresh && app.KeyThumb == "", err
}

func (g *Guard) endPages(r *http.Request, heir session.Beginning) error {
	v := g.Cookies.Session(r)
	if v == "" {
		return nil
	}
	row, err := g.Sessions.Use(r.Context(), v, Source(r))
	if err == nil && row.UserID == heir.UserID {
		return g.Sessions.GiveWay(r.Context(), row, heir.ID, Source(r))
	}
	return g.endHeld(r, row, err)
}

// ofRefresh finds the session of an app by its cookie; the error is a refusal if there is none.
func (g *Guard) ofRefresh(r *http.Request) (session.Session, error) {
	row, _, err := g.Sessions.OfRefresh(r.Context(), g.Cookies.Refresh(r))
	return row, err
}

// endApp ends the session of an app, for this user. Somebody else's that is bound to a key ends only if the user holds that key: its cookie may be a
// stolen one, and is good for nothing where the key is not.
func (g *Guard) endApp(r *http.Request, userID, keyThumb string, app session.Session, err error) error {
	if err == nil && app.UserID != userID {
		err = session.Holds(app, keyThumb)
	}
	return g.endHeld(r, app, err)
}

// endHeld ends a session that was found. A refusal says that it is over already, or never was.
func (g *Guard) endHeld(r *http.Request, row session.Session, err error) error {
	if isRefusal(err) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = g.Sessions.SignOut(r.Context(), row, session.This, Source(r))
	return err
}
