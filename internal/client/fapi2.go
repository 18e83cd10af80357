package client

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// MustPush reports whether the client asks by pushed requests only.
func (s *Settings) MustPush() bool { return s.RequirePAR || s.Profile == FAPI2 }

// MustBind reports whether tokens of the client are always bound to a key that it proves (FAPI 2.0 Security Profile, section 5.3.2.1).
func (s *Settings) MustBind() bool { return s.Profile == FAPI2 || s.CertificateBound }

// fapi2Algs are the algorithms of the profile (section 5.4.1).
var fapi2Algs = []jose.Algorithm{jose.ES256, jose.PS256, jose.EdDSA, jose.Ed25519}

// checkFAPI2 says what a client of that profile may not be.
func (s *Settings) checkFAPI2() error {
	switch {
	case s.Profile != FAPI2:
		return nil
	case s.Auth != oauth.PrivateKeyJWT && !s.Auth.ByCertificate():
		return errors.New("the profile fapi2 proves who it is by private_key_jwt, or by its certificate")
	case s.InsecureWithoutPKCE:
		return errors.New("the profile fapi2 does not go without PKCE")
	case s.WantsRS256():
		return errors.New("the profile fapi2 takes nothing that is signed by RS256")
	}
	for _, uri := range s.RedirectURIs {
		if !strings.HasPrefix(uri, "https://") {
			return flawed("redirect_uris", uri, fmt.Errorf("%w, and %q is not", ErrHTTPSOnly, uri))
		}
	}
	set, err := jose.ParseKeySet([]byte(s.JWKS))
	if err != nil {
		return nil //nolint:nilerr // checkAuth says so
	}
	for _, key := range set.Keys() {
		if !slices.Contains(fapi2Algs, key.Algorithm()) {
			return fmt.Errorf("the profile fapi2 has keys for ES256, PS256 and EdDSA, and one is for %s", key.Algorithm())
		}
	}
	return nil
}
