package client

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/oauth"
)

func subject(t testing.TB, parts pkix.RDNSequence) *x509.Certificate {
	t.Helper()
	raw, err := asn1.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	return &x509.Certificate{RawSubject: raw}
}

func is(oid asn1.ObjectIdentifier, value any) pkix.AttributeTypeAndValue {
	return pkix.AttributeTypeAndValue{Type: oid, Value: value}
}

var (
	country = asn1.ObjectIdentifier{2, 5, 4, 6}
	org     = asn1.ObjectIdentifier{2, 5, 4, 10}
	unit    = asn1.ObjectIdentifier{2, 5, 4, 11}
	common  = asn1.ObjectIdentifier{2, 5, 4, 3}
	domain  = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}
)

func TestADistinguishedNameIsComparedPartByPart(t *testing.T) {
	cert := subject(t, pkix.RDNSequence{
		{is(country, "DE")}, {is(domain, "example")}, {is(org, `Sue, Grabbit + "Runn"`)}, {is(unit, "Ops"), is(common, "app =1 ")},
	})
	for _, dn := range []string{
		`CN=app \=1\ +OU=Ops,O=Sue\, Grabbit \+ \"Runn\",DC=example,C=DE`,
		`ou=Ops + cn=app =1\20, o=Sue\2C Grabbit \2b \22Runn\22, dc=example, c=DE `,
		`2.5.4.11=Ops+2.5.4.3=app =1\ ,2.5.4.10=Sue\, Grabbit \+ \"Runn\",0.9.2342.19200300.100.1.25=example,2.5.4.6=DE`,
	} {
		if !subjectIs(cert, dn) {
			t.Errorf("%s is not found to be the subject", dn)
		}
	}
	for _, dn := range []string{
		`C=DE,DC=example,O=Sue\, Grabbit \+ \"Runn\",CN=app \=1\ +OU=Ops`, `CN=app \=1\ +OU=Ops`, `CN=app \=1+OU=Ops,O=Sue\, Grabbit \+ \"Runn\",DC=example,C=DE`,
		`CN=app \=1\ ,OU=Ops,O=Sue\, Grabbit \+ \"Runn\",DC=example,C=DE`, `CN=APP \=1\ +OU=Ops,O=Sue\, Grabbit \+ \"Runn\",DC=example,C=DE`, ``,
	} {
		if subjectIs(cert, dn) {
			t.Errorf("%s is taken for the subject", dn)
		}
	}
	if subjectIs(subject(t, pkix.RDNSequence{{is(common, 7)}}), "CN=7") {
		t.Error("a number is taken for a text")
	}
}

func TestWhatIsNoNameOfACertificateIsRefused(t *testing.T) {
	for _, name := range []string{
		"", "app.example.com", "san_dns", "san_dns:", "san_dns:*.example.com", "san_dns:a b", "san_uri:example", "san_uri:", "san_ip:example.com", "san_ip:",
		"san_email:", "san_email:app", "common_name:app", "subject_dn:", "subject_dn:app", "subject_dn:CN=", "subject_dn:X=1", "subject_dn:CN=a,,O=b",
		`subject_dn:CN=a\`, `subject_dn:CN=a\zz`, "subject_dn:CN=#0403", "several",
		"subject_dn:CN=a;O=b", `subject_dn:CN="a"`, `subject_dn:CN=a\,<b>`,
	} {
		s := Settings{Auth: oauth.TLSClientAuth, CertificateName: name}
		if s.checkCertificate() == nil {
			t.Errorf("%q is taken", name)
		}
	}
	for _, name := range []string{"san_dns:app.example.com", "san_uri:spiffe://example.org/app", "san_ip:2001:db8::1", "san_email:a@b", "subject_dn:CN=app"} {
		s := Settings{Auth: oauth.TLSClientAuth, CertificateName: name}
		if err := s.checkCertificate(); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
		s.Auth = oauth.PrivateKeyJWT
		if s.checkCertificate() == nil {
			t.Errorf("%q is taken of a client that shows no certificate", name)
		}
	}
}

func TestMetadataNamesOneCertificate(t *testing.T) {
	const begin = `{"redirect_uris":["https://app.example.com/cb"],"token_endpoint_auth_method":"tls_client_auth","tls_client_certificate_bound_access_tokens":true`
	m, err := ParseMetadata([]byte(begin + `,"tls_client_auth_san_uri":"spiffe://example.org/app"}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Settings("ES256")
	if err != nil || s.CertificateName != "san_uri:spiffe://example.org/app" || !s.CertificateBound || s.Auth != oauth.TLSClientAuth {
		t.Errorf("%+v, %v", s, err)
	}
	c := Client{Settings: s}
	if d := c.Describe(); d.CertificateURI != "spiffe://example.org/app" || d.CertificateDNS != "" || !d.CertificateBound {
		t.Errorf("it is described as %+v", d)
	}
	for _, more := range []string{`}`, `,"tls_client_auth_san_dns":"a.example.com","tls_client_auth_san_ip":"192.0.2.1"}`} {
		m, err := ParseMetadata([]byte(begin + more))
		if err == nil {
			_, err = m.Settings("ES256")
		}
		if err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s is taken: %v", more, err)
		}
	}
}

func FuzzDistinguishedName(f *testing.F) {
	f.Add(`CN=app\, 1+OU=x,O=\22Example\22`)
	f.Add(`CN=\`)
	f.Fuzz(func(t *testing.T, text string) {
		parts, err := parseDN(text)
		if (err == nil) != (len(parts) > 0) {
			t.Errorf("%q: %v, %v", text, parts, err)
		}
	})
}
