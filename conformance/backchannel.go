package main

// Modules of OpenID Connect Back-Channel Logout 1.0.

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

func backchannelLogout() plan {
	inbox := new(inbox)
	return plan{
		name: "oidcc-backchannel-rp-initiated-logout-certification-test-plan", title: "Back-Channel Logout OP", about: "The server tells an app that a person signed out, from server to server.",
		setup: func(t *T) clients {
			t.needs("backchannel_logout_supported")
			t.check(inbox.open())
			c, err := t.addClient("--profile", "web", "--redirect-uri", callback, "--post-logout-redirect-uri", goodbye, "--insecure-without-pkce", "--backchannel-logout-uri", inbox.address)
			t.check(err)
			return clients{first: c}
		},
		modules: []module{
			{"oidcc-backchannel-logout-discovery-endpoint-verification", "Back-Channel Logout, 2.1", "the metadata says that it is supported, with sessions", func(t *T) {
				t.must(t.meta["backchannel_logout_supported"] == true, "Back-Channel Logout, 2.1", "backchannel_logout_supported is not true")
				t.must(t.meta["backchannel_logout_session_supported"] == true, "Back-Channel Logout, 2.1", "backchannel_logout_session_supported is not true")
			}},
			{"oidcc-backchannel-rp-initiated-logout", "Back-Channel Logout, 2.4 to 2.6", "a signed logout token arrives, about this session", func(t *T) { backchannel(t, inbox) }},
		},
	}
}

// inbox is the endpoint of an app that is told of sign-outs. It listens on this machine.
type inbox struct {
	address string
	mu      sync.Mutex
	got     []notice
}

// notice is one request to the inbox.
type notice struct {
	method, media string
	form          url.Values
}

func (i *inbox) open() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	i.address = "http://" + l.Addr().String() + "/backchannel"
	go func() { _ = http.Serve(l, i) }() // until the program ends
	return nil
}

func (i *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	form, _ := url.ParseQuery(string(body))
	i.mu.Lock()
	defer i.mu.Unlock()
	i.got = append(i.got, notice{r.Method, r.Header.Get("Content-Type"), form})
	w.Header().Set("Cache-Control", "no-store")
}

// about is the notice of a session, as soon as it has arrived.
func (t *T) about(i *inbox, sid string) (told notice) {
	found := false
	t.aside(func() {
		for deadline := time.Now().Add(time.Minute); !found && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			told, found = i.find(sid)
		}
	})
	t.must(found, "Back-Channel Logout, 2.5", "the app was told nothing of this session within a minute")
	return told
}

func (i *inbox) find(sid string) (notice, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, n := range i.got {
		if payload(n.form.Get("logout_token"))["sid"] == sid {
			return n, true
		}
	}
	return notice{}, false
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

func backchannel(t *T, inbox *inbox) {
	const section = "Back-Channel Logout, 2.4"
	got := t.signIn(t.ask(t.first, "openid"))
	sid, _ := got.claims["sid"].(string)
	t.must(sid != "", "Back-Channel Logout, 2.1", "the ID token has no sid")
	state := random()
	t.left(t.leave("id_token_hint", got.id, "post_logout_redirect_uri", goodbye, "state", state), state)
	told := t.about(inbox, sid)
	t.must(told.method == http.MethodPost && told.media == "application/x-www-form-urlencoded", "Back-Channel Logout, 2.5", "the app was told by %s %s", told.method, told.media)
	header, claims := t.verify(told.form.Get("logout_token"), t.algorithms()...)
	t.should(header.ExtraHeaders["typ"] == "logout+jwt", section, "typ is %v, not logout+jwt", header.ExtraHeaders["typ"])
	idHeader, _ := t.verify(got.id, t.algorithms()...)
	t.must(header.Algorithm == idHeader.Algorithm, "Back-Channel Logout, 2.6", "the logout token is signed by %s, and the ID token by %s", header.Algorithm, idHeader.Algorithm)
	t.must(claims["iss"] == t.issuer && audience(claims, t.first.id), section, "iss or aud is wrong")
	t.must(claims["sub"] == got.claims["sub"] || claims["sub"] == nil, section, "sub is %v", claims["sub"])
	issued, _ := claims["iat"].(float64)
	age := float64(time.Now().Unix()) - issued
	t.must(age >= -5 && age < 86400, section, "iat is not now")
	expires, _ := claims["exp"].(float64)
	t.must(expires > issued, section, "exp is missing or over")
	id, _ := claims["jti"].(string)
	t.must(id != "", section, "jti is missing")
	events, _ := claims["events"].(map[string]any)
	event, isObject := events[logoutEvent].(map[string]any)
	t.must(len(events) == 1 && isObject && len(event) == 0, section, "events is not the one of a logout, with {}")
	t.must(claims["nonce"] == nil, section, "a logout token with nonce could pass for an ID token")
	t.signedOut()
}
