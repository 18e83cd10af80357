package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// A client of the profile fapi2 cannot be made weaker than the profile.
//
// ASVS 10.4.13, 10.4.14, 10.4.16
func TestAClientOfFAPI2IsNoWeakerThanTheProfile(t *testing.T) {
	preset, _ := client.PresetOf("fapi2")
	good := client.Settings{
		Name: "Bank", Profile: preset.Profile, Auth: preset.Auth, Grants: preset.Grants, Scopes: preset.Scopes, IDTokenAlg: preset.Alg,
		JWKS: publicKeySet(t, elliptic.P256(), "ES256"), RedirectURIs: []string{"https://bank.example/callback"},
	}
	if err := good.Check(); err != nil || !good.MustPush() || !good.MustBind() {
		t.Fatalf("the preset itself: %v, pushes %t, binds %t", err, good.MustPush(), good.MustBind())
	}
	for what, weaken := range map[string]func(*client.Settings){
		"private_key_jwt": func(s *client.Settings) { s.Auth = oauth.SecretBasic },
		"PKCE":            func(s *client.Settings) { s.InsecureWithoutPKCE = true },
		"ID tokens":       func(s *client.Settings) { s.IDTokenAlg = jose.RS256 },
		"https":           func(s *client.Settings) { s.RedirectURIs = []string{"http://localhost/callback"} },
		"its keys":        func(s *client.Settings) { s.JWKS = publicKeySet(t, elliptic.P384(), "ES384") },
	} {
		weak := good
		weaken(&weak)
		if err := weak.Check(); err == nil {
			t.Errorf("a client that is weaker in %s is accepted", what)
		}
	}
}

func publicKeySet(t *testing.T, curve elliptic.Curve, alg string) string {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes() // 4, x and y
	if err != nil {
		t.Fatal(err)
	}
	half, b64 := (len(point)-1)/2, base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf(`{"keys":[{"kty":"EC","crv":%q,"alg":%q,"kid":"1","x":%q,"y":%q}]}`, curve.Params().Name, alg, b64(point[1:1+half]), b64(point[1+half:]))
}
