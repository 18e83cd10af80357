package client

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// MaxURIs is how many addresses a client has at most.
const MaxURIs = 32

// alphanumeric are the letters of ids.
const alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"

// isID keeps client ids apart from addresses (Client ID Metadata Documents begin with https://), and from what needs escaping anywhere.
func isID(id string) bool {
	return len(id) >= 3 && len(id) <= 64 && strings.Trim(id, alphanumeric+"._-") == "" && strings.Trim(id[:1]+id[len(id)-1:], alphanumeric) == ""
}

// isUserID reports whether it could be the id of a person, which are 26 letters and digits.
func isUserID(id string) bool { return len(id) == 26 && strings.Trim(id, alphanumeric) == "" }

// CheckID says what is wrong with the id of a client.
func CheckID(id string) error { return flawed("client_id", "", checkID(id)) }

func checkID(id string) error {
	switch {
	case !isID(id):
		return fmt.Errorf("the id %q is not made of 3 to 64 small letters, digits, dots, dashes and underscores", id)
	case isUserID(id):
		return fmt.Errorf("the id %q looks like that of a person; put a dash into it", id)
	case id == OwnID:
		return fmt.Errorf("the id %q is our own", id)
	}
	return nil
}

// Check says everything that is wrong with the settings of a client, one error each, joined.
func (s *Settings) Check() error {
	var errs []error
	refuse := func(member, format string, args ...any) {
		errs = append(errs, flawed(member, "", fmt.Errorf(format, args...)))
	}
	if !isShown(s.Name) {
		refuse("client_name", "the name %q cannot be shown; use 1 to 60 characters on one line, "+
			"of which some can be seen and none turns the direction of others", s.Name)
	}
	if _, ok := PresetOf(string(s.Profile)); !ok {
		refuse("profile", "the profile %q is not known; choose one of %s", s.Profile, strings.Join(profileNames(), ", "))
	}
	for _, c := range []struct {
		member string // of what the check says of no other
		check  func() error
	}{
		{"token_endpoint_auth_method", s.checkAuth}, {"certificate_name", s.checkCertificate}, {"redirect_uris", s.checkAddresses}, {"grant_types", s.checkGrants},
		{"", s.checkWords}, {"", s.checkTokens}, {"", s.checkSubject}, {"", s.checkFAPI2},
	} {
		errs = append(errs, flawed(c.member, "", c.check()))
	}
	return errors.Join(errs...)
}

// isShown reports whether a name is read as it is written, wherever people are asked about a client: it has something to be seen, is on one line, and
// does not make what stands beside it run the other way.
func isShown(name string) bool {
	unclear := func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Zl, unicode.Zp) }
	n := utf8.RuneCountInString(name)
	return n >= 1 && n <= 60 && utf8.ValidString(name) && !strings.ContainsFunc(name, unclear) && strings.ContainsFunc(name, takesInk)
}

func takesInk(r rune) bool {
	const brailleBlank = '\u2800'
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && r != brailleBlank
}

func profileNames() (names []string) {
	for _, p := range Presets() {
		names = append(names, string(p.Profile))
	}
	return names
}

func (s *Settings) checkAuth() error {
	keyless := s.JWKS == "" && s.JWKSURI == ""
	switch {
	case !slices.Contains(oauth.AuthMethods(), s.Auth):
		return fmt.Errorf("client authentication %q is not known", s.Auth)
	case s.JWKS != "" && s.JWKSURI != "":
		return errors.New("the key set is given by value and by address; keep one of the two")
	case (s.Auth == oauth.PrivateKeyJWT || s.Auth == oauth.SelfSignedTLS) && keyless:
		return fmt.Errorf("%s needs the key set of the client", s.Auth)
	case s.RequireSignedRequest && keyless:
		return errors.New("signed requests need the key set of the client")
	case s.Auth == oauth.None && s.InsecureWithoutPKCE:
		return errors.New("a public client cannot go without PKCE: nothing else would tie a code to it")
	case s.JWKS == "":
		return nil
	}
	set, err := jose.ParseKeySet([]byte(s.JWKS))
	if err != nil {
		return fmt.Errorf("the key set does not read: %w", err)
	}
	if len(set.Keys()) == 0 {
		return errors.New("the key set holds no key of an algorithm that is known here")
	}
	return nil
}

func (s *Settings) checkCertificate() error {
	switch named := s.CertificateName != ""; {
	case named != (s.Auth == oauth.TLSClientAuth):
		return errors.New("tls_client_auth goes by the name in the certificate of the client, and no other way does: " +
			"give it as san_dns:app.example.com, or by subject_dn, san_uri, san_ip or san_email")
	case named:
		return checkCertificateName(s.CertificateName)
	}
	return nil
}

