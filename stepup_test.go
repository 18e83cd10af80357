package lingpai_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/token"
)

// ASVS 7.5.3, 10.3.4
func TestRequireACRAsksForAClassOfSignIn(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	const challenge = `Bearer realm="lingpai", error="insufficient_user_authentication", ` +
		`error_description="This needs a sign-in of the class silver gold.", acr_values="silver gold"`
	for acr, status := range map[string]int{"gold": 200, "silver": 200, "": 401, "Gold": 401, "silver gold": 401, "bronze": 401} {
		tok := i.token(t, func(_ *token.Issuer, g *token.Grant) { g.ACR = acr })
		w := ask(v.Middleware(lingpai.RequireACR("silver", "gold")(greet)), "Bearer "+tok)
		if w.Code != status {
			t.Errorf("acr %q: status %d, want %d", acr, w.Code, status)
		}
		if got := w.Header().Get("WWW-Authenticate"); status == http.StatusUnauthorized && got != challenge {
			t.Errorf("acr %q: challenge %s", acr, got)
		}
		for _, none := range []func(http.Handler) http.Handler{lingpai.RequireACR(), lingpai.RequireACR("")} {
			if w := ask(v.Middleware(none(greet)), "Bearer "+tok); acr == "" && w.Code != http.StatusUnauthorized {
				t.Errorf("no class named: status %d", w.Code)
			}
		}
	}
}

// Attack 82: an old sign-in does not become a new one, by refreshing or by being silent about its age.
//
// ASVS 7.5.3, 10.3.4
func TestAttack82MaxAgeOfTheSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		h := i.verifier(t).Middleware(lingpai.MaxAge(5 * time.Minute)(greet))
		signedIn := time.Now()
		for _, tt := range []struct {
			at     time.Duration
			status int
		}{{0, 200}, {5 * time.Minute, 200}, {5*time.Minute + 1, 401}, {time.Hour, 401}} {
			time.Sleep(tt.at - time.Since(signedIn))
			refreshed := i.token(t, func(_ *token.Issuer, g *token.Grant) { g.AuthTime = signedIn })
			w := ask(h, "Bearer "+refreshed)
			if w.Code != tt.status {
				t.Errorf("%v after the sign-in: status %d, want %d", tt.at, w.Code, tt.status)
			}
		}
		w := ask(h, "Bearer "+i.token(t, nil))
		const challenge = `Bearer realm="lingpai", error="insufficient_user_authentication", ` +
			`error_description="This needs a sign-in of the last 5 minutes.", max_age="300"`
		if got := w.Header().Get("WWW-Authenticate"); w.Code != 401 || got != challenge {
			t.Errorf("without auth_time: %d %s", w.Code, got)
		}
	})
}

func TestStepUpWithoutMiddlewareIsAMistakeOfTheProgram(t *testing.T) {
	for _, h := range []http.Handler{lingpai.RequireACR("gold")(greet), lingpai.MaxAge(time.Hour)(greet)} {
		if w := ask(h, "Bearer x"); w.Code != http.StatusInternalServerError {
			t.Errorf("status %d, want 500", w.Code)
		}
	}
}
