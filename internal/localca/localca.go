// Package localca makes certificates for names of this machine, signed by an authority that lives on it, so that a developer trusts one
// certificate once and has https on localhost from then on.
//
// The authority is bound to those names (RFC 5280, section 4.2.1.10): whoever steals its key can pass for localhost and for nobody else.
package localca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The files in the folder of an authority.
const (
	AuthorityFile = "lingpai-dev-ca.pem"
	authorityKey  = "lingpai-dev-ca-key.pem"
)

const (
	authorityAge = 5 * 365 * 24 * time.Hour
	leafAge      = 90 * 24 * time.Hour
	startsBefore = time.Hour // so that a clock that was set back a little does no harm
)

// Authority signs certificates for names of this machine.
type Authority struct {
	Certificate *x509.Certificate
	// File is where the certificate lies that is to be trusted.
	File string
	key  crypto.Signer
}

// Open reads the authority of a folder, or makes one: when there is none, or it is nearly over. The key is readable by its owner alone.
func Open(folder string, now time.Time) (*Authority, error) {
	a, err := read(folder)
	if err == nil && now.Add(leafAge).Before(a.Certificate.NotAfter) {
		return a, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the authority in %s cannot be used, remove both files to make a new one: %w", folder, err)
	}
	return create(folder, now)
}

func read(folder string) (*Authority, error) {
	a := &Authority{File: filepath.Join(folder, AuthorityFile)}
	cert, err := block(a.File, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	der, err := block(filepath.Join(folder, authorityKey), "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("its key is of another kind")
	}
	if a.Certificate, err = x509.ParseCertificate(cert); err != nil {
		return nil, err
	}
	if !signer.PublicKey.Equal(a.Certificate.PublicKey) {
		return nil, errors.New("certificate and key do not belong together")
	}
	a.key = signer
	return a, nil
}

func block(name, kind string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	b, _ := pem.Decode(data)
	if b == nil || b.Type != kind {
		return nil, fmt.Errorf("%s holds no %s", filepath.Base(name), kind)
	}
	return b.Bytes, nil
}

func create(folder string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key of authority: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "lingpai dev on " + host, Organization: []string{"Lingpai development"}},
		NotBefore: now.Add(-startsBefore), NotAfter: now.Add(authorityAge),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"localhost"}, PermittedIPRanges: loopbackRanges(),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of authority: %w", err)
	}
	if err := write(folder, AuthorityFile, authorityKey, der, key); err != nil {
		return nil, err
	}
	return read(folder)
}

// loopbackRanges are 127.0.0.0/8 and ::1.
func loopbackRanges() []*net.IPNet {
	return []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}, {IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
}

func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // does not fail
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

// Issue writes a certificate for localhost, names below it and the loopback addresses into a folder, and says which files to serve it from.
func (a *Authority) Issue(folder string, now time.Time) (certFile, keyFile string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("make key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: now.Add(-startsBefore), NotAfter: now.Add(leafAge),
		DNSNames: []string{"localhost", "*.localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, key.Public(), a.key)
	if err != nil {
		return "", "", fmt.Errorf("make certificate: %w", err)
	}
	const certName, keyName = "localhost.pem", "localhost-key.pem"
	if err := write(folder, certName, keyName, der, key); err != nil {
		return "", "", err
	}
	return filepath.Join(folder, certName), filepath.Join(folder, keyName), nil
}

func write(folder, certName, keyName string, der []byte, key *ecdsa.PrivateKey) error {
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode key: %w", err)
	}
	for _, f := range []struct {
		name, kind string
		der        []byte
	}{{keyName, "PRIVATE KEY", secret}, {certName, "CERTIFICATE", der}} {
		text := pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der})
		if err := os.WriteFile(filepath.Join(folder, f.name), text, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	return nil
}

// Trusted reports whether this machine trusts the authority already. Browsers with a store of their own may not.
func (a *Authority) Trusted(now time.Time) bool {
	_, err := a.Certificate.Verify(x509.VerifyOptions{CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	return err == nil
}