func (s *Settings) checkAddresses() error {
	var errs []error
	if len(s.RedirectURIs) == 0 && slices.Contains(s.Grants, oauth.AuthorizationCode) {
		errs = append(errs, ErrRedirectMissing)
	}
	if len(s.RedirectURIs)+len(s.PostLogoutRedirectURIs) > MaxURIs {
		errs = append(errs, ErrTooManyAddresses)
	}
	errs = append(errs, s.checkRedirects("redirect_uris", s.RedirectURIs), s.checkRedirects("post_logout_redirect_uris", s.PostLogoutRedirectURIs),
		checkTold("backchannel_logout_uri", s.BackchannelLogoutURI), checkTold("frontchannel_logout_uri", s.FrontchannelLogoutURI))
	return errors.Join(errs...)
}

func (s *Settings) checkRedirects(member string, uris []string) error {
	var errs []error
	for _, uri := range uris {
		if err := oauth.CheckRedirectURI(uri, s.Profile == Native); err != nil {
			errs = append(errs, flawed(member, uri, fmt.Errorf("the address %q cannot be used: %w", uri, err)))
		}
	}
	return errors.Join(errs...)
}

// checkTold says what is wrong with an address that is to be told of sign-outs.
func checkTold(member, uri string) error {
	if uri == "" {
		return nil
	}
	if err := oauth.CheckRedirectURI(uri, false); err != nil {
		return flawed(member, uri, fmt.Errorf("the address %q cannot be told of sign-outs: %w", uri, err))
	}
	return nil
}

func (s *Settings) checkGrants() error {
	if len(s.Grants) == 0 {
		return errors.New("a client without grants can do nothing")
	}
	for _, g := range s.Grants {
		if !slices.Contains(oauth.GrantTypes(), g) {
			return fmt.Errorf("the grant %q is not known", g)
		}
	}
	if s.Auth == oauth.None && slices.Contains(s.Grants, oauth.ClientCredentials) {
		return errors.New("a client that acts for itself must prove who it is; choose another way than none")
	}
	if slices.Contains(s.Grants, oauth.TokenExchange) {
		return s.checkExchange()
	}
	return nil
}

func (s *Settings) checkExchange() error {
	switch {
	case s.Auth == oauth.None:
		return errors.New("a client that exchanges tokens must prove who it is; choose another way than none")
	case len(s.Audiences) == 0:
		return ErrAudienceMissing
	}
	return nil
}

func (s *Settings) checkWords() error {
	for _, word := range s.Scopes {
		if !oauth.IsScopeWord(word) {
			return flawed("scope", word, fmt.Errorf("the scope %q is not one word of printable ASCII", word))
		}
	}
	for _, uri := range s.Audiences {
		if err := oauth.CheckResource(uri); err != nil {
			return flawed("audiences", uri, fmt.Errorf("the audience %q cannot be used: %w", uri, err))
		}
	}
	return s.checkRoles()
}

// checkRoles holds roles where there is nobody to have them for a mistake: they would be read as a lock, and be none.
func (s *Settings) checkRoles() error {
	if len(s.Roles) > 0 && !slices.ContainsFunc(s.Grants, func(g oauth.GrantType) bool { return g != oauth.ClientCredentials }) {
		return flawed("roles", "", ErrNobodyHasRoles)
	}
	for _, role := range s.Roles {
		if !oauth.IsScopeWord(role) {
			return flawed("roles", role, fmt.Errorf("the role %q is not one word of printable ASCII", role))
		}
	}
	return nil
}

func (s *Settings) checkTokens() error {
	if s.TokenLifetime != 0 && (s.TokenLifetime < time.Second || s.TokenLifetime > time.Hour) {
		return flawed("token_lifetime_seconds", "", errors.New("access tokens live from 1 second to 1 hour"))
	}
	for _, mode := range s.ResponseModes {
		if !slices.Contains(oauth.ResponseModes(), mode) {
			return fmt.Errorf("the response mode %q is not known", mode)
		}
	}
	for _, alg := range []jose.Algorithm{s.IDTokenAlg, s.UserInfoAlg, s.IntrospectionAlg} {
		if alg != "" && !slices.Contains([]jose.Algorithm{jose.RS256, jose.ES256, jose.EdDSA}, alg) {
			return fmt.Errorf("nothing is signed for clients by %q here; choose RS256, ES256 or EdDSA", alg)
		}
	}
	return nil
}
