package browsertest

import "testing"

// Somebody makes an account of their own: from the sign-in page to the letter, which dev has caught, to being signed in where they wanted to go.
func TestAnAccountIsMadeInTheBrowser(t *testing.T) {
	t.Parallel()
	for _, script := range []bool{true, false} {
		s := startDevWith(t, "", nil, "sign_up.enabled=true", "sign_up.domains=example.com", "mail.server=smtp://localhost:1", "mail.from=no-reply@example.com")
		b := visit(s)
		if !script {
			b = b.withoutScript()
		}
		b.at("/auth/login?return_to=/auth/inspect")
		b.click("a[href^='/auth/sign-up']")
		b.reads("h1", "Create an account")
		b.fill("#email", "carol@elsewhere.example")
		b.click("form .primary")
		b.reads("#email-problem", "example.com")
		b.fill("#email", "carol@example.com")
		b.click("form .primary")
		b.reads("main header", "carol@example.com")
		b.awaitLetter("Your account for Lingpai")
		b.click("article .primary")
		b.reads("main header", "carol@example.com")
		b.fill("#username", "alice")
		b.fill("#name", "Carol")
		b.fill("#password", fresh)
		b.click("form .primary")
		b.reads("#username-problem", "taken")
		b.fill("#username", "carol")
		b.fill("#password", fresh)
		b.click("form .primary")
		b.expect("/auth/inspect")
		b.at("/auth/account")
		b.reads("main", "Carol")
	}
}
