package interop

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const gated = `
trusted_proxies: [127.0.0.1, "::1"]
gateway:
  ext_authz: EXT_AUTHZ
  routes:
    - {match: /public/**, public: true}
    - {match: /admin/**, require: {roles: [admin]}}
    - {match: /net/**, require: {addresses: [192.0.2.0/24]}}
    - {match: /**}
`

func configured(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// envoy calls as Envoy does, with its own types.
func (s *server) envoy() authv3.AuthorizationClient {
	s.Helper()
	conn, err := grpc.NewClient(s.listen, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = conn.Close() })
	return authv3.NewAuthorizationClient(conn)
}

// signedIn is the cookie of somebody who signed in by the page.
func (s *server) signedIn(name string) string {
	s.Helper()
	body := `{"username":"` + name + `","password":"` + password + `","keep":"cookie"}`
	res, err := http.Post(s.issuer+"/auth/api/login", "application/json", strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		if c.Name == "lingpai_session" {
			return c.Name + "=" + c.Value
		}
	}
	s.Fatalf("sign in: %s", res.Status)
	return ""
}

// question is what Envoy 1.3x sends of a request: source and destination, and the headers with those of HTTP/2 among them.
func question(method, path, from string, headers ...string) *authv3.CheckRequest {
	all := map[string]string{":method": method, ":path": path, ":authority": "app.example.com", ":scheme": "https", "x-forwarded-proto": "https", "x-request-id": "7d1"}
	for i := 0; i < len(headers); i += 2 {
		all[headers[i]] = headers[i+1]
	}
	peer := func(address string, port uint32) *authv3.AttributeContext_Peer {
		socket := &corev3.SocketAddress{Address: address, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port}}
		return &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: socket}}}
	}
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source: peer(from, 40000), Destination: peer("203.0.113.1", 443),
		Request: &authv3.AttributeContext_Request{Time: timestamppb.Now(), Http: &authv3.AttributeContext_HttpRequest{
			Id: "1", Method: method, Path: path, Host: "app.example.com", Scheme: "https", Protocol: "HTTP/2", Size: -1, Headers: all,
		}},
		ContextExtensions: map[string]string{"virtual_host": "app"}, MetadataContext: &corev3.Metadata{}, RouteMetadataContext: &corev3.Metadata{},
	}}
}

func values(headers []*corev3.HeaderValueOption) map[string]string {
	m := map[string]string{}
	for _, h := range headers {
		m[h.GetHeader().GetKey()] = h.GetHeader().GetValue()
	}
	return m
}

