package main

// Modules of OpenID Connect Front-Channel Logout 1.0.

import "net/url"

// frame is the address of an app that a browser loads in a frame as its person signs out.
const frame = "https://app.example/signed-out"

func frontchannelLogout() plan {
	return plan{
		name: "oidcc-frontchannel-rp-initiated-logout-certification-test-plan", title: "Front-Channel Logout OP", about: "The browser tells an app that its person signed out, in a frame.",
		setup: func(t *T) clients {
			t.needs("frontchannel_logout_supported")
			c, err := t.addClient("--profile", "web", "--redirect-uri", callback, "--post-logout-redirect-uri", goodbye, "--insecure-without-pkce", "--frontchannel-logout-uri", frame)
			t.check(err)
			return clients{first: c}
		},
		modules: []module{
			{"oidcc-frontchannel-logout-discovery-endpoint-verification", "Front-Channel Logout, 3", "the metadata says that it is supported, with sessions", func(t *T) {
				t.must(t.meta["frontchannel_logout_supported"] == true, "Front-Channel Logout, 3", "frontchannel_logout_supported is not true")
				t.must(t.meta["frontchannel_logout_session_supported"] == true, "Front-Channel Logout, 3", "frontchannel_logout_session_supported is not true")
			}},
			{"oidcc-frontchannel-rp-initiated-logout", "Front-Channel Logout, 2 and 3", "the frame is loaded, with issuer and session, before the browser goes on", frontchannel},
		},
	}
}

func frontchannel(t *T) {
	const section = "Front-Channel Logout, 3"
	got := t.signIn(t.ask(t.first, "openid"))
	state := random()
	t.left(t.leave("id_token_hint", got.id, "post_logout_redirect_uri", goodbye, "state", state), state)
	t.must(len(t.browser.frames) == 1, section, "the browser loaded %d frames", len(t.browser.frames))
	loaded, err := url.Parse(t.browser.frames[0])
	t.check(err)
	q := loaded.Query()
	t.must(bare(loaded) == frame, section, "the frame is %s", bare(loaded))
	t.must(q.Get("iss") == t.issuer && q.Get("sid") == got.claims["sid"] && len(q) == 2, section, "the frame is given %v", q)
	t.signedOut()
}
