package app

import (
	"html"
	"strings"
	"testing"

	registry "github.com/lingpai/lingpai/internal/client"
)

func TestADeveloperIsToldWhichAddressIsRegistered(t *testing.T) {
	s := start(t)
	a := s.addClient(registry.SPA, nil)
	page := html.UnescapeString(a.get(a.request("redirect_uri", "http://localhost:5173/cb")).body)
	for _, want := range []string{"http://localhost:5173/cb</pre>", a.redirect + "</pre>", "lingpai client set " + a.id + " --add-redirect-uri 'http://localhost:5173/cb'"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q:\n%s", want, page)
		}
	}
}

// TestAttack35APublicPageTellsNoAddresses: what is registered for an app is for people of the machine alone.
func TestAttack35APublicPageTellsNoAddresses(t *testing.T) {
	s := start(t, "issuer=https://login.example.com")
	s.origin = "http://login.example.com" // as a proxy asks
	a := s.addClient(registry.SPA, nil)
	page := mainOf(a.get(a.request("redirect_uri", "https://evil.example/cb")))
	if !strings.Contains(page, "redirect_refused") {
		t.Fatalf("not refused:\n%s", page)
	}
	for _, secret := range []string{"evil.example", a.redirect, "client set"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page says %q", secret)
		}
	}
}

// TestAttack35AnAddressOfAStrangerDoesNothing: it is shown, and neither linked nor put into a command that does something else.
func TestAttack35AnAddressOfAStrangerDoesNothing(t *testing.T) {
	s := start(t)
	a := s.addClient(registry.SPA, nil)
	for _, uri := range []string{
		"javascript:alert(1)", "https://evil.example/<script>alert(1)</script>", "http://localhost/'; rm -rf ~; '",
		"http://localhost/cb?a&calc", "http://localhost/%PATH%", "http://localhost/^|calc", "http://localhost/$(id)", "http://localhost/`id`", "http://localhost/;id",
		"https://evil.example/cb", "https://localhost@evil.example/cb", "https://localhost.evil.example/cb", "http://localhost:80@evil.example/cb", "https://evil.example/\u202egpj.exe",
		"https://evil.example/\r\nSet-Cookie: a=b", "https://evil.example/" + strings.Repeat("a", 4000),
	} {
		page := mainOf(a.get(a.request("redirect_uri", uri)))
		for _, deed := range []string{"client set", "<script>alert", `href="https://evil`, "\u202e", strings.Repeat("a", 400)} {
			if strings.Contains(page, deed) {
				t.Errorf("%.60q: the page has %.60q:\n%s", uri, deed, page)
			}
		}
	}
}

// mainOf is a page without its foot, where the choice of the language repeats the address of the page.
func mainOf(r reply) string {
	page, _, _ := strings.Cut(r.body, "<footer")
	return page
}
