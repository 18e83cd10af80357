package cors

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestEveryCodeIsSaid asks in many ways, and hears every code there is, each with its words and nothing left to fill in.
func TestEveryCodeIsSaid(t *testing.T) {
	heard := map[Code]bool{}
	var hear func(p Phrase)
	hear = func(p Phrase) {
		heard[p.Code] = true
		if text := p.String(); text == "" || strings.ContainsAny(text, "{}") {
			t.Errorf("%s says %q", p.Code, text)
		}
		for _, a := range p.Args {
			if inner, ok := a.(Phrase); ok {
				hear(inner)
			}
		}
	}
	const page = "http://localhost:5173"
	yes := []string{allowOrigin, page, "Vary", "Origin", allowCredentials, "true"}
	answers := []*Answer{
		{Failure: "it broke off"}, {401, head(), ""}, {429, head(), ""}, {500, head(), ""}, {200, head(allowOrigin, page), ""},
		{302, head(append(yes, "Location", "https://login.example.com/")...), ""}, {301, head("Location", "/x/"), ""}, {404, head(), ""},
		{204, head(yes...), ""}, {204, head(append(yes, allowMethods, "GET", allowHeaders, "*")...), ""}, {200, head(allowOrigin, page, allowCredentials, "True"), ""},
	}
	for _, value := range []string{
		"*", "null", page + ", *", page + "/", "http://LOCALHOST:5173", "https://localhost:5173", "http://a:5173", "http://localhost", "https://a:5173",
		"https://localhost", "http://a", "https://a",
	} {
		answers = append(answers, &Answer{200, head(allowOrigin, value), ""})
	}
	for _, from := range []string{page, "https://app.example.com"} {
		for _, a := range answers {
			ask := Ask{Page: origin(t, from), Target: origin(t, "http://api.example.com"), Method: http.MethodPut, Headers: []string{"Authorization"}, Credentials: true}
			for _, f := range append(Diagnose(ask, a, nil).Findings, Diagnose(ask, nil, a).Findings...) {
				hear(Phrase{f.Code, f.Args})
				hear(Phrase{f.ThenCode, f.ThenArgs})
				if f.HintCode != "" {
					hear(Phrase{Code: f.HintCode})
				}
				if f.What != (Phrase{f.Code, f.Args}).String() || f.Then != (Phrase{f.ThenCode, f.ThenArgs}).String() || f.Hint != (Phrase{Code: f.HintCode}).String() {
					t.Errorf("%+v says one thing and means another", f)
				}
			}
		}
	}
	for _, code := range Codes() {
		if !heard[code] {
			t.Errorf("%s is never said", code)
		}
	}
	for code := range heard {
		if !slices.Contains(Codes(), code) {
			t.Errorf("%s has no words", code)
		}
	}
}
