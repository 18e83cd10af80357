package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
)

// Sector is the host that all clients of one owner share, so that they know a person by one subject (OpenID Connect Core, section 8.1): that
// of the sector identifier, or else the one host of its redirect addresses; "" when there is no such host.
func (s *Settings) Sector() string {
	if s.SectorIdentifierURI != "" {
		return hostOf(s.SectorIdentifierURI)
	}
	sector := ""
	for i, uri := range s.RedirectURIs {
		host := hostOf(uri)
		if i > 0 && host != sector {
			return ""
		}
		sector = host
	}
	return sector
}

func hostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (s *Settings) checkSubject() error {
	if s.Pairwise && s.Sector() == "" {
		return ErrSeveralHosts
	}
	return nil
}

// Subject is what the client knows an account by: its id, or for a pairwise client something that no client of another sector is told
// (section 8.1). salt is a secret of the server; without it nobody finds the account from the subject, or one subject from another.
func (s *Settings) Subject(userID string, salt []byte) string {
	if !s.Pairwise {
		return userID
	}
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(s.Sector() + "\x00" + userID))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
