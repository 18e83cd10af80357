package webui

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/cors"
	"github.com/lingpai/lingpai/internal/fault"
)

// prose are the refusals whose argument is English prose; other languages leave it out.
var prose = []fault.Code{
	fault.TokenMalformed, fault.TokenAlgorithm, fault.TokenType, fault.SessionExpired, fault.PasswordRejected, fault.BodyMalformed, fault.FieldInvalid, fault.RequestMalformed,
	fault.DPoPProofInvalid, fault.CertificateInvalid, fault.UpstreamFailed,
}

func marks(text string) []string {
	all := regexp.MustCompile(`\{\d\}|\*\*|`+"`").FindAllString(text, -1)
	slices.Sort(all)
	return all
}

func TestCataloguesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	en, zh := catalogues()[English], catalogues()[Chinese]
	for key := range zh {
		if _, ok := en[key]; !ok {
			t.Errorf("%s is in Chinese alone", key)
		}
	}
	for key, text := range en {
		other, ok := zh[key]
		if !ok || other == "" {
			t.Errorf("%s is not in Chinese", key)
			continue
		}
		code, isRefusal := strings.CutPrefix(key, "refusal.")
		if isRefusal && slices.Contains(prose, fault.Code(code)) {
			continue
		}
		for form := range strings.SplitSeq(other, "|") {
			many := text[strings.Index(text, "|")+1:]
			// The form for one may say "one" instead of the figure.
			if strings.Contains(other, "|") && form == strings.Split(other, "|")[0] {
				continue
			}
			if diff := cmp.Diff(marks(many), marks(form)); diff != "" {
				t.Errorf("%s has other placeholders or marks (-en +zh):\n%s", key, diff)
			}
		}
	}
}

