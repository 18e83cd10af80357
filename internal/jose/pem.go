package jose

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// ParsePEM reads the one key of a PEM text: public (PKIX or PKCS #1), private (PKCS #8, PKCS #1 or SEC 1), or that of a certificate, whose
// names and dates are not judged. An empty alg means the usual algorithm, as for [NewKey]. Errors are an [ErrKey].
func ParsePEM(text []byte, alg Algorithm) (*Key, error) {
	block, rest := pem.Decode(text)
	if block != nil && block.Type == "EC PARAMETERS" { // openssl puts the curve in front of an EC key, which names it again
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, fmt.Errorf("%w: not PEM", ErrKey)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%w: the PEM text goes on after the key", ErrKey)
	}
	material, err := parseBlock(block)
	if err != nil {
		return nil, fmt.Errorf("%w: its PEM block does not read", ErrKey)
	}
	return NewKey(alg, material)
}

func parseBlock(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	case "CERTIFICATE":
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return c.PublicKey, nil
	}
	return nil, fmt.Errorf("%w: it holds something else", ErrKey)
}
