package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/mtls"
	"github.com/lingpai/lingpai/internal/oauth"
)

// authority signs certificates of clients, by the clock of the server.
type authority struct {
	*server
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// startMutual runs a server that asks clients for certificates of an authority, and trusts the server's own in what tests send.
func startMutual(t testing.TB, settings ...string) (*server, *authority) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "authorities.pem")
	ca := newAuthority(t)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	cert, key, roots := selfSigned(t.(*testing.T))
	ca.server = start(t, append(settings, "tls.certificate="+cert, "tls.key="+key, "mtls.listen=127.0.0.1:0", "mtls.authorities="+file)...)
	ca.wire.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: "localhost"}
	return ca.server, ca
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert: cert, key: key}
}

// issue makes a certificate for app.example.com, good for a day, changed by change.
func (a *authority) issue(t testing.TB, change func(*x509.Certificate)) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "app", Organization: []string{"Example, Inc."}}, DNSNames: []string{"app.example.com"},
		URIs: []*url.URL{{Scheme: "https", Host: "app.example.com", Path: "/id"}}, IPAddresses: []net.IP{net.ParseIP("192.0.2.7")},
		EmailAddresses: []string{"app@example.com"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// jwks is the key set of who holds a certificate.
func jwks(t testing.TB, cert *tls.Certificate) string {
	t.Helper()
	key, err := jose.NewKey(jose.ES256, cert.Leaf.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return `{"keys":[` + string(key.WithID("tls").JWK()) + `]}`
}

// connection is how a program calls: where clients are asked for certificates, with one or with none.
type connection struct {
	*testing.T
	origin string
	wire   *http.Client
}

// connect calls where clients are asked for certificates, with one, or none for nil.
func (s *server) connect(cert *tls.Certificate) *connection {
	t := s.TB.(*testing.T)
	conf := s.wire.TLSClientConfig.Clone()
	if cert != nil {
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	wire := &http.Transport{TLSClientConfig: conf, ForceAttemptHTTP2: true}
	t.Cleanup(wire.CloseIdleConnections)
	return &connection{t, s.app.mutual.origin, &http.Client{Transport: wire}}
}

// at is the same program at another address.
func (c *connection) at(origin string) *connection { return &connection{c.T, origin, c.wire} }

func (c *connection) do(method, path string, form url.Values, headers ...string) reply {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), method, c.origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	res, err := c.wire.Do(r)
	if err != nil {
		c.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(body)}
}

// token asks for a token by what the form says besides the client.
func (c *connection) token(client string, form url.Values, headers ...string) reply {
	c.Helper()
	form.Set("client_id", client)
	return c.do(http.MethodPost, "/auth/token", form, headers...)
}

func itself() url.Values { return url.Values{"grant_type": {"client_credentials"}} }

// refused checks for an error of the token endpoint.
func (r reply) refused(t testing.TB, what string, status int, code string) {
	t.Helper()
	var body struct{ Error string }
	r.json(t, &body)
	if r.status != status || body.Error != code {
		t.Errorf("%s: %d %s, want %d %s", what, r.status, r.body, status, code)
	}
}

func named(name string) func(*registry.Settings) {
	return func(set *registry.Settings) { set.Auth, set.CertificateName = oauth.TLSClientAuth, name }
}

// ASVS 10.4.16
func TestAClientProvesWhoItIsByACertificate(t *testing.T) {
	s, ca := startMutual(t)
	cert := ca.issue(t, nil)
	for _, name := range []string{
		`subject_dn:CN=app,O=Example\, Inc.`, `subject_dn:cn=app, o=Example\2c Inc.`, "san_dns:app.example.com", "san_dns:App.Example.com",
		"san_uri:https://app.example.com/id", "san_ip:192.0.2.7", "san_email:app@example.com",
	} {
		a := s.addClient(registry.Service, named(name))
		got := s.connect(cert).token(a.id, itself()).handed(t)
		if got.TokenType != "Bearer" || claims(t, got.AccessToken)["cnf"] != nil {
			t.Errorf("%s: the token is %s, bound to %v, though nobody asked for that", name, got.TokenType, claims(t, got.AccessToken)["cnf"])
		}
	}
	own := newAuthority(t).issue(t, nil) // that nobody knows
	a := s.addClient(registry.Service, func(set *registry.Settings) { set.Auth, set.JWKS = oauth.SelfSignedTLS, jwks(t, own) })
	s.connect(own).token(a.id, itself()).handed(t)
}

// A certificate of another name, authority, time or purpose proves nothing, nor does what a header says of one.
func TestAttack58AClientHoldsItsCertificate(t *testing.T) {
	s, ca := startMutual(t)
	stranger := newAuthority(t)
	issued, own := ca.issue(t, nil), stranger.issue(t, nil)
	a := s.addClient(registry.Service, named("san_dns:app.example.com"))
	b := s.addClient(registry.Service, func(set *registry.Settings) { set.Auth, set.JWKS = oauth.SelfSignedTLS, jwks(t, own) })
	old := func(c *x509.Certificate) { c.NotAfter = time.Date(2026, 3, 1, 11, 59, 0, 0, time.UTC) }
	early := func(c *x509.Certificate) { c.NotBefore = time.Date(2026, 3, 1, 12, 1, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name, client string
		cert         *tls.Certificate
	}{
		{"none", a.id, nil},
		{"none of its own", b.id, nil},
		{"of a stranger's authority", a.id, own},
		{"of another key", b.id, issued},
		{"of another name", a.id, ca.issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"other.example.com"} })},
		{"of the name in its subject", a.id, ca.issue(t, func(c *x509.Certificate) { c.DNSNames, c.Subject.CommonName = nil, "app.example.com" })},
		{"of all names below", a.id, ca.issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"*.example.com"} })},
		{"expired", a.id, ca.issue(t, old)},
		{"not good yet", a.id, ca.issue(t, early)},
		{"for servers", a.id, ca.issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })},
	} {
		s.connect(tt.cert).token(tt.client, itself()).refused(t, "certificate "+tt.name, 401, "invalid_client")
	}

	expired := stranger.issue(t, old)
	c := s.addClient(registry.Service, func(set *registry.Settings) { set.Auth, set.JWKS = oauth.SelfSignedTLS, jwks(t, expired) })
	s.connect(expired).token(c.id, itself()).refused(t, "its own, expired", 401, "invalid_client")

	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issued.Leaf.Raw}))
	for _, header := range []string{
		"Client-Cert: :" + base64.StdEncoding.EncodeToString(issued.Leaf.Raw) + ":", "X-Client-Cert: " + url.PathEscape(text),
		"X-SSL-Client-Cert: " + url.PathEscape(text), "X-Forwarded-Client-Cert: Cert=" + url.PathEscape(text), "SSL-Client-Verify: SUCCESS",
	} {
		for _, at := range []string{s.origin, s.app.mutual.origin} {
			s.connect(nil).at(at).token(a.id, itself(), header).refused(t, header[:12], 401, "invalid_client")
		}
	}
	form := itself()
	form.Set("client_secret", strings.Repeat("x", 43))
	s.connect(issued).token(a.id, form).refused(t, "with a secret besides", 401, "invalid_client")
	s.connect(issued).token(a.id, itself()).handed(t) // and in the end, it was the certificate alone
}

