package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/smtptest"
	"github.com/lingpai/lingpai/internal/user"
)

// passkeyOf is the one passkey of an account, as it is stored.
func (s *server) passkeyOf(u user.User) passkey.Credential {
	s.Helper()
	list, err := s.core.Passkeys.Of(s.Context(), u.ID)
	if err != nil || len(list) != 1 {
		s.Fatalf("%v, %v", list, err)
	}
	return list[0]
}

const byPasskey = "/auth/api/passkey"

func TestSignInByPasskeyWithAProofBindsTheSession(t *testing.T) {
	s := start(t)
	a := s.passkey(s.addUser("alice", battery))
	for _, keep := range []string{"storage", "memory"} {
		p := s.browser().proves()
		r := p.ask("POST", byPasskey, "", `{"credential":`+a.signs(p.challenge(askToSignIn))+`,"keep":"`+keep+`","confirms":true}`)
		r.wants(t, 200, "")
		g := r.granted(t)
		if cnf, _ := claims(t, g.Access)["cnf"].(object); cnf["jkt"] != p.thumb || !strings.Contains(r.body, `"token_type":"DPoP"`) {
			t.Errorf("%s: the access token is bound to %v: %s", keep, cnf, r.body)
		}
		p.ask("GET", "/auth/api/me", g.Access, "").wants(t, 200, "")
		s.program().me(g.Access).wantsProof(t, "token_type", "invalid_token")
		next := p.refresh(g.Refresh)
		next.wants(t, 200, "")
		if cnf, _ := claims(t, next.granted(t).Access)["cnf"].(object); cnf["jkt"] != p.thumb {
			t.Errorf("%s: a refresh gives %s", keep, next.body)
		}
	}
	p := s.browser().proves()
	p.ask("POST", byPasskey, "", `{"credential":`+a.signs(p.challenge(askToSignIn))+`,"keep":"cookie"}`).wants(t, 422, "field_invalid")
}

