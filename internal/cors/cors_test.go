package cors

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func origin(t *testing.T, text string) Origin {
	t.Helper()
	o, err := ParseOrigin(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func head(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestOriginsDifferInProtocolDomainAndPort(t *testing.T) {
	for _, tt := range []struct {
		a, b    string
		differs string
	}{
		{"http://localhost:5173", "http://localhost:5173/x?y", ""},
		{"http://example.com", "HTTP://EXAMPLE.com:80", ""},
		{"https://example.com:443", "https://example.com", ""},
		{"http://localhost:5173", "http://localhost:8080", "port"},
		{"http://localhost:5173", "http://127.0.0.1:5173", "domain"},
		{"http://example.com:443", "https://example.com", "protocol"},
		{"http://example.com", "https://api.example.com", "protocol domain port"},
		{"http://[::1]:80", "http://[::1]", ""},
	} {
		if got := strings.Join(origin(t, tt.a).Differs(origin(t, tt.b)), " "); got != tt.differs {
			t.Errorf("%s and %s: %q, want %q", tt.a, tt.b, got, tt.differs)
		}
	}
	for _, bad := range []string{"", "localhost:5173", "ftp://x", "http://", "null", "http://:80"} {
		if _, err := ParseOrigin(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if s := origin(t, "http://[::1]:80/").String(); s != "http://[::1]" {
		t.Error(s)
	}
}

// Each way to misbehave, and what a browser makes of it.
func TestWhatIsMissingIsNamedWithTheLineThatMendsIt(t *testing.T) {
	const page = "http://localhost:5173"
	allowed := []string{"Access-Control-Allow-Origin", page, "Vary", "Origin"}
	for name, tt := range map[string]struct {
		page, method string
		headers      []string
		credentials  bool
		preflight    *Answer
		answer       *Answer
		what         string // of the first finding; "" for none that counts
		add          string // a line of it
	}{
		"all is well": {answer: &Answer{200, head(allowed...), ""}},
		"nothing said": {answer: &Answer{200, head(), ""}, what: "no Access-Control-Allow-Origin came with it",
			add: "Access-Control-Allow-Origin: " + page},
		"a hidden 401":  {answer: &Answer{401, head(), ""}, what: "no Access-Control-Allow-Origin", add: "Vary: Origin"},
		"star":          {answer: &Answer{200, head("Access-Control-Allow-Origin", "*"), ""}},
		"star, cookies": {credentials: true, answer: &Answer{200, head("Access-Control-Allow-Origin", "*"), ""}, what: "is *", add: "Access-Control-Allow-Credentials: true"},
		"cookies not allowed": {credentials: true, answer: &Answer{200, head(allowed...), ""}, what: "Access-Control-Allow-Credentials is not there",
			add: "Access-Control-Allow-Credentials: true"},
		"True": {credentials: true, answer: &Answer{200, head(append(allowed, "Access-Control-Allow-Credentials", "True")...), ""}, what: "is True",
			add: "Access-Control-Allow-Credentials: true"},
		"another port":   {answer: &Answer{200, head("Access-Control-Allow-Origin", "http://localhost:3000"), ""}, what: "the port differs", add: "Access-Control-Allow-Origin: " + page},
		"a slash":        {answer: &Answer{200, head("Access-Control-Allow-Origin", page+"/"), ""}, what: "without a slash at the end"},
		"capitals":       {answer: &Answer{200, head("Access-Control-Allow-Origin", "http://LOCALHOST:5173"), ""}, what: "letter by letter"},
		"a list":         {answer: &Answer{200, head("Access-Control-Allow-Origin", page+", http://b"), ""}, what: "more than one value"},
		"set twice":      {answer: &Answer{200, head("Access-Control-Allow-Origin", page, "Access-Control-Allow-Origin", "*"), ""}, what: "more than one value"},
		"redirect":       {answer: &Answer{302, head(append(allowed, "Location", "https://login.example.com/")...), ""}, what: "a third origin"},
		"nobody there":   {answer: &Answer{Failure: "it takes no connections"}, what: "nothing was answered: it takes no connections"},
		"mixed content":  {page: "https://app.example.com", answer: &Answer{200, head("Access-Control-Allow-Origin", "*"), ""}, what: "a page of https asks an address of http"},
		"OPTIONS is 401": {method: "PUT", preflight: &Answer{401, head(allowed...), ""}, what: "refused with 401", add: "Access-Control-Allow-Methods: PUT"},
		"OPTIONS is 404": {method: "PUT", preflight: &Answer{404, head(allowed...), ""}, what: "answered with 404"},
		"OPTIONS moves":  {method: "PUT", preflight: &Answer{301, head("Location", "/x/"), ""}, what: "answered by a redirect (301 to /x/)"},
		"OPTIONS dies":   {method: "PUT", preflight: &Answer{Failure: "it broke off"}, what: "OPTIONS was not answered: it broke off"},
		"no origin":      {method: "PUT", preflight: &Answer{204, head("Access-Control-Allow-Methods", "PUT"), ""}, what: "no Access-Control-Allow-Origin"},
		"method": {method: "PUT", preflight: &Answer{204, head(append(allowed, "Access-Control-Allow-Methods", "GET, POST")...), ""}, what: "the method PUT is not allowed",
			add: "Access-Control-Allow-Methods: GET, POST, PUT"},
		"no methods": {method: "DELETE", preflight: &Answer{204, head(allowed...), ""}, what: "no Access-Control-Allow-Methods came", add: "Access-Control-Allow-Methods: DELETE"},
		"any method": {method: "PATCH", preflight: &Answer{204, head(append(allowed, "Access-Control-Allow-Methods", "*")...), ""}},
		"header": {headers: []string{"Authorization", "X-Token", "Accept"}, what: "the header authorization is not allowed",
			preflight: &Answer{204, head(append(allowed, "Access-Control-Allow-Headers", "x-token")...), ""}, add: "Access-Control-Allow-Headers: x-token, authorization"},
		"star is not Authorization": {headers: []string{"Authorization", "X-Token"}, what: "the header authorization is not allowed",
			preflight: &Answer{204, head(append(allowed, "Access-Control-Allow-Headers", "*")...), ""}, add: "Access-Control-Allow-Headers: authorization"},
		"a form needs no preflight": {method: "POST", headers: []string{"Content-Type: text/plain"}, preflight: &Answer{404, head(), ""}},
		"JSON needs one":            {method: "POST", headers: []string{"Content-Type: application/json"}, preflight: &Answer{404, head(), ""}, what: "answered with 404"},
	} {
		t.Run(name, func(t *testing.T) {
			ask := Ask{Page: origin(t, page), Target: origin(t, "http://api.example.com"), Method: tt.method, Headers: tt.headers, Credentials: tt.credentials}
			if tt.page != "" {
				ask.Page = origin(t, tt.page)
			}
			d := Diagnose(ask, tt.preflight, tt.answer)
			if d.Allowed != (tt.what == "") {
				t.Fatalf("allowed is %v: %+v", d.Allowed, d.Findings)
			}
			if tt.what == "" {
				return
			}
			f := d.Findings[0]
			if !strings.Contains(f.What, tt.what) || tt.add != "" && !slices.Contains(f.Add, tt.add) || f.Then == "" {
				t.Errorf("%+v\nwant %q and the line %q", f, tt.what, tt.add)
			}
			if !strings.Contains(d.Summary(), f.What) {
				t.Errorf("summary is %q", d.Summary())
			}
		})
	}
}

func TestOneOriginNeedsNothing(t *testing.T) {
	o := origin(t, "http://localhost:4401")
	if d := Diagnose(Ask{Page: o, Target: o, Method: "PUT"}, nil, &Answer{200, http.Header{}, ""}); !d.Allowed || len(d.Findings) > 0 {
		t.Errorf("%+v", d)
	}
}

func TestWhatAPageCannotReadAndWhatCachesMixUpIsSaid(t *testing.T) {
	ask := Ask{Page: origin(t, "http://localhost:5173"), Target: origin(t, "http://api.example.com"), Method: "GET"}
	d := Diagnose(ask, nil, &Answer{200, head("Access-Control-Allow-Origin", "http://localhost:5173", "X-Total-Count", "7", "Link", "</x>",
		"Access-Control-Expose-Headers", "link"), ""})
	if !d.Allowed || !slices.Equal(d.Hidden, []string{"X-Total-Count"}) || len(d.Findings) != 1 || !d.Findings[0].Mild {
		t.Errorf("%+v", d)
	}
	ask.Method = "put"
	if d := Diagnose(ask, nil, nil); d.Preflight != "PUT is none of GET, HEAD and POST" {
		t.Errorf("%q", d.Preflight)
	}
}
