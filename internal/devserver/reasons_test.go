package devserver_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// why is what the last exchange says of its reason: in English, and to a reader of Chinese.
func (d *dev) why() (english, chinese string) {
	d.Helper()
	all := d.app.Dev().Exchanges().Since(0)
	last := all[len(all)-1]
	var shown struct{ Reason, Sentence string }
	r := d.get(fmt.Sprintf("%sexchanges/%d", machineAPI, last.Number), "Accept-Language: zh-CN")
	if err := json.Unmarshal([]byte(r.body), &shown); err != nil || shown.Reason != last.Reason {
		d.Fatalf("%d %s", r.status, r.body)
	}
	return shown.Reason, shown.Sentence
}

// Every refusal leads to where it is explained, and says nothing of the token in doing so.
func TestARefusalLeadsToWhereItIsExplained(t *testing.T) {
	d := start(t, "routes:\n  - { match: /mine, auth: { roles: [owner] }, mock: { text: a } }\n")
	altered := d.signIn("alice").bearer() + "x"
	for path, code := range map[string]string{"/auth/api/me": "token_signature", "/mine": "token_signature", "/auth/api/nothing": "not_found", "/nothing": "route_missing"} {
		r := d.get(path, altered)
		r.refused(t, code)
		var said struct {
			Help string
			ID   string `json:"request_id"`
		}
		if err := json.Unmarshal([]byte(r.body), &said); err != nil || said.Help != d.app.Issuer()+"/auth/dev#"+said.ID {
			t.Errorf("%s: %s", path, r.body)
		}
		if at := d.get(machineAPI + "exchanges/" + said.ID); at.status != http.StatusOK || !strings.Contains(at.body, `"code":"`+code+`"`) {
			t.Errorf("%s: what is to be seen there: %d %s", path, at.status, at.body)
		}
	}
	if r := d.get(machineAPI + "nothing"); r.status != http.StatusNotFound || strings.Contains(r.body, `"help"`) {
		t.Errorf("help with an address that the log does not keep: %d %s", r.status, r.body)
	}
}

func TestReasonsAreToldInTheLanguageOfWhoAsks(t *testing.T) {
	refusing := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		if r.URL.Path == "/own" {
			_, _ = io.WriteString(w, `{"code":"closed","detail":"Not on Sundays."}`)
		}
	})
	d := start(t, "routes:\n  - { match: /mine, auth: { roles: [owner] }, mock: { text: a } }\n  - { match: /x, proxy: "+refusing+" }\n  - { match: /own, proxy: "+refusing+" }\n  - { match: /a, mock: { text: a } }\n")
	h := d.signIn("alice")
	d.press("expire", "")
	d.get("/mine", h.bearer())
	if en, zh := d.why(); !strings.HasPrefix(en, "The token expired ") || !strings.HasPrefix(zh, "令牌已于 ") || !strings.HasSuffix(zh, "秒前过期。") {
		t.Errorf("%q, %q", en, zh)
	}
	for _, tt := range []struct {
		do            func()
		english, inZH string
	}{
		{func() { d.get("/mine", d.renew(h).bearer()) }, "This needs the role owner.", "此操作需要 owner 角色。"},
		{func() { d.post("/x", "{}", "Origin: "+d.origin) }, "the backend may refuse the origin " + d.origin + "; `origin: target` on this proxy sends the backend's own",
			"后端可能拒绝源 " + d.origin + "；在此代理上写 `origin: target`，就会发送后端自己的源"},
		{func() { d.ask("OPTIONS", "/a", "", "Origin: "+d.origin, "Access-Control-Request-Method: PUT") }, "a preflight from an origin that is not under `cors:` in the dev file",
			"预检请求所来自的源不在开发文件的 `cors:` 之下"},
		{func() { d.get("/a", "Origin: http://localhost:5173", "Sec-Fetch-Mode: cors") }, "another origin (domain and port differ): no Access-Control-Allow-Origin came with it",
			"http://localhost:5173 的页面请求了另一个源 " + d.origin + "（域名和端口不同）：应答没有带上响应头 Access-Control-Allow-Origin"},
		{func() { d.get("/own") }, "Not on Sundays.", "Not on Sundays."},
		{func() { d.press("offline", ""); d.cut("GET", "/a", "") }, "the time machine has cut the network", "时间机器切断了网络"},
	} {
		tt.do()
		if en, zh := d.why(); !strings.Contains(en, tt.english) || zh != tt.inZH {
			t.Errorf("told as\n%s\n%s\nwant\n%s\n%s", en, zh, tt.english, tt.inZH)
		}
	}
}
