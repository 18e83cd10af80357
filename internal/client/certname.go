package client

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// nameKind is one of the ways in which a client says which certificate is its own (RFC 8705, section 2.1.2). Values are compared letter for
// letter, but for the case of host names: what an authority signed is what was registered, or it is not.
type nameKind struct {
	word  string // `subject_dn` and so on; the metadata has `tls_client_auth_` before it
	check func(value string) error
	fits  func(c *x509.Certificate, value string) bool
}

var nameKinds = []nameKind{
	{"subject_dn", checkDN, subjectIs},
	{"san_dns", checkHost, func(c *x509.Certificate, host string) bool {
		return slices.ContainsFunc(c.DNSNames, func(name string) bool { return strings.EqualFold(name, host) })
	}},
	{"san_uri", checkURI, func(c *x509.Certificate, uri string) bool {
		return slices.ContainsFunc(c.URIs, func(u *url.URL) bool { return u.String() == uri })
	}},
	{"san_ip", checkIP, hasIP},
	{"san_email", checkEmail, func(c *x509.Certificate, address string) bool { return slices.Contains(c.EmailAddresses, address) }},
}

// certificateName is what must stand in the certificate of a client.
type certificateName struct {
	nameKind
	value string
}

func (n certificateName) fits(c *x509.Certificate) bool { return n.nameKind.fits(c, n.value) }

// parseCertificateName reads a kind and a value with a colon between them, as in "san_dns:app.example.com".
func parseCertificateName(text string) (certificateName, bool) {
	word, value, _ := strings.Cut(text, ":")
	i := slices.IndexFunc(nameKinds, func(k nameKind) bool { return k.word == word })
	if i < 0 {
		return certificateName{}, false
	}
	return certificateName{nameKinds[i], value}, true
}

func checkCertificateName(text string) error {
	name, ok := parseCertificateName(text)
	if !ok {
		return fmt.Errorf("the certificate name %q is none; write it as san_dns:app.example.com, or by subject_dn, san_uri, san_ip or san_email", text)
	}
	if err := name.check(name.value); err != nil {
		return fmt.Errorf("the certificate name %q cannot be used: %w", text, err)
	}
	return nil
}

func checkDN(value string) error {
	_, err := parseDN(value)
	return err
}

func checkHost(value string) error {
	if strings.Trim(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || value == "" {
		return errors.New("it is no host name")
	}
	return nil
}

func checkURI(value string) error {
	if u, err := url.Parse(value); err != nil || u.Scheme == "" || u.String() != value {
		return errors.New("it is no absolute URI in its usual form")
	}
	return nil
}

func checkIP(value string) error {
	if _, err := netip.ParseAddr(value); err != nil {
		return errors.New("it is no IP address")
	}
	return nil
}

func hasIP(c *x509.Certificate, value string) bool {
	want, err := netip.ParseAddr(value)
	if err != nil {
		return false
	}
	for _, ip := range c.IPAddresses {
		if got, ok := netip.AddrFromSlice(ip); ok && got.Unmap() == want.Unmap() {
			return true
		}
	}
	return false
}

func checkEmail(value string) error {
	if before, after, ok := strings.Cut(value, "@"); !ok || before == "" || after == "" {
		return errors.New("it is no email address")
	}
	return nil
}