// Browsers must not be asked for certificates, or people see a dialog; and what is for them is not where clients are asked.
func TestBrowsersAreNotAskedForCertificates(t *testing.T) {
	s, ca := startMutual(t)
	a := s.addClient(registry.Service, named("san_dns:app.example.com"))
	asked := 0
	conf := s.wire.TLSClientConfig.Clone()
	conf.ClientSessionCache = tls.NewLRUClientSessionCache(10)
	cert := ca.issue(t, nil)
	conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked++
		return cert, nil
	}
	wire := &http.Transport{TLSClientConfig: conf}
	defer wire.CloseIdleConnections()
	c := &connection{t, s.origin, &http.Client{Transport: wire}}
	if r := c.do(http.MethodGet, "/auth/login", nil); r.status != http.StatusOK || asked != 0 {
		t.Errorf("the sign-in page says %d, and asked %d times for a certificate", r.status, asked)
	}
	c.token(a.id, itself()).refused(t, "where nobody is asked", 401, "invalid_client")
	wire.CloseIdleConnections()
	// What the first connection left in the session cache must not stand in for a certificate.
	c.at(s.app.mutual.origin).token(a.id, itself()).handed(t)
	if asked == 0 {
		t.Error("a client is not asked for its certificate")
	}
	for _, path := range []string{"/auth/login", "/auth/authorize", "/auth/account", "/auth/api/me", "/.well-known/openid-configuration"} {
		if r := c.at(s.app.mutual.origin).do(http.MethodGet, path, nil); r.status != http.StatusNotFound {
			t.Errorf("%s is answered where clients are asked for certificates: %d", path, r.status)
		}
	}
	var meta struct {
		Methods []string          `json:"token_endpoint_auth_methods_supported"`
		Bound   bool              `json:"tls_client_certificate_bound_access_tokens"`
		All     map[string]string `json:"mtls_endpoint_aliases"`
	}
	c.do(http.MethodGet, "/.well-known/openid-configuration", nil).json(t, &meta)
	if !meta.Bound || len(meta.All) != 6 || meta.All["token_endpoint"] != s.app.mutual.origin+"/auth/token" || !strings.Contains(strings.Join(meta.Methods, " "), "tls_client_auth") {
		t.Errorf("the metadata says %+v", meta)
	}
}

