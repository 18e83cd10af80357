package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func open(t *testing.T, folder string, now time.Time) *Authority {
	t.Helper()
	a, err := Open(folder, now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAClientThatTrustsTheAuthorityTrustsLocalhost(t *testing.T) {
	now := time.Now()
	a := open(t, t.TempDir(), now)
	certFile, keyFile, err := a.Issue(t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for host, trusted := range map[string]bool{"localhost": true, "127.0.0.1": true, "app.localhost": true, "example.com": false} {
		conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{RootCAs: roots, ServerName: host})
		if (err == nil) != trusted {
			t.Errorf("%s: %v", host, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	if a.Trusted(now) {
		t.Error("this machine trusts an authority that was made just now")
	}
}

// Whoever steals the key of the authority can pass for localhost only.
func TestTheAuthorityVouchesForNoOtherName(t *testing.T) {
	now := time.Now()
	a := open(t, t.TempDir(), now)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "bank"}, NotBefore: now, NotAfter: now.Add(time.Hour), DNSNames: []string{"bank.example"},
		IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate)
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: "bank.example"}); err == nil {
		t.Error("the authority vouches for bank.example")
	}
}

func TestTheAuthorityStaysUntilItIsNearlyOverAndItsKeyIsPrivate(t *testing.T) {
	folder, now := filepath.Join(t.TempDir(), "ca"), time.Now()
	first := open(t, folder, now)
	if again := open(t, folder, now.Add(365*24*time.Hour)); !again.Certificate.Equal(first.Certificate) {
		t.Error("it is another one after a year")
	}
	if later := open(t, folder, first.Certificate.NotAfter); later.Certificate.Equal(first.Certificate) {
		t.Error("it is the same when it is over")
	}
	info, err := os.Stat(filepath.Join(folder, authorityKey))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(folder, authorityKey), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder, now); err == nil {
		t.Error("a broken key is replaced without a word, and what was trusted with it")
	}
}
