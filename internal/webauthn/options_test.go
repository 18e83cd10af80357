package webauthn

import (
	"encoding/json"
	"testing"
)

func check(t *testing.T, options any, want string) {
	t.Helper()
	got, err := json.Marshal(options)
	if err != nil || string(got) != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
	}
}

func TestABrowserIsAskedForAPasskeyThatStandsForTwoFactors(t *testing.T) {
	u := User{[]byte("id1"), "alice", "Alice Ames"}
	want := `{"publicKey":{"rp":{"name":"Acme","id":"login.example"},"user":{"name":"alice","displayName":"Alice Ames","id":"aWQx"},"challenge":"yyz3",` +
		`"pubKeyCredParams":[{"type":"public-key","alg":-8},{"type":"public-key","alg":-7},{"type":"public-key","alg":-257}],"timeout":300000,`
	const rest = `"authenticatorSelection":{"requireResidentKey":true,"residentKey":"required","userVerification":"required"},"attestation":"none"}}`
	check(t, us.Creation("yyz3", u, nil), want+rest)
	has := []Credential{{ID: []byte{0, 1, 2}, Transports: []string{"internal", "hybrid"}}, {ID: []byte{0, 1, 3}}}
	check(t, us.Creation("yyz3", u, has), want+
		`"excludeCredentials":[{"type":"public-key","id":"AAEC","transports":["internal","hybrid"]},{"type":"public-key","id":"AAED"}],`+rest)
	check(t, us.Request("yyz3"), `{"publicKey":{"challenge":"yyz3","timeout":300000,"rpId":"login.example","userVerification":"required"}}`)
}

// ASVS 6.7.2
func TestAChallengeIsNeverMadeTwice(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		c := NewChallenge()
		if raw, err := base64url.DecodeString(c); err != nil || len(raw) != 32 || seen[c] {
			t.Fatal(c)
		}
		seen[c] = true
	}
}
