package httpd

import (
	"net/http"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/secret"
)

// Cookies names and writes our cookies. Over https they carry the prefix `__Host-Http-` (RFC 10017), by which a browser promises that
// they were set by this host over TLS and are out of reach of scripts; browsers that know only `__Host-` promise that much. Plain names
// are used on loopback http alone.
type Cookies struct{ Secure bool }

const (
	sessionCookie = "lingpai_session" // the whole session (keep: cookie)
	refreshCookie = "lingpai_refresh" // the refresh token (keep: memory)
	deviceCookie  = "lingpai_device"  // this browser signed in before; see authn.Devices
	halfwayCookie = "lingpai_halfway" // a sign-in whose password was right, and which waits for a code; see authn.Halfway
	passkeyCookie = "lingpai_passkey" // a challenge that a passkey is to answer; see passkey.Begun
	connectCookie = "lingpai_connect" // what sign-ins through providers that began in this browser are bound to; see provider
)

// Names are the names of all cookies of ours.
func (c Cookies) Names() []string {
	return []string{c.name(sessionCookie), c.name(refreshCookie), c.name(deviceCookie), c.name(halfwayCookie), c.name(passkeyCookie), c.name(connectCookie)}
}

func (c Cookies) name(base string) string {
	if c.Secure {
		return "__Host-Http-" + base
	}
	return base
}

// Session returns the value of the session cookie, or "".
func (c Cookies) Session(r *http.Request) string { return c.only(r, sessionCookie) }

// Refresh returns the refresh token in its cookie, or "".
func (c Cookies) Refresh(r *http.Request) string { return c.only(r, refreshCookie) }

// Device returns the value of the device cookie, or "".
func (c Cookies) Device(r *http.Request) string { return c.only(r, deviceCookie) }

// Connect returns what sign-ins through providers are bound to in this browser, or "".
func (c Cookies) Connect(r *http.Request) string { return c.only(r, connectCookie) }

// Halfway returns a sign-in that waits for a code, or "".
func (c Cookies) Halfway(r *http.Request) string { return c.only(r, halfwayCookie) }

// Passkey returns a challenge that a passkey is to answer, or "".
func (c Cookies) Passkey(r *http.Request) string { return c.only(r, passkeyCookie) }

// only returns the one cookie of that name. Two of one name mean that a neighbour planted one, and which is ours cannot be told.
func (c Cookies) only(r *http.Request, base string) string {
	all := r.CookiesNamed(c.name(base))
	if len(all) != 1 || all[0].Quoted || strings.TrimSpace(all[0].Value) != all[0].Value {
		return ""
	}
	return all[0].Value
}

// carriesAny reports whether a request would act on a cookie of ours.
func (c Cookies) carriesAny(r *http.Request) bool {
	return len(r.CookiesNamed(c.name(sessionCookie)))+len(r.CookiesNamed(c.name(refreshCookie))) > 0
}

// SetSession writes the session cookie. A zero time lets it end with the browser. SameSite is Lax, so that a link from elsewhere finds
// the person signed in; what changes something is guarded by the rules of CSRF.
func (c Cookies) SetSession(w http.ResponseWriter, value secret.String, until time.Time) {
	c.set(w, sessionCookie, value, until, http.SameSiteLaxMode)
}

// SetRefresh writes the cookie of the refresh token.
func (c Cookies) SetRefresh(w http.ResponseWriter, value secret.String, until time.Time) {
	c.set(w, refreshCookie, value, until, http.SameSiteStrictMode)
}

// Devices proves that a browser has signed in to an account before. *authn.Devices does.
type Devices interface {
	Issue(userID string, now time.Time) secret.String
}

// RememberDevice writes the device cookie, for a year: each time anew, because it says when somebody signed in here.
func (c Cookies) RememberDevice(w http.ResponseWriter, devices Devices, userID string, now time.Time) {
	c.set(w, deviceCookie, devices.Issue(userID, now), now.AddDate(1, 0, 0), http.SameSiteLaxMode)
}

// SetHalfway writes the cookie of a sign-in that waits for a code. SameSite is Lax, as for the session that it becomes.
func (c Cookies) SetHalfway(w http.ResponseWriter, value secret.String, until time.Time) {
	c.set(w, halfwayCookie, value, until, http.SameSiteLaxMode)
}

// ClearHalfway removes it, if there is one: whose it is need not be whoever comes next.
func (c Cookies) ClearHalfway(w http.ResponseWriter, r *http.Request) {
	if len(r.CookiesNamed(c.name(halfwayCookie))) > 0 {
		c.set(w, halfwayCookie, secret.String{}, time.Unix(1, 0), http.SameSiteLaxMode)
	}
}

// SetPasskey writes the cookie of a challenge that a passkey is to answer.
func (c Cookies) SetPasskey(w http.ResponseWriter, value secret.String, until time.Time) {
	c.set(w, passkeyCookie, value, until, http.SameSiteStrictMode)
}

// ClearPasskey removes it, if there is one.
func (c Cookies) ClearPasskey(w http.ResponseWriter, r *http.Request) {
	if len(r.CookiesNamed(c.name(passkeyCookie))) > 0 {
		c.set(w, passkeyCookie, secret.String{}, time.Unix(1, 0), http.SameSiteStrictMode)
	}
}

// SetConnect writes the cookie that sign-ins through providers are bound to. SameSite is Lax: the provider leads back from another site.
func (c Cookies) SetConnect(w http.ResponseWriter, value string, until time.Time) {
	c.set(w, connectCookie, secret.New(value), until, http.SameSiteLaxMode)
}

// Clear removes the cookies of a session. The device cookie stays: it is no part of one.
func (c Cookies) Clear(w http.ResponseWriter) {
	c.set(w, sessionCookie, secret.String{}, time.Unix(1, 0), http.SameSiteLaxMode)
	c.set(w, refreshCookie, secret.String{}, time.Unix(1, 0), http.SameSiteStrictMode)
}

// ClearRefresh removes the refresh token of whoever was signed in here before, if there is one: two people do not share a browser.
func (c Cookies) ClearRefresh(w http.ResponseWriter, r *http.Request) {
	if len(r.CookiesNamed(c.name(refreshCookie))) > 0 {
		c.set(w, refreshCookie, secret.String{}, time.Unix(1, 0), http.SameSiteStrictMode)
	}
}

func (c Cookies) set(w http.ResponseWriter, base string, value secret.String, until time.Time, same http.SameSite) {
	http.SetCookie(w, &http.Cookie{
		Name: c.name(base), Value: value.Reveal(), Path: "/", Expires: until, Secure: c.Secure, HttpOnly: true, SameSite: same,
	})
}
