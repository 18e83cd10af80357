package browsertest

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// device is an authenticator of the browser, which keeps passkeys and makes sure of its person.
type device struct {
	*tab
	id webauthn.AuthenticatorID
}

// plugIn gives the browser a device, which its person touches whenever it asks. The sign-in page asks by itself, too, so that the browser can offer
// passkeys with the names that it knows; this browser shows nothing to choose from, and takes the first. So that is left out unless offers is set.
func (b *tab) plugIn(synced, offers bool) *device {
	b.Helper()
	call(b, webauthn.Enable, webauthn.EnableParams{})
	added := call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		DefaultBackupEligibility: synced, DefaultBackupState: synced,
	}})
	if !offers {
		call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `PublicKeyCredential.isConditionalMediationAvailable = async () => false`,
		})
	}
	return &device{b, added.AuthenticatorID}
}

// recognises says whether the device finds that it is its person.
func (d *device) recognises(who bool) {
	d.Helper()
	call(d.tab, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: d.id, IsUserVerified: who})
}

// press presses the button of a form, by which no page need be loaded.
func (d *device) press(form string) {
	d.Helper()
	run(d.tab, chromedp.Click(chromedp.CSS(form+" button")))
}

// signIn goes by the button of the sign-in page to an address.
func (d *device) signIn(to string) {
	d.Helper()
	d.press("#passkey")
	d.awaits(to)
}

// add adds a passkey on the account page.
func (d *device) add() {
	d.Helper()
	d.press("#add-passkey")
	d.awaits("/auth/account?done=passkey_added")
	d.reads("#passkeys-note", "Passkey added")
}

// leave signs out.
func (d *device) leave() {
	d.Helper()
	d.click("a[href='/auth/logout']")
	d.click("[value=this]")
}

func TestAPasskeyFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	d := signedIn(s, "alice").plugIn(true, false)
	d.reads("main", "None yet. A passkey is quicker")
	d.add()
	d.reads("#passkey-list li", "Chrome on Linux Synced")
	d.reads("#passkey-list li", "Not used yet")
	d.leave()

	d.at("/auth/login?return_to=%2Fauth%2Finspect")
	d.signIn("/auth/inspect")
	d.at("/auth/account")
	d.reads("#passkey-list li", "Last used")
	d.click("#passkey-list li a")
	d.fill("#name", "Blue key")
	d.click("form .primary")
	d.reads("#passkey-list li", "Blue key Synced")

	d.press("#add-passkey") // the device has one
	d.says(`document.querySelector("#add-passkey [role=alert]").innerText`, "This device has a passkey for your account already.")

	d.click("#passkey-list li a")
	d.click("form[action$='/remove'] button")
	d.reads("#passkeys-note", "Passkey removed")
	d.reads("main", "None yet.")
}

func TestTheBrowserOffersPasskeysWithTheNamesItKnows(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	d := signedIn(s, "alice").plugIn(false, true)
	d.add()
	d.reads("#passkey-list li", "This device only")
	d.leave()
	ask[any](d.tab, `location = "/auth/login"`) // no button is pressed
	d.awaits("/auth/account")
}

func TestAPasskeyTakesThePlaceOfPasswordAndCode(t *testing.T) {
	t.Parallel()
	s := start(t, "second_factor.required_for=admin")
	alice := s.add("alice", "admin")
	b := visit(s)
	b.at("/auth/login")
	b.signIn("alice", battery)
	p := b.scan()
	b.enter(p.code())
	b.click("main .primary")
	d := b.plugIn(true, false)
	d.add()
	d.leave()
	d.at("/auth/login")
	d.signIn("/auth/account")
	d.leave()

	if err := s.core.OTP.Remove(t.Context(), alice.ID, cli); err != nil {
		t.Fatal(err)
	}
	d.at("/auth/login?return_to=%2Fauth%2Finspect")
	d.tab.signIn("alice", battery)
	d.reads("[role=alert]", "This account takes its passkey instead.")
	d.signIn("/auth/inspect")
}

func TestWhoIsNotRecognisedOrDoesNotWantToIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	s := start(t)
	alice := s.add("alice")
	d := signedIn(s, "alice").plugIn(true, false)
	d.add()
	d.leave()
	d.at("/auth/login")
	d.recognises(false)
	d.press("#passkey")
	d.says(`document.querySelector("#passkey [role=alert]").innerText`, "No passkey was used. Try again, or sign in with your password.")
	d.says(`document.querySelector("#passkey button").innerText`, "Sign in with a passkey")

	d.recognises(true)
	list, err := s.core.Passkeys.Of(t.Context(), alice.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if err := s.core.Passkeys.Remove(t.Context(), alice.ID, list[0].ID, cli); err != nil {
		t.Fatal(err)
	}
	d.signIn("/auth/login/passkey")
	d.reads("[role=alert]", "This passkey does not open an account here. Sign in another way.")
	d.tab.signIn("alice", battery)
	d.expect("/auth/account")
}

func TestWhoIsSignedInForLongSignsInAgainToAddAPasskey(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	d := signedIn(s, "alice").plugIn(true, false)
	s.advance(11 * time.Minute)
	d.at("/auth/account")
	d.click("#add-passkey button")
	d.reads("[role=alert]", "Sign in again for that")
	d.fill("#password", battery)
	d.click("form .primary")
	d.expect("/auth/account?done=anew_passkeys")
	d.add()
}

func TestKeyboardAloneSignsInWithAPasskey(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	d := signedIn(s, "alice").plugIn(true, false)
	d.add()
	d.leave()
	d.at("/auth/login")
	d.awaitFocus("username")
	for d.focus() != "Sign in with a passkey" {
		d.tab.press(kb.Tab)
	}
	d.tab.press(kb.Enter)
	d.awaits("/auth/account")
}

func TestWithoutScriptOrPasskeysTheButtonIsNotThere(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := visit(s).withoutScript()
	b.at("/auth/login")
	hidden := `String(document.querySelector("#passkey, #add-passkey").checkVisibility())`
	b.says(hidden, "false")
	b.signIn("alice", battery)
	b.expect("/auth/account")
	b.says(hidden, "false")
	b.reads("#no-passkeys", "This browser cannot make passkeys")
}

// TestPasskeysLookRight looks at what the pages show of passkeys, in both languages, as the tour does at all others.
func TestPasskeysLookRight(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.add("alice")
			b, l := lookAt(t, s, lang)
			d := b.plugIn(true, false)
			b.at("/auth/login")
			b.says(`String(document.querySelector("#passkey").checkVisibility())`, "true")
			l.look("passkey-login")
			b.signIn("alice", battery)
			l.look("passkey-none")
			d.press("#add-passkey")
			b.awaits("/auth/account?done=passkey_added")
			l.look("passkey-added")
			b.click("#passkey-list li a")
			l.look("passkey-page")
			b.forget()
			b.at("/auth/login?again=1&reason=passkey_required")
			l.look("passkey-wanted")
			d.recognises(false)
			d.press("#passkey")
			b.says(`String(document.querySelector("#passkey [role=alert]").hidden)`, "false")
			l.look("passkey-cancelled")
		})
	}
}
