package app

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lingpai/lingpai/internal/jose"
)

// impostor is a provider that says what a test wants it to.
type impostor struct {
	*httptest.Server
	t    testing.TB
	name string
	key  *jose.Key
	s    *server // who asks it

	mu       sync.Mutex
	claims   map[string]any // of the ID token, over the usual; nil takes one out
	metadata map[string]any // over the usual
	info     map[string]any // what the userinfo endpoint says; nil for none
	sign     func(payload []byte) string
	asked    []url.Values // at the token endpoint
	basic    []string     // and by which credentials in the header, "" for none
	nonce    string       // of the request that was made last
	down     bool
	revoked  []url.Values // at the revocation endpoint
	revokes  int          // what it answers; 0 for 200
	refresh  string       // the refresh token that it gives, "" for none
	refuses  int          // what the token endpoint answers to a refresh token; 0 for a good answer
	refusal  string       // its `error`
}

// newImpostor starts one. It knows us as "us".
func newImpostor(t testing.TB, name string) *impostor {
	t.Helper()
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	p := &impostor{t: t, name: name, key: key.WithID(name + "-key")}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /jwks", p.keys)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	mux.HandleFunc("POST /revoke", p.revoke)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	p.URL = strings.Replace(p.URL, "127.0.0.1", "localhost", 1)
	return p
}

func (p *impostor) say(set func(p *impostor)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set(p)
}

func (p *impostor) describe(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	all := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks",
		"authorization_response_iss_parameter_supported": true,
	}
	if p.info != nil {
		all["userinfo_endpoint"] = p.URL + "/userinfo"
	}
	maps.Copy(all, p.metadata)
	_ = json.NewEncoder(w).Encode(all)
}

func (p *impostor) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set, err := jose.NewKeySet(p.key)
	if err != nil {
		p.t.Error(err)
		return
	}
	_ = json.NewEncoder(w).Encode(set)
}

func (p *impostor) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.basic = append(p.asked, r.PostForm), append(p.basic, "")
	if name, secret, ok := r.BasicAuth(); ok {
		p.basic[len(p.basic)-1] = name + ":" + secret
	}
	answer := map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": p.idToken()}
	if p.refresh != "" {
		answer["refresh_token"] = p.refresh
	}
	if r.PostForm.Get("grant_type") == "refresh_token" && p.refuses != 0 {
		w.WriteHeader(p.refuses)
		answer = map[string]any{"error": p.refusal}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (p *impostor) revoke(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if name, secret, ok := r.BasicAuth(); ok {
		r.PostForm.Set("basic", name+":"+secret)
	}
	p.revoked = append(p.revoked, r.PostForm)
	if p.revokes != 0 {
		w.WriteHeader(p.revokes)
	}
}

func (p *impostor) userinfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer at" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_ = json.NewEncoder(w).Encode(p.info)
}

// idToken makes the usual ID token, changed as the test said.
func (p *impostor) idToken() string {
	now := p.s.clock.Now()
	claims := map[string]any{
		"iss": p.URL, "sub": "mallory", "aud": "us", "exp": now.Unix() + 300, "iat": now.Unix(), "nonce": p.nonce, "auth_time": now.Unix(),
		"preferred_username": "mallory", "email": "mallory@example.net", "email_verified": true,
	}
	maps.Copy(claims, p.claims)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Fatal(err)
	}
	if p.sign != nil {
		return p.sign(payload)
	}
	return signed(p.t, p.key, "JWT", payload)
}

func signed(t testing.TB, key *jose.Key, typ string, payload []byte) string {
	t.Helper()
	raw, err := jose.Sign(key, typ, payload)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// tokensAsked is how often the token endpoint was asked.
func (p *impostor) tokensAsked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// trusting starts a server that lets people in from impostors. extra is said of each, which knows us by a secret unless it says otherwise.
func trusting(t testing.TB, extra string, all ...*impostor) *server {
	t.Helper()
	if !strings.Contains(extra, "create:") {
		extra += ", create: true"
	}
	if !strings.Contains(extra, "client_secret:") && !strings.Contains(extra, "private_key_jwt:") {
		extra += `, client_secret: "s&cret"`
	}
	text := "throttle: {address_burst: 40}\nproviders:\n"
	for _, p := range all {
		text += "  - {name: " + p.name + ", issuer: \"" + p.URL + "\", client_id: us" + extra + "}\n"
	}
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "file="+file)
	for _, p := range all {
		p.s = s
	}
	return s
}

// begin begins a sign-in in a browser, and returns the request that the provider gets.
func (p *impostor) begin(c *client, query string, headers ...string) url.Values {
	p.t.Helper()
	r := c.get("/auth/connect/"+p.name+query, append(headers, page)...)
	to, err := url.Parse(r.header.Get("Location"))
	if err != nil || r.status != http.StatusSeeOther || !strings.HasPrefix(r.header.Get("Location"), p.URL+"/authorize?") {
		p.t.Fatalf("nothing leads to the provider: %d %q %s", r.status, r.header.Get("Location"), r.body)
	}
	q := to.Query()
	p.say(func(p *impostor) { p.nonce = q.Get("nonce") })
	return q
}

// back is the address that the provider sends a browser back to, changed by pairs of name and value; "" leaves a parameter out.
func (p *impostor) back(q url.Values, change ...string) string {
	answer := url.Values{"code": {"c0de"}, "state": {q.Get("state")}, "iss": {p.URL}}
	for i := 0; i < len(change); i += 2 {
		answer.Set(change[i], change[i+1])
		if change[i+1] == "" {
			answer.Del(change[i])
		}
	}
	return "/auth/connect/" + p.name + "/callback?" + answer.Encode()
}

// signIn goes all the way.
func (p *impostor) signIn(c *client) reply {
	p.t.Helper()
	return c.get(p.back(p.begin(c, "")), page)
}

// refusedPage holds that a browser got a page with a code, and no session.
func (c *client) refusedPage(r reply, status int, code string) {
	c.s.Helper()
	if r.status != status || !strings.Contains(r.body, "<code>"+code+"</code>") {
		c.s.Errorf("got %d, want %d %s: %s", r.status, status, code, r.body)
	}
	if c.cookies["lingpai_session"] != "" {
		c.s.Errorf("%s: somebody is signed in", code)
	}
}
