package app

import (
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/admin"
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/user"
)

// abroad is the room of a server that trusts a provider, which gives its role `it` as our role admin.
func abroad(t *testing.T) (*room, func(u user.User, subject string)) {
	s := federate(t).ours
	r := &room{server: s, ada: s.browser(), mine: s.addUser("ada", battery, "admin"), bob: s.addUser("bob", battery, "editor")}
	r.ada.login("ada", battery, "cookie")
	return r, func(u user.User, subject string) {
		if err := r.core.Providers.TieSubject(t.Context(), r.core.Providers.Find("company"), subject, u.ID, cli); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnAdministratorEndsAConnection(t *testing.T) {
	r, tie := abroad(t)
	tie(r.bob, "bob-there")
	end := r.page(r.bob, "/connections/company/end")
	shows(t, "the page", r.ada.get(r.page(r.bob, "")), 200, "Example Ltd", end)
	led(t, "end", r.ada.postForm(end, nil), r.page(r.bob, "?done=disconnected"))
	if e := r.last(); e.Action != audit.AccountUnlinked || e.Actor != r.mine.ID || e.UserID != r.bob.ID || e.Detail != "company" {
		t.Errorf("the log says %+v", e)
	}
	if page := r.ada.get(r.page(r.bob, "?done=disconnected")); !strings.Contains(page.body, "Disconnected.") || strings.Contains(page.body, end) {
		t.Errorf("after it: %s", page.body)
	}
	tie(r.bob, "bob-there")
	links := admin.APIPath + r.at("/links/")
	r.ada.do("DELETE", links+"company", "").wants(t, 204, "")
	r.unchanged("what is not there", func() {
		r.ada.do("DELETE", links+"company", "").wants(t, 404, "not_found")
		r.ada.do("DELETE", links+"nobody", "").wants(t, 404, "not_found")
		if a := r.ada.postForm(end, nil); a.status != 404 {
			t.Errorf("the form: %d", a.status)
		}
	})
}

func TestTheLastWayIntoAnAccountIsNotCutByAnAdministrator(t *testing.T) {
	r, tie := abroad(t)
	eve, err := r.core.Users.Add(t.Context(), user.New{Username: "eve", Source: cli})
	if err != nil {
		t.Fatal(err)
	}
	tie(eve, "eve-there")
	tie(r.mine, "ada-there")
	r.unchanged("the last way", func() {
		led(t, "the form", r.ada.postForm(r.page(eve, "/connections/company/end"), nil), r.page(eve, "?done=last_way"))
		r.ada.do("DELETE", admin.APIPath+"/users/"+eve.ID+"/links/company", "").wants(t, 409, "connection_last")
		// The provider gives the role of administrators, so it would go.
		r.ada.do("DELETE", admin.APIPath+"/users/"+r.mine.ID+"/links/company", "").wants(t, 409, "own_account")
	})
	shows(t, "the page", r.ada.get(r.page(eve, "?done=last_way")), 200, "Still connected.")
}
