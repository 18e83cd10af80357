package token

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

// RFC 8693, section 4.1, RFC 9396, section 9.1, and the Token Status List: what a token says besides its profile comes back as it was given.
func TestWhatATokenSaysBesidesIsReadAsItWasWritten(t *testing.T) {
	key := newKey(t)
	issuer := newIssuer(key)
	issuer.Status = func(place int64) (string, int) { return issuerName + "/auth/status/0", int(place - 1) }
	details := []json.RawMessage{json.RawMessage(`{"type":"payment","amount":"12.00"}`), json.RawMessage(`{"type":"account"}`)}
	access := issue(t, issuer, Grant{
		Subject: "u_1", ClientID: "web", Actors: []string{"shop", "front"}, Details: details, StatusPlace: 43, KeyThumb: "thumb",
	})
	claims := payload(t, access.Token)
	want := map[string]any{"sub": "shop", "act": map[string]any{"sub": "front"}}
	if diff := cmp.Diff(want, claims["act"]); diff != "" {
		t.Errorf("act (-want +got):\n%s", diff)
	}
	list := map[string]any{"status_list": map[string]any{"idx": 42.0, "uri": issuerName + "/auth/status/0"}}
	if diff := cmp.Diff(list, claims["status"]); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	got, err := rulesFor(key).Judge(t.Context(), access.Token)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"shop", "front"}, got.Actors); diff != "" {
		t.Errorf("actors (-want +got):\n%s", diff)
	}
	if len(got.Details) != 2 || string(got.Details[0]) != string(details[0]) || got.KeyThumb != "thumb" {
		t.Errorf("details %s, key %q", got.Details, got.KeyThumb)
	}
}

func TestActorsWithoutANameOrWithoutAnEndAreRefused(t *testing.T) {
	key := newKey(t)
	deep := strings.Repeat(`{"sub":"a","act":`, maxActors) + `{"sub":"a"}` + strings.Repeat("}", maxActors)
	for name, act := range map[string]string{
		"no object": `"shop"`, "no sub": `{}`, "an empty sub": `{"sub":""}`, "sub a number": `{"sub":7}`, "no sub behind": `{"sub":"a","act":{}}`, "too many": deep,
	} {
		expect(t, rulesFor(key), name, sign(t, key, Type, with("act", act)), fault.TokenMalformed)
	}
	most := strings.Repeat(`{"sub":"a","act":`, maxActors-1) + `{"sub":"a"}` + strings.Repeat("}", maxActors-1)
	expect(t, rulesFor(key), "as many as may be", sign(t, key, Type, with("act", most)), "")
}

// What was found good is found again without judging, for as long as it would be judged so.
func TestAVerdictIsKeptForAsLongAsItWouldBeGivenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := newKey(t)
		rules := rulesFor(key)
		rules.Cache = NewCache(16)
		published := key
		rules.Keys = func(context.Context, string) (*jose.Key, error) { return published, nil }
		tok := issue(t, newIssuer(key), Grant{Subject: "u_1", ClientID: "web"}).Token
		first, err := rules.Judge(t.Context(), tok)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := rules.Judge(t.Context(), tok); err != nil || again != first {
			t.Errorf("it was judged anew: %v", err)
		}
		published = nil
		expect(t, rules, "the key is not published any more", tok, fault.TokenSignature)
		published = newKey(t)
		expect(t, rules, "another key has its name", tok, fault.TokenSignature)
		published = key
		time.Sleep(5*time.Minute + time.Hour)
		expect(t, rules, "its time is over", tok, fault.TokenExpired)
		rules.Keys = func(context.Context, string) (*jose.Key, error) { return nil, errors.New("away") }
		if _, err := rules.Judge(t.Context(), tok); err == nil {
			t.Error("it passes while nobody knows the keys")
		}
	})
}

func TestATokenOfAWithdrawnKeyIsRevoked(t *testing.T) {
	key := newKey(t)
	rules := rulesFor()
	rules.Withdrawn = func(kid string) (time.Time, bool) { return time.Now(), kid == key.ID() }
	expect(t, rules, "withdrawn", issue(t, newIssuer(key), Grant{Subject: "u_1", ClientID: "web"}).Token, fault.TokenRevoked)
	expect(t, rules, "never heard of", issue(t, newIssuer(newKey(t)), Grant{Subject: "u_1", ClientID: "web"}).Token, fault.TokenSignature)
}