func TestEnvoyAsksOverGRPC(t *testing.T) {
	s := start(t, "--config", configured(t, strings.Replace(gated, "EXT_AUTHZ", "true", 1)))
	s.command(password, "user", "add", "alice", "--role", "admin", "--password-stdin")
	s.command(password, "user", "add", "bob", "--password-stdin")
	e, alice, bob := s.envoy(), s.signedIn("alice"), s.signedIn("bob")
	ask := func(q *authv3.CheckRequest) *authv3.CheckResponse {
		t.Helper()
		r, err := e.Check(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}

	r := ask(question("GET", "/admin/x?y", "192.0.2.7", "cookie", alice, "x-forwarded-user", "mallory", "x_forwarded_user", "mallory", "x-lingpai-identity", "e30",
		"x-forwarded-groups", "all", "x-forwarded-for", "192.0.2.7", "accept", "text/html"))
	told := values(r.GetOkResponse().GetHeaders())
	if r.GetStatus().GetCode() != int32(codes.OK) || told["x-forwarded-user"] != "alice" || told["x-forwarded-roles"] != "admin" || strings.Count(told["x-lingpai-identity"], ".") != 2 {
		t.Errorf("alice: %v", r)
	}
	for _, h := range r.GetOkResponse().GetHeaders() {
		if h.GetAppend() == nil || h.GetAppend().GetValue() { //nolint:staticcheck // what all versions of Envoy read
			t.Errorf("%s is put beside what the client wrote", h.GetHeader().GetKey())
		}
	}
	gone := r.GetOkResponse().GetHeadersToRemove()
	for _, name := range []string{"x_forwarded_user", "x-forwarded-groups", "x-forwarded-email"} {
		if !slices.Contains(gone, name) {
			t.Errorf("%s reaches the app: %v", name, gone)
		}
	}
	if slices.Contains(gone, "x-forwarded-for") || slices.Contains(gone, "x-forwarded-proto") || slices.Contains(gone, "accept") {
		t.Errorf("too much is taken away: %v", gone)
	}

	r = ask(question("GET", "/public/x", "192.0.2.7", "x-forwarded-user", "mallory"))
	if r.GetStatus().GetCode() != int32(codes.OK) || len(r.GetOkResponse().GetHeaders()) != 0 || !slices.Contains(r.GetOkResponse().GetHeadersToRemove(), "x-forwarded-user") {
		t.Errorf("a guest: %v", r)
	}

	for what, c := range map[string]struct {
		q      *authv3.CheckRequest
		code   codes.Code
		status int32
		text   string
	}{
		"a program without login": {question("POST", "/x", "192.0.2.7"), codes.Unauthenticated, 401, "token_missing"},
		"a page without login":    {question("GET", "/x?y", "192.0.2.7", "accept", "text/html", "sec-fetch-mode", "navigate"), codes.PermissionDenied, 303, "/auth/login?return_to=%2Fx%3Fy"},
		"without the role":        {question("GET", "/admin/x", "192.0.2.7", "cookie", bob), codes.PermissionDenied, 403, "forbidden_role"},
		"another site's form":     {question("POST", "/x", "192.0.2.7", "cookie", bob, "origin", "https://evil.example", "sec-fetch-site", "cross-site"), codes.PermissionDenied, 403, "origin_refused"},
		"two readings":            {question("GET", "/public/../admin/x", "192.0.2.7", "cookie", alice), codes.PermissionDenied, 400, "request_malformed"},
		"a page that is refused":  {question("GET", "/admin/x", "192.0.2.7", "cookie", bob, "accept", "text/html"), codes.PermissionDenied, 403, "<!doctype html>"},
		"another network":         {question("GET", "/net/x", "198.51.100.1", "cookie", bob, "x-forwarded-for", "192.0.2.7"), codes.PermissionDenied, 403, "address_refused"},
	} {
		r := ask(c.q)
		denied := r.GetDeniedResponse()
		text := denied.GetBody() + values(denied.GetHeaders())["location"]
		if codes.Code(r.GetStatus().GetCode()) != c.code || int32(denied.GetStatus().GetCode()) != c.status || !strings.Contains(text, c.text) || r.GetOkResponse() != nil {
			t.Errorf("%s: %v", what, r)
		}
	}
	if r = ask(question("GET", "/net/x", "192.0.2.7", "cookie", bob)); r.GetOkResponse() == nil {
		t.Errorf("from the network: %v", r)
	}
	if r = ask(question("GET", "/x", "192.0.2.7")); values(r.GetDeniedResponse().GetHeaders())["www-authenticate"] == "" {
		t.Errorf("a 401 without a challenge: %v", r)
	}

}

func TestEnvoyCallThatIsNoneIsRefused(t *testing.T) {
	s := start(t, "--config", configured(t, strings.Replace(gated, "EXT_AUTHZ", "true", 1)))
	e := s.envoy()
	wide := question("GET", "/x", "192.0.2.7", "x", strings.Repeat("x", 300<<10))
	twice := question("GET", "/x", "192.0.2.7")
	twice.Attributes.Request.Http.Headers[":path"] = "/public/x"
	for what, c := range map[string]struct {
		q    *authv3.CheckRequest
		by   []grpc.CallOption
		code codes.Code
	}{
		"nothing":           {&authv3.CheckRequest{}, nil, codes.InvalidArgument},
		"two paths":         {twice, nil, codes.InvalidArgument},
		"a large message":   {wide, nil, codes.ResourceExhausted},
		"a compressed call": {question("GET", "/x", "192.0.2.7"), []grpc.CallOption{grpc.UseCompressor(gzip.Name)}, codes.Unimplemented},
	} {
		if r, err := e.Check(t.Context(), c.q, c.by...); status.Code(err) != c.code {
			t.Errorf("%s: %v, %v", what, r, err)
		}
	}
}

func TestEnvoyOverGRPCIsAnsweredWhereThatIsSaidOnly(t *testing.T) {
	s := start(t, "--config", configured(t, strings.Replace(gated, "EXT_AUTHZ", "false", 1)))
	if r, err := s.envoy().Check(t.Context(), question("GET", "/public/x", "192.0.2.7")); err == nil {
		t.Errorf("without ext_authz: %v", r)
	}
	text := strings.Replace(strings.Replace(gated, "EXT_AUTHZ", "true", 1), `[127.0.0.1, "::1"]`, "[192.0.2.1]", 1)
	s = start(t, "--config", configured(t, text))
	if r, err := s.envoy().Check(t.Context(), question("GET", "/public/x", "192.0.2.7")); status.Code(err) != codes.PermissionDenied {
		t.Errorf("from anybody: %v, %v", r, err)
	}
}
