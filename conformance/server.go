package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// server is the program under test, with a data folder, a certificate and a port of its own.
type server struct {
	binary, dir, issuer string
	certificate         tls.Certificate
	roots               *x509.CertPool
	process             *exec.Cmd
}

// person is who signs in everywhere. The account has every claim that the standard scopes give.
var person = struct{ username, password string }{"alice", "correct horse battery staple"}

var account = []string{
	"given_name=Alice", "family_name=Liddell", "middle_name=Pleasance", "nickname=Ali", "profile=https://alice.example/", "picture=https://alice.example/me.png",
	"website=https://alice.example/", "gender=female", "birthdate=1852-05-04", "zoneinfo=Europe/London", "locale=en-GB", "phone_number=+44 20 7946 0000",
	"address.street_address=1 Tom Quad", "address.locality=Oxford", "address.country=GB",
}

func start(binary string) (s *server, err error) {
	s = new(server)
	if s.binary, err = filepath.Abs(binary); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "conformance-"); err != nil {
		return nil, err
	}
	defer func(begun *server) {
		if err != nil {
			begun.stop()
		}
	}(s)
	if err := s.configure(); err != nil {
		return nil, err
	}
	if err := s.addPerson(); err != nil {
		return nil, err
	}
	s.process = exec.Command(s.binary, "serve", "--config", s.config())
	s.process.Env = append(os.Environ(), "SSL_CERT_FILE="+filepath.Join(s.dir, "cert.pem")) // it also trusts what clients publish here
	var log bytes.Buffer
	s.process.Stderr = &log
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	if err := s.await(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, &log)
	}
	return s, nil
}

func (s *server) config() string { return filepath.Join(s.dir, "lingpai.yaml") }

// configure writes a certificate and the configuration.
func (s *server) configure() error {
	listen, asking, err := freeAddresses()
	if err != nil {
		return err
	}
	s.issuer = "https://" + listen
	certificate, key := filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem")
	if s.certificate, err = writeCertificate(certificate, key); err != nil {
		return err
	}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(s.certificate.Leaf)
	// Nothing here makes the server milder than it is, but for calls to its own machine, where the client under test listens.
	return os.WriteFile(s.config(), fmt.Appendf(nil,
		"listen: %s\ndata: %s\ntls:\n  certificate: %s\n  key: %s\nmtls:\n  listen: %s\nfetch:\n  insecure_loopback: true\nregistration:\n  enabled: true\nsession:\n  max_per_user: 1000\nlog:\n  level: warn\n",
		listen, filepath.Join(s.dir, "data"), certificate, key, asking), 0o600)
}

// freeAddresses are two of this machine where nobody listens: one for browsers, and one where clients are asked for certificates.
func freeAddresses() (one, another string, err error) {
	var found [2]string
	for i := range found {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		defer l.Close() // both at the end, so that they are two
		found[i] = fmt.Sprintf("localhost:%d", l.Addr().(*net.TCPAddr).Port)
	}
	return found[0], found[1], nil
}

func (s *server) addPerson() error {
	if _, err := s.command(person.password, "user", "add", person.username, "--name", "Alice Liddell", "--email", "alice@example.com", "--password-stdin"); err != nil {
		return err
	}
	set := []string{"user", "set", person.username}
	for _, claim := range account {
		set = append(set, "--claim", claim)
	}
	_, err := s.command("", set...)
	return err
}

// await waits until the server answers.
func (s *server) await() error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if res, err := s.httpClient().Get(s.issuer + "/readyz"); err == nil {
			return res.Body.Close()
		}
	}
	return errors.New("the server does not answer")
}

func (s *server) stop() {
	if s.process != nil && s.process.Process != nil {
		_ = s.process.Process.Signal(os.Interrupt)
		_ = s.process.Wait()
	}
	_ = os.RemoveAll(s.dir)
}

// command runs a command of the program on the server's data.
func (s *server) command(stdin string, args ...string) ([]byte, error) {
	cmd := exec.Command(s.binary, append(args, "--config", s.config())...)
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(args[:2], " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// httpClient is a client that trusts the server's certificate, shows one of its own if it has any, and follows no redirect.
func (s *server) httpClient(own ...tls.Certificate) *http.Client {
	return &http.Client{
		Timeout:       time.Minute,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots, Certificates: own}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *server) op() *OP { return &OP{server: s, http: s.httpClient()} }

// addClient registers a client by the command line, as an operator does.
func (s *server) addClient(args ...string) (*client, error) {
	out, err := s.command("", append([]string{"client", "add", "App", "--json"}, args...)...)
	if err != nil {
		return nil, err
	}
	var c struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal(out, &c); err != nil {
		return nil, err
	}
	return &client{id: c.ID, secret: c.Secret, auth: "client_secret_basic", redirect: callback}, nil
}

// writeCertificate makes a certificate for this machine that signs itself.
func writeCertificate(certificate, key string) (tls.Certificate, error) {
	made, err := selfSigned("localhost")
	if err != nil {
		return made, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		return made, err
	}
	if err := os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]}), 0o600); err != nil {
		return made, err
	}
	return made, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
}

// selfSigned makes a certificate for a server of this name, or for a client.
func selfSigned(name string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}
