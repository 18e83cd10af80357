package app

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/pgtest"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/statuslist"
	"github.com/lingpai/lingpai/internal/user"
)

// reader is an API in another language: it knows the draft of the IETF and the JWKS, and nothing of ours.
type reader struct{ *server }

// reference is the status claim of a token.
type reference struct {
	Index int    `json:"idx"`
	URI   string `json:"uri"`
}

func payload[T any](t testing.TB, jwt string) (claims T) {
	t.Helper()
	part, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(part, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func (r reader) reference(accessToken string) *reference {
	r.Helper()
	return payload[struct {
		Status struct {
			List *reference `json:"status_list"`
		} `json:"status"`
	}](r, accessToken).Status.List
}

// list is the claims of a status list.
type list struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	IssuedAt  int64  `json:"iat"`
	ExpiresAt int64  `json:"exp"`
	TTL       int64  `json:"ttl"`
	List      struct {
		Bits        int    `json:"bits"`
		List        string `json:"lst"`
		Aggregation string `json:"aggregation_uri"`
	} `json:"status_list"`
}

// fetch gets a list and checks it as section 8.3 of the draft says.
func (r reader) fetch(uri string) (list, reply) {
	r.Helper()
	path, ok := strings.CutPrefix(uri, r.origin)
	if !ok {
		r.Fatalf("the list %s is not on the issuer", uri)
	}
	got := r.program().get(path, "Accept: application/statuslist+jwt", "Origin: https://anywhere.example")
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/statuslist+jwt" {
		r.Fatalf("the list: %d %s %s", got.status, got.header.Get("Content-Type"), got.body)
	}
	if got.header.Get("Access-Control-Allow-Origin") == "" {
		r.Error("pages of other origins may not read the list")
	}
	jws, err := jose.Parse(got.body)
	if err != nil {
		r.Fatal(err)
	}
	if jws.Header().Type != statuslist.Type {
		r.Errorf("typ is %q", jws.Header().Type)
	}
	if _, err := jws.Verify(r.core.Keys.Key(jws.Header().KeyID)); err != nil {
		r.Errorf("the signature of the list: %v", err)
	}
	l := payload[list](r, got.body)
	now := r.clock.Now().Unix()
	if l.Subject != uri || l.Issuer != r.origin || l.IssuedAt > now || l.ExpiresAt <= now+l.TTL || l.TTL != 60 || l.List.Bits != 1 {
		r.Errorf("the list says %+v", l)
	}
	return l, got
}

// ended reports what the list says of a token.
func (r reader) ended(accessToken string) bool {
	r.Helper()
	ref := r.reference(accessToken)
	l, _ := r.fetch(ref.URI)
	packed, err := base64.RawURLEncoding.DecodeString(l.List.List)
	if err != nil {
		r.Fatal(err)
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		r.Fatal(err)
	}
	bits, err := io.ReadAll(z)
	if err != nil {
		r.Fatal(err)
	}
	return bits[ref.Index/8]>>(ref.Index%8)&1 == 1
}

func TestAStatusListTellsWhoKnowsOnlyTheDraftOfALogout(t *testing.T) {
	for name, database := range map[string]string{"SQLite": "", "PostgreSQL": "pg"} {
		t.Run(name, func(t *testing.T) {
			if database != "" {
				database = pgtest.Database(t)
			}
			r := reader{start(t, "status_lists.count=2", "database="+database)}
			alice := r.addUser("alice", battery)
			r.addUser("bob", battery)
			out, stays := r.program().login("alice", battery, "storage").Access, r.program().login("bob", battery, "storage").Access
			removed := r.program().login("alice", battery, "storage").Access
			if r.ended(out) || r.ended(stays) {
				t.Fatal("a new token counts as called back")
			}
			r.program().do(http.MethodPost, "/auth/api/logout", "", bearer(out)).wants(t, http.StatusNoContent, "")
			r.clock.advance(time.Second)
			if !r.ended(out) || r.ended(stays) || r.ended(removed) {
				t.Errorf("after the logout: %v %v %v, want true false false", r.ended(out), r.ended(stays), r.ended(removed))
			}
			if err := r.core.Users.Remove(t.Context(), alice.ID, cli); err != nil {
				t.Fatal(err)
			}
			r.clock.advance(time.Second)
			if !r.ended(removed) || r.ended(stays) {
				t.Error("the sessions of an account that was removed are not on the list")
			}
			if _, err := r.core.Sessions.EndEverybody(t.Context(), cli); err != nil {
				t.Fatal(err)
			}
			r.clock.advance(time.Second)
			if !r.ended(stays) {
				t.Error("all sessions ended, and one is not on the list")
			}
			r.clock.advance(25 * time.Hour)
			if err := r.core.Store.Prune(t.Context(), r.clock.Now()); err != nil {
				t.Fatal(err)
			}
			if r.ended(out) {
				t.Error("the list remembers tokens that have been over for a day")
			}
		})
	}
}

