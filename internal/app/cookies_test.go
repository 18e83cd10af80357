package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const publicOrigin = "https://login.example"

// set lists the cookies of an answer by name, without their values.
func set(r reply) map[string]string {
	out := map[string]string{}
	for _, line := range r.header.Values("Set-Cookie") {
		pair, attributes, _ := strings.Cut(line, "; ")
		name, value, _ := strings.Cut(pair, "=")
		if value == "" {
			attributes = "cleared"
		}
		out[name] = attributes
	}
	return out
}

func TestCookiesOverHTTPSAreBoundToTheHost(t *testing.T) {
	s := start(t, "issuer="+publicOrigin)
	s.addUser("alice", battery)
	const (
		until = "Path=/; Expires=Sat, 30 May 2026 12:00:00 GMT; HttpOnly; Secure; SameSite="
		year  = "Path=/; Expires=Mon, 01 Mar 2027 12:00:00 GMT; HttpOnly; Secure; SameSite=Lax"
	)
	for _, tt := range []struct {
		name string
		do   func(c *client) reply
		want map[string]string
	}{
		{"memory", func(c *client) reply { return c.tryLogin("alice", battery, "memory") },
			map[string]string{"__Host-Http-lingpai_refresh": until + "Strict", "__Host-Http-lingpai_device": year}},
		{"cookie", func(c *client) reply { return c.tryLogin("alice", battery, "cookie") },
			map[string]string{"__Host-Http-lingpai_session": until + "Lax", "__Host-Http-lingpai_device": year}},
		{"storage", func(c *client) reply { return c.tryLogin("alice", battery, "storage") }, map[string]string{}},
		{"page, to stay", func(c *client) reply {
			return c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "stay": "1"})
		}, map[string]string{"__Host-Http-lingpai_session": until + "Lax", "__Host-Http-lingpai_device": year}},
		{"page, not to stay", func(c *client) reply {
			return c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
		}, map[string]string{"__Host-Http-lingpai_session": "Path=/; HttpOnly; Secure; SameSite=Lax", "__Host-Http-lingpai_device": year}},
		{"sign out", func(c *client) reply { return c.postForm("/auth/logout", nil) },
			map[string]string{"__Host-Http-lingpai_session": "cleared", "__Host-Http-lingpai_refresh": "cleared"}},
		{"language", func(c *client) reply { return c.get("/auth/login?lang=en") },
			map[string]string{"lingpai_lang": "Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"}},
		{"nothing to keep", func(c *client) reply { return c.get("/auth/login") }, map[string]string{}},
		{"refused", func(c *client) reply { return c.tryLogin("alice", "wrong", "memory") }, map[string]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.do(s.browser())
			got := set(r)
			for name, attributes := range tt.want {
				if got[name] != attributes {
					t.Errorf("%s is %q, want %q", name, got[name], attributes)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("cookies are %v, want %v", got, tt.want)
			}
			if r.header.Get("Strict-Transport-Security") == "" {
				t.Error("browsers are not told to stay with https")
			}
		})
	}
}

func TestAttack73OverHTTPSOnlyOurExactNamesCount(t *testing.T) {
	s := start(t, "issuer="+publicOrigin)
	s.addUser("alice", battery)
	c := s.browser()
	c.login("alice", battery, "cookie")
	value := c.cookies["__Host-Http-lingpai_session"]
	s.program().get("/auth/api/me", "Cookie: __Host-Http-lingpai_session="+value).wants(t, 200, "")
	for _, name := range []string{
		"lingpai_session", "__Host-lingpai_session", "__Secure-lingpai_session", "__host-http-lingpai_session", "__Host-Http-lingpai_sessio",
		"\u2000__Host-Http-lingpai_session", "\u0085__Host-Http-lingpai_session", "__Host-Http-lingpai_session\u00a0", "$Version=1; $__Host-Http-lingpai_session",
	} {
		s.program().get("/auth/api/me", "Cookie: "+name+"="+value).wants(t, 401, "token_missing")
	}
}

