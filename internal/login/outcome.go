package login

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/webui"
)

// section is a part of the account page, which is longer than a screen.
type section string

const (
	profileSection     section = "profile"
	passwordSection    section = "password"
	twoStepSection     section = "two-step"
	passkeysSection    section = "passkeys"
	connectionsSection section = "connections"
	appsSection        section = "apps"
	sessionsSection    section = "sessions"
)

func (s section) path() string { return httpd.AccountPath + "#" + string(s) }

// anew is where somebody comes back to who was asked to sign in again for what they wanted to do in the section.
func (s section) anew() string { return s.saying(url.Values{"done": {anew + string(s)}}) }

func (s section) saying(q url.Values) string {
	return httpd.AccountPath + "?" + q.Encode() + "#" + string(s)
}

// anew and a section are the outcome of having signed in again.
const anew = "anew_"

// outcome is what the account page says after something was done, and where. n is how many were concerned.
type outcome struct {
	at  section
	say func(n int) *webui.Notice
}

// outcomes stand in the address of the page by these words.
var outcomes = map[string]outcome{
	"profile":         {profileSection, plain(webui.Saved)},
	"unconfirmed":     {profileSection, plain(webui.SavedUnconfirmed)},
	"link_sent":       {profileSection, plain(webui.LinkSent)},
	"email_confirmed": {profileSection, plain(webui.EmailConfirmed)},
	"password":        {passwordSection, webui.PasswordChanged},
	"two_step_off":    {twoStepSection, plain(webui.TwoStepOff)},
	"passkey_added":   {passkeysSection, plain(webui.PasskeyAdded)},
	"passkey_renamed": {passkeysSection, plain(webui.Saved)},
	"passkey_removed": {passkeysSection, plain(webui.PasskeyRemoved)},
	"connected":       {connectionsSection, plain(webui.Connected)},
	"disconnected":    {connectionsSection, plain(webui.Disconnected)},
	"last_way":        {connectionsSection, plain(webui.LastWay)},
	"app":             {appsSection, plain(webui.AppRemoved)},
	"session":         {sessionsSection, plain(webui.SessionEnded)},
	"others":          {sessionsSection, webui.OthersEnded},
}

// plain is a notice that has no number in it.
func plain(say func() *webui.Notice) func(int) *webui.Notice {
	return func(int) *webui.Notice { return say() }
}

// done leads to the section of the account page where something was done, which says so.
func done(w http.ResponseWriter, r *http.Request, what string, n int) error {
	q := url.Values{"done": {what}}
	if n > 0 {
		q.Set("n", strconv.Itoa(n))
	}
	return seeOther(w, r, outcomes[what].at.saying(q))
}

// tell has the page say what was done, as its address says it.
func tell(page *webui.Account, asked url.Values) {
	what := asked.Get("done")
	if at, ok := strings.CutPrefix(what, anew); ok {
		tellAt(page, section(at), webui.SignedInAnew())
		return
	}
	if o, ok := outcomes[what]; ok {
		n, _ := strconv.Atoi(asked.Get("n")) // 0 when there is none
		tellAt(page, o.at, o.say(min(max(n, 0), 9999)))
	}
}

// tellAt puts a notice at the head of a section; of one that is not there, nowhere.
func tellAt(page *webui.Account, at section, n *webui.Notice) {
	switch at {
	case profileSection:
		page.Profile.Notice = n
	case passwordSection:
		page.Password.Notice = n
	case twoStepSection:
		page.SecondFactor.Notice = n
	case passkeysSection:
		page.Passkeys.Tell(n)
	case connectionsSection:
		page.ConnectionsNotice = n
	case appsSection:
		page.AppsNotice = n
	case sessionsSection:
		page.SessionsNotice = n
	}
}
