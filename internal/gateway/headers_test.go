package gateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAttack86And87ReservedHeadersAreStrippedInEverySpelling(t *testing.T) {
	for _, name := range []string{
		"X-Forwarded-User", "x-forwarded-user", "X_Forwarded_User", "X.Forwarded.User", "X-Forwarded_User", "X-Forwarded.Email", "X_FORWARDED_ROLES", "Remote-User", "REMOTE_USER",
		"remote.user", "X-Remote-User", "X-Auth-Request-User", "X_Auth_Token", "X-Authentik-Username", "X-WebAuth-User", "X-Lingpai-Identity", "x_lingpai_identity",
		"X.Lingpai.Identity", "X-Lingpai-Anything", "Forwarded", "X-Real-IP", "X_Real_IP", "X-Original-URL", "X-Rewrite-Url", "X-User", "X-Forwarded-For", "X_Forwarded_Proto",
		"Authorization_", "_Authorization", "X-Client-Ip", "True-Client-IP", "True_Client_IP", "X-Cluster-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "Client-IP",
		"Client-Cert", "Client_Cert", "Client-Cert-Chain", "X-Client-Cert", "X-SSL-Client-Verify", "SSL-Client-S-DN", "Cf-Access-Authenticated-User-Email", "Tailscale-User-Login",
		"X-Goog-Authenticated-User-Email", "X-Amzn-Oidc-Identity", "X-MS-Client-Principal", "X-MS-Client-Principal-Name", "X-Pomerium-Claim-Email", "X-Vouch-User", "Proxy", "proxy",
	} {
		h := http.Header{name: {"root"}}
		strip(h)
		kept := strings.Trim(name, "_") == "Authorization"
		if (len(h) > 0) != kept {
			t.Errorf("%s: %v", name, h)
		}
	}
	for _, name := range []string{"Content_Length", "Transfer.Encoding", "X_HTTP_Method_Override", "Hos_t"} {
		h := http.Header{name: {"x"}}
		if strip(h); (len(h) > 0) != (name == "Hos_t") {
			t.Errorf("%s: %v", name, h)
		}
	}
	h := http.Header{"Accept": {"a"}, "Authorization": {"b"}, "X-Csrf-Token": {"c"}, "X_custom": {"d"}, "Remotely": {"e"}, "X-Client-Version": {"f"}, "Proxy-Free": {"g"}}
	want := h.Clone()
	if strip(h); !cmp.Equal(want, h) {
		t.Errorf("what is nobody's business is gone: %s", cmp.Diff(want, h))
	}
}

func TestOnlyOurCookiesAreTakenOut(t *testing.T) {
	for in, want := range map[string]string{
		"a=1; lingpai_session=x; b=2": "a=1; b=2", "lingpai_session=x": "", "a=1;lingpai_session=x;; b=\"2;\"": "a=1; b=\"2; \"", "lingpai_sessions=1": "lingpai_sessions=1",
		" lingpai_session =x": "", "nameless": "nameless",
	} {
		h := http.Header{"Cookie": {in}}
		dropCookies(h, []string{"lingpai_session"})
		if got := h.Get("Cookie"); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestAppCannotWriteOurCookies(t *testing.T) {
	h := http.Header{"Set-Cookie": {"lingpai_session=x; Path=/", "theme=dark", " lingpai_session =y"}}
	dropSetCookies(h, []string{"lingpai_session"})
	if diff := cmp.Diff([]string{"theme=dark"}, h["Set-Cookie"]); diff != "" {
		t.Error(diff)
	}
}
