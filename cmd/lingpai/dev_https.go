package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/localca"
)

// secureDev gives lingpai dev a certificate for localhost of an authority that stays on this machine.
func secureDev(cfg *config.Config) (*localca.Authority, error) {
	if cfg.TLS.Certificate != "" {
		return nil, nil //nolint:nilnil // the developer has one
	}
	home, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("find a place for the local authority: %w", err)
	}
	ca, err := localca.Open(filepath.Join(home, "lingpai"), time.Now())
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	cfg.TLS.Certificate, cfg.TLS.Key, err = ca.Issue(cfg.Data, time.Now())
	return ca, err
}

// trust says how the authority is trusted once, where it is not.
func (p *page) trust(ca *localca.Authority) {
	if ca == nil || ca.Trusted(p.now) {
		return
	}
	p.printf("Browsers do not know this certificate yet. Trust the local authority once (it can vouch for localhost only):\n")
	for _, line := range trusting(ca.File) {
		p.printf("  %s\n", p.paint(strong, line))
	}
}

func trusting(file string) []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{"sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain " + file}
	case "windows":
		return []string{"certutil -user -addstore Root " + file}
	}
	return []string{
		"sudo cp " + file + " /usr/local/share/ca-certificates/lingpai-dev.crt && sudo update-ca-certificates",
		"certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n lingpai-dev -i " + file + "   # Chrome and Chromium",
	}
}
