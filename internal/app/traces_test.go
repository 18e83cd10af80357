package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// collector is what traces are sent to. It reads them by the JSON of OTLP.
type collector struct {
	*httptest.Server
	mu   sync.Mutex // guards all below
	text bytes.Buffer
	all  []sentSpan
}

type sentSpan struct {
	TraceID      string `json:"traceId"`
	SpanID       string `json:"spanId"`
	ParentSpanID string `json:"parentSpanId"`
	Name         string `json:"name"`
	Kind         int    `json:"kind"`
	Began        string `json:"startTimeUnixNano"`
	Ended        string `json:"endTimeUnixNano"`
	Attributes   []sentAttribute
	Links        []struct{ TraceID, SpanID string }
	Status       struct{ Code int }
}

type sentAttribute struct {
	Key   string
	Value struct{ StringValue, IntValue *string }
}

func collect(t testing.TB) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Api-Key") != "what opens the collector" {
			t.Errorf("%s %s with %v: %v", r.Method, r.URL.Path, r.Header, err)
		}
		var sent struct {
			ResourceSpans []struct {
				Resource   struct{ Attributes []sentAttribute }
				ScopeSpans []struct {
					Scope struct{ Name string }
					Spans []sentSpan
				}
			}
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&sent); err != nil {
			t.Errorf("%v in %s", err, body)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.text.Write(body)
		for _, of := range sent.ResourceSpans {
			for _, by := range of.ScopeSpans {
				c.all = append(c.all, by.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) settings(sample string) []string {
	return []string{"traces.endpoint=" + c.URL, "traces.headers=api-key=what%20opens the collector", "traces.sample=" + sample, "trusted_proxies=127.0.0.1"}
}

// spans waits until one of a name has come, and returns all of its trace.
func (c *collector) spans(t testing.TB, name string) (of sentSpan, all []sentSpan) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); <-time.After(10 * time.Millisecond) {
		c.mu.Lock()
		got := slices.Clone(c.all)
		c.mu.Unlock()
		for _, s := range slices.Backward(got) {
			if s.Name == name {
				return s, slices.DeleteFunc(got, func(o sentSpan) bool { return o.TraceID != s.TraceID })
			}
		}
	}
	t.Fatalf("no span of the name %s is sent", name)
	return of, nil
}

func (c *collector) sent() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

func (s sentSpan) attributes() map[string]string {
	out := map[string]string{}
	for _, a := range s.Attributes {
		switch {
		case a.Value.StringValue != nil:
			out[a.Key] = *a.Value.StringValue
		case a.Value.IntValue != nil:
			out[a.Key] = *a.Value.IntValue
		}
	}
	return out
}

func (s sentSpan) times(t testing.TB) (began, ended int64) {
	t.Helper()
	began, err := strconv.ParseInt(s.Began, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if ended, err = strconv.ParseInt(s.Ended, 10, 64); err != nil {
		t.Fatal(err)
	}
	return began, ended
}

func TestASignInIsTracedWithItsParts(t *testing.T) {
	t.Parallel()
	c := collect(t)
	s := start(t, c.settings("1")...)
	s.addUser("alice", battery)
	s.program().login("alice", battery, "storage")
	whole, all := c.spans(t, "POST /auth/api/login")
	got := whole.attributes()
	if got["lingpai.request_id"] == "" || len(whole.TraceID) != 32 || len(whole.SpanID) != 16 || whole.ParentSpanID != "" || whole.Kind != 2 {
		t.Errorf("the span of the request is %+v", whole)
	}
	delete(got, "lingpai.request_id")
	want := map[string]string{"http.route": "/auth/api/login", "http.request.method": "POST", "http.response.status_code": "200"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it says (-want +got):\n%s", diff)
	}
	began, ended := whole.times(t)
	if now := time.Now().UnixNano(); began > ended || ended > now || now-began > int64(10*time.Minute) {
		t.Errorf("it was from %d to %d, and now is %d", began, ended, now)
	}
	var parts []string
	for _, p := range all {
		from, to := p.times(t)
		if p.SpanID != whole.SpanID && (p.ParentSpanID != whole.SpanID || from < began || to > ended) {
			t.Errorf("%s is no part of the request: %+v", p.Name, p)
		}
		parts = append(parts, p.Name)
	}
	for _, want := range []string{"check password", "start session"} {
		if !slices.Contains(parts, want) {
			t.Errorf("%s is missing in %q", want, parts)
		}
	}
}

func TestARefusalIsTracedByItsCodeAndFoundInTheLog(t *testing.T) {
	t.Parallel()
	c := collect(t)
	s := start(t, c.settings("1")...)
	s.program().get("/auth/api/me").wants(t, http.StatusUnauthorized, "token_missing")
	span, _ := c.spans(t, "GET /auth/api/me")
	if got := span.attributes(); got["lingpai.code"] != "token_missing" || got["http.response.status_code"] != "401" || span.Status.Code != 0 {
		t.Errorf("the span is %+v", span)
	}
	if log := s.log.String(); !strings.Contains(log, "code=token_missing") || !strings.Contains(log, "trace_id="+span.TraceID) {
		t.Errorf("the log does not lead to trace %s:\n%s", span.TraceID, log)
	}
	s.program().postForm("/auth/token", map[string]string{"grant_type": "what"})
	if span, _ := c.spans(t, "POST /auth/token"); span.attributes()["lingpai.code"] != "unsupported_grant_type" {
		t.Errorf("the span is %+v", span)
	}
}

func TestAppsBehindTheGatewayAreLedOnByOurSpans(t *testing.T) {
	t.Parallel()
	c := collect(t)
	s, app := gated(t, usual, c.settings("1")...)
	const parent, theirs, span = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

	s.program().get("/public/1", "traceparent: "+parent+"1", "tracestate: a=1")
	heard := (<-app.asked).Header
	upstream, all := c.spans(t, "upstream")
	if got := heard.Get("Traceparent"); got != "00-"+theirs+"-"+upstream.SpanID+"-01" || heard.Get("Tracestate") != "a=1" {
		t.Errorf("of a request from a proxy, the app hears %s, %s; our span is %s", got, heard.Get("Tracestate"), upstream.SpanID)
	}
	if i := slices.IndexFunc(all, func(o sentSpan) bool { return o.SpanID == upstream.ParentSpanID }); i < 0 || all[i].ParentSpanID != span || all[i].Kind != 2 {
		t.Errorf("the spans do not follow one another: %+v", all)
	}

	for name, headers := range map[string][]string{
		"what is not traced":                       {"traceparent: " + parent + "0", "tracestate: a=1"},
		"what is not traced and of a form to come": {"traceparent: cc-" + parent[3:] + "0-x", "tracestate: a=1"},
	} {
		s.program().get("/public/2", headers...)
		if h := (<-app.asked).Header; "traceparent: "+h.Get("Traceparent") != headers[0] || h.Get("Tracestate") != "a=1" {
			t.Errorf("%s, does not stay as it came: %v", name, h)
		}
	}
	s.program().get("/public/3", "traceparent: "+parent+"1-x", "tracestate: a=1") // which is no traceparent
	if h := (<-app.asked).Header; strings.Contains(h.Get("Traceparent"), theirs) || h.Get("Traceparent") == "" || h.Get("Tracestate") != "" {
		t.Errorf("a bad traceparent is passed on: %v", h)
	}
}

func TestWhoIsNoProxyHasNoSayInWhatIsTraced(t *testing.T) {
	t.Parallel()
	const parent = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	c := collect(t)
	never, _ := gated(t, usual, append(c.settings("0"), "trusted_proxies=192.0.2.1")...)
	never.program().get("/auth/api/me", parent)
	if err := never.app.traces.Send(t.Context()); err != nil || c.sent() != "" || strings.Contains(never.log.String(), "trace_id") {
		t.Errorf("%v, sent: %s\nlog: %s", err, c.sent(), never.log.String())
	}
	always, app := gated(t, usual, append(c.settings("1"), "trusted_proxies=192.0.2.1")...)
	always.program().get("/public/1", parent, "tracestate: a=1")
	span, _ := c.spans(t, "gateway /public/**")
	if span.TraceID == "4bf92f3577b34da6a3ce929d0e0e4736" || span.ParentSpanID != "" || len(span.Links) != 1 || span.Links[0].TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("a stranger's request is traced as %+v", span)
	}
	if h := (<-app.asked).Header; !strings.Contains(h.Get("Traceparent"), span.TraceID) || h.Get("Tracestate") != "" {
		t.Errorf("the app hears %v", h)
	}
}

func TestWhereNothingIsTracedAProxysTraceIsPassedOnAndLogged(t *testing.T) {
	t.Parallel()
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	s, app := gated(t, usual, "trusted_proxies=127.0.0.1")
	s.program().get("/public/1", "traceparent: "+parent, "tracestate: a=1")
	if h := (<-app.asked).Header; h.Get("Traceparent") != parent || h.Get("Tracestate") != "a=1" {
		t.Errorf("the app hears %v", h)
	}
	if log := s.log.String(); !strings.Contains(log, "trace_id=4bf92f3577b34da6a3ce929d0e0e4736") {
		t.Errorf("the log does not name the trace:\n%s", log)
	}
}

func TestASignOutThatAnAppIsToldOfIsATraceOfItsOwn(t *testing.T) {
	t.Parallel()
	c, l := collect(t), listenForLogouts(t)
	s := start(t, append(c.settings("1"), localApps)...)
	s.addUser("alice", battery)
	a := s.addListener(l, nil)
	a.client = s.browser()
	a.signIn("alice")
	a.redeem(a.code()).handed(t)
	a.postForm("/auth/logout", map[string]string{"scope": "this"}, "Origin: "+s.origin)
	token := l.next(t)
	root, all := c.spans(t, "tell an app of a sign-out")
	if len(all) != 2 || all[0].Name != "fetch" || all[0].ParentSpanID != root.SpanID || all[0].attributes()["server.address"] != "127.0.0.1" {
		t.Errorf("the trace is %+v", all)
	}
	if strings.Contains(c.sent(), token) || strings.Contains(c.sent(), "app=1") {
		t.Error("it holds the logout token, or the query of the address")
	}
}

func TestNothingSecretIsInATrace(t *testing.T) {
	t.Parallel()
	c := collect(t)
	s, app := gated(t, usual, c.settings("1")...)
	got := s.program().login("alice", battery, "storage")
	browser := s.signed("bob")
	secrets := []string{battery, got.Access, got.Refresh, "alice", "bob", "Miss ", "192.0.2.77", "what opens the collector", "Mozilla", got.Session.ID}
	secrets = append(secrets, strings.Split(got.Access, ".")...)
	for _, cookie := range browser.cookies {
		secrets = append(secrets, cookie)
	}
	for i, token := range []string{got.Access, got.Refresh} {
		coded := url.QueryEscape(token)
		for _, target := range []string{
			"/auth/api/me?access_token=" + coded, "/auth/api/" + coded, "/" + coded, "/public/" + coded + "?t=" + coded, "/api/" + coded, "/auth/login?return_to=/" + coded,
			"/auth/authorize?client_id=" + coded, "/auth/" + coded + "/x",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete, "X" + strings.ToUpper(coded[:12])} {
				browser.do(method, target, `{"refresh_token":"`+token+`"}`, bearer(token), "Content-Type: "+"application/json", "User-Agent: Mozilla "+token,
					"X-Forwarded-For: 192.0.2.77", "X-Request-Id: "+token, "traceparent: "+token, "tracestate: t="+token, "Origin: https://"+fmt.Sprint(i)+".example", "Referer: https://x.example/"+token)
			}
		}
		secrets = append(secrets, coded[:12], strings.ToUpper(coded[:12]))
		s.program().refresh(token)
	}
	for len(app.asked) > 0 {
		<-app.asked
	}
	s.program().get("/readyz")
	c.spans(t, "GET /readyz") // and so, all before it
	for _, secret := range secrets {
		if strings.Contains(c.sent(), secret) {
			t.Errorf("%q is sent", secret)
		}
	}
	if n := strings.Count(c.sent(), `"traceId"`); n < 64 {
		t.Errorf("only %d spans were sent:\n%s", n, c.sent())
	}
}

func TestAServerThatStopsSendsItsLastTraces(t *testing.T) {
	t.Parallel()
	c := collect(t)
	cfg := devConfig(t, map[string]string{"traces.endpoint": c.URL, "traces.headers": "api-key=what opens the collector", "traces.sample": "1"})
	a, err := New(t.Context(), cfg, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	a.Start()
	s := &server{TB: t, app: a, core: a.core, clock: &clock{now: a.core.Now()}, origin: a.Issuer(), wire: &http.Transport{}}
	s.program().get("/healthz")
	s.wire.CloseIdleConnections()
	if err := a.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.sent(), `"GET /healthz"`) {
		t.Errorf("sent: %s", c.sent())
	}
}

func TestACollectorThatIsAwayIsFeltByNobody(t *testing.T) {
	t.Parallel()
	c := collect(t)
	address := c.settings("1")
	c.Close()
	s := start(t, address...)
	s.addUser("alice", battery)
	for range 50 {
		s.program().login("alice", battery, "storage")
	}
	s.await("the log says so", func() bool { return strings.Contains(s.log.String(), "traces cannot be sent") })
	if log := s.log.String(); strings.Contains(log, "what opens") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log:\n%s", log)
	}
}
