package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/httpd"
)

// mutual is where clients are asked for certificates: listeners and a server of their own, because a browser that is asked for one shows its
// user a dialog (decision 12). All of it is empty when mtls.listen is.
type mutual struct {
	origin    string
	listeners []net.Listener
	server    *http.Server
}

func (a *App) bindMutual(ctx context.Context, cfg *config.Config) (err error) {
	if cfg.MTLS.Listen == "" {
		return nil
	}
	if a.mutual.listeners, err = listen(ctx, cfg.MTLS.Listen); err != nil {
		return fmt.Errorf("mtls: %w", err)
	}
	for _, l := range a.mutual.listeners {
		a.onStop.add("close listener for certificates", closer(l))
	}
	return nil
}

// serveMutual makes the server of the listeners.
func (a *App) serveMutual(cfg *config.Config, edge *httpd.Edge, routes []httpd.Route) error {
	if len(a.mutual.listeners) == 0 {
		return nil
	}
	handler, err := edge.Handler(routes)
	if err != nil {
		return err
	}
	a.mutual.server = newServer(cfg, handler, a.logger)
	return nil
}

// mutualOrigin is how clients reach the listeners: as they are told to, or at the host of the issuer.
func (a *App) mutualOrigin(cfg *config.Config) (string, error) {
	if len(a.mutual.listeners) == 0 || cfg.MTLS.Origin != "" {
		return cfg.MTLS.Origin, nil
	}
	u, err := url.Parse(a.issuer)
	if err != nil {
		return "", fmt.Errorf("issuer %q: %w", a.issuer, err)
	}
	u.Scheme, u.Host = "https", net.JoinHostPort(u.Hostname(), strconv.Itoa(portOf(a.mutual.listeners[0])))
	return u.String(), nil
}

// askForCertificates wraps the listeners in a TLS that asks for a certificate and takes any: whether it is one of the client's is found out
// when it is known which client that is. The handshake has then proved that its key is held. A client without one is answered, and told.
func (a *App) askForCertificates(base *tls.Config) {
	if a.mutual.server == nil {
		return
	}
	asking := base.Clone()
	asking.ClientAuth = tls.RequestClientCert
	a.mutual.server.TLSConfig = asking
	for i, l := range a.mutual.listeners {
		a.mutual.listeners[i] = tls.NewListener(l, asking)
	}
}

// openCertificates reads the authorities that sign certificates of clients.
func (c *Core) openCertificates() error {
	if c.Config.MTLS.Listen == "" {
		return nil
	}
	c.Clients.Certificates = &registry.Certificates{}
	if c.Config.MTLS.Authorities == "" {
		return nil
	}
	pool, err := readAuthorities(c.Config.MTLS.Authorities)
	if err != nil {
		return fmt.Errorf("mtls.authorities: %w", err)
	}
	c.Clients.Certificates.Authorities = pool
	return nil
}

// readAuthorities reads certificates in PEM. What is no certificate of an authority is refused rather than passed over.
func readAuthorities(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for n := 0; ; n++ {
		block, rest := pem.Decode(text)
		if block == nil && n == 0 {
			return nil, errors.New("the file holds no certificate in PEM")
		}
		if block == nil {
			return pool, nil
		}
		text = rest
		cert, err := x509.ParseCertificate(block.Bytes)
		switch {
		case block.Type != "CERTIFICATE" || err != nil:
			return nil, errors.Join(fmt.Errorf("block %d of the file is no certificate", n+1), err)
		case !cert.IsCA:
			return nil, fmt.Errorf("certificate %d of the file (%s) is not that of an authority", n+1, cert.Subject)
		}
		pool.AddCert(cert)
	}
}