// bound asks for tokens of alice at a client whose tokens are bound to the certificate of a connection.
func (a *rp) bound(c *connection) handed {
	a.s.Helper()
	a.signIn("alice")
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {a.code()}, "redirect_uri": {a.redirect}, "code_verifier": {a.verifier},
	}
	return c.token(a.id, form).handed(a.s.TB)
}

func bindsToCertificate(set *registry.Settings) { set.FirstParty, set.CertificateBound = true, true }

// ASVS 10.3.5, 10.4.14
func TestATokenIsBoundToTheCertificateOfItsClient(t *testing.T) {
	s, ca := startMutual(t)
	s.addUser("alice", battery)
	cert, other := ca.issue(t, nil), ca.issue(t, nil)
	web := s.addClient(registry.Web, func(set *registry.Settings) {
		bindsToCertificate(set)
		named("san_dns:app.example.com")(set)
	})
	c := s.connect(cert)
	got := web.bound(c)
	cnf, _ := claims(t, got.AccessToken)["cnf"].(object)
	if got.TokenType != "Bearer" || len(cnf) != 1 || cnf["x5t#S256"] != mtls.Thumbprint(cert.Leaf) {
		t.Fatalf("the token is %s, bound to %v", got.TokenType, cnf)
	}
	ask := func(c *connection, headers ...string) reply {
		return c.do(http.MethodGet, "/auth/userinfo", nil, append(headers, "Authorization: Bearer "+got.AccessToken)...)
	}
	if r := ask(c); r.status != http.StatusOK {
		t.Errorf("with its certificate, the userinfo says %d %s", r.status, r.body)
	}
	text := base64.StdEncoding.EncodeToString(cert.Leaf.Raw)
	for what, r := range map[string]reply{
		"another certificate": ask(s.connect(other)), "no certificate": ask(s.connect(nil)), "where nobody is asked": ask(c.at(s.origin)),
		"a header": ask(s.connect(nil), "Client-Cert: :"+text+":", "X-SSL-Client-Cert: "+text),
	} {
		r.wants(t, http.StatusUnauthorized, "certificate_invalid")
		if h := r.header.Get("WWW-Authenticate"); !strings.HasPrefix(h, `Bearer realm="lingpai", error="invalid_token"`) {
			t.Errorf("%s: challenge %s", what, h)
		}
	}
	asDPoP := c.do(http.MethodGet, "/auth/userinfo", nil, "Authorization: DPoP "+got.AccessToken)
	asDPoP.wants(t, http.StatusUnauthorized, "token_type")

	var about struct {
		Active bool
		Cnf    object
	}
	c.do(http.MethodPost, "/auth/introspect", url.Values{"client_id": {web.id}, "token": {got.AccessToken}}).json(t, &about)
	if !about.Active || about.Cnf["x5t#S256"] != mtls.Thumbprint(cert.Leaf) || len(about.Cnf) != 1 {
		t.Errorf("introspection says %+v", about)
	}
	// A client that proves who it is may renew its certificate, and keeps its refresh token.
	fresh := s.connect(other).token(web.id, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.RefreshToken}}).handed(t)
	if cnf := claims(t, fresh.AccessToken)["cnf"].(object); cnf["x5t#S256"] != mtls.Thumbprint(other.Leaf) {
		t.Errorf("after a refresh, the token is bound to %v", cnf)
	}
	s.clock.advance(25 * time.Hour)
	s.connect(cert).token(web.id, itself()).refused(t, "a certificate that expired since", 401, "invalid_client")
}

