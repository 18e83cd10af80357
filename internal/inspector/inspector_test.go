package inspector

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

// cases are what the package and the modules of the page are both tested with.
type cases struct {
	Now      int64
	Issuer   string
	Audience []string
	Cases    []struct {
		Name, Text, Token, Where, Kind, Signature, Code, Failed string
		Secret                                                  *string
		Findings                                                []string
	}
}

func readCases(t testing.TB) (c cases) {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCases(t *testing.T) {
	all := readCases(t)
	for _, c := range all.Cases {
		t.Run(c.Name, func(t *testing.T) {
			o := Options{Now: time.Unix(all.Now, 0), Issuer: all.Issuer, Audience: all.Audience}
			if c.Secret != nil {
				o.Secret = []byte(*c.Secret)
			}
			text, where := Find(c.Text)
			if string(where) != c.Where || c.Token != "" && text != c.Token {
				t.Errorf("found %.40q in %s, want it in %s", text, where, c.Where)
			}
			r := Inspect(text, o)
			found := []string{}
			for _, f := range r.Findings {
				found = append(found, strings.TrimSpace(f.ID+" "+f.What))
			}
			if diff := cmp.Diff(c.Findings, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if string(r.Kind) != c.Kind || string(r.Signature) != c.Signature {
				t.Errorf("%s, signature %s; want %s, %s", r.Kind, r.Signature, c.Kind, c.Signature)
			}
			if failed := failedRule(r.Verdict); string(r.Verdict.Code) != c.Code || string(failed) != c.Failed {
				t.Errorf("refused by %q with %q, want %q, %q (%s)", failed, r.Verdict.Code, c.Failed, c.Code, r.Verdict.Cause)
			}
		})
	}
}

func failedRule(v *Verdict) Rule {
	for _, s := range v.Steps {
		if s.Outcome == Failed {
			return s.Rule
		}
	}
	return ""
}

func TestEveryCheckHasACase(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range readCases(t).Cases {
		for _, f := range c.Findings {
			id, _, _ := strings.Cut(f, " ")
			seen[id] = true
		}
	}
	for i, c := range checks {
		if !seen[c.id] {
			t.Errorf("no case finds %s", c.id)
		}
		if i >= len(references()) || references()[i].ID != c.id {
			t.Errorf("rules.json does not have %s at place %d", c.id, i)
		}
	}
	if len(references()) != len(checks) {
		t.Errorf("%d checks, %d entries in rules.json", len(checks), len(references()))
	}
}

func TestBothLanguagesExplainTheSame(t *testing.T) {
	english, chinese := In("en"), In("zh-Hans")
	for name, pair := range map[string][2]map[string]string{
		"header": {english.Header, chinese.Header}, "claims": {english.Claims, chinese.Claims},
		"algorithms": {english.Algorithms, chinese.Algorithms}, "types": {english.Types, chinese.Types},
	} {
		for member, text := range pair[0] {
			if text == "" || pair[1][member] == "" {
				t.Errorf("%s %s is not explained in both languages", name, member)
			}
		}
		if len(pair[0]) != len(pair[1]) {
			t.Errorf("%s: %d entries and %d", name, len(pair[0]), len(pair[1]))
		}
	}
	for _, c := range []Catalogue{english, chinese} {
		for _, rule := range rules {
			if c.Rules[rule] == "" || c.Broken[rule] == "" && rule != RuleSession {
				t.Errorf("no words for rule %s", rule)
			}
		}
		for _, place := range []Place{Bare, Authorization, Cookie, JSON, Address, Curl, Amid} {
			if c.Places[place] == "" {
				t.Errorf("no words for place %s", place)
			}
		}
		for _, ref := range references() {
			w := c.Words(Finding{ID: ref.ID, What: "x"})
			if w.Title == "" || w.Why == "" || w.Do == "" || strings.Contains(w.Title+w.Why+w.Do, "{") {
				t.Errorf("%s: %+v", ref.ID, w)
			}
			if ref.Severity == "" || !strings.HasPrefix(ref.URL, "https://www.rfc-editor.org/rfc/rfc") {
				t.Errorf("%+v", ref)
			}
		}
	}
}

// The verdict of a token that a key signed is that of the middleware, key and all.
func TestVerdictByAKey(t *testing.T) {
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	all := readCases(t)
	payload := Inspect(all.Cases[0].Text, Options{}).part("payload").decoded
	signed, err := jose.Sign(key, "at+jwt", payload)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Now: time.Unix(all.Now, 0), Issuer: all.Issuer, Audience: all.Audience, Keys: func(kid string) *jose.Key {
		if kid == key.ID() {
			return key
		}
		return nil
	}}
	expect := func(text string, signature Signature, code fault.Code, failed Rule) {
		t.Helper()
		r := Inspect(text, o)
		if r.Signature != signature || r.Verdict.Code != code || failedRule(r.Verdict) != failed || r.Verdict.Assumed {
			t.Errorf("signature %s, %q by %q; want %s, %q, %q", r.Signature, r.Verdict.Code, failedRule(r.Verdict), signature, code, failed)
		}
	}
	expect(signed, Holds, "", "")
	parts := strings.Split(signed, ".")
	expect(parts[0]+"."+parts[1]+"A."+parts[2], Broken, fault.TokenSignature, RuleSignature)
	other := strings.Split(all.Cases[0].Text, ".")
	expect(parts[0]+"."+parts[1]+"."+other[2], Broken, fault.TokenSignature, RuleSignature)
	expect(all.Cases[0].Text, NoKey, fault.TokenSignature, RuleKey)
	o.Issuer = "https://other.example"
	expect(all.Cases[0].Text, NoKey, fault.TokenIssuer, RuleKey)
}

func TestMembersAreShownAsFarAsTheyRead(t *testing.T) {
	r := Inspect("e30.eyJhIjoxLCJhIjoyLCJiIjoi.AAAA", Options{}) // {"a":1,"a":2,"b":"
	p := r.part("payload")
	if len(p.Members) != 2 || p.Problem == "" || p.JSON != `{"a":1,"a":2,"b":"` {
		t.Errorf("%+v", p)
	}
}

func FuzzFindAndInspect(f *testing.F) {
	all := readCases(f)
	for _, c := range all.Cases {
		f.Add(c.Text)
	}
	o := Options{Now: time.Unix(all.Now, 0), Issuer: all.Issuer, Audience: all.Audience, Secret: []byte("secret")}
	f.Fuzz(func(t *testing.T, text string) {
		token, where := Find(text)
		if where == "" || !strings.Contains(text, token) {
			t.Fatalf("found %q", token)
		}
		r := Inspect(token, o)
		if r.Verdict == nil || (r.Verdict.Code == "") != (failedRule(r.Verdict) == "") {
			t.Fatalf("%+v", r.Verdict)
		}
		if r.Verdict.Code == "" && r.Signature != Holds {
			t.Fatal("accepted without a signature")
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}
