package admin

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/user"
)

func (h calls) userCalls() []httpd.Route {
	return []httpd.Route{
		h.look("/users", h.listUsers),
		h.change("POST", "/users", 16<<10, h.addUser),
		h.look("/users/{id}", h.readUser),
		h.change("PATCH", "/users/{id}", 16<<10, h.changeUser),
		h.change("DELETE", "/users/{id}", httpd.NoBody, h.removeUser),
		h.change("POST", "/users/{id}/invitation", httpd.NoBody, h.inviteUser),
		h.change("POST", "/users/{id}/reset-factors", httpd.NoBody, h.resetFactors),
		h.change("DELETE", "/users/{id}/links/{provider}", httpd.NoBody, h.endLink),
	}
}

// userList is a page of accounts.
type userList struct {
	Users []record.ListedUser `json:"users"`
	Next  string              `json:"next,omitempty"` // `after` of the next page; "" when there is none
}

func (h calls) listUsers(w http.ResponseWriter, r *http.Request) error {
	l, err := readListing(r, "q", "role", "state")
	if err != nil {
		return err
	}
	q := user.Query{Search: l.Get("q"), Role: l.Get("role"), State: user.State(l.Get("state")), Limit: l.limit + 1}
	if !slices.Contains([]user.State{"", user.Enabled, user.Disabled}, q.State) {
		return badParameter("state", "enabled or disabled")
	}
	after, err := base64.RawURLEncoding.Strict().DecodeString(l.Get("after"))
	if err != nil {
		return badCursor()
	}
	q.After = string(after)
	found, err := h.Users.Store.Users(r.Context(), q)
	if err != nil {
		return err
	}
	page := userList{Users: []record.ListedUser{}}
	found, page.Next = cut(found, l.limit, cursorOf)
	for _, u := range found {
		passkeys, err := h.Passkeys.Of(r.Context(), u.ID)
		if err != nil {
			return err
		}
		page.Users = append(page.Users, record.ListedUser{User: record.OfUser(u), Passkeys: len(passkeys)})
	}
	return httpd.WriteJSON(w, http.StatusOK, page)
}

// cursorOf is the place of an account in the list, as programs are given it.
func cursorOf(u user.User) string { return base64.RawURLEncoding.EncodeToString([]byte(placeOf(u))) }

// addition is the body that adds an account. There is no password in it: whoever it is for chooses one, by an invitation.
type addition struct {
	Username      string      `json:"username"`
	Email         string      `json:"email"`
	EmailVerified given[bool] `json:"email_verified"`
	Name          string      `json:"name"`
	Roles         []string    `json:"roles"`
}

func (h calls) addUser(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[addition](r)
	if err != nil {
		return err
	}
	u, err := h.Users.Add(r.Context(), user.New{
		Username: in.Username, Email: in.Email, EmailVerified: !in.EmailVerified.named || in.EmailVerified.value, Name: in.Name, Roles: in.Roles,
		Source: httpd.Source(r),
	})
	if err != nil {
		return err
	}
	return created(w, APIPath+"/users/"+u.ID, record.OfUser(u))
}

func (h calls) readUser(w http.ResponseWriter, r *http.Request) error {
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	ways, err := record.WaysOf(r.Context(), h.Openers, u.ID, h.providerName)
	if err != nil {
		return err
	}
	sessions, err := h.Sessions.Of(r.Context(), u.ID)
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusOK, record.WholeUser{User: record.OfUser(u), Ways: ways, Sessions: record.OfSessions(sessions)})
}

// providerName is the name of the provider of an issuer, or "" when the configuration has it no more.
func (h calls) providerName(issuer string) string {
	if p := h.Providers.ByIssuer(issuer); p != nil {
		return p.Name
	}
	return ""
}

// userChange is a merge patch of an account (RFC 7396).
type userChange struct {
	Username      given[string]             `json:"username"`
	Email         given[string]             `json:"email"`
	EmailVerified given[bool]               `json:"email_verified"`
	Name          given[string]             `json:"name"`
	Roles         given[[]string]           `json:"roles"`
	Disabled      given[bool]               `json:"disabled"`
	Claims        given[map[string]*string] `json:"claims"`
}

// closes reports whether nobody could be an administrator by the account after it.
func (c *userChange) closes() bool {
	return c.Disabled.value || c.Roles.named && !slices.Contains(c.Roles.value, httpd.AdminRole)
}

func (c *userChange) amendment() user.Amendment {
	return user.Amendment{
		Username: c.Username.pointer(), Email: c.Email.pointer(), EmailVerified: c.EmailVerified.pointer(), Name: c.Name.pointer(),
		Roles: c.Roles.pointer(), Claims: c.claims(), Disabled: c.Disabled.pointer(),
	}
}

// claims are those that change, an empty one to be removed; nil when none is named.
func (c *userChange) claims() *user.Claims {
	if !c.Claims.named {
		return nil
	}
	out := user.Claims{}
	if c.Claims.value == nil { // null: all go
		for _, name := range user.ClaimNames() {
			out[name] = ""
		}
	}
	for name, value := range c.Claims.value {
		out[name] = ""
		if value != nil {
			out[name] = *value
		}
	}
	return &out
}

func (h calls) changeUser(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[userChange](r)
	if err != nil {
		return err
	}
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	if in.closes() {
		if err := notOneself(r, u.ID); err != nil {
			return err
		}
	}
	if err := h.carryOut(r, u, in); err != nil {
		return err
	}
	if u, err = h.subject(r); err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusOK, record.OfUser(u))
}

// carryOut changes an account in one act, so that all of it takes effect or nothing. What is closed or open already is no news.
func (h calls) carryOut(r *http.Request, u user.User, in userChange) error {
	a := in.amendment()
	if in.Disabled.value == u.Disabled {
		a.Disabled = nil
	}
	if a == (user.Amendment{}) {
		return nil
	}
	return meanwhile(h.Users.Amend(r.Context(), u.ID, a, httpd.Source(r)))
}

// meanwhile says of a conflict that somebody else was quicker.
func meanwhile(err error) error {
	if _, refused := errors.AsType[*fault.Refusal](err); !refused && errors.Is(err, fault.ErrConflict) {
		return fault.Refuse(fault.ChangedMeanwhile).Because(err)
	}
	return err
}

func (h calls) removeUser(w http.ResponseWriter, r *http.Request) error {
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	if err := notOneself(r, u.ID); err != nil {
		return err
	}
	if err := h.Users.Remove(r.Context(), u.ID, httpd.Source(r)); err != nil {
		return err
	}
	return noContent(w)
}

// invited says what became of a link for a password.
type invited struct {
	Mailed    bool      `json:"mailed"`
	Link      string    `json:"link,omitempty"` // to be handed over to the person alone; "" when it was mailed
	ExpiresAt time.Time `json:"expires_at"`
}

func (h calls) inviteUser(w http.ResponseWriter, r *http.Request) error {
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	i, err := h.invite(r.Context(), u, httpd.Source(r))
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusOK, invited{i.Link == "", i.Link, record.UTC(h.Now().Add(i.GoodFor))})
}

// taken is what was taken off an account.
type taken struct {
	Passkeys     int  `json:"passkeys"`
	SecondFactor bool `json:"second_factor"`
}

func (h calls) resetFactors(w http.ResponseWriter, r *http.Request) error {
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	t, err := h.SecondStep.TakeOff(r.Context(), u.ID, httpd.Source(r))
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusOK, taken(t))
}

func (h calls) endLink(w http.ResponseWriter, r *http.Request) error {
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	if err := h.disconnect(r, u); err != nil {
		return err
	}
	return noContent(w)
}