func TestAListIsTheSameUntilItChanges(t *testing.T) {
	r := reader{start(t, "status_lists.count=1")}
	r.addUser("alice", battery)
	token := r.program().login("alice", battery, "storage").Access
	uri := r.reference(token).URI
	_, first := r.fetch(uri)
	r.clock.advance(20 * time.Second)
	_, again := r.fetch(uri)
	if again.body != first.body || again.header.Get("Cache-Control") != "public, max-age=40" {
		t.Errorf("20 s later the list is another, or may be kept for %q", again.header.Get("Cache-Control"))
	}
	path := strings.TrimPrefix(uri, r.origin)
	if got := r.program().get(path, "If-None-Match: "+first.header.Get("ETag")); got.status != http.StatusNotModified || got.body != "" {
		t.Errorf("asked whether it has changed: %d", got.status)
	}
	r.clock.advance(15 * time.Second) // more than half of its time
	if l, _ := r.fetch(uri); l.IssuedAt != r.clock.Now().Unix() {
		t.Error("the list is not signed anew before its time is over")
	}
	r.program().do(http.MethodPost, "/auth/api/logout", "", bearer(token))
	r.clock.advance(time.Second)
	if got := r.program().get(path, "If-None-Match: "+first.header.Get("ETag")); got.status != http.StatusOK {
		t.Errorf("the list has changed, and the answer is %d", got.status)
	}
	for _, other := range []string{"1", "63"} { // lists that there were before the configuration changed
		r.fetch(r.origin + "/auth/status/" + other)
	}
	for _, wrong := range []string{"64", "-1", "00", "x", "1e1", "9999999999999999999"} {
		if got := r.program().get("/auth/status/" + wrong); got.status != http.StatusNotFound {
			t.Errorf("list %s: %d", wrong, got.status)
		}
	}
	var all struct {
		Lists []string `json:"status_lists"`
	}
	got := r.program().get("/auth/status")
	if err := json.Unmarshal([]byte(got.body), &all); err != nil || len(all.Lists) != 1 || all.Lists[0] != uri {
		t.Errorf("all lists: %s", got.body)
	}
	if meta := r.program().get("/.well-known/oauth-authorization-server"); !strings.Contains(meta.body, `"status_list_aggregation_endpoint":"`+r.origin+`/auth/status"`) {
		t.Errorf("the metadata do not name it: %s", meta.body)
	}
}

func TestWithoutStatusListsNothingIsSaidOfThem(t *testing.T) {
	r := reader{start(t)}
	r.addUser("alice", battery)
	token := r.program().login("alice", battery, "storage").Access
	if ref := r.reference(token); ref != nil {
		t.Errorf("the token refers to %+v", ref)
	}
	if got := r.program().get("/auth/status/0"); got.status != http.StatusNotFound {
		t.Errorf("a list: %d", got.status)
	}
	if meta := r.program().get("/.well-known/oauth-authorization-server"); strings.Contains(meta.body, "status_list") {
		t.Error("the metadata name lists")
	}
}

func TestNoTwoSessionsShareAPlace(t *testing.T) {
	r := reader{start(t, "status_lists.count=1")}
	u := r.addUser("alice", battery)
	first := r.sessionAt(u, 7)
	if err := r.begin(u, 7); !errors.Is(err, session.ErrPlaceTaken) {
		t.Errorf("a place that is taken is given again: %v", err)
	}
	if _, err := r.core.Sessions.EndByOperator(t.Context(), first, cli); err != nil {
		t.Fatal(err)
	}
	if err := r.begin(u, 7); !errors.Is(err, session.ErrPlaceTaken) {
		t.Errorf("a place is given again while tokens of its session are about: %v", err)
	}
	r.clock.advance(25 * time.Hour)
	if err := r.begin(u, 7); err != nil {
		t.Errorf("a place that is free is refused: %v", err)
	}
	tries := 0
	row, err := r.core.Sessions.Begin(session.Beginning{UserID: u.ID}, func(o session.Opening) error {
		if tries++; o.Session.StatusPlace != 0 {
			return session.ErrPlaceTaken
		}
		return nil
	})
	if err != nil || row.StatusPlace != 0 || tries < 10 {
		t.Errorf("with all places taken, a session begins at place %d after %d tries, error %v", row.StatusPlace, tries, err)
	}
}

func (r reader) sessionAt(u user.User, place statuslist.Place) (id session.ID) {
	r.Helper()
	if err := r.beginAs(u, place, &id); err != nil {
		r.Fatal(err)
	}
	return id
}

func (r reader) begin(u user.User, place statuslist.Place) error {
	return r.beginAs(u, place, new(session.ID))
}

func (r reader) beginAs(u user.User, place statuslist.Place, id *session.ID) error {
	var taken error
	_, err := r.core.Sessions.Begin(session.Beginning{UserID: u.ID, PasswordAt: u.PasswordChangedAt, Keep: session.KeepStorage}, func(o session.Opening) error {
		o.Session.StatusPlace, *id = place, o.Session.ID
		taken = r.core.Store.StartSession(r.Context(), o)
		return nil
	})
	if err != nil {
		return err
	}
	return taken
}

func TestATokenOnAStatusListIsTakenBackWithItsSession(t *testing.T) {
	r := reader{start(t, "status_lists.count=1")}
	r.addUser("alice", battery)
	a := r.addClient(registry.Web, firstParty)
	a.signIn("alice")
	got := a.redeem(a.code()).handed(t)
	if r.ended(got.AccessToken) {
		t.Fatal("a new token counts as called back")
	}
	a.post("/auth/revoke", map[string]string{"token": got.AccessToken})
	r.clock.advance(time.Second)
	if !r.ended(got.AccessToken) {
		t.Error("the token was taken back, and the list does not say so")
	}
	a.refreshWith(got.RefreshToken).wantsOAuth(t, 400, "invalid_grant")
}
