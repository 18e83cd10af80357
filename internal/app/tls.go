package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/config"
)

// secure wraps the listeners in TLS when there is a certificate.
func (a *App) secure(cfg *config.Config) error {
	if cfg.TLS.Certificate == "" {
		return nil
	}
	cert, err := newCertificate(cfg.TLS.Certificate, cfg.TLS.Key, a.logger)
	if err != nil {
		return err
	}
	a.server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get, NextProtos: []string{"h2", "http/1.1"}}
	for i, l := range a.listeners {
		a.listeners[i] = tls.NewListener(l, a.server.TLSConfig)
	}
	a.askForCertificates(a.server.TLSConfig)
	return nil
}

// certificate serves a certificate from files, and reads them again when they change, so that a renewal needs no restart.
type certificate struct {
	certFile, keyFile string
	logger            *slog.Logger

	mu      sync.Mutex // guards the rest
	loaded  *tls.Certificate
	stamp   time.Time // modification time of certFile when it was loaded
	refused time.Time // and when it last did not load
}

func newCertificate(certFile, keyFile string, logger *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, logger: logger}
	_, err := c.get(nil)
	return c, err
}

// get implements tls.Config.GetCertificate. New files that do not load leave the old certificate in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.certFile)
	if err == nil && c.loaded != nil && info.ModTime().Equal(c.stamp) {
		return c.loaded, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil {
			c.loaded, c.stamp = &pair, info.ModTime()
		}
	}
	if c.loaded == nil {
		return nil, fmt.Errorf("load tls.certificate and tls.key: %w", err)
	}
	if err != nil {
		c.complain(info, err)
	}
	return c.loaded, nil
}

// complain says once for each state of the file that the old certificate stays in use.
func (c *certificate) complain(info os.FileInfo, err error) {
	var changed time.Time
	if info != nil {
		changed = info.ModTime()
	}
	if changed.Equal(c.refused) && !c.refused.IsZero() {
		return
	}
	c.refused = changed
	c.logger.LogAttrs(context.Background(), slog.LevelError, "new certificate not loaded, the old one stays in use", slog.Any("error", err))
}
