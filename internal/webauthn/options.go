package webauthn

import "crypto/rand"

// Party is us, as browsers and authenticators know us (Relying Party).
type Party struct {
	// ID is the host that credentials are bound to, in lower case (RP ID).
	ID string
	// Name is shown to people.
	Name string
	// Origin is where our pages are, as browsers write it: `https://login.example`.
	Origin string
}

// User is an account, as authenticators know it.
type User struct {
	// ID is the user handle, 1 to 64 bytes that say nothing of the person.
	ID []byte
	// Name tells accounts apart; DisplayName is what the person is called.
	Name, DisplayName string
}

// NewChallenge makes one of 256 random bits, in base64url, as it stands in client data.
func NewChallenge() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails
	return base64url.EncodeToString(bits[:])
}

// timeout is how long a browser is to wait for a person, in milliseconds (section 15.1).
const timeout = 300_000

// The types below are for JSON, which parseCreationOptionsFromJSON and parseRequestOptionsFromJSON read in browsers (section 5.1).

// CredentialCreationOptions is what navigator.credentials.create takes.
type CredentialCreationOptions struct {
	PublicKey PublicKeyCredentialCreationOptions `json:"publicKey"`
}

// PublicKeyCredentialCreationOptions is what is asked of a new credential (section 5.4).
type PublicKeyCredentialCreationOptions struct {
	RP                     RPEntity               `json:"rp"`
	User                   UserEntity             `json:"user"`
	Challenge              string                 `json:"challenge"`
	PubKeyCredParams       []Parameters           `json:"pubKeyCredParams"`
	Timeout                int                    `json:"timeout"`
	ExcludeCredentials     []Descriptor           `json:"excludeCredentials,omitempty"`
	AuthenticatorSelection AuthenticatorSelection `json:"authenticatorSelection"`
	Attestation            string                 `json:"attestation"`
}

// RPEntity is a [Party] (section 5.4.2).
type RPEntity struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// UserEntity is a [User] (section 5.4.3), its ID in base64url.
type UserEntity struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
	ID          string `json:"id"`
}

// Parameters are of a key that is welcome (section 5.3).
type Parameters struct {
	Type string    `json:"type"`
	Alg  Algorithm `json:"alg"`
}

// Descriptor names a credential (section 5.8.3), by its id in base64url.
type Descriptor struct {
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	Transports []string `json:"transports,omitempty"`
}

// AuthenticatorSelection says which authenticators will do (section 5.4.4).
type AuthenticatorSelection struct {
	RequireResidentKey bool   `json:"requireResidentKey"`
	ResidentKey        string `json:"residentKey"`
	UserVerification   string `json:"userVerification"`
}

// CredentialRequestOptions is what navigator.credentials.get takes.
type CredentialRequestOptions struct {
	PublicKey PublicKeyCredentialRequestOptions `json:"publicKey"`
}

// PublicKeyCredentialRequestOptions is what is asked of a sign-in (section 5.5). It names no credentials, so that any of ours may answer.
type PublicKeyCredentialRequestOptions struct {
	Challenge        string `json:"challenge"`
	Timeout          int    `json:"timeout"`
	RPID             string `json:"rpId"`
	UserVerification string `json:"userVerification"`
}

const (
	publicKeyType = "public-key"
	required      = "required"
)

// parameters are of the keys that are taken, the best first.
var parameters = []Parameters{{publicKeyType, EdDSA}, {publicKeyType, ES256}, {publicKeyType, RS256}}

// Creation asks for a new credential of an account, on an authenticator that has none of has.
func (p Party) Creation(challenge string, u User, has []Credential) CredentialCreationOptions {
	exclude := make([]Descriptor, 0, len(has))
	for _, c := range has {
		exclude = append(exclude, Descriptor{publicKeyType, base64url.EncodeToString(c.ID), c.Transports})
	}
	return CredentialCreationOptions{PublicKeyCredentialCreationOptions{
		RP:                 RPEntity{p.Name, p.ID},
		User:               UserEntity{u.Name, u.DisplayName, base64url.EncodeToString(u.ID)},
		Challenge:          challenge,
		PubKeyCredParams:   parameters,
		Timeout:            timeout,
		ExcludeCredentials: exclude,
		AuthenticatorSelection: AuthenticatorSelection{
			RequireResidentKey: true, ResidentKey: required, UserVerification: required,
		},
		Attestation: "none",
	}}
}

// Request asks for a credential, of whichever account.
func (p Party) Request(challenge string) CredentialRequestOptions {
	return CredentialRequestOptions{PublicKeyCredentialRequestOptions{Challenge: challenge, Timeout: timeout, RPID: p.ID, UserVerification: required}}
}
