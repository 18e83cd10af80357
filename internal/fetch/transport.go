package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// transport connects to allowed addresses alone. A connection serves one call: the next one is judged anew.
func transport(allowed func(netip.Addr) bool, roots *x509.CertPool) *http.Transport {
	dialer := &net.Dialer{
		Timeout: 5 * time.Second,
		// Control sees the address that is connected to, when the name has been looked up.
		Control: func(_, address string, _ syscall.RawConn) error {
			a, err := hostPort(address)
			if err != nil || !allowed(a) {
				return errors.New("its host is not at a public address")
			}
			return nil
		},
	}
	return &http.Transport{
		Proxy: nil, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 5 * time.Second, MaxResponseHeaderBytes: 16 << 10,
		DisableKeepAlives: true, DisableCompression: true,
	}
}