func TestCataloguesNameEachKeyOnce(t *testing.T) {
	for _, l := range Languages() {
		raw, err := os.ReadFile("catalogue/" + string(l) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		keys := regexp.MustCompile(`(?m)^  "([^"]+)":`).FindAllSubmatch(raw, -1)
		if len(keys) != len(catalogues()[l]) {
			t.Errorf("%s: %d lines, %d keys", l, len(keys), len(catalogues()[l]))
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryKeyIsUsed looks for each key, or the part that a template adds to, in the sources.
func TestEveryKeyIsUsed(t *testing.T) {
	var sources strings.Builder
	for _, dir := range []string{".", "templates"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			raw, err := os.ReadFile(dir + "/" + e.Name())
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(raw)
		}
	}
	composed := regexp.MustCompile(`^(admin\.(kind|fact|field|keys\.is)|refusal|advice|build|problem|notice|span|glyph|role|nav\.admin|theme|letter|event|refused|setup\.closed|signed_out|connect\.(done|denied)|inspect\.say|dev\.reason|dev\.mail\.as|dev\.say|dev\.keep|dev\.all)\.`)
	for key := range catalogues()[English] {
		if !composed.MatchString(key) && !strings.Contains(sources.String(), `"`+key+`"`) {
			t.Errorf("nothing uses %s", key)
		}
	}
}

// TestEnglishRefusalsAreThoseOfTheAPI keeps the page and the `detail` of the API from drifting apart.
func TestEveryActionOfTheLogHasWords(t *testing.T) {
	for _, l := range Languages() {
		v := newUI(t).view(Frame{Lang: l}, "account.title")
		for _, action := range audit.Actions() {
			if words := v.happened(string(action)); strings.Contains(string(words), string(action)) {
				t.Errorf("%s: %s has no words", l, action)
			}
		}
	}
}

func TestEnglishRefusalsAreThoseOfTheAPI(t *testing.T) {
	for _, code := range fault.Codes() {
		args := argument(code, "")
		sentence, advice := English.Refusal(code, args...)
		if want := fault.Refuse(code, args...).Detail(); sentence != want {
			t.Errorf("%s: page says %q, API says %q", code, sentence, want)
		}
		if advice == "" || advice == "advice."+string(code) {
			t.Errorf("%s has no advice", code)
		}
		if build := English.text("build." + string(code)); build != code.Advice() {
			t.Errorf("%s: page tells developers %q, API %q", code, build, code.Advice())
		}
	}
}

// TestTheCORSDoctorSaysOnThePageWhatItSaysInTheTerminal keeps the English of the page and that of `lingpai doctor` from drifting apart.
func TestTheCORSDoctorSaysOnThePageWhatItSaysInTheTerminal(t *testing.T) {
	const says = devSayings + "cors.says."
	args := []any{"{first}", "{second}", "{third}", cors.Phrase{Code: "slash"}}
	for _, code := range cors.Codes() {
		if page, terminal := English.text(says+string(code), args...), (cors.Phrase{Code: code, Args: args}).String(); page != terminal {
			t.Errorf("%s: page says %q, terminal %q", code, page, terminal)
		}
	}
	for key := range catalogues()[English] {
		if code, ok := strings.CutPrefix(key, says); ok && !slices.Contains(cors.Codes(), cors.Code(code)) {
			t.Errorf("internal/cors never says %s", key)
		}
	}
}

func TestRefusalsSpeakBothLanguages(t *testing.T) {
	for _, c := range []struct {
		lang Lang
		code fault.Code
		args []any
		want string
	}{
		{English, fault.TokenExpired, []any{42 * time.Second}, "The token expired 42 seconds ago."},
		{English, fault.TokenExpired, []any{time.Second}, "The token expired 1 second ago."},
		{Chinese, fault.TokenExpired, []any{42 * time.Second}, "令牌已于 42 秒前过期。"},
		{Chinese, fault.SessionEnded, []any{2 * time.Minute}, "会话已于 2 分钟前结束。"},
		{Chinese, fault.RateLimited, []any{40 * time.Second}, "尝试次数过多，请在 40 秒后重试。"},
		{Chinese, fault.TokenMalformed, []any{"it has 2 parts, not 3"}, "这不是令牌。"},
		{English, fault.ForbiddenRole, []any{"{0} {1}"}, "This needs the role {0} {1}."},
		{"", fault.NotFound, nil, "There is nothing at this address."},
		{English, "made_up", nil, "The server could not finish this. Nothing was changed."},
		{English, fault.RateLimited, nil, "Too many tries. Try again in …."},
	} {
		if got, _ := c.lang.Refusal(c.code, c.args...); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.lang, c.code, got, c.want)
		}
	}
}

func TestNegotiate(t *testing.T) {
	for _, c := range []struct {
		accept, cookie string
		want           Lang
	}{
		{"", "", English},
		{"zh-CN,zh;q=0.9,en;q=0.8", "", Chinese},
		{"en-GB,en;q=0.9,zh;q=0.8", "", English},
		{"fr-FR, de;q=0.9, zh-TW;q=0.3", "", Chinese},
		{"en;q=0.2, zh;q=0.7", "", Chinese},
		{"zh;q=0, en;q=0.1", "", English},
		{"zh;q=0", "", English},
		{"*", "", English},
		{"zh;q=nonsense, ,;;,en;q=0.1", "", English},
		{"zh;q=NaN", "", English},
		{"en", "zh-Hans", Chinese},
		{"zh", "en", English},
		{"zh", "klingon", Chinese},
	} {
		if got := Negotiate(c.accept, c.cookie); got != c.want {
			t.Errorf("Negotiate(%q, %q) = %s, want %s", c.accept, c.cookie, got, c.want)
		}
	}
}

func TestTimesAreSaidInWords(t *testing.T) {
	u := newUI(t)
	for _, c := range []struct {
		age    time.Duration
		en, zh string
	}{
		{-time.Second, "just now", "刚刚"},
		{time.Minute, "just now", "刚刚"},
		{5*time.Minute + 50*time.Second, "5 minutes ago", "5 分钟前"},
		{3 * time.Hour, "3 hours ago", "3 小时前"},
		{47 * time.Hour, "47 hours ago", "47 小时前"},
		{72 * time.Hour, "on 11 July", "7 月 11 日"},
		{365 * 24 * time.Hour, "on 14 July 2025", "2025 年 7 月 14 日"},
	} {
		for l, want := range map[Lang]string{English: c.en, Chinese: c.zh} {
			got := string(u.view(Frame{Lang: l}, "").Ago(today.Add(-c.age)))
			if !strings.Contains(got, ">"+want+"<") {
				t.Errorf("%v in %s: got %s, want %s", c.age, l, got, want)
			}
		}
	}
}

func TestClockNamesItsZone(t *testing.T) {
	zone := time.FixedZone("CST", 8*60*60)
	u, err := New(Options{Now: func() time.Time { return today.In(zone) }})
	if err != nil {
		t.Fatal(err)
	}
	got := string(u.view(Frame{}, "").Clock(today))
	if want := `<time class="clock" datetime="2026-07-14T17:41:47+08:00">17:41:47 CST</time>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
