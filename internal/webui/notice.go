package webui

import (
	"html/template"

	"github.com/lingpai/lingpai/internal/fault"
)

// Notice is one message above a form: what happened, then what to do. Make it with the functions below.
type Notice struct {
	tone    string // is-good, is-warn or is-bad
	key     string // in the catalogue, unless refusal is set
	args    []any
	refusal *fault.Refusal
}

// Refused is the notice of a refusal. A refusal that passes with time also says when.
func Refused(r *fault.Refusal) *Notice {
	tone := "is-bad"
	if waits(r) {
		tone = "is-warn"
	}
	return &Notice{tone: tone, refusal: r}
}

// SessionOver tells somebody at the sign-in page why they are there: the session ran out.
func SessionOver() *Notice { return &Notice{tone: "is-warn", key: "session_over"} }

// SignInAnew tells somebody at the sign-in page who is signed in why they are there. Title is a provider that does not ask people again, or "".
func SignInAnew(title string) *Notice {
	if title == "" {
		return &Notice{tone: "is-warn", key: "sign_in_anew"}
	}
	return &Notice{tone: "is-warn", key: "sign_in_anew.out", args: []any{title}}
}

// SignedInAnew tells them on the account page that it was enough.
func SignedInAnew() *Notice { return &Notice{tone: "is-good", key: "signed_in_anew"} }

// TooSlow tells somebody at the sign-in page that they took too long over the code.
func TooSlow() *Notice { return &Notice{tone: "is-warn", key: "too_slow"} }

// TwoStepsWanted tells somebody at the sign-in page that what they were going to asks for two factors.
func TwoStepsWanted() *Notice { return &Notice{tone: "is-warn", key: "two_steps_wanted"} }

// TwoStepMissing tells them that their account has only one.
func TwoStepMissing() *Notice { return &Notice{tone: "is-bad", key: "two_step_missing"} }

// TwoStepOff confirms that it is off.
func TwoStepOff() *Notice { return &Notice{tone: "is-good", key: "two_step_off"} }

// PasskeyWanted tells somebody at the sign-in page that their password is right, and that it takes their passkey.
func PasskeyWanted() *Notice { return &Notice{tone: "is-warn", key: "passkey_wanted"} }

// PasskeyAsked tells them that what they were going to asks for a passkey.
func PasskeyAsked() *Notice { return &Notice{tone: "is-warn", key: "passkey_asked"} }

// PasskeyAdded confirms a new passkey.
func PasskeyAdded() *Notice { return &Notice{tone: "is-good", key: "passkey_added"} }

// PasskeyRemoved confirms that one is gone.
func PasskeyRemoved() *Notice { return &Notice{tone: "is-good", key: "passkey_removed"} }

// Saved confirms a change of the profile.
func Saved() *Notice { return &Notice{tone: "is-good", key: "saved"} }

// NothingChanged stands above a form whose fields have problems.
func NothingChanged() *Notice { return &Notice{tone: "is-bad", key: "unchanged"} }

// PasswordChanged confirms a new password, and says how many other sessions that ended.
func PasswordChanged(ended int) *Notice {
	if ended == 0 {
		return &Notice{tone: "is-good", key: "password_changed"}
	}
	return &Notice{tone: "is-good", key: "password_changed.ended", args: []any{ended}}
}

// SessionEnded confirms the end of one other session.
func SessionEnded() *Notice { return &Notice{tone: "is-good", key: "session_ended"} }

// AppRemoved confirms that what an app was allowed is taken back.
func AppRemoved() *Notice { return &Notice{tone: "is-good", key: "app_removed"} }

// Connected confirms that a provider is connected with the account.
func Connected() *Notice { return &Notice{tone: "is-good", key: "connected"} }

// Disconnected confirms that it is no more.
func Disconnected() *Notice { return &Notice{tone: "is-good", key: "disconnected"} }

// LastWay says why a provider stays connected: the account could not be opened without it.
func LastWay() *Notice { return &Notice{tone: "is-bad", key: "last_way"} }

// OthersEnded confirms the end of all other sessions and says how many there were.
func OthersEnded(n int) *Notice {
	return &Notice{tone: "is-good", key: "others_ended", args: []any{n}}
}

