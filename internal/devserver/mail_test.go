package devserver_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/devserver"
)

// mails asks for letters, as a test suite does.
func (d *dev) mails(query string) []devserver.Caught {
	d.Helper()
	r := d.get(machineAPI + "mails" + query)
	var out struct{ Mails []devserver.Caught }
	if err := json.Unmarshal([]byte(r.body), &out); err != nil || r.status != 200 || out.Mails == nil {
		d.Fatalf("%d %s (%v)", r.status, r.body, err)
	}
	return out.Mails
}

func (d *dev) forget(name string) {
	d.Helper()
	if r := d.post("/auth/api/forgot", `{"username":"`+name+`"}`); r.status != 204 {
		d.Fatalf("%d %s", r.status, r.body)
	}
}

func TestSuitesReadTheLettersThatWereCaught(t *testing.T) {
	t.Parallel()
	d := start(t, "")
	if all := d.mails(""); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	d.forget("alice")
	first := d.mails("?after=0&to=ALICE@example.com")
	if len(first) != 1 || first[0].To != "alice@example.com" || first[0].Link == "" || !strings.HasSuffix(first[0].Link, "code="+first[0].Code) || first[0].Kind != "reset" || first[0].Source == "" {
		t.Fatalf("%+v", first)
	}
	d.forget("bob")
	second := d.mails("?after=1")
	if len(second) != 1 || second[0].To != "bob@example.com" || second[0].Number != 2 {
		t.Fatalf("%+v", second)
	}
	if all := d.mails(""); len(all) != 2 || all[0].Number != 2 {
		t.Errorf("%+v", all)
	}
	if to := d.mails("?to=alice@example.com"); len(to) != 1 || to[0].Number != 1 {
		t.Errorf("%+v", to)
	}
	if r := d.get(machineAPI + "mails?after=x"); r.status != 400 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := d.ask("DELETE", machineAPI+"mails", ""); r.status != 204 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if all := d.mails(""); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	d.forget("bob")
	if next := d.mails("?after=2"); len(next) != 1 || next[0].Number != 3 { // numbers go on
		t.Errorf("%+v", next)
	}
}

func TestTheHTMLOfALetterIsConfined(t *testing.T) {
	t.Parallel()
	d := start(t, "")
	d.forget("alice")
	d.mails("?after=0")
	r := d.get("/auth/dev/mail/html?m=1")
	policy := r.header.Get("Content-Security-Policy")
	for _, rule := range []string{"default-src 'none'", "frame-ancestors 'self'", "form-action 'none'", "sandbox allow-popups"} {
		if !strings.Contains(policy, rule) {
			t.Errorf("%q is missing in %s", rule, policy)
		}
	}
	if strings.Contains(policy, "script") || strings.Contains(policy, "same-origin") || r.status != 200 || r.header.Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if !strings.Contains(r.body, `<base target="_blank">`) || !strings.Contains(r.body, "/auth/reset?code=") {
		t.Errorf("%s", r.body)
	}
	for _, query := range []string{"", "?m=2", "?m=x"} {
		if r := d.get("/auth/dev/mail/html" + query); r.status != 404 {
			t.Errorf("%q: %d", query, r.status)
		}
	}
	if r := d.get("/auth/dev/mail/html?m=1", "Host: evil.example"); strings.Contains(r.body, "code=") {
		t.Errorf("%d %s", r.status, r.body)
	}
}
