package lingpai_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/token"
)

// newCertificate makes a client certificate that signs itself and ends then.
func newCertificate(t testing.TB, until time.Time) (cert *tls.Certificate, thumb string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.Add(-48 * time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, base64.RawURLEncoding.EncodeToString(sum[:])
}

// serveTLS runs an API that asks for certificates, and is where TLS ends.
func serveTLS(t testing.TB, h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// call sends a token over a connection that shows a certificate, or none for nil.
func call(t testing.TB, s *httptest.Server, cert *tls.Certificate, authorization string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	wire := s.Client().Transport.(*http.Transport).Clone()
	defer wire.CloseIdleConnections()
	if cert != nil {
		wire.TLSClientConfig.Certificates = []tls.Certificate{*cert}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res, err := wire.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	w := httptest.NewRecorder()
	w.Code, w.HeaderMap = res.StatusCode, res.Header //nolint:staticcheck // an answer that was got by wire
	if _, err := w.Body.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return w
}

// ASVS 10.3.5
func TestATokenIsGoodWithTheCertificateThatItIsBoundTo(t *testing.T) {
	i := newIssuer(t)
	cert, thumb := newCertificate(t, time.Now().Add(time.Hour))
	other, _ := newCertificate(t, time.Now().Add(time.Hour))
	expired, oldThumb := newCertificate(t, time.Now().Add(-time.Minute))
	bind := func(thumb string) string {
		return i.token(t, func(_ *token.Issuer, g *token.Grant) { g.CertThumb = thumb })
	}
	bound, old := bind(thumb), bind(oldThumb)
	for name, v := range map[string]*lingpai.Verifier{"without DPoP": i.verifier(t), "with DPoP": i.verifier(t, withDPoP())} {
		s := serveTLS(t, v.Middleware(greet))
		if w := call(t, s, cert, "Bearer "+bound); w.Code != http.StatusOK {
			t.Errorf("%s, with its certificate: %d %s", name, w.Code, w.Body)
		}
		for _, tt := range []struct {
			what  string
			cert  *tls.Certificate
			token string
		}{{"another", other, bound}, {"none", nil, bound}, {"an expired", expired, old}} {
			w := call(t, s, tt.cert, "Bearer "+tt.token, "X-SSL-Client-Cert: "+thumb, "Client-Cert: :"+base64.StdEncoding.EncodeToString(cert.Certificate[0])+":")
			if got := refusalCode(t, w); got != lingpai.CodeCertificate || w.Code != http.StatusUnauthorized {
				t.Errorf("%s, with %s certificate: %d %q", name, tt.what, w.Code, got)
			}
			if got := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(got, `Bearer realm="lingpai", error="invalid_token"`) {
				t.Errorf("%s, with %s certificate: challenge %s", name, tt.what, got)
			}
		}
	}
	// Behind a proxy that ends TLS, nothing that a request says helps.
	w := show(i.verifier(t).Middleware(greet), "Bearer "+bound)
	if got := refusalCode(t, w); got != lingpai.CodeCertificate {
		t.Errorf("without TLS: %d %q", w.Code, got)
	}
}

func TestATokenIsBoundByBothWaysWhenItSaysSo(t *testing.T) {
	i, p := newIssuer(t), newProver(t, "ES256")
	cert, thumb := newCertificate(t, time.Now().Add(time.Hour))
	both := i.token(t, func(_ *token.Issuer, g *token.Grant) { g.CertThumb, g.KeyThumb = thumb, p.jose.Thumbprint() })
	s := serveTLS(t, i.verifier(t, withDPoP()).Middleware(greet))
	if got := refusalCode(t, call(t, s, cert, "Bearer "+both)); got != lingpai.CodeTokenType {
		t.Errorf("with the certificate alone: %q", got)
	}
	if got := refusalCode(t, call(t, s, nil, "DPoP "+both)); got != lingpai.CodeCertificate {
		t.Errorf("without the certificate: %q", got)
	}
}

// ASVS 10.3.5
func TestRequireBoundTakesNoTokenThatAnybodyCouldUse(t *testing.T) {
	i, p := newIssuer(t), newProver(t, "ES256")
	cert, thumb := newCertificate(t, time.Now().Add(time.Hour))
	free, byKey := i.token(t, nil), p.bind(t, i)
	byCert := i.token(t, func(_ *token.Issuer, g *token.Grant) { g.CertThumb = thumb })
	for name, v := range map[string]*lingpai.Verifier{
		"by middleware": i.verifier(t, withDPoP()),
		"by option":     i.verifier(t, lingpai.DPoP(lingpai.DPoPOptions{Addresses: []string{api}, Required: true})),
	} {
		h := v.Middleware(greet)
		if name == "by middleware" {
			h = v.Middleware(lingpai.RequireBound()(greet))
		}
		if w := show(h, "Bearer "+free); w.Code != http.StatusUnauthorized || refusalCode(t, w) != lingpai.CodeTokenUnbound {
			t.Errorf("%s, bound to nothing: %d %s", name, w.Code, w.Body)
		}
		if w := show(h, "DPoP "+byKey, p.proof(t, byKey, nil)); w.Code != http.StatusOK {
			t.Errorf("%s, bound to a key: %d %s", name, w.Code, w.Body)
		}
		if w := call(t, serveTLS(t, h), cert, "Bearer "+byCert); w.Code != http.StatusOK {
			t.Errorf("%s, bound to a certificate: %d %s", name, w.Code, w.Body)
		}
	}
	w := httptest.NewRecorder()
	lingpai.RequireBound()(greet).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("without a Verifier before it, it answers %d", w.Code)
	}
}
