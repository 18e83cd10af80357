package doctest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)(?: "[^"]*")?\)|(?:src|srcset|href)="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	fenced  = regexp.MustCompile("(?ms)^(```+).*?^```+$")
	inCode  = regexp.MustCompile("`[^`\n]*`")
)

// TestLinksLead follows every link to a file or a heading of the repository. Addresses on the web are left to their owners.
func TestLinksLead(t *testing.T) {
	for _, p := range pages(t) {
		prose := inCode.ReplaceAllString(fenced.ReplaceAllString(p.text, ""), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			to := m[1] + m[2]
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			if why := follow(p, to); why != "" {
				t.Errorf("%s: the link %s leads nowhere: %s", p.name, to, why)
			}
		}
	}
}

// follow returns why a link does not lead, or "".
func follow(p page, to string) string {
	file, anchor, _ := strings.Cut(to, "#")
	name := filepath.Join(root, filepath.Dir(p.name), filepath.FromSlash(file))
	if file == "" {
		name = filepath.Join(root, p.name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return "no such file"
	}
	if anchor == "" || info.IsDir() || filepath.Ext(name) != ".md" {
		return ""
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(string(data), ""), -1) {
		if slug(h[1]) == anchor {
			return ""
		}
	}
	return "no such heading"
}

// slug is the anchor of a heading, as GitHub makes it.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}

func TestSlugsAreThoseOfGitHub(t *testing.T) {
	for text, want := range map[string]string{
		"What an attacker gets":  "what-an-attacker-gets",
		"`keep`: where it is":    "keep-where-it-is",
		"GET /auth/api/me":       "get-authapime",
		"9. 令牌是什么，头部":            "9-令牌是什么头部",
		"`token_missing` and me": "token_missing-and-me",
	} {
		if got := slug(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