// PasswordReset tells somebody at the sign-in page that their new password is set.
func PasswordReset() *Notice { return &Notice{tone: "is-good", key: "password_reset"} }

// SavedUnconfirmed confirms another address, to which a link was mailed.
func SavedUnconfirmed() *Notice { return &Notice{tone: "is-good", key: "saved_unconfirmed"} }

// LinkSent confirms that the link which confirms an address was mailed.
func LinkSent() *Notice { return &Notice{tone: "is-good", key: "link_sent"} }

// EmailConfirmed confirms that an address is the person's.
func EmailConfirmed() *Notice { return &Notice{tone: "is-good", key: "email_confirmed"} }

// EmailNeedsPassword says why an address was not changed: nothing shows that it is the person who wants that.
func EmailNeedsPassword() *Notice { return &Notice{tone: "is-bad", key: "email_needs_password"} }

// EverybodyEnded confirms the end of all sessions and says how many there were.
func EverybodyEnded(n int) *Notice {
	return &Notice{tone: "is-good", key: "everybody_ended", args: []any{n}}
}

// AppGone confirms that an app is removed.
func AppGone() *Notice { return &Notice{tone: "is-good", key: "app_gone"} }

// SecretDropped confirms that the old secrets of an app are good no more.
func SecretDropped() *Notice { return &Notice{tone: "is-good", key: "secret_dropped"} }

// KeyMade confirms a new signing key, whose turn comes.
func KeyMade() *Notice { return &Notice{tone: "is-good", key: "key_made"} }

// KeySigns confirms a new signing key that signs at once.
func KeySigns() *Notice { return &Notice{tone: "is-good", key: "key_signs"} }

// TooManyKeys says why no key was made.
func TooManyKeys() *Notice { return &Notice{tone: "is-bad", key: "too_many_keys"} }

// ChangedMeanwhile says that somebody else was quicker.
func ChangedMeanwhile() *Notice { return &Notice{tone: "is-bad", key: "changed_meanwhile"} }

// NotChangedHere says that something is changed elsewhere, or not at all.
func NotChangedHere() *Notice { return &Notice{tone: "is-bad", key: "not_changed_here"} }

// SettingsClash says that what was typed does not go together with what cannot be changed here.
func SettingsClash() *Notice { return &Notice{tone: "is-bad", key: "settings_clash"} }

// waits reports whether the refusal passes by itself.
func waits(r *fault.Refusal) bool {
	return r.Code == fault.RateLimited || r.Code == fault.TooBusy || r.Code == fault.Unavailable
}

// code is the code of the refusal behind the notice, or "".
func (n *Notice) code() fault.Code {
	if n == nil || n.refusal == nil {
		return ""
	}
	return n.refusal.Code
}

// noticeView is a notice in words.
type noticeView struct {
	ID, Tone, Icon string
	Alert          bool // it answers a form with bad news, so screen readers interrupt for it
	Text           template.HTML
}

func (v view) notice(id string, n *Notice) *noticeView {
	if n == nil {
		return nil
	}
	icon := map[string]string{"is-good": "check", "is-warn": "clock", "is-bad": "alert"}[n.tone]
	out := &noticeView{ID: id, Tone: n.tone, Icon: icon, Alert: n.tone != "is-good"}
	if n.refusal == nil {
		out.Text = v.rich("notice."+n.key, n.args...)
		return out
	}
	out.Text = v.refused(n.refusal)
	return out
}

// tooMany says when to come back after too many tries, and then what became of this one.
func (v view) tooMany(r *fault.Refusal, became string) template.HTML {
	until := v.rich("notice.rate_limited", r.RetryAfter, v.Clock(v.now.Add(r.RetryAfter)))
	return template.HTML(v.Lang.join(string(until), became))
}

// refused words a refusal: what happened in bold, then when to come back, then what to do.
func (v view) refused(r *fault.Refusal) template.HTML {
	sentence, advice := v.Lang.Refusal(r.Code, r.Args...)
	if r.Code == fault.RateLimited && r.RetryAfter > 0 {
		return v.tooMany(r, template.HTMLEscapeString(advice))
	}
	first, rest := cutSentence(sentence)
	rest = template.HTMLEscapeString(v.Lang.join(rest, advice))
	return template.HTML(v.Lang.join("<b>"+template.HTMLEscapeString(first)+"</b>", rest))
}