// Neither proof nor answer is spent by a refusal of the other: what was right goes on being good.
func TestAWrongProofSpendsNoPasskey(t *testing.T) {
	s := start(t)
	alice := s.addUser("alice", battery)
	a := s.passkey(alice)
	p := s.browser().proves()
	p.challenge(askToSignIn) // what is kept by cookies begins
	before, sessions := s.passkeyOf(alice), len(s.sessionsOf(alice))
	s.clock.advance(time.Minute)

	body := `{"credential":` + a.signs(p.challenge(askToSignIn)) + `,"keep":"storage"}`
	send := func(proof string) reply {
		return p.do("POST", byPasskey, body, "Content-Type: application/json", "Dpop: "+proof)
	}
	for what, proof := range map[string]string{
		"no proof at all":   "x",
		"another address":   p.proof("POST", "/auth/api/login", "", nil),
		"another method":    p.proof("GET", byPasskey, "", nil),
		"another type":      p.proof("POST", byPasskey, "", func(header, _ object) { header["typ"] = "jwt" }),
		"of last year":      p.proof("POST", byPasskey, "", func(_, claims object) { claims["iat"] = s.clock.Now().Add(-365 * 24 * time.Hour).Unix() }),
		"signed by another": p.client.proves().signAs(p, byPasskey),
	} {
		r := send(proof)
		if r.status != 401 || !slices.Contains([]string{"dpop_proof_invalid", "dpop_nonce_required"}, r.code()) {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
	}
	if now := s.passkeyOf(alice); now.SignCount != before.SignCount || !now.UsedAt.Equal(before.UsedAt) {
		t.Errorf("it is noted as used: %+v", now)
	}
	if n := len(s.sessionsOf(alice)); n != sessions {
		t.Errorf("%d sessions, and there were %d", n, sessions)
	}
	if _, left := p.cookies["lingpai_passkey"]; !left {
		t.Error("the challenge is gone")
	}
	good := p.ask("POST", byPasskey, "", body)
	good.wants(t, 200, "")
	if cnf, _ := claims(t, good.granted(t).Access)["cnf"].(object); cnf["jkt"] != p.thumb {
		t.Errorf("bound to %v", cnf)
	}
	if now := s.passkeyOf(alice); !now.UsedAt.After(before.UsedAt) {
		t.Errorf("it is not noted as used: %+v", now)
	}
}

// signAs makes a proof that shows the key of another client, with a signature by its own.
func (p *prover) signAs(other *prover, path string) string {
	return p.proof("POST", path, "", func(header, _ object) { header["jwk"] = other.jwk })
}

func TestAWrongPasskeySpendsNoProof(t *testing.T) {
	s := start(t)
	alice := s.addUser("alice", battery)
	a := s.passkey(alice)
	p := s.browser().proves()
	wrong := *a
	wrong.ID = make([]byte, 16)
	p.ask("POST", byPasskey, "", `{"credential":`+wrong.signs(p.challenge(askToSignIn))+`,"keep":"storage"}`).wants(t, 401, "passkey_invalid")
	proof := p.proof("POST", byPasskey, "", nil)
	headers := []string{"Content-Type: application/json", "Dpop: " + proof}
	p.do("POST", byPasskey, `{"credential":`+wrong.signs(p.challenge(askToSignIn))+`,"keep":"storage"}`, headers...).wants(t, 401, "passkey_invalid")
	p.do("POST", byPasskey, `{"credential":`+a.signs(p.challenge(askToSignIn))+`,"keep":"storage"}`, headers...).wants(t, 200, "")

	again := `{"credential":` + a.signs(p.challenge(askToSignIn)) + `,"keep":"storage"}`
	p.do("POST", byPasskey, again, headers...).wantsProof(t, "dpop_proof_invalid", "invalid_dpop_proof") // the proof was used
	p.ask("POST", byPasskey, "", again).wants(t, 200, "")                                                // and the answer was not
}

// ASVS 6.3.7
func TestPasskeysThatComeAndGoAreTold(t *testing.T) {
	s, post := startMail(t)
	alice := s.addUser("alice", battery)
	b := s.browser()
	b.login("alice", battery, "cookie")
	a := s.authenticator(alice.ID)
	page := "/auth/account/passkeys/"
	told := func(did, says string, r reply) {
		t.Helper()
		if r.status != 303 {
			t.Fatalf("%s: %d %s", did, r.status, r.body)
		}
		wantsLetter(t, post.Wait(t), says)
	}
	told("add", "A passkey for Lingpai was added", a.add(b))
	told("remove", "A passkey for Lingpai was removed", b.postForm(page+b64.EncodeToString(a.ID)+"/remove", nil))

	told("add again", "A passkey for Lingpai was added", s.authenticator(alice.ID).add(b))
	if err := s.core.Passkeys.Reset(t.Context(), alice.ID, cli); err != nil {
		t.Fatal(err)
	}
	wantsLetter(t, post.Wait(t), "A passkey for Lingpai was removed")
	s.settle(t)
	if n := len(post.Letters()); n != 4 {
		t.Errorf("%d letters: %+v", n, post.Letters())
	}
}

func wantsLetter(t *testing.T, l smtptest.Letter, says string) {
	t.Helper()
	if !strings.Contains(l.Subject, says) || l.To != "alice@example.com" || link(t, l) != "/auth/account" || l.HTML == "" {
		t.Errorf("to %s: %s\n%s", l.To, l.Subject, l.Text)
	}
}

func TestOfPasskeysNobodyIsToldWhoseAddressIsNotKnownToBeTheirs(t *testing.T) {
	s, post := startMail(t)
	alice := s.addUser("alice", battery)
	if err := s.core.Users.Amend(t.Context(), alice.ID, user.Amendment{EmailVerified: new(false)}, cli); err != nil {
		t.Fatal(err)
	}
	s.passkey(alice)
	s.settle(t)
	if l := post.Letters(); len(l) != 0 {
		t.Errorf("%+v", l)
	}
}