// A neighbour on the same host, or a subdomain, can plant cookies beside ours.
func TestAttack73And74PlantedCookiesAreNotTakenForOurs(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	s.addUser("mallory", battery)
	mine, planted := s.browser(), s.browser()
	mine.login("alice", battery, "cookie")
	planted.login("mallory", battery, "cookie")
	a, m := mine.cookies["lingpai_session"], planted.cookies["lingpai_session"]
	for name, tt := range map[string]struct {
		cookies []string
		status  int
	}{
		"ours":                  {[]string{"lingpai_session=" + a}, 200},
		"among many others":     {[]string{strings.Repeat("a=b; ", 50) + "lingpai_session=" + a}, 200},
		"after a nameless one":  {[]string{"=x; x; lingpai_session=" + a}, 200},
		"planted before ours":   {[]string{"lingpai_session=" + m + "; lingpai_session=" + a}, 401},
		"planted behind ours":   {[]string{"lingpai_session=" + a + "; lingpai_session=" + m}, 401},
		"planted in a header":   {[]string{"lingpai_session=" + a, "lingpai_session=" + m}, 401},
		"planted empty":         {[]string{"lingpai_session=; lingpai_session=" + a}, 401},
		"twice the same":        {[]string{"lingpai_session=" + a + "; lingpai_session=" + a}, 401},
		"quoted":                {[]string{`lingpai_session="` + a + `"`}, 401},
		"with a tail":           {[]string{"lingpai_session=" + a + "A"}, 401},
		"of another kind":       {[]string{"lingpai_session=" + strings.Replace(a, "lps_", "lpr_", 1)}, 401},
		"in another case":       {[]string{"Lingpai_Session=" + a}, 401},
		"nameless with a name":  {[]string{"=lingpai_session=" + a}, 401},
		"RFC 2965":              {[]string{`$Version=1; lingpai_session="` + a + `"; $Path=/`}, 401},
		"a session for refresh": {[]string{"lingpai_refresh=" + a}, 401},
	} {
		headers := make([]string, len(tt.cookies))
		for i, c := range tt.cookies {
			headers[i] = "Cookie: " + c
		}
		if r := s.program().get("/auth/api/me", headers...); r.status != tt.status {
			t.Errorf("%s: %d, want %d", name, r.status, tt.status)
		}
	}
}

// Case 70 of the catalogue: whatever a browser was given before, a sign-in starts afresh, and what was there is over.
//
// ASVS 7.2.4
func TestAttack70SignInEndsWhatTheBrowserHeldBefore(t *testing.T) {
	signIns := map[string]func(c *client) reply{
		"page": func(c *client) reply {
			return c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
		},
		"cookie": func(c *client) reply { return c.tryLogin("alice", battery, "cookie") },
		"memory": func(c *client) reply { return c.tryLogin("alice", battery, "memory") },
	}
	for name, signIn := range signIns {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.addUser("alice", battery)
			s.addUser("mallory", battery)
			c, session, refresh := s.browser(), s.browser(), s.browser()
			session.login("mallory", battery, "cookie")
			refresh.login("mallory", battery, "memory")
			c.cookies["lingpai_session"] = session.cookies["lingpai_session"]
			c.cookies["lingpai_refresh"] = refresh.cookies["lingpai_refresh"]
			if r := signIn(c); r.status >= 400 {
				t.Fatalf("sign in: %d %s", r.status, r.body)
			}
			session.get("/auth/api/me").wants(t, 401, "session_ended")
			refresh.refresh("").wants(t, 401, "session_ended")
			if who := signedInBy(c); who != "alice" && who != "" {
				t.Errorf("the browser is signed in as %s", who)
			}
		})
	}
}

// Somebody whose app keeps its token in memory goes to their account page, has to sign in there, and comes back to the app.
func TestAnAppStaysSignedInWhileItsPersonSignsInOnAPage(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	c := s.browser()
	c.login("alice", battery, "memory")
	if r := c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery}); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	c.refresh("").wants(t, 200, "")
	if signedInBy(c) != "alice" {
		t.Error("not signed in on the pages")
	}
	c.refresh("").wants(t, 200, "")
}

func TestPagesAndAppsOfABrowserAreSignedOutTogether(t *testing.T) {
	ways := map[string]func(c *client, access string) reply{
		"page":          func(c *client, _ string) reply { return c.postForm("/auth/logout", map[string]string{"scope": "this"}) },
		"app":           func(c *client, access string) reply { return c.postJSON("/auth/api/logout", `{}`, bearer(access)) },
		"app by cookie": func(c *client, _ string) reply { return c.postJSON("/auth/api/logout", `{}`) },
	}
	for name, signOut := range ways {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.addUser("alice", battery)
			c, elsewhere := s.browser(), s.browser()
			access := c.login("alice", battery, "memory").Access
			elsewhere.login("alice", battery, "memory")
			c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
			copies := maps.Clone(c.cookies)
			if r := signOut(c, access); r.status >= 300 {
				t.Fatalf("%d %s", r.status, r.body)
			}
			if c.cookies["lingpai_session"]+c.cookies["lingpai_refresh"] != "" {
				t.Errorf("cookies are left: %v", c.cookies)
			}
			maps.Copy(c.cookies, copies)
			c.get("/auth/api/me").wants(t, 401, "session_ended")
			c.refresh("").wants(t, 401, "session_ended")
			elsewhere.refresh("").wants(t, 200, "")
		})
	}
}

