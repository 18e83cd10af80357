package client_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/oauth"
)

func TestEveryFlawNamesItsSetting(t *testing.T) {
	s := client.Settings{
		Name: "\n", Profile: client.Web, Auth: oauth.SecretBasic, Grants: []oauth.GrantType{oauth.AuthorizationCode},
		RedirectURIs: []string{"https://good.example/", "http://bad.example/"}, PostLogoutRedirectURIs: []string{"javascript:alert(1)"},
		Scopes: oauth.Scope{"a b"}, TokenLifetime: -1, BackchannelLogoutURI: "http://bad.example/out",
	}
	got := map[string]string{}
	for _, f := range client.Flaws(fmt.Errorf("add client: %w", errors.Join(client.CheckID("x"), s.Check()))) {
		got[f.Member] = f.Value
	}
	want := map[string]string{
		"client_id": "", "client_name": "", "redirect_uris": "http://bad.example/", "post_logout_redirect_uris": "javascript:alert(1)",
		"scope": "a b", "token_lifetime_seconds": "", "backchannel_logout_uri": "http://bad.example/out",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("flaws (-want +got):\n%s", diff)
	}
}

func TestWhatIsNoFlawIsLeftToOthers(t *testing.T) {
	if flaws := client.Flaws(fmt.Errorf("add client: %w", client.ErrConfigured)); flaws != nil {
		t.Errorf("flaws: %v", flaws)
	}
}
