package user

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lingpai/lingpai/internal/fault"
)

func TestAttack80UsernamesThatLookAlikeAreOne(t *testing.T) {
	for canonical, spellings := range map[string][]string{
		"alice":        {"alice", "Alice", "ALICE", "Ａlice", "ａｌｉｃｅ", "𝐚𝐥𝐢𝐜𝐞", "ⓐlice", "alıce"[:2] + "ice"},
		"strasse":      {"straße", "STRASSE", "STRAẞE", "ſtraſſe"},
		"istanbul":     {"istanbul", "İstanbul", "i\u0307stanbul", "i\u0307\u0307stanbul"},
		"josé":         {"josé", "jose\u0301", "JOSÉ"},
		"αλφα":         {"αλφα", "ΑΛΦΑ"},
		"дима":         {"дима", "ДИМА"},
		"令牌":           {"令牌"},
		"हिन्दी":       {"हिन्दी"},
		"a.b_c-d":      {"A.b_C-d"},
		"user1":        {"user1", "user１", "user①"},
		"김철수":          {"김철수"},
		"fi":           {"ﬁ"},
		"alice.liddel": {"Alice.Liddel"},
	} {
		for _, s := range spellings {
			got, err := CanonicalUsername(s)
			if err != nil || got != canonical {
				t.Errorf("%q (%+q): %q, %v; want %q", s, s, got, err, canonical)
			}
		}
	}
}

func TestAttack80UsernamesThatNobodyMayHave(t *testing.T) {
	for what, names := range map[string][]string{
		"empty":         {"", " ", "\u3000"},
		"too long":      {strings.Repeat("a", 65), strings.Repeat("令", 65), strings.Repeat("a", 1<<20), strings.Repeat("ﷺ", 10)},
		"not UTF-8":     {"al\xffice", "\xc0\xaf", "\xed\xa0\x80"},
		"control":       {"al\x00ice", "alice\n", "\talice", "al\x7fice", "al\u0085ice", "alice\r\nSet-Cookie: a=b"},
		"spaces":        {"al ice", " alice", "alice ", "al\u00a0ice", "al\u2003ice", "al\u3000ice"},
		"invisible":     {"al\u200bice", "al\u200dice", "alice\u200e", "\ufeffalice", "al\u2060ice", "al\u00adice", "al\u034fice", "al\u180eice", "al\u061cice"},
		"invisible too": {"alice\u3164", "alice\u115f", "al\u1160ice", "alice\uffa0", "al\ufe0fice", "al\U000e0100ice", "al\u17b4ice", "al\u180bice"},
		"turned around": {"\u202eecila", "al\u2066ice"},
		"mixed scripts": {"аlice", "αlice", "alicе", "pаypal", "ΑЛ", "ꭺdmin"[:3] + "dmin", "ａdmіn", "աdmin"},
		"signs":         {"alice@example.com", "../etc/passwd", "a/b", "a\\b", "a'b", `a"b`, "a;b", "a<b>", "a&b", "a%00", "$(id)", "`id`", "{{7*7}}", "a,b", "a:b", "a|b", "a*b", "-a", ".a", "a.", "_a", "a-", "..", "(a)", "١٢%", "¼%"},
		"emoji":         {"😀", "a😀", "👨‍👩‍👧", "🇩🇪"},
		"only a mark":   {"\u0301", "\u0301a"},
		"private use":   {"\ue000", "a\U000f0000"},
		"unassigned":    {"a\u0378b", "\uffff"},
	} {
		for _, s := range names {
			if got, err := CanonicalUsername(s); !fault.Is(err, fault.FieldInvalid) || got != "" {
				t.Errorf("%s: %+q became %q (%v)", what, cut(s), got, err)
			}
		}
	}
}

func TestRefusedNamesAreNotRepeated(t *testing.T) {
	_, err := CanonicalUsername("<script>")
	if r := fault.From(err); strings.Contains(r.Detail(), "<script>") || r.Fields["username"] == "" {
		t.Errorf("detail %q, fields %v", r.Detail(), r.Fields)
	}
}

func cut(s string) string {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}

func TestEmailAddresses(t *testing.T) {
	for s, canonical := range map[string]string{
		"": "", "Alice@Example.COM": "alice@example.com", "a+b@example.com": "a+b@example.com", "a.b@example.com": "a.b@example.com",
		"o'neil@example.com": "o'neil@example.com", "ａlice@example.com": "alice@example.com", "令牌@例子.测试": "令牌@例子.测试",
		"a@localhost": "a@localhost",
	} {
		if got, err := CanonicalEmail(s); err != nil || got != canonical {
			t.Errorf("%q: %q, %v; want %q", s, got, err, canonical)
		}
	}
	for _, s := range []string{
		"alice", "@", "a@", "@b", "a@b@c", "a＠b@c", "a@b＠c", "Alice <a@b.c>", "<a@b.c>", "a@b.c, d@e.f", "a@b.c;d@e.f", "a@b.c\nBcc: d@e.f", "a@b.c\r\n",
		" a@b.c", "a@b.c ", "a b@c.d", `"a b"@c.d`, `"a"@c.d`, "a@[127.0.0.1]", "a\x00@b.c", "a\xff@b.c", "a@b.c(x)", "a..b@c.d", ".a@b.c", "a@b..c",
		"a\u200b@b.c", "a@b\u2028c", "a@b.c\u00a0", "a\u202e@b.c", strings.Repeat("a", 250) + "@b.c", "mailto:a@b.c", "a@b.c?x", "a@b/c", "a@b.℀",
	} {
		if got, err := CanonicalEmail(s); !fault.Is(err, fault.FieldInvalid) || got != "" {
			t.Errorf("%+q became %q (%v)", cut(s), got, err)
		}
	}
}

// What is typed at sign-in is never refused: it is looked up as it is, and found by nobody.
func TestLoginNeverFails(t *testing.T) {
	for s, want := range map[string]string{
		" Alice ": "alice", "ALICE@EXAMPLE.COM": "alice@example.com", "a@b@c": "a@b@c", "../x": "../x", "": "", "\x00": "\x00",
	} {
		if got := CanonicalLogin(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// FuzzCanonicalNames holds that a canonical form is the canonical form of itself, that it is text, and that a name is never an address.
func FuzzCanonicalNames(f *testing.F) {
	for _, s := range []string{"alice", "İ", "ß", "ﬁ", "\u0345", "ΐ", "ŉ", "ǰ", "ẖ", "Ⅷ", "K", "Å", "ﷺ", "a@b.c", "ẞ@ẞ.c", "a＠b.c", "ᾳ", "\u1e9e\u0307", "j\u030c\u0323", "i\u0307\u0307", "İ\u0323"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := CanonicalUsername(s); err == nil {
			again, err := CanonicalUsername(c)
			if err != nil || again != c || !utf8.ValidString(c) || strings.Contains(c, "@") {
				t.Errorf("username %+q: %+q, then %+q (%v)", s, c, again, err)
			}
		}
		if c, err := CanonicalEmail(s); err == nil && c != "" {
			again, err := CanonicalEmail(c)
			if err != nil || again != c || strings.Count(c, "@") != 1 {
				t.Errorf("address %+q: %+q, then %+q (%v)", s, c, again, err)
			}
		}
	})
}
