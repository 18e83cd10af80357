package storetest

import (
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/revocation"
)

var clientTests = []test{
	{"AnAddedClientIsFound", anAddedClientIsFound},
	{"SecretsAreReplacedByWhoSawTheNewest", secretsAreReplaced},
	{"SettingsAreReplaced", settingsAreReplaced},
	{"ARemovedClientLeavesNothing", aRemovedClientLeavesNothing},
	{"AnIDIsSpentOnce", anIDIsSpentOnce},
}

func newClient(id string) client.Client {
	return client.Client{
		ID: id, CreatedAt: start, Secrets: []client.Secret{{ID: "s1", Hash: []byte{0, 1, 255}, AddedAt: start}},
		Settings: client.Settings{
			Name: awkward, Profile: client.Web, Auth: oauth.SecretBasic, RedirectURIs: []string{"https://a.example/cb"},
			Grants: []oauth.GrantType{oauth.AuthorizationCode}, Scopes: oauth.Scope{"openid"}, FirstParty: true, TokenLifetime: time.Minute,
			Roles: []string{"editor", awkward},
		},
	}
}

func (t *suite) addClient(id string) client.Client {
	t.Helper()
	c := newClient(id)
	t.must(t.s.AddClient(t.Context(), c, event(audit.ClientAdded, "")))
	return c
}

func anAddedClientIsFound(t *suite) {
	b, a := t.addClient("b"), t.addClient("a")
	got, err := t.node().Client(t.Context(), "a")
	t.must(err)
	t.equal(got, a)
	all, err := t.s.Clients(t.Context())
	t.must(err)
	t.equal(all, []client.Client{a, b})
	t.wants(t.s.AddClient(t.Context(), a, event(audit.ClientAdded, "")), fault.ErrConflict)
	_, err = t.s.Client(t.Context(), "c")
	t.wants(err, fault.ErrNotFound)
	_, err = t.s.Client(t.Context(), "\x00")
	t.wants(err, fault.ErrNotFound)
	t.equal(len(t.events(audit.Query{Action: audit.ClientAdded})), 2)
}

func secretsAreReplaced(t *suite) {
	c := t.addClient("a")
	fresh := []client.Secret{{ID: "s2", Hash: []byte{2}, AddedAt: start.Add(time.Second)}, c.Secrets[0]}
	replace := func(id, newest string, secrets []client.Secret) error {
		return t.s.ReplaceSecrets(t.Context(), id, newest, secrets, event(audit.ClientChanged, ""))
	}
	t.wants(replace("b", "", fresh), fault.ErrNotFound)
	t.wants(replace("a", "", fresh), fault.ErrConflict)
	t.must(replace("a", "s1", fresh))
	t.wants(replace("a", "s1", nil), fault.ErrConflict)
	got, err := t.s.Client(t.Context(), "a")
	t.must(err)
	t.equal(got.Secrets, fresh)
	t.must(replace("a", "s2", fresh[:1]))
	got, err = t.s.Client(t.Context(), "a")
	t.must(err)
	t.equal(got.Secrets, fresh[:1])
}

func aRemovedClientLeavesNothing(t *suite) {
	t.addClient("web")
	u := t.addUser("alice")
	browser := t.startSession(u)
	row := t.redeem(t.addCode(u, browser, nil), u)
	t.must(t.s.GiveConsent(t.Context(), grant.Consent{UserID: u.ID, ClientID: "web", At: start}, event(audit.ConsentGiven, u.ID)))
	remove := func() error {
		return t.s.RemoveClient(t.Context(), "web", start, start.Add(time.Hour), event(audit.ClientRemoved, ""))
	}
	t.must(remove())
	t.wants(remove(), fault.ErrNotFound)
	if t.session(row.ID).EndedAt.IsZero() || !t.session(browser.ID).EndedAt.IsZero() {
		t.Error("the client's session ends, and the browser's goes on")
	}
	_, err := t.s.Consent(t.Context(), u.ID, "web")
	t.wants(err, fault.ErrNotFound)
	records, err := t.s.Since(t.Context(), 0)
	t.must(err)
	last := records[len(records)-1]
	t.equal(len(records), 2)
	t.equal(last, revocation.Record{
		Seq: last.Seq, Kind: revocation.Client, Key: "web", At: start.Add(client.KnownFor), Until: start.Add(time.Hour + client.KnownFor),
	})
}

func anIDIsSpentOnce(t *suite) {
	t.must(t.s.SpendID(t.Context(), "x", start.Add(time.Minute)))
	t.wants(t.node().SpendID(t.Context(), "x", start.Add(time.Hour)), fault.ErrConflict)
	t.must(t.s.SpendID(t.Context(), "y", start.Add(time.Minute)))
	t.must(t.s.Prune(t.Context(), start.Add(6*time.Minute)))
	t.wants(t.node().SpendID(t.Context(), "x", start.Add(time.Minute)), fault.ErrConflict) // by a node whose clock is five minutes behind
	t.must(t.s.Prune(t.Context(), start.Add(6*time.Minute+time.Second)))
	t.must(t.s.SpendID(t.Context(), "x", start.Add(time.Hour)))
}

func settingsAreReplaced(t *suite) {
	c := t.addClient("a")
	was := c.Settings
	c.Settings = client.Settings{Name: "other", Profile: client.SPA, Roles: []string{"owner"}, Self: &client.SelfDescription{URI: awkward}}
	t.must(t.s.ReplaceSettings(t.Context(), "a", was, c.Settings, event(audit.ClientChanged, "")))
	t.wants(t.node().ReplaceSettings(t.Context(), "a", was, client.Settings{Name: "late"}, event(audit.ClientChanged, "")), fault.ErrConflict)
	got, err := t.node().Client(t.Context(), "a")
	t.must(err)
	t.equal(got, c)
	t.wants(t.s.ReplaceSettings(t.Context(), "b", was, c.Settings, event(audit.ClientChanged, "")), fault.ErrNotFound)
}