// ASVS 10.4.5
func TestTheRefreshTokenOfAPublicClientIsBoundToItsCertificate(t *testing.T) {
	s, ca := startMutual(t)
	s.addUser("alice", battery)
	cert := ca.issue(t, func(c *x509.Certificate) { c.NotAfter = c.NotAfter.AddDate(0, 1, 0) })
	app := s.addClient(registry.SPA, bindsToCertificate)
	got := app.bound(s.connect(cert))
	refresh := func(token string) url.Values {
		return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	}
	s.connect(ca.issue(t, nil)).token(app.id, refresh(got.RefreshToken)).refused(t, "another certificate", 400, "invalid_grant")
	s.connect(nil).token(app.id, refresh(got.RefreshToken)).refused(t, "no certificate", 400, "invalid_request")
	if r := app.refreshWith(got.RefreshToken); r.status != http.StatusBadRequest {
		t.Errorf("where nobody is asked for a certificate: %d %s", r.status, r.body)
	}
	next := s.connect(cert).token(app.id, refresh(got.RefreshToken)).handed(t) // what strangers tried has ended nothing
	if next.RefreshToken == got.RefreshToken || next.TokenType != "Bearer" {
		t.Errorf("the refresh token did not rotate, or the token is %s", next.TokenType)
	}
	s.connect(cert).token(app.id, refresh(next.RefreshToken)).handed(t)
}

func TestAClientWhoseTokensAreBoundGetsNoOthers(t *testing.T) {
	s, ca := startMutual(t)
	a := s.addClient(registry.Service, func(set *registry.Settings) { set.CertificateBound = true })
	form := itself()
	form.Set("client_secret", a.secret)
	s.connect(nil).token(a.id, form).refused(t, "without a certificate", 400, "invalid_request")
	expired := ca.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Date(2026, 3, 1, 11, 59, 0, 0, time.UTC) })
	s.connect(expired).token(a.id, form).refused(t, "with an old one", 400, "invalid_request")
	cert := newAuthority(t).issue(t, nil) // any will do: who the client is, the secret says
	got := s.connect(cert).token(a.id, form).handed(t)
	if cnf := claims(t, got.AccessToken)["cnf"].(object); cnf["x5t#S256"] != mtls.Thumbprint(cert.Leaf) {
		t.Errorf("the token is bound to %v", cnf)
	}
	p := s.program().proves()
	s.connect(cert).token(a.id, form, "DPoP: "+p.proof("POST", "/auth/token", "", nil)).refused(t, "with a proof besides", 400, "invalid_request")
}

func TestAClientThatNeedsCertificatesIsRefusedWhereNobodyIsAsked(t *testing.T) {
	s := start(t)
	_, _, err := s.core.Clients.Add(t.Context(), registry.New{Source: cli, Settings: registry.Settings{
		Name: "Backup", Profile: registry.Service, Auth: oauth.TLSClientAuth, Grants: []oauth.GrantType{oauth.ClientCredentials}, CertificateName: "san_dns:a.example.com",
	}})
	if err == nil || !strings.Contains(err.Error(), "mtls.listen") {
		t.Errorf("adding it says %v", err)
	}
	if r := s.program().get("/.well-known/openid-configuration"); r.status != http.StatusOK || strings.Contains(r.body, "tls_client") || strings.Contains(r.body, "mtls") {
		t.Errorf("the metadata promises certificates: %s", r.body)
	}
}