// The page of signing out is for whoever is signed in to an app alone, too.
func TestWhoIsSignedInToAnAppAloneSignsOutOnThePage(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	c := s.browser()
	access := c.login("alice", battery, "memory").Access
	if r := c.get("/auth/logout"); r.status != 200 || !strings.Contains(r.body, `name="scope" value="this"`) || c.cookies["lingpai_refresh"] == "" {
		t.Errorf("asked: %d %s", r.status, r.body)
	}
	if r := c.postForm("/auth/logout", map[string]string{"scope": "others"}); r.status != 400 {
		t.Errorf("others, by an old sign-in perhaps: %d", r.status)
	}
	kept := c.cookies["lingpai_refresh"]
	if r := c.postForm("/auth/logout", map[string]string{"scope": "this"}); r.status != 200 || c.cookies["lingpai_refresh"] != "" {
		t.Errorf("%d %s", r.status, r.body)
	}
	c.cookies["lingpai_refresh"] = kept
	c.refresh("").wants(t, 401, "session_ended")
	c.get("/auth/api/me", bearer(access)).wants(t, 401, "session_ended")
}

// An app whose session is over does not sign its person out of the pages.
func TestARefusedRefreshLeavesThePagesSignedIn(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	c := s.browser()
	c.login("alice", battery, "cookie")
	c.cookies["lingpai_refresh"] = "lpr_over"
	c.refresh("").wants(t, 401, "refresh_invalid")
	if _, held := c.cookies["lingpai_refresh"]; held || signedInBy(c) != "alice" {
		t.Errorf("cookies: %v", c.cookies)
	}
}

// signedInBy says whose session cookie a browser has, or "".
func signedInBy(c *client) string {
	c.s.Helper()
	name, found := member(c.get("/auth/api/me").body, "user.username")
	if !found {
		return ""
	}
	return strings.Trim(name, `"`)
}

func TestGarbageCookiesDoNotHinderASignIn(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	c := s.browser()
	for _, name := range []string{"lingpai_session", "lingpai_refresh", "lingpai_device"} {
		c.cookies[name] = "garbage"
	}
	c.login("alice", battery, "cookie")
	if signedInBy(c) != "alice" {
		t.Error("not signed in")
	}
}

// What is over need not be sent again; what the server could not look up may still be good.
func TestCookiesAreClearedByFinalRefusalsOnly(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	c := s.browser()
	c.login("alice", battery, "memory")
	kept := c.cookies["lingpai_refresh"]
	if err := s.core.Users.SetDisabled(t.Context(), u.ID, true, cli); err != nil {
		t.Fatal(err)
	}
	c.refresh("").wants(t, 401, "session_ended")
	if _, held := c.cookies["lingpai_refresh"]; held {
		t.Error("a cookie of a session that is over was kept")
	}

	c.cookies["lingpai_refresh"] = kept
	s.breakTable("sessions")
	if r := c.refresh(""); r.status < 500 {
		t.Errorf("broken store: %d %s", r.status, r.body)
	}
	if c.cookies["lingpai_refresh"] != kept {
		t.Error("a cookie was cleared because the server had a fault")
	}
}

func TestTLSListener(t *testing.T) {
	cert, key, roots := selfSigned(t)
	s := start(t, "tls.certificate="+cert, "tls.key="+key)
	s.addUser("alice", battery)
	if !strings.HasPrefix(s.origin, "https://localhost:") {
		t.Fatalf("issuer is %s", s.origin)
	}
	s.wire.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: "localhost"}
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.origin+"/auth/api/login", strings.NewReader(`{"username":"alice","password":"`+battery+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := s.wire.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	secure := func(c *http.Cookie) bool { return c.Secure && strings.HasPrefix(c.Name, "__Host-Http-") }
	if res.StatusCode != 200 || len(res.Cookies()) != 2 || !slices.ContainsFunc(res.Cookies(), secure) {
		t.Errorf("%d, cookies %v", res.StatusCode, res.Header["Set-Cookie"])
	}
}

// selfSigned makes a certificate for localhost.
func selfSigned(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return certFile, keyFile, roots
}
