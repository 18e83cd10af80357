package jose

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"
)

func TestPEMOfEveryForm(t *testing.T) {
	ec, rs, ed := newKey(t, ES384), newKey(t, RS256), newKey(t, EdDSA)
	for _, k := range []*Key{ec, rs, ed} {
		private, public := standard(t, k)
		checkPEM(t, "PUBLIC KEY", must(x509.MarshalPKIXPublicKey(public)), publicHalf(k))
		checkPEM(t, "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(private)), k)
		template := &x509.Certificate{SerialNumber: big.NewInt(1)}
		checkPEM(t, "CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, template, public, private)), publicHalf(k))
	}
	private, public := standard(t, rs)
	checkPEM(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public.(*rsa.PublicKey)), publicHalf(rs))
	checkPEM(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(private.(*rsa.PrivateKey)), rs)
	private, _ = standard(t, ec)
	checkPEM(t, "EC PRIVATE KEY", must(x509.MarshalECPrivateKey(private.(*ecdsa.PrivateKey))), ec)
}

// must is for what cannot fail here.
func must(der []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return der
}

func block(name string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: name, Bytes: der})
}

func checkPEM(t *testing.T, name string, der []byte, want *Key) {
	t.Helper()
	got, err := ParsePEM(append(block(name, der), " \n"...), "")
	if err != nil {
		t.Errorf("%s of %v: %v", name, want, err)
		return
	}
	if got.Thumbprint() != want.Thumbprint() || got.ID() != want.Thumbprint() || got.IsPrivate() != want.IsPrivate() || got.Algorithm() != want.Algorithm() {
		t.Errorf("%s of %v: got %v, private: %v", name, want, got, got.IsPrivate())
	}
}

func TestPEMWithAnotherAlgorithm(t *testing.T) {
	_, public := standard(t, newKey(t, RS256))
	text := block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(public)))
	if k, err := ParsePEM(text, PS512); err != nil || k.Algorithm() != PS512 {
		t.Errorf("PS512: %v, %v", k, err)
	}
	if k, err := ParsePEM(text, ES256); !errors.Is(err, ErrKey) {
		t.Errorf("ES256: %v, %v", k, err)
	}
	if k, err := ParsePEM(text, HS256); !errors.Is(err, ErrKey) {
		t.Errorf("HS256: %v, %v", k, err)
	}
}

func TestPEMThatIsRefused(t *testing.T) {
	private, public := standard(t, newKey(t, ES256))
	der := must(x509.MarshalPKIXPublicKey(public))
	good := block("PUBLIC KEY", der)
	sec1 := block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(private.(*ecdsa.PrivateKey))))
	parameters := block("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7})
	for name, text := range map[string][]byte{
		"nothing": nil, "no PEM": []byte("key"), "DER": der, "two keys": append(append([]byte{}, good...), good...), "text behind": append(append([]byte{}, good...), 'x'),
		"broken DER": block("PUBLIC KEY", der[1:]), "broken certificate": block("CERTIFICATE", der), "certificate request": block("CERTIFICATE REQUEST", der),
		"encrypted key": block("ENCRYPTED PRIVATE KEY", der), "parameters alone": parameters,
	} {
		if k, err := ParsePEM(text, ""); !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v, %v", name, k, err)
		}
	}
	if k, err := ParsePEM(append(parameters, sec1...), ""); err != nil || !k.IsPrivate() {
		t.Errorf("as openssl writes it: %v, %v", k, err)
	}
}
