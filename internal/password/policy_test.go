package password_test

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/password"
)

var someone = []string{"alice.smith", "alice@acme-corp.com", "Alice Smith", "王小明", "login.example.com:4401"}

func rules(r *password.Rejection) []password.Rule {
	if r == nil {
		return nil
	}
	var list []password.Rule
	for _, reason := range r.Reasons {
		list = append(list, reason.Rule)
	}
	return list
}

// ASVS 6.2.5, 6.2.9
func TestGoodPasswords(t *testing.T) {
	for _, good := range []string{
		"correct horse battery staple",
		"the dog ate my homework again",
		"were there answers to that",
		"x7#Kp!29vQz@Lm4w",
		"839201746501928",
		"violett schmeckt nach dienstag",
		"我昨天在北京的胡同里看见三只橘猫晒太阳",
		"съешь же ещё этих мягких булок",
		"               a space odyssey",
		"alice wandered through the looking glass",
		strings.Repeat("any thousand letters ", 48)[:1000-13] + "odd ending  .",
	} {
		if r := (password.Policy{}).Check(good, someone...); r != nil {
			t.Errorf("%q: %v", good, r.Reasons)
		}
	}
}

// ASVS 6.2.1, 6.2.4, 6.2.11
func TestBadPasswordsAndTheirReasons(t *testing.T) {
	const short, common, context, pattern = password.TooShort, password.Common, password.Context, password.Pattern
	for _, tc := range []struct {
		password string
		want     []password.Rule
	}{
		{"", []password.Rule{short}},
		{"hunter2", []password.Rule{short, common}},
		{"Tr0ub4dor&3", []password.Rule{short}},
		{"P@ssw0rd!2024", []password.Rule{short, common}},
		{"iloveyousomuch1", []password.Rule{common}},
		{"i love you so much", []password.Rule{common}},
		{"Password1234567890", []password.Rule{common}},
		{"!!!!!!!!password!!!!!!!!", []password.Rule{common}},
		{"4dm1n1str4t0r2024", []password.Rule{common}},
		{"dragondragondragon", []password.Rule{common, pattern}},
		{"Dragon1Dragon1Dragon1", []password.Rule{common, pattern}},
		{"密码密码密码密码密码密码密码密码", []password.Rule{common, pattern}},
		{"abcabcabcabcabc", []password.Rule{common, pattern}},
		{"aaaaaaaaaaaaaaaaaaaa", []password.Rule{pattern}},
		{"abcdefghijklmnopqrs", []password.Rule{pattern}},
		{"zyxwvutsrqponmlkj", []password.Rule{pattern}},
		{"abc123def456ghi", []password.Rule{pattern}},
		{"qwertyuiopasdfghjkl", []password.Rule{pattern}},
		{"1q2w3e4r5t6y7u8i9o", []password.Rule{pattern}},
		{"kx7kx7kx7kx7kx7kx7", []password.Rule{pattern}},
		{"一二三四五六七八九十一二三四五六七八九十", []password.Rule{pattern}},
		{"alicesmith1985!!", []password.Rule{context}},
		{"AliceAliceAlice", []password.Rule{common, context, pattern}},
		{"4lice@acme-c0rp.com", []password.Rule{context}},
		{"acme-acme-acme-1!", []password.Rule{context}},
		{"lingpai-password", []password.Rule{context}},
		{"login.example.com", []password.Rule{context}},
		{"王小明王小明王小明王小明王小明123", []password.Rule{context}},
	} {
		got := (password.Policy{}).Check(tc.password, someone...)
		if diff := cmp.Diff(tc.want, rules(got)); diff != "" {
			t.Errorf("%q: %s", tc.password, diff)
		}
	}
}

// TestEveryCommonPasswordIsRefused: whoever makes one longer by saying it again has not made it better.
//
// ASVS 6.2.4
func TestEveryCommonPasswordIsRefused(t *testing.T) {
	list, err := os.ReadFile("common.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(list)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			n++
			longer := strings.Repeat(word, 15/utf8.RuneCountInString(word)+1)
			if r := (password.Policy{}).Check(longer); r == nil {
				t.Errorf("%q may be chosen", longer)
			}
		}
	}
	if n < 3000 {
		t.Errorf("only %d passwords are on the list", n)
	}
}

func TestReasonsCarryTheirValues(t *testing.T) {
	got := password.Policy{MinLength: 20}.Check("alice smith 99", someone...)
	want := &password.Rejection{Reasons: []password.Reason{
		{Rule: password.TooShort, Length: 14, Limit: 20},
		{Rule: password.Context, Word: "alice.smith"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	refusal := got.Refusal()
	const detail = `This password cannot be used: it has 14 of at least 20 characters, and it is mostly "alice.smith", which anyone would try.`
	if refusal.Code != fault.PasswordRejected || refusal.Detail() != detail {
		t.Errorf("%s: %s", refusal.Code, refusal.Detail())
	}
}

func TestLengthCountsCodePoints(t *testing.T) {
	if got := (password.Policy{}).Check("жёлтый чай 🍵"); got.Reasons[0] != (password.Reason{Rule: password.TooShort, Length: 12, Limit: 15}) {
		t.Errorf("%+v", got.Reasons)
	}
	// Composed and decomposed, it is one password of one length.
	if got := (password.Policy{}).Check("e\u0301te\u0301 a\u0300 la mer"); got.Reasons[0].Length != 12 {
		t.Errorf("%+v", got.Reasons)
	}
}

func TestWhatIsNoTextOrTooLong(t *testing.T) {
	for given, want := range map[string]password.Reason{
		"\xff" + strings.Repeat("a", 20): {Rule: password.NotText},
		strings.Repeat("ab ", 400):       {Rule: password.TooLong, Length: 1200, Limit: 1000},
		strings.Repeat("🍵", 1025):        {Rule: password.TooLong, Length: 1025, Limit: 1000},
	} {
		got := (password.Policy{}).Check(given)
		if got == nil || len(got.Reasons) != 1 || got.Reasons[0] != want {
			t.Errorf("%.10q: %+v, want %+v", given, got, want)
		}
	}
}

func TestEveryReasonIsWorded(t *testing.T) {
	for _, rule := range []password.Rule{password.TooShort, password.TooLong, password.NotText, password.Common, password.Context, password.Pattern} {
		if text := (password.Reason{Rule: rule}).String(); text == "" || text == string(rule) {
			t.Errorf("%s has no wording", rule)
		}
	}
	if got := (password.Reason{Rule: "later"}).String(); got != "later" {
		t.Errorf("unknown rule worded as %q", got)
	}
}

func BenchmarkCheckLongest(b *testing.B) {
	long := strings.Repeat("a", 999) + "b"
	for b.Loop() {
		(password.Policy{}).Check(long, someone...)
	}
}
