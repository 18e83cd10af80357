package httpd

import (
	"net/url"
	"path"
	"strings"
	"testing"
)

const (
	ownOrigin = "https://app.example"
	appOrigin = "https://other.example:8443"
)

var returning = &Edge{Issuer: ownOrigin, Origins: []string{appOrigin, "http://localhost:5173"}}

func TestReturnToKeepsToOurOrigins(t *testing.T) {
	for _, s := range []string{
		"/", "/auth/account", "/notes", "/notes/", "/notes/1?sort=up&q=a%20b", "/notes#top", "/a-b_c.d~e", "/%E4%BB%A4%E7%89%8C", "/notes?next=//evil.example",
		"/notes?next=https://evil.example", "/a:b", "/@alice", "/a;b=c", "/logins", "/authors",
		appOrigin, appOrigin + "/", appOrigin + "/x?y#z", "http://localhost:5173/login",
	} {
		if got, ok := returning.ReturnTo(s); !ok || got != s {
			t.Errorf("%q: %q, %v", s, got, ok)
		}
	}
}

// leaving are addresses that lead away from our origins in some browser or after some rewriting, or nowhere that makes sense.
var leaving = []string{
	// Vectors that pass a check for "begins with / and not with //", or a check of the origin alone.
	"//evil.com", `/\evil.com`, "/\t/evil.com", "/\n/evil.com", " //evil.com", "https:///evil.com", "javascript:alert(1)", "/..//evil.com", "/.//evil.com",
	// And more of the kind.
	"", "evil.com", "///evil.com", "////evil.com", "/////evil.com", `\\evil.com`, `\/evil.com`, `/\/evil.com`, `//\evil.com`, `\evil.com`,
	"/\r/evil.com", "\t//evil.com", "\n//evil.com", "//evil.com\n", "/x\r\nSet-Cookie: a=b", "/x\x00", "\x00/x", "\u00a0//evil.com", "/\u2028/evil.com", "/\u200b/evil.com",
	"/%2f/evil.com", "/%2fevil.com", "/%2F%2Fevil.com", "%2f%2fevil.com", "/%5cevil.com", "/%5c%5cevil.com", "/%09/evil.com", "/%0a/evil.com", "/%0d%0aSet-Cookie:a=b", "/%00",
	"/./evil.com", "/../evil.com", "/a/..//evil.com", "/a/../..//evil.com", "/%2e%2e//evil.com", "/%2e/%2fevil.com", "/a//evil.com", "/a/./b", "/a/../b",
	"http://evil.com", "HTTPS://evil.com", "https:evil.com", "https:/evil.com", "http:\\\\evil.com", "https:\\evil.com", "//evil.com@app.example", "https://app.example@evil.com",
	"https://app.example", "https://app.example:443", "https://app.example.evil.com", "https://evil.com#app.example", "https://evil.com?app.example", `https://evil.com\app.example`,
	"https://other.example", "https://other.example:8443.evil.com", "https://other.example:8443@evil.com", "https://user@other.example:8443/", "https://user:pw@other.example:8443/",
	"http://other.example:8443/", "HTTPS://other.example:8443/", "https://OTHER.example:8443/", "https://other.example:08443/", "https://other.example:8443//evil.com",
	"https://other.example:8443/..//evil.com", `https://other.example:8443\@evil.com`, "https://other.example:8443/%2f", "https://other.example:8443evil.com", "https://[::1]/",
	"javascript://app.example/%0aalert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://app.example/x",
	"mailto:a@b.c", "about:blank", "view-source:x", "x:y", "?x", "#x", "?return_to=/", "notes", "./notes", "../notes", "／／evil.com", "/／evil.com", "〱evil.com", "/è",
	"/ x", "/x y", "/%zz", "/%", "https://other.example:8443/%zz", "http://localhost:5173:1/",
	// Where a loop would begin, or the person would be signed out again.
	"/auth/login", "/auth/login?return_to=/", "/auth/login/", "/auth/logout", "/auth/logout?x", "/auth/%6cogin", "/auth/%6Cogout",
	"/" + strings.Repeat("a", 2000),
}

func TestAttack75ReturnToLeadsNowhereElse(t *testing.T) {
	for _, s := range leaving {
		if got, ok := returning.ReturnTo(s); ok || got != "" { // callers may use what they get without asking
			t.Errorf("%q became %q, %v", s, got, ok)
		}
	}
}

// FuzzReturnTo holds that what is accepted is one of our origins, written so that encoding it again changes nothing, and that no
// normalisation of its path makes another origin of it.
func FuzzReturnTo(f *testing.F) {
	for _, s := range leaving {
		f.Add(s)
	}
	f.Add("/notes?x=y#z")
	f.Add(appOrigin + "/x")
	base, err := url.Parse(ownOrigin + "/auth/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := returning.ReturnTo(s)
		if !ok {
			return
		}
		u, err := url.Parse(got)
		if err != nil || got != s || u.String() != s {
			t.Fatalf("%q became %q, which is %v (%v)", s, got, u, err)
		}
		at := base.ResolveReference(u)
		if origin := at.Scheme + "://" + at.Host; origin != ownOrigin && origin != appOrigin && origin != "http://localhost:5173" {
			t.Errorf("%q leads to %s", s, origin)
		}
		for _, p := range []string{u.Path, u.EscapedPath(), path.Clean("/" + u.Path), at.Path} {
			if strings.HasPrefix(p, "//") || strings.HasPrefix(p, `/\`) {
				t.Errorf("%q has the path %q", s, p)
			}
		}
		if strings.ContainsAny(s, "\\\t\r\n\x00 ") || strings.Contains(u.Path, `\`) {
			t.Errorf("%q has a character that browsers read otherwise", s)
		}
	})
}
